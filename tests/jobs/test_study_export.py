"""Exports, deletion, and the report: what leaves a study, and what is gone afterwards."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.jobs.conftest import content_of
from tests.jobs.studies import make, result, run, simulate, twin

from napari_lesion_synth.errors import InputError, ParameterError, StorageError
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.jobs import study_export
from napari_lesion_synth.jobs.study_delete import DeleteParticipant, delete_participant
from napari_lesion_synth.jobs.study_export import ExportStudy, export_study
from napari_lesion_synth.jobs.study_files import REPORT_HTML
from napari_lesion_synth.jobs.study_report import ReportStudy, report_study
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study
from napari_lesion_synth.perception.design.layout import gaze_folder, participant_path
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.ledger.ledger import Ledger
from napari_lesion_synth.perception.ledger.study_log import study_records
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings

GAZE = {"viewing.gaze_source": "mouse_aperture", "counts.trials": 8}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Two simulated participants, who looked while they answered."""
    return simulate(make(tmp_path_factory.mktemp("export") / "study", GAZE, freeze=True), 2)


@pytest.fixture
def study(original, tmp_path):
    return twin(original, tmp_path / "study")


def export(study, out, **more):
    asked = ExportStudy.model_validate({"folder": study.folder, "out": out, **more})
    return run(export_study(asked, StopToken()))


def scale(study):
    return run(scale_study(ScaleStudy(folder=study.folder), StopToken()))


def report(study):
    return run(report_study(ReportStudy(folder=study.folder), StopToken()))


def delete(study, code):
    return run(delete_participant(DeleteParticipant(folder=study.folder, code=code), StopToken()))


