"""The report on an experiment, from its folder: what is written, and that it is the same again."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from html import unescape

import pytest
import yaml
from tests.evaluation.simulated_runs import World, plan_of, simulate
from tests.jobs.conftest import content_of
from tests.jobs.experiments import plan_file, run

from napari_lesion_synth.errors import DatasetError, InputError, ParameterError
from napari_lesion_synth.evaluation.experiment.run_result import write_run
from napari_lesion_synth.events import Artifact, Done, Log, Progress, Started, Stopped, StopToken
from napari_lesion_synth.jobs.experiment_report import report_experiment
from napari_lesion_synth.jobs.experiment_report_settings import ReportSettings

GOALS = [{"arm": "poisson", "rate": 0.5, "at_least": 1.0}]


def experiment(folder, keep=lambda run: True, world=None, **changes):
    """The folder of a simulated experiment."""
    plan = plan_of(**{"seeds": 2, "goals": GOALS, **changes})
    (folder / "runs").mkdir(parents=True)
    content = plan.model_dump(mode="json", exclude={"training": {"seed"}})
    (folder / "plan.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for each in simulate(plan, world or World(patients=5, healthy=1, shams=2)):
        if keep(each):
            write_run(folder / "runs" / f"{each.name}.json", each)
    return folder


def report(out, **options):
    return list(report_experiment(ReportSettings(out=out, **options), StopToken()))


def written(out) -> dict[str, bytes]:
    """All but what the experiment itself left."""
    return {
        name: data
        for name, data in content_of(out).items()
        if name.startswith(("report", "figures", "tables"))
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = experiment(tmp_path_factory.mktemp("simulated") / "out")
    return out, report(out, pictures=False)


def test_it_writes_a_page_tables_and_drawings(finished):
    out, events = finished
    assert "a simulated experiment" in (out / "report.html").read_text(encoding="utf-8")
    tables = {path.name for path in (out / "tables").iterdir()}
    assert {"arms.csv", "differences.csv", "strata.csv", "froc_poisson.csv", "columns.md"} <= tables
    drawings = list((out / "figures").glob("*.svg"))
    assert {"froc.svg", "differences.svg", "strata_zone.svg"} <= {path.name for path in drawings}
    for path in drawings:
        ET.parse(path)
    roles = [event.role for event in events if isinstance(event, Artifact)]
    assert roles == ["tables", "figures", "report"]


def test_its_last_word_is_how_goals_came_out(finished):
    out, events = finished
    page = str(out / "report.html")
    assert events[-1] == Done({"report": page, "runs": 4, "missing": 0, "goals": {"missed": 1}})


def test_progress_goes_from_nothing_to_all(finished):
    events = finished[1]
    steps = [event for event in events if isinstance(event, Progress)]
    assert events[0] == Started("report", steps[-1].total)
    assert steps[-1].done == steps[-1].total
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_the_same_runs_give_the_same_bytes(finished, tmp_path):
    again = experiment(tmp_path / "elsewhere")
    report(again, pictures=False)
    assert written(again) == written(finished[0])


def test_it_takes_the_place_of_an_earlier_one(finished, tmp_path):
    out = shutil.copytree(finished[0], tmp_path / "out")
    (out / "tables" / "froc_gone.csv").write_text("of an arm that is no more", encoding="utf-8")
    (out / "figures" / "misses_gone.png").write_bytes(b"")
    (out / "tables" / "notes.txt").write_text("the user's own", encoding="utf-8")
    report(out, pictures=False)
    assert not (out / "tables" / "froc_gone.csv").exists()
    assert not (out / "figures" / "misses_gone.png").exists()
    assert (out / "tables" / "notes.txt").exists()


def test_an_unfinished_experiment_is_reported_and_said_to_be_so(tmp_path):
    out = experiment(tmp_path / "out", keep=lambda run: run.name != "poisson--0--1")
    events = report(out, pictures=False)
    (warning,) = (event for event in events if isinstance(event, Log))
    assert warning == Log("not finished: 1 of 4 runs are missing", "warning")
    assert "NOT FINISHED" in (out / "report.html").read_text(encoding="utf-8")
    assert events[-1].result["goals"] == {"not finished": 1}


def test_without_runs_or_without_a_plan_there_is_nothing_to_report(tmp_path):
    out = experiment(tmp_path / "out", keep=lambda run: False)
    with pytest.raises(DatasetError, match="no run is finished"):
        report(out)
    assert not (out / "report.html").exists()
    (out / "plan.yaml").unlink()
    with pytest.raises(InputError, match="no such plan"):
        report(out)


def test_a_damaged_run_is_told_and_no_report_made(tmp_path):
    out = experiment(tmp_path / "out")
    path = out / "runs" / "poisson--0--1.json"
    path.write_text(path.read_text(encoding="utf-8")[:100], encoding="utf-8")
    with pytest.raises(DatasetError, match="cannot be read"):
        report(out)
    assert not (out / "report.html").exists()


def test_a_plan_that_is_not_the_folders_is_refused(finished, tmp_path):
    other = experiment(tmp_path / "other", rate=1.0)
    with pytest.raises(ParameterError, match=r"another plan: .*rate"):
        report(finished[0], plan=other / "plan.yaml")


def test_it_can_be_stopped(finished):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        list(report_experiment(ReportSettings(out=finished[0]), token))


def test_without_the_cts_galleries_are_tables_and_the_reason_is_told(finished, tmp_path):
    out = shutil.copytree(finished[0], tmp_path / "out")
    said = [event.text for event in report(out) if isinstance(event, Log)]
    assert len(said) == 1
    assert said[0].startswith("no pictures of CTs, tables alone")
    assert written(out) == written(finished[0])


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A small experiment that was really run, not to be changed: its plan and its folder."""
    folder = tmp_path_factory.mktemp("real")
    goals = [{"arm": "sigmoid", "rate": 0.5, "gain_at_least": 0.1}]
    plan = plan_file(folder, goals=goals)
    run(plan, folder / "out")
    return plan, folder / "out"


