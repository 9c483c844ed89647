"""Findings and truth on slices: what is drawn where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.dataset.drawing import OUTLINE
from napari_lesion_synth.detection.finding import Detection, Heat
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.evaluation.drawing.judged_picture import FOUND, judged_picture
from napari_lesion_synth.evaluation.matching import match
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.truth import Truth

HIT, ELSEWHERE = np.s_[10:14, 28:36, 28:36], np.s_[10:14, 40:46, 20:26]


@pytest.fixture
def case(ball_case):
    """A lesion in the middle of a ball of liver."""
    return ball_case(lesion_mm=10.0)


@pytest.fixture
def picture(case):
    """The picture of findings in some boxes, with their scores, as an array."""

    def draw(found, threshold=0.5, heat=False, most=12):
        findings = tuple(
            finding_of(case, box, np.ones(case.lesions[box].shape, bool), number=k, score=score)
            for k, (box, score) in enumerate(found, start=1)
        )
        shape = case.volume.shape
        values = Heat(np.ones(shape, np.float32), (1.0,) * 3, (0.0,) * 3) if heat else None
        detection = Detection(findings, values, shape, case.volume.spacing, case.patient, "x")
        judged = match(detection, Truth.of(case), HitRule())
        return np.asarray(judged_picture(case, detection, judged, threshold, most=most))

    return draw


def has(picture: np.ndarray, color) -> int:
    """Pixels of a colour, below the legend."""
    return int((picture[62:] == color).all(axis=-1).sum())


def test_a_lesion_that_was_missed_is_shown_without_a_finding(picture):
    drawn = picture([])
    assert has(drawn, OUTLINE) > 50
    assert has(drawn, FOUND) == 0


def test_a_finding_is_dashed_around_a_lesion_that_is_solid(picture):
    drawn = picture([(HIT, 0.9)])
    assert 20 < has(drawn, FOUND) < has(drawn, OUTLINE) * 2


def test_a_false_alarm_has_a_slice_of_its_own(picture):
    assert picture([(HIT, 0.9), (ELSEWHERE, 0.8)]).shape == picture([(HIT, 0.9)]).shape
    one, two = picture([(HIT, 0.9)]), picture([(HIT, 0.9), (ELSEWHERE, 0.8)])
    second = np.s_[62:300, 290:540, 0]
    assert len(np.unique(one[second])) == 1
    assert len(np.unique(two[second])) > 20


def test_findings_below_the_threshold_are_not_drawn(picture):
    assert np.array_equal(picture([(HIT, 0.4)]), picture([]))


def test_heat_colours_what_it_covers(picture):
    plain, hot = picture([]), picture([], heat=True)
    middle = np.s_[224:234, 120:140]
    assert (hot[middle][..., 0].astype(int) - hot[middle][..., 2]).mean() > 40
    assert np.ptp(plain[middle].astype(int), axis=-1).max() == 0


def test_no_more_slices_are_drawn_than_asked_for(picture):
    assert np.array_equal(
        picture([(ELSEWHERE, 0.8)], most=1)[62:, 290:], picture([], most=1)[62:, 290:]
    )


def test_a_case_without_known_lesions_is_drawn_as_well(case):
    healthy = replace(case, lesions=np.zeros_like(case.lesions))
    empty = Detection((), None, case.volume.shape, case.volume.spacing, case.patient, "x")
    judged = match(empty, Truth.of(healthy), HitRule())
    assert judged_picture(healthy, empty, judged, 0.5).width >= 760
