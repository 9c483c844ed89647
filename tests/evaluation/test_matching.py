from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.errors import GeometryError, InputError
from napari_lesion_synth.evaluation.matching import Outcome, match
from napari_lesion_synth.evaluation.rule import HitRule

SHAPE = (6, 24, 24)
RULES = [
    HitRule(),
    HitRule(kind="distance"),
    HitRule(kind="distance", radius_mm=6),
    HitRule(kind="iou", iou=0.1),
    HitRule(kind="iou", iou=0.5),
    HitRule(kind="centre", smallest_mm=4),
]


def box(y: tuple[int, int], x: tuple[int, int], z: tuple[int, int] = (2, 4)) -> np.ndarray:
    """Make a mask of one box."""
    mask = np.zeros(SHAPE, bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return mask


def outcomes(result) -> list[Outcome]:
    """What each finding is, highest score first."""
    return [mark.outcome for mark in result.marks]


def found_in(scene, finding, detection, seed: int):
    """The mask of lesions of a random scene, and the detection in it."""
    lesions, regions, scores = scene(seed)
    findings = [finding(regions == k + 1, score, k + 1) for k, score in enumerate(scores)]
    return lesions, detection(findings)


def test_a_centre_in_the_lesion_is_a_hit_and_one_outside_a_false_alarm(finding, detection, truth):
    lesion = box((4, 10), (4, 10))
    seen = detection([finding(box((5, 9), (5, 9)), 0.9), finding(box((14, 18), (4, 8)), 0.4, 2)])

    judged = match(seen, truth(lesion), HitRule())

    assert outcomes(judged) == [Outcome.HIT, Outcome.FALSE]
    assert judged.lesions[0].score == 0.9
    assert judged.missed(0.95) == judged.lesions
    assert judged.marked(Outcome.FALSE, 0.5) == ()


def test_a_second_finding_on_a_lesion_is_a_duplicate_and_no_false_alarm(finding, detection, truth):
    on = [finding(box((4, 7), (4, 10)), 0.3, 2), finding(box((7, 10), (4, 10)), 0.8, 1)]

    judged = match(detection(on), truth(box((4, 10), (4, 10))), HitRule())

    assert outcomes(judged) == [Outcome.HIT, Outcome.DUPLICATE]
    assert judged.lesions[0].score == 0.8


def test_one_finding_over_two_lesions_finds_one_of_them(finding, detection, truth):
    lesions = box((4, 10), (4, 8)) | box((4, 10), (10, 17))
    seen = detection([finding(box((4, 10), (4, 17)), 0.9)])

    judged = match(seen, truth(lesions), HitRule(kind="iou", iou=0.1))

    assert [lesion.score for lesion in judged.lesions] == [None, 0.9]  # the larger overlap


def test_distance_is_measured_in_millimetres(finding, detection, truth):
    lesion, seen = box((8, 11), (8, 11), (1, 2)), box((8, 11), (8, 11), (4, 5))
    found = detection([finding(seen, 0.9)])  # three slices of 2 mm above

    assert outcomes(match(found, truth(lesion), HitRule(kind="distance", radius_mm=6)))[0] == "hit"
    near = match(found, truth(lesion), HitRule(kind="distance", radius_mm=5.9))
    assert outcomes(near) == [Outcome.FALSE]


def test_without_a_distance_the_lesions_radius_counts(finding, detection, truth):
    lesion = box((4, 12), (4, 12), (0, 6))
    known = truth(lesion)
    radius = known.lesions[0].component.diameter_mm / 2
    middle = np.array(known.lesions[0].component.center, float)

    for away, outcome in ((radius - 0.1, Outcome.HIT), (radius + 0.1, Outcome.FALSE)):
        seen = finding(lesion, 0.5, center=middle + np.array((0, 0, away)))
        assert outcomes(match(detection([seen]), known, HitRule(kind="distance"))) == [outcome]


def test_overlap_in_a_single_slice_is_that_of_areas(finding, detection, truth):
    shape = (1, 20, 20)
    lesion, seen = np.zeros(shape, bool), np.zeros(shape, bool)
    lesion[0, 2:6, 2:6], seen[0, 4:8, 2:6] = True, True  # 8 of 24 pixels are shared
    found = detection([finding(seen, 0.9)], shape)

    known = truth(lesion)
    assert outcomes(match(found, known, HitRule(kind="iou", iou=1 / 3))) == [Outcome.HIT]
    assert outcomes(match(found, known, HitRule(kind="iou", iou=0.34))) == [Outcome.FALSE]


@pytest.fixture
def half_organ() -> Organ:
    """An organ that fills the picture up to column 12."""
    mask = np.zeros(SHAPE, bool)
    mask[:, :, :12] = True
    return Organ(mask, (2.0, 1.0, 1.0))


def test_findings_far_outside_the_organ_are_ignored(finding, detection, truth, half_organ):
    inside, near, far = (box((4, 7), (x, x + 3)) for x in (4, 13, 19))
    seen = detection([finding(m, 0.9 - k / 10, k) for k, m in enumerate((inside, near, far), 1)])
    known = truth(np.zeros(SHAPE, bool), half_organ)

    assert outcomes(match(seen, known, HitRule())) == ["false alarm", "false alarm", "ignored"]
    strict = match(seen, known, HitRule(outside="false"))
    assert outcomes(strict) == ["false alarm"] * 3


def test_a_hit_outside_the_organ_is_a_hit(finding, detection, truth, half_organ):
    lesion = box((4, 8), (18, 22))

    judged = match(detection([finding(lesion, 0.9)]), truth(lesion, half_organ), HitRule())

    assert outcomes(judged) == [Outcome.HIT]


def test_small_lesions_are_ignored_and_findings_on_them_too(finding, detection, truth):
    small = box((4, 6), (4, 6), (2, 3))
    seen = detection([finding(small, 0.9)])

    judged = match(seen, truth(small), HitRule(smallest_mm=5))

    assert outcomes(judged) == [Outcome.IGNORED]
    assert judged.lesions == ()
    assert not judged.healthy


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text[5:30])
@settings(deadline=None)
@given(seed=st.integers(0, 10**6), threshold=st.floats(0, 0.8))
def test_a_threshold_afterwards_is_a_threshold_before(
    scene, finding, detection, truth, rule, seed, threshold
):
    lesions, seen = found_in(scene, finding, detection, seed)
    fewer = detection(seen.above(threshold))

    whole, cut = match(seen, truth(lesions), rule), match(fewer, truth(lesions), rule)

    for outcome in Outcome:
        assert whole.marked(outcome, threshold) == cut.marked(outcome)
    assert whole.found(threshold) == cut.found()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text[5:30])
