from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, average
from napari_lesion_synth.evaluation.statistics.mcnemar import found_within, mcnemar
from napari_lesion_synth.evaluation.statistics.permutation import (
    flip_trainings,
    permute_trainings,
    swap_patients,
)

with contextlib.redirect_stdout(io.StringIO()):  # it greets
    from picai_eval.statistical_helper import perform_permutation_test

figures = st.lists(st.integers(0, 12).map(lambda k: k / 16), min_size=2, max_size=5)


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def at_half(counts: Counts) -> Figure:
    """Sensitivity at 0.5 false alarms per CT."""
    return counts.sensitivities([0.5])


def changed(results, score):
    """The same CTs with other scores."""
    return [
        replace(
            case,
            lesions=tuple(
                replace(each, score=None if each.score is None else score(each.score))
                for each in case.lesions
            ),
            marks=tuple(replace(mark, score=score(mark.score)) for mark in case.marks),
        )
        for case in results
    ]


# Over trainings


@given(one=figures, other=figures)
@settings(deadline=None)
def test_p_over_trainings_is_that_of_scipy(one, other):
    found = permute_trainings(one, other, rng())

    theirs = stats.permutation_test(
        (one, other),
        lambda a, b, axis: np.round(np.abs(a.mean(axis=axis) - b.mean(axis=axis)), 9),
        vectorized=True,
        alternative="greater",
        n_resamples=10_000,
    )
    assert found.exact
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)
    assert found.difference == pytest.approx(np.mean(one) - np.mean(other))


@given(one=figures, seed=st.integers(0, 1000))
@settings(deadline=None)
def test_p_over_pairs_is_that_of_scipy(one, seed):
    other = rng(seed).permutation(one)
    found = flip_trainings(one, other, rng())

    theirs = stats.permutation_test(
        (np.array(one), other),
        lambda a, b, axis: np.round(np.abs((a - b).mean(axis=axis)), 9),
        vectorized=True,
        permutation_type="samples",
        alternative="greater",
        n_resamples=10_000,
    )
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)


def test_where_one_arm_beats_the_other_throughout_p_is_twice_that_of_picai_eval():
    one, other = [0.81, 0.83, 0.85, 0.87, 0.9], [0.6, 0.63, 0.65, 0.7, 0.71]

    one_sided = perform_permutation_test(other, one)

    assert permute_trainings(one, other, rng()).p == pytest.approx(2 * one_sided)


@pytest.mark.parametrize(
    ("n", "m", "smallest"),
    [(1, 1, 1), (2, 2, 1 / 3), (3, 3, 0.1), (3, 5, 1 / 56), (5, 5, 2 / 252)],
)
def test_few_trainings_cannot_have_a_small_p_whatever_their_difference(n, m, smallest):
    found = permute_trainings(10 + rng(1).random(n), rng(2).random(m), rng())

    assert found.p == pytest.approx(smallest)
    assert found.smallest_p == pytest.approx(smallest)


@pytest.mark.parametrize(("n", "smallest"), [(1, 1), (3, 0.25), (5, 0.0625), (6, 0.03125)])
def test_few_pairs_cannot_either(n, smallest):
    found = flip_trainings(10 + rng(1).random(n), rng(2).random(n), rng())

    assert (found.p, found.smallest_p) == (smallest, smallest)


def test_it_says_which_question_it_answers_and_where_it_can_show_nothing():
    three = permute_trainings([0.8, 0.81, 0.82], [0.6, 0.61, 0.62], rng())
    pairs = flip_trainings([0.8, 0.81, 0.82], [0.6, 0.61, 0.62], rng())
    six = permute_trainings(np.arange(6) + 6, np.arange(6), rng())

    assert "other trainings of both arms, on these same patients" in three.words()
    assert "p = 0.1 (3 against 3 trainings, all 20 arrangements)" in three.words()
    assert "p cannot fall below 0.1, whatever the difference" in three.words()
    assert "p cannot fall below 0.25" in pairs.words()
    assert "3 pairs of trainings, all 8 arrangements" in pairs.words()
    assert "The smallest p that it can reach is 0.0022" in six.words()


