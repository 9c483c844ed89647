"""Detection at the end of the demo: which CTs count, and what is said of them."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Artifact, Log, Stopped, StopToken
from napari_lesion_synth.jobs import demo_detection
from napari_lesion_synth.jobs.demo_detection import detect_and_judge


@pytest.fixture
def run(ball_case, tmp_path, monkeypatch, peeking):
    """Detect in a small CT and in others like it; gives the events and the section's HTML."""

    def ball(seed=0, lesions=0, spacing=(2.5, 1.0, 1.0)):
        return ball_case(spacing=spacing, lesion_mm=10.0, patient=f"phantom-{seed}", seed=seed)

    monkeypatch.setattr(demo_detection, "phantom", ball)

    def go(unseen=(60, 61), seed=0, detector=peeking, token=None):
        case = ball(seed)
        stream = detect_and_judge(
            case, tmp_path / "findings", token or StopToken(), detector, unseen
        )
        events = []
        while True:
            try:
                events.append(next(stream))
            except StopIteration as end:
                return events, "\n".join(end.value.parts)

    return go


class Knowing:
    """A detector that has learnt from some patients."""

    id = "knowing"

    def __init__(self, detector, *patients):
        self.detect, self.patients = detector.detect, patients


def test_the_picture_the_table_and_the_curve_are_in_the_section(run):
    events, text = run()
    assert "<img" in text
    assert "<svg" in text
    assert "missed: lesion 1" in text
    assert "false alarm" in text
    assert [type(event) for event in events] == [Artifact]


def test_what_is_not_shown_is_said(run):
    _, text = run()
    assert "What this does not show" in text
    assert "Not a medical device" in text


def test_files_of_the_findings_and_the_curve_are_left(run, tmp_path):
    run()
    left = {path.name for path in (tmp_path / "findings").iterdir()}
    assert {"findings.csv", "findings.json", "findings.png", "froc.csv"} <= left
    table = (tmp_path / "findings" / "froc.csv").read_text()
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["cts"] for row in rows] == ["3"] * 7


def test_the_demos_own_patient_counts_once_even_if_its_seed_is_among_the_others(run):
    _, text = run(unseen=(60, 61), seed=60)
    assert "2 CTs of 2 patients" in text


def test_patients_whom_the_detector_knows_are_shown_and_not_counted(run, peeking):
    _, text = run(detector=Knowing(peeking, "phantom-0"))
    assert "It has learnt from this very patient" in text
    assert "2 CTs of 2 patients" in text
    events, text = run(detector=Knowing(peeking, "phantom-61"))
    assert "phantom-61" in next(event.text for event in events if isinstance(event, Log))
    assert "2 CTs of 2 patients" in text


def test_without_an_unseen_patient_there_is_no_test(run, peeking):
    with pytest.raises(ParameterError, match="no fair test"):
        run(unseen=(), detector=Knowing(peeking, "phantom-0"))


def test_a_stop_is_heard_between_cts(run):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        run(token=token)


def test_the_threshold_is_the_detectors_own(run, peeking):
    class Stricter(Knowing):
        def detect(self, case, token=None, report=None):
            return replace(peeking.detect(case), facts={"threshold": 0.99})

        def __init__(self):
            self.patients = ()

    _, text = run(detector=Stricter())
    assert "threshold of 0.99: 0 of 3 lesions found" in text
