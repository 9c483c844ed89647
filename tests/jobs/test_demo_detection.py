"""Detection at the end of the demo: which CTs count, and what is said of them."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.detection.measuring import finding_of
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


def test_shams_in_the_first_other_cts_are_told_in_a_sentence_and_a_table(run):
    _, text = run(unseen=(60, 61))
    assert "12 pieces of healthy tissue were put into 2 CTs of other patients" in text
    assert "0 of the places have a finding of at least 0.50; without them, 0 of the same" in text
    assert "The difference of the shares is 0.00 (" in text
    for name in ("<td>all</td><td>12</td>", "<td>poisson</td><td>6</td>", "<td>sigmoid</td>"):
        assert name in text


def test_few_cts_are_searched_a_second_time(run, peeking):
    seen = []

    class Noting(Knowing):
        def detect(self, case, token=None, report=None):
            seen.append(case.patient)
            return peeking.detect(case)

        def __init__(self):
            self.patients = ()

    run(unseen=range(60, 66), detector=Noting())
    assert seen.count("phantom-0") == 1
    assert [seen.count(f"phantom-{k}") for k in range(60, 66)] == [2, 2, 2, 2, 1, 1]


def test_a_detector_that_marks_seams_is_found_out(run, peeking):
    class MarksWhatWasChanged(Knowing):
        def __init__(self):
            self.patients, self.before = (), {}

        def detect(self, case, token=None, report=None):
            found = peeking.detect(case)
            hu = self.before.setdefault(case.patient, case.volume.hu.copy())
            places = np.argwhere(hu != case.volume.hu)
            if not len(places):
                return found
            box = tuple(
                slice(int(a), int(b) + 1) for a, b in zip(places.min(0), places.max(0), strict=True)
            )
            region = (hu != case.volume.hu)[box]
            more = finding_of(case, box, region, number=9, score=0.9)
            return replace(found, findings=(*found.findings, more))

    _, text = run(detector=MarksWhatWasChanged())
    assert "12 of the places have a finding of at least 0.50; without them, 0 of the same" in text


def test_without_other_cts_there_are_no_shams(run):
    _, text = run(unseen=())
    assert "Shams" not in text


def test_what_is_not_shown_is_said(run):
    _, text = run()
    assert "What this does not show" in text
    assert "Not a medical device" in text


def test_files_of_the_findings_and_the_curve_are_left(run, tmp_path):
    run()
    left = {path.name for path in (tmp_path / "findings").iterdir()}
    assert {"findings.csv", "findings.json", "findings.png", "froc.csv"} <= left
    table = (tmp_path / "findings" / "froc.csv").read_text(encoding="utf-8")
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