@pytest.mark.parametrize(("test", "arrangements"), [(permute_trainings, 924), (flip_trainings, 64)])
def test_equal_arms_differ_as_often_as_any_level_says(test, arrangements):
    repetitions = 2000
    p = np.array(
        [
            test(rng(k).normal(0, 1, 6), rng(k + 5000).normal(0, 1, 6), rng()).p
            for k in range(repetitions)
        ]
    )

    for level in (0.05, 0.3, 0.5):
        reachable = 2 * np.floor(level * arrangements / 2) / arrangements  # arrangements are pairs
        spread = np.sqrt(reachable / repetitions)
        assert (p <= level).mean() == pytest.approx(reachable, abs=3 * spread)


def test_many_trainings_are_drawn_from_and_the_observed_ones_are_one_draw_of_them():
    far = permute_trainings(np.arange(12) + 100, np.arange(12), rng(), permutations=999)
    pairs = flip_trainings(np.arange(20) + 100, np.arange(20), rng(), permutations=999)

    for found in (far, pairs):
        assert not found.exact
        assert (found.p, found.smallest_p, found.arrangements) == (0.001, 0.001, 1000)
        assert "a draw of 1000 arrangements" in found.words()


def test_drawn_and_exact_p_agree():
    one, other = rng(3).normal(0.6, 1, 9), rng(4).normal(0, 1, 9)

    exact = stats.permutation_test(
        (one, other), lambda a, b: np.mean(a) - np.mean(b), n_resamples=60_000
    ).pvalue
    drawn = permute_trainings(one, other, rng(), permutations=20_000)

    assert not drawn.exact
    assert drawn.p == pytest.approx(exact, abs=0.012)


def test_equal_figures_prove_nothing():
    assert permute_trainings([0.3] * 4, [0.3] * 4, rng()).p == 1
    assert flip_trainings([0.1, 0.7], [0.1, 0.7], rng()).p == 1


def test_trainings_without_a_figure_or_a_pair_are_refused():
    with pytest.raises(ParameterError, match="no figure to compare"):
        permute_trainings([], [0.1], rng())
    with pytest.raises(ParameterError, match="no figure to compare"):
        permute_trainings([0.2, float("nan")], [0.1], rng())
    with pytest.raises(ParameterError, match="no pairs"):
        flip_trainings([0.2, 0.3], [0.1], rng())


# Over patients


def test_equal_arms_differ_over_patients_as_often_as_it_says(rivals):
    repetitions = 250
    p = [
        swap_patients(*rivals(rng(k), 20, (1.5, 1.5)), at_half, rng(k), permutations=199)[0].p
        for k in range(repetitions)
    ]

    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.085
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.11)


def test_a_better_arm_is_told_from_the_other(rivals):
    repetitions, small = 40, 0
    for k in range(repetitions):
        (found,) = swap_patients(
            *rivals(rng(k), 40, (1.0, 2.2), trainings=2), at_half, rng(k), permutations=199
        )
        small += found.p <= 0.05
        assert found.difference < 0

    assert small / repetitions > 0.8


def test_the_difference_is_that_of_the_metric_averaged_over_trainings(rivals):
    one, other = rivals(rng(1), 12, (1.5, 1.0), trainings=3)
    metric = lambda counts: counts.sensitivities(RATES)  # noqa: E731

    found = swap_patients(one, other, metric, rng(), permutations=99)

    known = [
        average([metric(Counts.of(results)) for results in arm]).values for arm in (one, other)
    ]
    assert [each.difference for each in found] == pytest.approx(known[0] - known[1])