def rows(path: Path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def texts(events, level="info"):
    return [event.text for event in events if isinstance(event, Log) and event.level == level]


def test_tidy_tables_have_all_that_was_answered(study, tmp_path):
    scale(study)
    told = result(export(study, tmp_path / "out"))
    assert told["participants"] == 2
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {
        "answers.csv", "pair.csv", "fixations.csv", "participants.csv", "photos.csv",
        "data_dictionary.csv", "README.md", "methods.md", "design.yaml", "frozen.json",
    }  # fmt: skip
    assert len(rows(tmp_path / "out" / "answers.csv")) == 2 * 9
    methods = (tmp_path / "out" / "methods.md").read_text(encoding="utf-8")
    assert "2 simulated participants" in methods
    assert "reliability of the scale" in methods


def test_anonymised_nothing_tells_who_it_was(study, tmp_path):
    for form in ("tidy", "bids"):
        export(study, tmp_path / form, form=form, anonymise=True)
        for name, data in content_of(tmp_path / form).items():
            assert b"sim-0" not in data, name
            assert b"sim0" not in data, name
            assert b"2020-01-01T" not in data, name
            assert "physio" not in name


def test_gaze_leaves_a_study_without_codes_only_when_asked(study, tmp_path):
    export(study, tmp_path / "quiet", anonymise=True)
    export(study, tmp_path / "asked", anonymise=True, gaze=True)
    assert not (tmp_path / "quiet" / "fixations.csv").exists()
    assert (tmp_path / "asked" / "fixations.csv").exists()


def test_the_k_that_was_reached_is_told(study, tmp_path):
    told = result(export(study, tmp_path / "out", anonymise=True, k=2))
    assert told["k"] >= 2
    assert f"k = {told['k']}" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_a_folder_with_something_in_it_is_not_written_to(study, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(InputError, match="holds something already"):
        export(study, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_full_disk_leaves_no_half_export(study, tmp_path, monkeypatch):
    def full(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(study_export, "write_tidy", full)
    with pytest.raises(StorageError, match="the disk is full"):
        export(study, tmp_path / "out")
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    assert not [r for r in study_records(study.folder) if r["kind"] == "exported"]


def test_photos_that_have_changed_are_not_exported_as_what_was_shown(study, tmp_path):
    study.stimuli.by_id("curry/curry_az000_el45.png").path.unlink()
    with pytest.raises(InputError, match="cannot be found"):
        export(study, tmp_path / "out", form="bids")
    export(study, tmp_path / "tables")


def test_without_answers_there_is_nothing_to_export(tmp_path):
    with pytest.raises(InputError, match="no answers to export"):
        export(make(tmp_path / "study"), tmp_path / "out")


def test_deleting_takes_answers_gaze_and_results_with_it(study):
    scale(study)
    report(study)
    number = gather(study).people[1].state.number
    told = result(delete(study, "sim-02"))
    assert told["participant"] == number + 1, "as the report has it"
    assert told["files"] == 1 + 9  # the ledger, and the gaze of each trial
    assert not participant_path(study.folder, "sim-02").exists()
    assert not gaze_folder(study.folder, "sim-02").exists()
    assert not [p for p in (study.folder / "results").rglob("*") if p.is_file()]
    left = b"".join(content_of(study.folder).values())
    assert b"sim-02" not in left
    assert len(gather(study).people) == 1
    scale(study)


def test_exports_with_codes_are_named_when_somebody_is_deleted(study, tmp_path):
    export(study, tmp_path / "coded")
    export(study, tmp_path / "anonymous", anonymise=True)
    events = delete(study, "sim-01")
    assert result(events)["exports"] == [str(tmp_path / "coded")]
    assert any(str(tmp_path / "coded") in text for text in texts(events, "warning"))


@pytest.mark.parametrize("code", ["sim-09", "nobody"])
def test_an_unknown_code_deletes_nothing(study, code):
    before = content_of(study.folder)
    with pytest.raises(InputError, match=f"nothing is kept under the code '{code}'"):
        delete(study, code)
    assert content_of(study.folder) == before


@pytest.mark.parametrize("code", ["../study", "..", "", "a/b", "con"])
def test_what_is_no_code_reaches_no_file(study, code):
    before = content_of(study.folder)
    with pytest.raises(ParameterError, match="cannot be a participant's code"):
        delete(study, code)
    assert content_of(study.folder) == before


def test_whose_window_is_open_is_not_deleted(study):
    path = participant_path(study.folder, "sim-01")
    with Ledger.open(path), pytest.raises(InputError, match="another program"):
        delete(study, "sim-01")
    assert path.exists()


def test_the_report_opens_offline_and_says_what_it_does_not_show(study):
    events = report(study)
    html = Path(result(events)["report"]).read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    for words in (
        "Design", "Participants and data quality", "Attractiveness", "Agreement and reliability",
        "Each rater beside the others", "For the paper", "What this does not show",
        "All participants on this page are simulated",
    ):  # fmt: skip
        assert words in html
    assert 'src="http' not in html
    assert 'href="http' not in html
    assert "sim-01" not in html


def test_the_report_follows_new_answers(study):
    report(study)
    simulate(study, 3)
    report(study)
    html = (study.folder / "results" / REPORT_HTML).read_text(encoding="utf-8")
    assert "3 took part" in html


def test_a_regression_of_other_answers_is_told_to_be_one(study):
    stale = {
        "answers_sha256": "other", "photos": 8, "dishes": 2, "features": 3, "tested": "2 folds",
        "labels": "pair", "intervals": "none", "noise": None, "gaze": None, "dials": [],
        "models": [
            {"model": "ridge", "mae": [0.1, None, None], "less_than_mean": None,
             "spearman": [0.5, 0.1, 0.9], "pairwise_within": [None, None, None], "coverage": None}
        ],
    }  # fmt: skip
    (study.folder / "results" / "regression.json").write_text(json.dumps(stale), encoding="utf-8")
    events = report(study)
    assert any("other answers" in text for text in texts(events, "warning"))
    html = (study.folder / "results" / REPORT_HTML).read_text(encoding="utf-8")
    assert "rest on other answers than there are now" in html


def test_a_report_of_limits_has_their_curves(tmp_path):
    tried = LimitSettings(transforms=("blur",))
    study = make(tmp_path / "study", {"counts.trials": 16}, limits=tried)
    simulate(study, 3)
    events = report(study)
    html = Path(result(events)["report"]).read_text(encoding="utf-8")
    assert "How strong transforms may be" in html
    assert "TOST" in html


def test_a_study_without_answers_has_a_report_of_its_design(tmp_path):
    study = make(tmp_path / "study")
    html = Path(result(report(study))["report"]).read_text(encoding="utf-8")
    assert "The design was not frozen" in html
    assert "0 took part" in html
