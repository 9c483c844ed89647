"""Finding lesions in several CTs: folders that are whole, resumed, and named."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.export import FINDINGS_CSV, FINDINGS_JSON, LABELS, MAP
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.errors import (
    CheckpointError,
    InputError,
    LesionSynthError,
    ParameterError,
    StorageError,
)
from napari_lesion_synth.events import Artifact, Done, Log, Progress, Stopped, StopToken
from napari_lesion_synth.jobs import detect as job_module
from napari_lesion_synth.jobs.detect import detect, kept_findings
from napari_lesion_synth.jobs.detect_settings import DetectJob, DetectSettings
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.training.checkpoint import save_checkpoint


class Finder(Detector):
    """Finds one place in the middle, and counts the CTs that it has seen."""

    id = "finder"
    patients = ("p2",)

    def __init__(self, score=0.8):
        self.seen = []
        self.score = score

    def detect(self, case, token=None, report=None):
        self.seen.append(case.patient)
        for k in range(3):
            if token is not None:
                token.check()
            if report is not None:
                report(k + 1, 3, "slices")
        if case.volume.shape[0] == 1:
            raise ParameterError("the detector is for volumes")
        z, y, x = (n // 2 for n in case.volume.shape)
        box = (slice(z, z + 2), slice(y, y + 4), slice(x, x + 4))
        found = finding_of(case, box, np.ones((2, 4, 4), bool), number=1, score=self.score)
        shape, spacing = case.volume.shape, case.volume.spacing
        return Detection((found,), None, shape, spacing, case.patient, self.id, {"slices": 0.1})


@pytest.fixture
def cases(ball_case):
    return [ball_case((12, 40, 40), patient=name, seed=k) for k, name in enumerate(("p1", "p2"))]


@pytest.fixture
def run(tmp_path):
    """Run a detection to its end; gives its events."""

    def go(cases=(), detector=None, token=None, files=(), **changes):
        settings = DetectSettings(**{"model": tmp_path / "detector.pt", **changes})
        job = DetectJob(cases=tuple(files), out=tmp_path / "found", settings=settings)
        return list(detect(job, token or StopToken(), cases=cases, detector=detector))

    return go


def test_each_ct_gets_a_folder_of_findings(run, cases, tmp_path):
    events = run(cases, Finder())
    for name in ("p1", "p2"):
        kept = {path.name for path in (tmp_path / "found" / name).iterdir()}
        assert kept == {FINDINGS_CSV, FINDINGS_JSON, MAP, LABELS}
    assert [e.path for e in events if isinstance(e, Artifact)] == [
        str(tmp_path / "found" / name) for name in ("p1", "p2")
    ]
    assert events[-1] == Done({"cts": 2, "findings": 2, "folder": str(tmp_path / "found")})
    content = kept_findings(tmp_path / "found" / "p1")
    assert content["host"] == cases[0].volume.sha256


def test_progress_within_a_ct_is_told(run, cases):
    texts = [e.text for e in run(cases, Finder()) if isinstance(e, Progress)]
    assert "p1 (1 of 2): slices" in texts
    assert "p2 (2 of 2): slices" in texts


def test_a_second_run_passes_over_what_is_finished(run, cases, texts):
    finder = Finder()
    run(cases, finder)
    events = run(cases, finder)
    assert finder.seen == ["p1", "p2"]
    assert "p1 is finished already" in texts(events)
    assert events[-1].result["findings"] == 2


@pytest.mark.parametrize("change", ["detector", "threshold", "ct", "organ"])
def test_another_detector_setting_or_input_is_another_search(change, run, cases):
    run(cases, Finder())
    finder, settings, given = Finder(), {}, cases
    if change == "detector":
        finder.id = "another"
    elif change == "threshold":
        settings = {"threshold": 0.9}
    elif change == "ct":
        hu = cases[0].volume.hu.copy()
        hu[0, 0, 0] += 1
        given = [replace(cases[0], volume=replace(cases[0].volume, hu=hu)), cases[1]]
    else:
        mask = cases[0].organ.mask.copy()
        mask[6, 20, 20] = False
        given = [replace(cases[0], organ=type(cases[0].organ)(mask, (2.5, 1, 1))), cases[1]]
    run(given, finder, **settings)
    assert "p1" in finder.seen


def test_a_file_that_was_replaced_is_searched_again(run, save_case, cases):
    files = save_case(cases[0])
    finder = Finder()
    run(detector=finder, files=[files])
    run(detector=finder, files=[files])
    assert len(finder.seen) == 1
    os.utime(files.ct, (time.time() + 5, time.time() + 5))
    run(detector=finder, files=[files])
    assert len(finder.seen) == 2


def test_verdicts_beside_the_findings_outlive_another_search(run, cases, tmp_path):
    run(cases, Finder())
    beside = tmp_path / "found" / "p1" / "finding_verdicts.jsonl"
    beside.write_text("{}\n", encoding="utf-8")
    run(cases, Finder(), threshold=0.5)
    assert beside.read_text(encoding="utf-8") == "{}\n"


def test_a_folder_is_whole_or_absent(run, cases, tmp_path, monkeypatch):
    def full(*_args):
        raise StorageError("the disk is full")

    monkeypatch.setattr(job_module, "write_findings", full)
    with pytest.raises(StorageError):
        run(cases[:1], Finder())
    assert list((tmp_path / "found").iterdir()) == []


def test_findings_before_stay_when_new_ones_cannot_be_written(run, cases, tmp_path, monkeypatch):
    run(cases[:1], Finder())
    before = (tmp_path / "found" / "p1" / FINDINGS_JSON).read_bytes()

    def full(*_args):
        raise StorageError("the disk is full")

    monkeypatch.setattr(job_module, "write_findings", full)
    with pytest.raises(StorageError):
        run(cases[:1], Finder(), threshold=0.5)
    assert (tmp_path / "found" / "p1" / FINDINGS_JSON).read_bytes() == before


def test_what_is_below_the_threshold_is_counted_and_not_kept(run, cases, tmp_path):
    run(cases[:1], Finder(score=0.3), threshold=0.5)
    content = json.loads((tmp_path / "found" / "p1" / FINDINGS_JSON).read_text(encoding="utf-8"))
    assert (content["findings"], content["below_threshold"]) == ([], 1)


def test_a_patient_seen_in_training_is_named(run, cases):
    warnings = [e.text for e in run(cases, Finder()) if isinstance(e, Log) and e.level == "warning"]
    assert len(warnings) == 1
    assert "patient p2" in warnings[0]


def test_a_ct_seen_in_training_is_known_under_another_name(run, cases):
    finder = Finder()
    finder.hosts = {cases[0].volume.sha256: "phantom-3"}
    events = run(cases[:1], finder)
    (warning,) = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert "phantom-3" in warning
    assert "p1" in warning


def test_two_cts_of_one_name_have_two_folders(run, cases, tmp_path):
    run([cases[0], replace(cases[1], patient="p1")], Finder())
    assert {path.name for path in (tmp_path / "found").iterdir()} == {"p1", "p1-2"}


def test_a_ct_without_an_organ_is_told_where_to_get_one(run, cases, tmp_path):
    with pytest.raises(ParameterError, match=r"--organ FILE.*TotalSegmentator.*workbench"):
        run([cases[0], replace(cases[1], organ=None)], Finder())
    assert not (tmp_path / "found").exists()


def test_without_a_ct_there_is_nothing_to_do(run):
    with pytest.raises(ParameterError, match="no CT"):
        run((), Finder())


def test_a_ct_that_cannot_be_searched_does_not_keep_the_others_from_it(
    run, cases, ball_case, tmp_path, texts
):
    flat = ball_case((1, 40, 40), patient="flat")
    with pytest.raises(LesionSynthError, match="1 of 3 CTs"):
        run([cases[0], flat, cases[1]], Finder())
    assert {path.name for path in (tmp_path / "found").iterdir()} == {"p1", "p2"}
    with pytest.raises(ParameterError, match="for volumes"):
        run([flat], Finder())


def test_a_stop_leaves_what_is_finished(cases, tmp_path):
    token = StopToken()

    class Stopping(Finder):
        def detect(self, case, token_=None, report=None):
            if case.patient == "p2":
                token.stop()
                time.sleep(0.3)
            return super().detect(case, token_, report)

    job = DetectJob(out=tmp_path / "found", settings=DetectSettings(model=tmp_path / "d.pt"))
    with pytest.raises(Stopped):
        list(detect(job, token, cases=cases, detector=Stopping()))
    assert {path.name for path in (tmp_path / "found").iterdir()} == {"p1"}


def test_findings_of_another_detector_become_ours(run, cases, tmp_path):
    table = tmp_path / "others.csv"
    table.write_text(
        "patient,score,z,y,x,diameter_mm\np1,0.7,6,20,20,8\np2,0.4,5,18,22,9\n", encoding="utf-8"
    )
    events = run(cases, model=table)
    assert events[-1].result["findings"] == 2
    (found,) = kept_findings(tmp_path / "found" / "p1")["findings"]
    assert (found["score"], found["diameter_mm"]) == (0.7, 8)
    assert found["zone"] in {"rim", "interior"}


def test_weights_of_another_kind_are_refused_by_name(tmp_path):
    path = tmp_path / "generator.pt"
    save_checkpoint(path, "generator", 1, {}, {})
    with pytest.raises(CheckpointError, match="a generator; a detector is needed"):
        open_detector(path)
    with pytest.raises(CheckpointError, match="no such file"):
        open_detector(tmp_path / "none.pt")


def test_a_dicom_segmentation_needs_a_ct_from_dicom(run, cases, texts):
    events = run(cases[:1], Finder(), dicom=True)
    assert "no DICOM segmentation" in texts(events)
    assert events[-1].kind == "done"


def test_an_empty_organ_is_an_error_of_the_input(cases, run, save_case, tmp_path):
    files = save_case(cases[0])
    with pytest.raises(InputError, match="no label 7"):
        run(detector=Finder(), files=[files.model_copy(update={"organ_label": 7})])