def test_p_is_that_of_working_out_every_exchange_anew(rivals):
    """By hand: CTs change sides, and each side is counted again."""
    (one,), (other,) = rivals(rng(5), 6, (1.5, 1.2))
    ranked = [by_false_alarms(results) for results in (one, other)]
    differences = []
    for ways in range(2**6):
        swapped = [bool(ways >> k & 1) for k in range(6)]
        mine = [b if s else a for a, b, s in zip(*ranked, swapped, strict=True)]
        theirs = [a if s else b for a, b, s in zip(*ranked, swapped, strict=True)]
        cpm = [float(Counts.of(arm).cpm(RATES).values[0]) for arm in (mine, theirs)]
        differences.append(abs(cpm[0] - cpm[1]))

    (found,) = swap_patients([one], [other], lambda counts: counts.cpm(RATES), rng())

    assert found.exact
    assert abs(found.difference) == pytest.approx(differences[0])
    assert found.p == pytest.approx(np.mean(np.array(differences) >= differences[0] - 1e-9))


def by_false_alarms(results):
    """Scores as minus the number of false alarms of at least that score."""
    false = [mark.score for case in results for mark in case.marks if mark.outcome == "false alarm"]
    return changed(results, lambda score: -float(sum(each >= score for each in false)))


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=15)
def test_the_scale_of_either_detectors_scores_does_not_matter(rivals, seed):
    one, other = rivals(rng(seed), 15, (1.5, 1.2))

    plain = swap_patients(one, other, at_half, rng(), permutations=99)
    scaled = [changed(results, lambda score: 100 * np.exp(score)) for results in other]

    assert swap_patients(one, scaled, at_half, rng(), permutations=99) == plain


def test_neither_does_which_of_the_two_comes_first(rivals):
    one, other = rivals(rng(2), 10, (2.0, 1.0))

    (found,), (turned,) = (
        swap_patients(*pair, at_half, rng()) for pair in ((one, other), (other, one))
    )

    assert found.p == turned.p
    assert found.difference == -turned.difference


def test_lesions_alike_are_no_more_evidence_than_one(result):
    """Every other patient is found by the first alone, one in six by the other alone."""

    def arms(lesions):
        first = [result([0.9 if p % 2 else None] * lesions, patient=f"p{p:02d}") for p in range(12)]
        other = [
            result([0.9 if p % 6 == 0 else None] * lesions, patient=f"p{p:02d}") for p in range(12)
        ]
        return [first], [other]

    (single,), (several,) = (swap_patients(*arms(n), at_half, rng()) for n in (1, 5))

    assert single.p == several.p
    by_lesion = [
        mcnemar(*(found_within(arm[0], 0.5) for arm in arms(lesions))) for lesions in (1, 5)
    ]
    assert by_lesion[1].p < by_lesion[0].p
    assert by_lesion[0].p_patients == by_lesion[1].p_patients == single.p


def test_few_patients_are_told(rivals):
    (found,) = swap_patients(*rivals(rng(0), 4, (1.5, 1.5)), at_half, rng())

    assert found.smallest_p == 1 / 8
    assert "on other patients, differ so?" in found.words()
    assert "(4 patients, all 16 arrangements)" in found.words()


def test_arms_that_cannot_be_swapped_are_refused(rivals, result):
    one, other = rivals(rng(0), 4, (1.5, 1.5), trainings=2)

    with pytest.raises(ParameterError, match="2 and 1 trainings"):
        swap_patients(one, other[:1], at_half, rng())
    with pytest.raises(ParameterError, match="not compared on the same CTs"):
        swap_patients(one, [other[0][:-1], other[1]], at_half, rng())
    with pytest.raises(ParameterError, match="lesion 2 of a is only in one"):
        swap_patients([[result([0.5, 0.5])]], [[result([0.5])]], at_half, rng())
    with pytest.raises(ParameterError, match="does not exist"):
        swap_patients([[result([], [0.5])]], [[result([], [0.5])]], at_half, rng())
