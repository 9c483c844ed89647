"""Hits, false alarms and curves against MONAI and picai_eval, on random CTs.

Known differences, which the tests step around or state:

MONAI (`compute_fp_tp_probs_nd`, `compute_froc_curve_data`, `compute_froc_score`)
- A lesion not found has the score 0 there, and counts as found at a threshold of 0.
- The lowest of all scores is no threshold there: the curve lacks its last point, unless a
  lesion was missed (its 0 is then the one that is left out).
- Between points the sensitivity is interpolated linearly, and past the end it stays: a score
  there is never below ours, whose curve is a step. Ours says where the end was.
- A detection's centre must be a voxel; scores of hits are single precision.

picai_eval (`evaluate_case`, `Metrics`)
- Findings are paired with lesions so that pairs are many, then overlaps large, whatever the
  scores; here by score. The two agree where a finding overlaps one lesion enough and a lesion
  one finding, as with an IoU above 0.5. Otherwise they agree on false alarms, and ours finds
  no more lesions, but at least half as many.
- Findings that touch are one there, and a score of 0 is none; scores are single precision.
- The last point of its curve is moved to infinity, with the sensitivity before it.
- Its IoU has 1e-8 above and below the line.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.metrics.froc import (
    compute_fp_tp_probs_nd,
    compute_froc_curve_data,
    compute_froc_score,
)
from scipy import ndimage

from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.matching import Outcome, match
from napari_lesion_synth.evaluation.rule import HitRule

with contextlib.redirect_stdout(io.StringIO()):  # it greets
    from picai_eval.eval import evaluate_case
    from picai_eval.metrics import Metrics

seeds = st.lists(st.integers(0, 10**6), min_size=1, max_size=4, unique=True)
few = settings(deadline=None, max_examples=40)
CENTRE, HALF, TENTH = HitRule(), HitRule(kind="iou", iou=0.501), HitRule(kind="iou", iou=0.1)


@pytest.fixture(scope="session")
def judged(scene, finding, detection, truth):
    """Judge the random CT of a seed."""

    def judge(seed: int, rule: HitRule, *, voxel_centers: bool = False):
        lesions, regions, scores = scene(seed)
        findings = []
        for k, score in enumerate(scores):
            index = np.argwhere(regions == k + 1)
            center = index[len(index) // 2] if voxel_centers else None
            findings.append(finding(regions == k + 1, float(score), k + 1, center))
        patient = f"p{seed}"
        known = truth(lesions, patient=patient)
        return match(detection(findings, patient=patient), known, rule), findings, lesions, regions

    return judge


def monai_counts(findings, lesions):
    """Scores of false alarms and of lesions as MONAI counts them."""
    labels, _ = ndimage.label(lesions, np.ones((3, 3, 3)))
    scores = np.array([each.score for each in findings], np.float32)
    at = np.array([each.center for each in findings]).reshape(-1, 3).astype(int)
    return compute_fp_tp_probs_nd(scores, at, labels)


def picai_list(judged_case):
    """(is lesion, confidence, overlap) of each, as picai_eval has them."""

    def of(result, findings, lesions, regions, rule):
        heat = np.zeros(regions.shape, np.float32)
        for each in findings:
            heat[regions == each.number] = each.score
        return evaluate_case(heat, lesions.astype(np.int32), min_overlap=rule.iou)[0]

    return of(*judged_case)


@few
@given(seeds)
def test_centres_in_lesions_are_those_of_monai(judged, seeds):
    for seed in seeds:
        result, findings, lesions, _ = judged(seed, CENTRE, voxel_centers=True)
        false, true, number = monai_counts(findings, lesions)

        assert number == len(result.lesions)
        assert sorted(false) == sorted(m.score for m in result.marked(Outcome.FALSE))
        ours = [lesion.score or 0.0 for lesion in result.lesions]
        assert sorted(true.tolist()) == pytest.approx(sorted(ours))


@few
@given(seeds)
def test_the_curve_passes_through_every_point_of_monais(judged, seeds):
    cases = [judged(seed, CENTRE, voxel_centers=True) for seed in seeds]
    results = [case[0] for case in cases]
    lesions = sum(len(result.lesions) for result in results)
    if not lesions:
        return
    counted = [monai_counts(case[1], case[2])[:2] for case in cases if case[2].any()]
    healthy = [np.array([f.score for f in case[1]], np.float32) for case in cases]
    false = np.concatenate(
        [c[0] for c in counted]
        + [scores for scores, case in zip(healthy, cases, strict=True) if not case[2].any()]
    )
    true = np.concatenate([c[1] for c in counted])
    rates, sensitivities = compute_froc_curve_data(false, true, lesions, len(results))

    curve = froc(results)
    scores = sorted({*false.tolist(), *true.tolist()})[1:]
    for threshold, rate, sensitivity in zip(scores, rates, sensitivities, strict=False):
        reach = [result.marked(Outcome.FALSE, threshold) for result in results]
        assert sum(map(len, reach)) / len(results) == pytest.approx(rate)
        assert curve.at(rate).sensitivity >= sensitivity - 1e-12
        here = np.flatnonzero(curve.thresholds >= threshold)
        ours = curve.sensitivity[here[-1]] if here.size else 0.0
        assert ours == pytest.approx(sensitivity)
    if len(true) and not true.all():  # a lesion was missed: their curve is whole
        theirs = compute_froc_score(rates, sensitivities, (0.125, 0.25, 0.5, 1, 2, 4, 8))
        assert curve.cpm() <= theirs + 1e-12


@few
@given(seeds)
def test_where_pairs_are_clear_hits_are_those_of_picai_eval(judged, seeds):
    for seed in seeds:
        case = judged(seed, HALF)
        theirs = picai_list((*case, HALF))

        result = case[0]
        assert sorted(c for lesion, c, _ in theirs if not lesion) == pytest.approx(
            sorted(m.score for m in result.marked(Outcome.FALSE))
        )
        assert sorted(c for lesion, c, _ in theirs if lesion) == pytest.approx(
            sorted(lesion.score or 0.0 for lesion in result.lesions)
        )


@few
@given(seeds)
def test_where_pairs_are_not_clear_false_alarms_are_those_of_picai_eval(judged, seeds):
    for seed in seeds:
        case = judged(seed, TENTH)
        theirs = picai_list((*case, TENTH))

        result = case[0]
        assert sorted(c for lesion, c, _ in theirs if not lesion) == pytest.approx(
            sorted(m.score for m in result.marked(Outcome.FALSE))
        )
        pairs = sum(1 for lesion, c, _ in theirs if lesion and c > 0)
        assert pairs / 2 <= len(result.found()) <= pairs


@few
@given(seeds)
def test_the_curve_is_that_of_picai_eval_but_for_its_last_point(judged, seeds):
    cases = {seed: judged(seed, HALF) for seed in seeds}
    results = [case[0] for case in cases.values()]
    lists = {seed: picai_list((*case, HALF)) for seed, case in cases.items()}
    if not any(lesion for of_case in lists.values() for lesion, *_ in of_case):
        return
    theirs = Metrics(lesion_results=lists)
    n = len(results)
    rates = np.round(theirs.lesion_FPR[:-1].astype(float) * n) / n  # single precision there
    sensitivities = theirs.lesion_TPR[:-1].astype(float)
    if len(rates) < 2:
        return

    ours = Counts.of(results).sensitivities(rates.tolist()).values
    for rate, found in zip(rates, ours, strict=True):
        # Of their points with the same rate ours is the best; that moved may be one of them.
        best = sensitivities[rates <= rate].max()
        assert found == pytest.approx(best, abs=1e-6) or (found > best and rate == rates[-1])
