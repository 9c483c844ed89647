"""What shams do to a detector: pairs of scores, and their difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.shams.response import (
    ShamPair,
    sham_answers,
    sham_difference,
    sham_pairs,
)
from napari_lesion_synth.evaluation.shams.sites import shams_for
from napari_lesion_synth.events import Stopped, StopToken

SHAPE = (28, 110, 110)


@pytest.fixture
def case(ball_case):
    return ball_case(SHAPE, lesion_mm=16.0, patient="tested")


@pytest.fixture
def donors(ball_donor):
    return (replace(ball_donor(), patient="trained on"),)


@pytest.fixture
def shams(case, donors):
    return shams_for(case, methods=("poisson", "sigmoid"), donors=donors, n=4, seed=1)


@pytest.fixture
def marking(finding):
    """Maker of detectors: `where` gives regions with their scores, and centres if not their own."""

    class Marking:
        id = "marking"
        patients = ()

        def __init__(self, where):
            self.where, self.seen = where, []

        def detect(self, case, token=None, report=None):
            self.seen.append(case)
            if token is not None:
                token.check()
            found = tuple(
                finding(mask, score, number, *center)
                for number, (mask, score, *center) in enumerate(self.where(case), start=1)
            )
            volume = case.volume
            return Detection(found, None, volume.shape, volume.spacing, case.patient, self.id)

    return Marking


def full(sham, mask=None):
    """The sham's mask, full size."""
    whole = np.zeros(SHAPE, bool)
    whole[sham.bbox] = sham.mask if mask is None else mask
    return whole


def test_a_detector_that_marks_what_was_changed_is_told_from_one_that_does_not(
    case, donors, marking
):
    def changed(now):
        if (now.volume.hu == case.volume.hu).all():
            return []
        shams = shams_for(case, methods=("poisson",), donors=donors, n=4, seed=3)
        return [(full(sham), 0.4 + 0.1 * k) for k, sham in enumerate(shams)]

    asked = {"methods": ("poisson",), "donors": donors, "n": 4, "seed": 3}
    fooled = sham_pairs(marking(changed), case, **asked)
    assert [pair.sham for pair in fooled] == pytest.approx([0.4, 0.5, 0.6, 0.7])
    assert [pair.untouched for pair in fooled] == [0.0] * 4
    honest = sham_pairs(marking(lambda now: [(now.lesions, 0.9)]), case, **asked)
    assert [pair.sham for pair in honest] == [0.0] * 4


def test_a_pair_says_what_the_sham_is(case, shams, marking):
    pairs = sham_answers(marking(lambda _: []), case, shams, name="first CT")
    assert {(pair.patient, pair.case) for pair in pairs} == {("tested", "first CT")}
    assert [pair.method for pair in pairs] == [sham.recipe.method for sham in shams]
    assert {pair.zone for pair in pairs} == {"rim", "interior"}
    for pair, sham in zip(pairs, shams, strict=True):
        volume = sham.mask.sum() * np.prod(case.volume.spacing)
        assert pair.diameter_mm == pytest.approx((6 * volume / np.pi) ** (1 / 3), rel=0.02)


def test_the_ct_is_searched_as_it_is_and_with_all_shams_in_it(case, shams, marking):
    detector = marking(lambda _: [])
    sham_answers(detector, case, shams)
    before, after = detector.seen
    assert before is case
    differs = after.volume.hu != case.volume.hu
    for sham in shams:
        np.testing.assert_array_equal(
            after.volume.hu[sham.bbox][sham.support], sham.hu[sham.support]
        )
        differs[sham.bbox] &= ~sham.support
    assert not differs.any()


def test_what_is_found_without_shams_is_not_searched_for_again(case, shams, marking):
    detector = marking(lambda _: [(full(shams[0]), 0.3)])
    known = detector.detect(case)
    pairs = sham_answers(detector, case, shams, untouched=known)
    assert len(detector.seen) == 2
    assert (pairs[0].sham, pairs[0].untouched) == (0.3, 0.3)


def test_the_highest_score_at_a_site_counts_and_none_from_elsewhere(case, shams, marking):
    one, other = full(shams[0]), full(shams[1])
    detector = marking(lambda _: [(one, 0.3), (one, 0.8), (other, 0.5), (case.lesions, 0.9)])
    pairs = sham_answers(detector, case, shams)
    assert [pair.untouched for pair in pairs] == [0.8, 0.5, 0.0, 0.0]


