"""The training of a detector as a job: its folder, its records, a kill, and who is refused."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from tests.detection.toys import mixture, settings, toy

import napari_lesion_synth
from napari_lesion_synth.detection import candidate_learner
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.errors import ParameterError, StorageError, TrainingError
from napari_lesion_synth.events import (
    Done,
    Failed,
    Log,
    Progress,
    Started,
    Stopped,
    StopToken,
    from_json,
)
from napari_lesion_synth.jobs import detector_record
from napari_lesion_synth.jobs.detector_job import DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.train_detector import learn_detector
from napari_lesion_synth.project.command_line import train_detector_arguments

FEW = {"steps": 6, "verifier_steps": 2, "scenes": 2, "look_every": 3}


@pytest.fixture(scope="module")
def three():
    return [toy(1, 2), toy(2, 1), toy(3, 0)]


@pytest.fixture
def job(tmp_path):
    def make(name="run", data=None, cases=(), files=None, **changes) -> DetectorJob:
        return DetectorJob(
            files=DetectorFiles(cases=cases, **(files or {"validation": ("toy-2",)})),
            out=tmp_path / name,
            data=mixture(**{"side": 32, "batch": 2, **(data or {})}),
            settings=settings(**{**FEW, **changes}),
        )

    return make


def learnt(job, cases=(), token=None):
    return list(learn_detector(job, token or StopToken(), cases=cases))


def written(folder):
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [from_json(line) for line in lines]


def provenance(folder):
    return json.loads((folder / "provenance.json").read_text(encoding="utf-8"))


def test_its_folder_holds_all_that_there_is_to_know(job, three):
    asked = job()
    events = learnt(asked, three)
    names = {path.name for path in asked.out.iterdir()}
    assert {
        "training.json", "split.csv", "events.jsonl", "provenance.json", "detector.pt",
        "candidates", "verifier", "mined", "batch_000006.png",
    } <= names  # fmt: skip
    for stage in ("candidates", "verifier"):
        assert {"metrics.jsonl", "resume.pt", f"{stage}.pt"} <= {
            path.name for path in (asked.out / stage).iterdir()
        }
    model = DetectorModel.load(asked.out / "detector.pt")
    assert events[-1].result["id"] == model.id
    assert model.facts.lineage == ("toy-1",)
    assert model.facts.donors
    assert "workers" not in model.facts.training["settings"]


def test_the_split_is_a_table_of_patients(job, three):
    asked = job(files={"validation": ("toy-2",), "test": ("toy-3",)})
    learnt(asked, three)
    with (asked.out / "split.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        dict(zip(rows[0], values, strict=True))
        for values in (
            ("toy-1", "train", "1", "2", "0"),
            ("toy-2", "validation", "1", "1", "0"),
            ("toy-3", "test", "1", "0", "0"),
        )
    ]
    assert list(rows[0]) == ["patient", "part", "cts", "real_lesions", "synthetic_lesions"]


def test_its_events_are_written_as_they_are_told(job, three):
    asked = job()
    events = learnt(asked, three)
    assert written(asked.out) == events
    assert any(isinstance(e, Log) and "toy-2: validation" in e.text for e in events)


def test_its_provenance_says_from_what_by_what_and_where(job, three):
    asked = job()
    events = learnt(asked, three)
    found = provenance(asked.out)
    assert found["version"] == napari_lesion_synth.__version__
    assert {"python", "numpy", "torch", "monai"} <= found["software"].keys()
    assert found["device"].startswith("CPU, 1 thread")
    assert found["settings"]["steps"] == 6
    assert found["data"]["batch"] == 2
    assert [row["part"] for row in found["split"]] == ["train", "validation", "train"]
    assert found["lineage"] == ["toy-1"]
    assert all(name.startswith("toy-1") for name in found["donors"])
    assert found["sets"] == {}
    assert found["generator"] == ""
    assert found["product"] == events[-1].result
    assert [run["device"] for run in found["runs"]] == [found["device"]]


def test_one_that_was_stopped_goes_on_and_its_records_tell_both_parts(job, three):
    whole, halves = job("whole"), job("halves")
    learnt(whole, three)
    with pytest.raises(Stopped):
        stopped_at(halves, three, "candidates of scene 1")
    assert isinstance(written(halves.out)[-1], Failed)
    assert provenance(halves.out)["product"] == {}
    with (halves.out / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "progr')  # a kill in the middle of a line
    learnt(halves, three)
    lines = (halves.out / "events.jsonl").read_text(encoding="utf-8").splitlines()
    told = [from_json(line) for line in lines if line != '{"event": "progr']
    assert len(told) == len(lines) - 1
    assert sum(isinstance(event, Started) for event in told) == 2
    assert isinstance(told[-1], Done)
    assert len(provenance(halves.out)["runs"]) == 2
    ids = {DetectorModel.load(each.out / "detector.pt").id for each in (whole, halves)}
    assert len(ids) == 1


def stopped_at(asked, cases, moment):
    token = StopToken()
    for event in learn_detector(asked, token, cases=cases):
        if isinstance(event, Progress) and event.text == moment:
            token.stop()


def test_records_that_cannot_be_written_do_not_end_the_training(job, three, monkeypatch):
    def full(path, data, **options):
        raise StorageError("the disk is full", where=path)

    asked = job()
    asked.out.mkdir()
    (asked.out / "events.jsonl").mkdir()
    monkeypatch.setattr(detector_record, "write_atomic", full)
    events = learnt(asked, three)
    assert isinstance(events[-1], Done)
    warnings = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert sum("events are not written down" in text for text in warnings) == 1
    assert any("the provenance is not written down" in text for text in warnings)


def test_what_goes_wrong_is_in_the_events(job, three, monkeypatch):
    def breaking(*inputs):
        return {name: value * np.nan for name, value in loss(*inputs).items()}

    loss = candidate_learner.lesion_loss
    monkeypatch.setattr(candidate_learner, "lesion_loss", breaking)
    asked = job()
    with pytest.raises(TrainingError, match="no number"):
        learnt(asked, three)
    last = written(asked.out)[-1]
    assert isinstance(last, Failed)
    assert "no number" in last.what
    assert "Halve the learning rate" in last.remedy


def test_a_folder_of_another_training_is_refused_and_left_as_it_is(job, three, content):
    asked = job()
    learnt(asked, three)
    before = content(asked.out)
    with pytest.raises(TrainingError, match="another training"):
        learnt(job(steps=7), three)
    with pytest.raises(TrainingError, match="another training"):
        learnt(asked, three[:2])
    assert content(asked.out) == before


def test_a_patient_in_two_parts_leaves_no_folder(job, three):
    asked = job(files={"validation": ("toy-2",), "test": ("toy-2",)})
    with pytest.raises(ParameterError, match="toy-2"):
        learnt(asked, three)
    assert not asked.out.exists()


def test_only_real_lesions_are_asked_for_and_no_training_patient_has_one(job, three):
    asked = job(files={"test": ("toy-1", "toy-2")}, data={"synthetic": 0.0})
    with pytest.raises(ParameterError, match="no training CT has one"):
        learnt(asked, three)
    assert not asked.out.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_a_command_that_was_killed_and_given_again_makes_the_same_detector(job, three, save_case):
    cases = tuple(
        save_case(case, case.patient).model_copy(update={"patient": case.patient})
        for case in three[:2]
    )
    options = {"steps": 12, "scenes": 4, "look_every": 3, "cases": cases}
    asked, whole = job("killed", **options), job("whole", **options)
    for moment in ("candidates/validation/score", "candidates of scene 2"):
        kill_at(asked, moment)
        assert not (asked.out / "detector.pt").exists()
    assert len(list((asked.out / "mined").glob("0*.npz"))) >= 2
    learnt(asked)
    learnt(whole)
    names = {DetectorModel.load(each.out / "detector.pt").id for each in (asked, whole)}
    assert len(names) == 1


def kill_at(asked, moment):
    """Run the command in a process of its own, and end it without a word."""
    command = [sys.executable, "-m", "napari_lesion_synth.cli", *train_detector_arguments(asked)]
    process = subprocess.Popen(
        [*command, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        encoding="utf-8",
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if moment in line:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "".join(lines)
