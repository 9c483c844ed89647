from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
from tests.perception.export.bids_rules import broken_rules

from napari_lesion_synth.perception.design.sections import Judgement, Order
from napari_lesion_synth.perception.export.anonymise import anonymous, by_code
from napari_lesion_synth.perception.export.bids import BidsSettings, task_label, write_bids
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.gaze.storage import read_samples


def export(study, folder, **more):
    cohort = gather(study)
    identities = more.pop("identities", None) or by_code(cohort.people)
    write_bids(folder, cohort, BidsSettings(identities, **more))
    return folder


def physio(folder, label="P1", recording="eye1"):
    start = folder / f"sub-{label}" / "beh" / f"sub-{label}_task-foodpairs_recording-{recording}"
    sidecar = json.loads(start.with_name(start.name + "_physio.json").read_text("utf-8"))
    data = gzip.decompress(start.with_name(start.name + "_physio.tsv.gz").read_bytes()).decode()
    return sidecar, [line.split("\t") for line in data.splitlines()]


@pytest.mark.parametrize("gaze", [None, "tracker", "mouse_aperture", "simulated"])
def test_the_rules_of_the_standard_are_kept(take_parts, tmp_path, gaze):
    assert broken_rules(export(take_parts(2, gaze=gaze), tmp_path / "bids")) == []


@pytest.mark.parametrize(
    "judgement",
    [Judgement(kind="vas"), Judgement(kind="best-worst", per_screen=3), Judgement(kind="mixed")],
)
def test_every_judgement_has_a_form(take_parts, tmp_path, judgement):
    study = take_parts(1, judgement=judgement, order=Order(spacing=0))
    folder = export(study, tmp_path / "bids")
    assert broken_rules(folder) == []
    (events,) = folder.rglob("*_events.tsv")
    assert task_label(study.design) in events.name


def test_a_participant_who_compared_and_rated_keeps_the_rules_with_gaze_too(take_parts, tmp_path):
    study = take_parts(1, gaze="tracker", judgement=Judgement(kind="mixed"))
    folder = export(study, tmp_path / "bids")
    assert broken_rules(folder) == []
    (path,) = folder.rglob("*_task-foodmixed_events.tsv")
    head, *lines = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert {row["trial_type"] for row in rows} == {"pair", "vas"}
    for row in rows:
        assert (row["stim_file"] == "n/a") == (row["trial_type"] == "pair" and not row["catch"]
                                                .startswith("obvious"))  # fmt: skip
        if row["trial_type"] == "vas":
            assert 0 <= float(row["response"]) <= 1
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert "pairs and vas" in told["TaskDescription"]
    assert len(told["Instructions"].splitlines()) == 2


def test_without_codes_the_rules_are_kept_too(take_parts, tmp_path):
    study = take_parts(3, gaze="tracker")
    people = gather(study).people
    identities = anonymous(people, np.random.default_rng(0))
    folder = export(study, tmp_path / "bids", identities=identities, pupil=False)
    assert broken_rules(folder) == []
    assert {path.name for path in folder.glob("sub-*")} == {"sub-01", "sub-02", "sub-03"}
    head = (folder / "participants.tsv").read_text("utf-8").splitlines()[0].split("\t")
    assert "code" not in head


def break_json(path, change):
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


BREAKS = {
    "RecordedEye": ("*_physio.json", "which eye"),
    "SampleCoordinateSystem": ("*_physio.json", "where its coordinates lie"),
    "SamplingFrequency": ("*_physio.json", "SamplingFrequency is required"),
    "StartTime": ("*_physio.json", "StartTime is required"),
    "OnsetSource": ("*_physioevents.json", "OnsetSource is required"),
    "StimulusPresentation": ("*_events.json", "ScreenSize is required"),
    "BIDSVersion": ("dataset_description.json", "has no BIDSVersion"),
}


@pytest.mark.parametrize("key", BREAKS)
def test_the_checker_finds_what_is_missing(take_parts, tmp_path, key):
    """A checker that finds nothing would prove nothing."""
    folder = export(take_parts(1, gaze="tracker"), tmp_path / "bids")
    pattern, words = BREAKS[key]
    break_json(next(folder.rglob(pattern)), lambda content: content.pop(key))
    assert any(words in rule for rule in broken_rules(folder))