@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_finding_is_judged_once_and_every_lesion_hit_once(
    scene, finding, detection, truth, rule, seed
):
    lesions, seen = found_in(scene, finding, detection, seed)

    judged = match(seen, truth(lesions), rule)

    assert sorted(m.finding for m in judged.marks) == [f.number for f in seen.findings]
    hit = [m.lesion for m in judged.marked(Outcome.HIT)]
    assert len(set(hit)) == len(hit)
    assert sorted(hit) == [lesion.number for lesion in judged.found()]
    highest = {lesion.number: lesion.score for lesion in judged.lesions}
    assert all(m.score <= highest[m.lesion] for m in judged.marked(Outcome.DUPLICATE))


def test_other_ct_other_patient_and_scores_that_are_none_are_refused(finding, detection, truth):
    lesion = box((4, 8), (4, 8))

    with pytest.raises(GeometryError, match="same CT"):
        match(detection([], (6, 24, 25)), truth(lesion), HitRule())
    with pytest.raises(InputError, match="those of q"):
        match(detection([], patient="q"), truth(lesion), HitRule())
    with pytest.raises(InputError, match="not a number"):
        match(detection([finding(lesion, np.nan)]), truth(lesion), HitRule())


def test_a_rule_says_in_words_what_it_is():
    assert HitRule().text == (
        "Hit: centre in the lesion; by score, one lesion a finding; further hits on a lesion are "
        "no false alarms; findings more than 5 mm outside the organ are ignored."
    )
    assert "IoU of at least 0.3" in HitRule(kind="iou", iou=0.3, smallest_mm=3).text
    assert "below 3 mm" in HitRule(smallest_mm=3).text
    with pytest.raises(ValidationError):
        HitRule(iou=0)
