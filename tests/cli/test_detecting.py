"""The command `detect`, from files to folders."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.write import write_volume
from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.detection.nets.registry import build, spec_of
from napari_lesion_synth.training.seeds import initial_weights


@pytest.fixture
def weights(tmp_path):
    """An untrained detector for volumes, as a file."""

    def save(dims=3, patients=(), kind="cascade"):
        specs = (
            (spec_of("candidate", "small", 4), spec_of("verifier", "", 4, dims))
            if kind == "cascade"
            else (spec_of("single", "", 4),)
        )
        facts = DetectorFacts(kind, GridSettings(dims=dims), specs, patients=patients)
        with initial_weights(0):
            states = {spec.role: build(spec).state_dict() for spec in specs}
        path = tmp_path / f"detector-{kind}{dims}.pt"
        DetectorModel.of(facts, states).save(path)
        return path

    return save


@pytest.fixture
def run(cli, files, weights):
    def go(*more, organ=True, ct=None, model=None):
        organs = ("--organ", files["organ"]) if organ else ()
        return cli(
            *("detect", ct or files["ct"], *organs, "--model", model or weights()),
            *("--out", files["out"], "--device", "cpu", "--threads", 1, *more),
        )

    return go


@pytest.mark.parametrize("kind", ["cascade", "single"])
def test_a_ct_becomes_a_folder_of_findings(run, files, weights, kind):
    ended = run("--threshold", 0, model=weights(kind=kind))
    assert ended.code == 0, ended.err
    folder = files["out"] / "ct"
    content = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    assert content["note"] == "For research only. Not a medical device."
    assert content["facts"]["kind"] == kind
    assert (folder / "detection_map.nii.gz").exists()
    assert "For research only" in ended.err
    again = run("--threshold", 0, model=weights(kind=kind))
    assert "finished already" in again.err


def test_events_are_json(run):
    events = run("--json").events
    assert events[0]["event"] == "started"
    assert events[-1]["event"] == "done"
    assert {"progress", "artifact", "log"} <= {event["event"] for event in events}


def test_without_an_organ_the_error_says_where_to_get_one(run):
    ended = run(organ=False)
    assert ended.code == 2
    assert "TotalSegmentator" in ended.err
    assert "workbench" in ended.err


def test_a_detector_for_slices_refuses_a_volume(run, weights):
    ended = run(model=weights(dims=2))
    assert ended.code == 2
    assert "single slices" in ended.err


def test_a_detector_for_volumes_refuses_a_slice(cli, files, weights, tmp_path):
    flat = Volume(np.full((1, 40, 40), 100, np.int16), (5, 1, 1))
    ct = write_volume(tmp_path / "slice.nii.gz", flat)
    mask = write_volume(tmp_path / "mask.nii.gz", Volume(np.ones((1, 40, 40), np.int16), (5, 1, 1)))
    ended = cli("detect", ct, "--organ", mask, "--model", weights(), "--out", files["out"])
    assert ended.code == 2
    assert "volumes" in ended.err


def test_a_generator_is_no_detector(run):
    from napari_lesion_synth.sample_data import sample_generator

    ended = run(model=sample_generator())
    assert ended.code == 1
    assert "a detector is needed" in ended.err


def test_a_patient_of_the_training_is_named(run, weights):
    ended = run(model=weights(patients=("ct",)))
    assert ended.code == 0
    assert "learnt from patient ct" in ended.err


def test_a_device_that_is_not_there_is_bad_usage(run):
    ended = run("--device", "cuda:77")
    assert ended.code == 2


def test_findings_of_others_need_no_organ(run, files, tmp_path):
    table = tmp_path / "others.csv"
    table.write_text("score,z,y,x\n0.9,12,40,40\n", encoding="utf-8")
    ended = run(organ=False, model=table)
    assert ended.code == 0, ended.err
    assert "0.9" in (files["out"] / "ct" / "findings.csv").read_text(encoding="utf-8")