def test_an_experiment_that_was_run_is_reported_with_pictures_of_its_cts(real, tmp_path):
    plan, done = real
    out = shutil.copytree(done, tmp_path / "out")
    events = report(out, plan=plan)
    assert not [event for event in events if isinstance(event, Log)]
    page = (out / "report.html").read_text(encoding="utf-8")
    pictures = {path.stem for path in (out / "figures").glob("*.png")}
    assert pictures
    assert page.count("<img") == len(pictures)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", page)
    first = written(out)
    report(out, plan=plan)
    assert written(out) == first


def test_paths_of_the_plan_begin_beside_the_folder_where_it_is_not_given(real, tmp_path):
    shutil.copytree(real[0].parent, tmp_path / "moved")
    out = tmp_path / "moved" / "out"
    report(out)
    assert list((out / "figures").glob("*.png"))


def test_cts_that_are_not_those_that_were_tested_on_are_not_shown(real, tmp_path):
    shutil.copytree(real[0].parent, tmp_path / "moved")
    out = tmp_path / "moved" / "out"
    for path in (out / "prepared" / "cts").glob("*.facts.json"):
        path.write_text(
            re.sub(r'"sha256": "[^"]*"', '"sha256": "0"', path.read_text(encoding="utf-8")),
            encoding="utf-8",
        )
    said = [event.text for event in report(out) if isinstance(event, Log)]
    assert any("this is not the CT that was tested on" in text for text in said)
    assert not list((out / "figures").glob("*.png"))


def test_what_runs_tell_of_themselves_stands_in_the_report(real, tmp_path):
    out = shutil.copytree(real[1], tmp_path / "out")
    report(out, plan=real[0])
    page = unescape((out / "report.html").read_text(encoding="utf-8"))
    assert "Patients of fold 0: " in page
    assert "no detector's patients are among those it is tested on (2 runs)" in page
    assert "Single slices of real CTs" in page