def test_a_region_that_overlaps_by_a_voxel_or_a_centre_within_is_at_the_site(case, shams, marking):
    sham = shams[0]
    first = np.argwhere(full(sham))[0]
    middle = np.argwhere(full(sham)).mean(axis=0)
    voxel, far = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    voxel[tuple(first)] = far[0, 0, 0] = True
    for where in ([(voxel, 0.6, (0.0, 0.0, 0.0))], [(far, 0.6, tuple(middle))]):
        (pair, *_) = sham_answers(marking(lambda _, w=where: w), case, shams)
        assert pair.untouched == 0.6
    beside = full(sham)
    wide = np.zeros(SHAPE, bool)
    wide[sham.bbox] = True
    ring = wide & ~beside
    (pair, *_) = sham_answers(marking(lambda _: [(ring, 0.6, (0.0, 0.0, 0.0))]), case, shams)
    assert pair.untouched == 0.0


def test_without_shams_nothing_is_searched(case, marking):
    detector = marking(lambda _: [])
    assert sham_answers(detector, case, ()) == ()
    assert detector.seen == []


def test_a_stop_is_passed_on(case, shams, marking):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        sham_answers(marking(lambda _: []), case, shams, token=token)


# --- the difference -----------------------------------------------------------------------------


def pairs_of(scores, patients=None):
    """A pair for each (sham, untouched)."""
    names = patients or [f"p{k}" for k in range(len(scores))]
    return [
        ShamPair(name, name, "poisson", "rim", 10.0, sham, untouched)
        for name, (sham, untouched) in zip(names, scores, strict=True)
    ]


def test_shares_and_their_difference_are_counted_at_the_threshold():
    scores = [(0.5, 0.1), (0.7, 0.6), (0.4, 0.5), (0.0, 0.0), (0.9, 0.0)]
    told = sham_difference(pairs_of(scores), 0.5)
    assert (told.shams, told.patients, told.marked, told.marked_before) == (5, 5, 3, 2)
    assert (told.sham.value, told.untouched.value) == (0.6, 0.4)
    assert told.difference.value == pytest.approx(0.2)
    assert told.score.value == pytest.approx(np.mean([a - b for a, b in scores]))
    for interval in (told.sham, told.untouched, told.difference, told.score):
        assert interval.low <= interval.value <= interval.high


def test_all_shams_of_a_patient_are_drawn_together():
    scores = [(1.0, 0.0)] * 30 + [(0.0, 0.0)] * 30
    apart = sham_difference(pairs_of(scores), 0.5).difference
    together = sham_difference(pairs_of(scores, ["one"] * 30 + ["other"] * 30), 0.5).difference
    assert apart.value == together.value == 0.5
    assert apart.high - apart.low < 0.4
    assert (together.low, together.high) == (0.0, 1.0)


def test_no_answer_at_all_is_no_proof():
    told = sham_difference(pairs_of([(0.0, 0.0)] * 5), 0.5)
    assert told.difference.value == 0
    assert told.difference.low < -0.2
    assert told.difference.high > 0.2
    assert (told.score.low, told.score.high) == (None, None)


def test_one_patient_gives_no_interval():
    told = sham_difference(pairs_of([(1.0, 0.0), (0.0, 0.0)], ["one", "one"]), 0.5)
    assert told.difference.value == 0.5
    assert told.difference.low is None


def test_the_interval_holds_a_difference_that_is_known():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(60):
        own = rng.normal(0, 0.1, 25)
        scores = [
            (0.3 + 0.1 + s + rng.normal(0, 0.05), 0.3 + rng.normal(0, 0.05))
            for s in own for _ in range(3)
        ]  # fmt: skip
        names = [f"p{k}" for k in range(25) for _ in range(3)]
        told = sham_difference(pairs_of(scores, names), 0.5, np.random.default_rng(0))
        held += told.score.low <= 0.1 <= told.score.high
    assert held >= 53  # of 60, at 95 %: fewer in less than 2 of 100 runs


def test_nothing_to_compare_is_refused():
    with pytest.raises(ParameterError, match="no shams"):
        sham_difference([], 0.5)