def test_samples_are_those_that_were_kept_at_the_times_of_their_trials(take_parts, tmp_path):
    study = take_parts(1, gaze="tracker")
    (person,) = gather(study).people
    sidecar, rows = physio(export(study, tmp_path / "bids"))
    folder = study.folder / "gaze" / "P-1"
    expected = []
    for trial, _ in person.answered:
        samples = read_samples(folder / f"trial-{trial.number:04d}.npz")
        onset = person.onsets_s[trial.number]
        expected += list(zip(samples.t + onset, samples.x, samples.valid, strict=True))
    assert len(rows) == pytest.approx(len(expected), abs=len(person.answered))
    assert float(rows[0][0]) == sidecar["StartTime"] == expected[0][0]
    assert [row[1] for row in rows[:5]] == [
        f"{x:.1f}".removesuffix(".0") + ".0" if valid else "n/a" for _, x, valid in expected[:5]
    ]
    assert sidecar["SamplingFrequency"] == 100
    assert sidecar["AverageCalibrationError"] == 0.5
    assert sidecar["MaximalCalibrationError"] == 0.9


def test_what_was_pointed_at_is_not_called_eye_tracking(take_parts, tmp_path):
    folder = export(take_parts(1, gaze="mouse_aperture"), tmp_path / "bids")
    sidecar, _ = physio(folder, recording="mouse")
    assert sidecar["PhysioType"] == "generic"
    assert "no gaze" in sidecar["Description"]
    assert "RecordedEye" not in sidecar


def test_gaze_that_was_made_up_says_so(take_parts, tmp_path):
    sidecar, _ = physio(export(take_parts(1, gaze="simulated"), tmp_path / "bids"))
    assert "no person" in sidecar["Description"]


def test_the_pupil_can_stay_out(take_parts, tmp_path):
    study = take_parts(1, gaze="tracker")
    assert "pupil_size" in physio(export(study, tmp_path / "all"))[0]["Columns"]
    without = physio(export(study, tmp_path / "some", pupil=False))
    assert without[0]["Columns"] == ["timestamp", "x_coordinate", "y_coordinate"]
    assert all(len(row) == 3 for row in without[1])


def test_samples_can_stay_out(take_parts, tmp_path):
    folder = export(take_parts(1, gaze="tracker"), tmp_path / "bids", samples=False)
    assert broken_rules(folder) == []
    assert not list(folder.rglob("*physio*"))


def test_sources_of_different_rates_are_files_of_their_own(take_parts, tmp_path):
    study = take_parts(1, gaze="tracker")
    path = study.folder / "gaze" / "P-1" / "trial-0003.npz"
    from napari_lesion_synth.perception.gaze.storage import write_samples

    write_samples(path, replace(read_samples(path), rate_hz=50.0))
    folder = export(study, tmp_path / "bids")
    assert broken_rules(folder) == []
    rates = {physio(folder, recording=r)[0]["SamplingFrequency"] for r in ("eye1", "eye1part2")}
    assert rates == {50.0, 100.0}


def test_a_damaged_file_of_gaze_leaves_the_rest(take_parts, tmp_path):
    study = take_parts(1, gaze="tracker")
    (study.folder / "gaze" / "P-1" / "trial-0002.npz").write_bytes(b"broken")
    folder = export(study, tmp_path / "bids")
    assert broken_rules(folder) == []
    assert len(physio(folder)[1]) > 100


def test_codes_that_become_the_same_label_become_numbers(take_parts, tmp_path):
    study = take_parts(2)
    cohort = gather(study)
    twins = Cohort(
        study,
        tuple(replace(p, code=c) for p, c in zip(cohort.people, ("a-b", "a_B"), strict=True)),
    )
    write_bids(tmp_path / "bids", twins, BidsSettings(by_code(twins.people)))
    assert broken_rules(tmp_path / "bids") == []
    assert {path.name for path in (tmp_path / "bids").glob("sub-*")} == {"sub-001", "sub-002"}


def test_photos_are_copied_or_not(take_parts, tmp_path):
    study = take_parts(1)
    with_photos = export(study, tmp_path / "all")
    for stimulus in study.stimuli:
        assert (with_photos / "stimuli" / stimulus.id).read_bytes() == stimulus.path.read_bytes()
    assert not (export(study, tmp_path / "some", photos=False) / "stimuli").exists()


def test_the_description_names_who_and_what(take_parts, tmp_path):
    folder = export(
        take_parts(1), tmp_path / "bids", authors=("A. Author", "B. Author"), licence="CC0"
    )
    content = json.loads((folder / "dataset_description.json").read_text("utf-8"))
    assert content["Authors"] == ["A. Author", "B. Author"]
    assert content["License"] == "CC0"
    assert content["GeneratedBy"][0]["Name"] == "napari-lesion-synth"
    assert content["BIDSVersion"].startswith("1.11")


def test_who_gave_no_answer_is_not_in_it(take_parts, tmp_path):
    from napari_lesion_synth.perception.session.enrolment import NewParticipant
    from napari_lesion_synth.perception.session.session import Session

    study = take_parts(1)
    with Session.begin(study, NewParticipant("no")) as session:
        session.decline()
    folder = export(study, tmp_path / "bids")
    assert broken_rules(folder) == []
    assert [path.name for path in folder.glob("sub-*")] == ["sub-P1"]
