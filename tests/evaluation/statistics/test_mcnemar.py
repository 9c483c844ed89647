from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.statistics.mcnemar import (
    Found,
    LesionName,
    found_at,
    found_within,
    majority,
    mcnemar,
    together,
)
from napari_lesion_synth.evaluation.statistics.paired_shares import exact_p, mid_p, tango


def found(hits: list[int], *, patients: int | None = None, how: str = "at a threshold") -> Found:
    """Lesions in turn over so many patients; each its own where left out."""
    several = patients or len(hits)
    names = [LesionName(f"p{k % several:03d}", "ct", k) for k in range(len(hits))]
    return Found(dict(zip(names, map(bool, hits), strict=True)), how, "centre in the lesion")


def test_lesions_are_paired_by_patient_ct_and_number_in_whatever_order_they_come(result):
    one = [
        result([0.9, None, 0.8], patient="a"),
        result([0.7], patient="b", case="x"),
        result([None, None], patient="b", case="y"),
    ]
    other = [
        result([None, None], patient="b", case="y"),
        result([0.2], patient="b", case="x"),
        result([0.9, 0.9, 0.4], patient="a"),
    ]

    test = mcnemar(found_at(one, 0.5), found_at(other, 0.5))

    assert (test.both, test.only_one, test.only_other, test.neither) == (1, 2, 1, 2)
    assert (test.lesions, test.discordant, test.patients) == (6, 3, 2)
    assert test.difference == tango(2, 1, 6)
    assert (test.p, test.mid_p) == (exact_p(2, 1), mid_p(2, 1))


def test_each_detector_has_its_own_threshold_or_the_same_rate_of_false_alarms(rivals):
    ones, others = rivals(np.random.default_rng(0), 40, (1.0, 2.0))
    one, other = ones[0], [scaled(case, 10) for case in others[0]]

    same_rate = mcnemar(found_within(one, 0.5), found_within(other, 0.5))

    assert found_within(one, 0.5).share == pytest.approx(froc(one).at(0.5).sensitivity)
    assert found_within(other, 0.5).share == pytest.approx(froc(other).at(0.5).sensitivity)
    known = froc(one).at(0.5).sensitivity - froc(other).at(0.5).sensitivity
    assert same_rate.difference.value == pytest.approx(known)
    assert "at 0.5 false alarms per CT" in same_rate.words()
    thresholds = froc(one).at(0.5).threshold, froc(other).at(0.5).threshold
    by_threshold = mcnemar(found_at(one, thresholds[0]), found_at(other, thresholds[1]))
    assert by_threshold.difference == same_rate.difference


def scaled(case, factor):
    """The same CT with all scores multiplied."""
    from dataclasses import replace

    return replace(
        case,
        lesions=tuple(
            replace(each, score=None if each.score is None else factor * each.score)
            for each in case.lesions
        ),
        marks=tuple(replace(mark, score=factor * mark.score) for mark in case.marks),
    )


def test_where_no_finding_is_within_the_rate_nothing_is_found(result):
    assert found_within([result([0.5], [0.9])], 0).share == 0


def test_trainings_vote_and_a_tie_is_a_miss():
    one, two, three = found([1, 1, 0, 0]), found([1, 0, 1, 0]), found([1, 0, 0, 0])

    assert list(majority([one, two, three]).hit.values()) == [True, False, False, False]
    assert list(majority([one, two]).hit.values()) == [True, False, False, False]
    assert majority([one]).how == one.how
    assert "more than half of 3 trainings" in majority([one, two, three]).how


def test_folds_with_thresholds_of_their_own_are_joined(result):
    first = found_at([result([0.3], patient="a")], 0.2)
    second = found_at([result([0.3], patient="b")], 0.4)

    assert together([first, second]).share == 0.5


def test_lesions_of_a_patient_that_go_together_are_one_piece_of_evidence():
    one, other = found([1] * 24, patients=4), found([0] * 24, patients=4)

    test = mcnemar(one, other)

    assert test.p == pytest.approx(2 / 2**24)
    assert test.p_patients == pytest.approx(2 / 2**4)


def test_lesions_alike_within_patients_fool_the_test_of_lesions_and_not_that_of_patients():
    """12 patients of 8 lesions, of which one arm or the other finds most, by chance."""
    repetitions, lesions, patients = 300, 0, 0
    for repetition in range(repetitions):
        rng = np.random.default_rng(repetition)
        leaning = np.tile(rng.beta(1, 1, 12), 8)
        hits = rng.random(96) < leaning
        test = mcnemar(
            found(hits.astype(int).tolist(), patients=12),
            found((~hits).astype(int).tolist(), patients=12),
        )
        lesions += test.p <= 0.05
        patients += test.p_patients <= 0.05

    assert lesions / repetitions > 0.15
    assert 0.02 <= patients / repetitions <= 0.075


def test_it_says_what_was_found_by_whom_and_what_it_rests_on():
    one = found([1, 1, 1, 1, 1, 1, 1, 0], how="at the operating threshold")
    other = found([0, 0, 0, 0, 0, 0, 1, 0], how="at the operating threshold")

    words = mcnemar(one, other).words("cgan", "augmented")

    assert "Of 8 lesions in 8 patients, cgan alone found 6, augmented alone 0, both 1" in words
    assert "p = 0.0312, mid-p = 0.0156, as if lesions were independent" in words
    assert "+0.750" in words
    assert "at the operating threshold" in words


def test_different_thresholds_are_both_told():
    test = mcnemar(found([1, 0], how="at 1"), found([1, 0], how="at 2"))

    assert "the first at 1, the other at 2" in test.words()


def test_what_cannot_be_paired_is_refused():
    with pytest.raises(ParameterError, match="only in one of the two"):
        mcnemar(found([1, 0]), found([1, 0, 1]))
    with pytest.raises(ParameterError, match="there is no lesion"):
        mcnemar(found([]), found([]))
    with pytest.raises(ParameterError, match="different rules"):
        mcnemar(found([1]), Found(found([1]).hit, "at a threshold", "overlap"))
    with pytest.raises(ParameterError, match="in two folds"):
        together([found([1]), found([1])])
    with pytest.raises(ParameterError, match="nothing to join"):
        majority([])
    with pytest.raises(ParameterError, match="not of one kind"):
        majority([found([1], how="at 1"), found([1], how="at 2")])
    with pytest.raises(ParameterError, match="only in one of the two"):
        majority([found([1]), found([1, 1])])
