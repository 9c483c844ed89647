from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.statistics.bootstrap import (
    Figure,
    average,
    bootstrap,
    paired_difference,
)
from napari_lesion_synth.intervals import wilson


def mean_of(values: np.ndarray) -> Figure:
    """The mean of one value a patient."""
    names = tuple(f"p{k:03d}" for k in range(len(values)))
    return Figure(names, lambda w: (w @ values / w.sum(axis=1))[:, None])


def share(hits: list[int]) -> Figure:
    """A share of patients."""
    whole = mean_of(np.array(hits, float))
    return Figure(whole.patients, whole.of, len(hits))


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("method", "known"), [("percentile", "percentile"), ("bca", "BCa")])
def test_intervals_of_a_skewed_mean_are_those_of_scipy(method, known):
    values = rng(1).exponential(1, 30)

    (found,) = bootstrap(mean_of(values), rng(), method=method, resamples=100_000)

    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=100_000, method=known, rng=rng(2)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_the_expanded_interval_of_a_mean_is_as_wide_as_students():
    values = rng(1).normal(3, 2, 12)

    (found,) = bootstrap(mean_of(values), rng(), resamples=20_000)

    known = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
    assert found.high - found.low == pytest.approx(known[1] - known[0], rel=0.05)


def test_intervals_of_a_sensitivity_hold_the_truth_as_often_as_they_say(simulated):
    rates, repetitions = (0.5, 1.0), 300
    known = stats.norm.sf((stats.norm.isf(np.array(rates) / 2) - 1.5) / np.sqrt(1 + 0.5**2))
    held = np.zeros(2)
    for repetition in range(repetitions):
        sample = Counts.of(simulated(rng(repetition), 25))
        found = bootstrap(sample.sensitivities(rates), rng(repetition), resamples=300)
        held += [i.low <= truth <= i.high for i, truth in zip(found, known, strict=True)]

    assert ((held / repetitions >= 0.92) & (held / repetitions <= 0.99)).all()


def test_intervals_of_a_paired_difference_hold_the_truth_as_often_as_they_say():
    """Two detectors that share the patients' difficulty; the second is better by 0.1."""
    held, repetitions = 0, 300
    for repetition in range(repetitions):
        draw = rng(repetition)
        easy = draw.uniform(0.2, 0.8, 30)
        one = mean_of(draw.binomial(4, easy) / 4)
        other = mean_of(draw.binomial(4, easy + 0.1) / 4)
        (found,) = paired_difference(other, one, draw, resamples=300)
        held += found.low <= 0.1 <= found.high

    assert 0.92 <= held / repetitions <= 0.99


def test_so_do_those_of_a_gain_in_sensitivity_over_several_trainings(rivals):
    gains, repetitions = (1.0, 1.6), 300
    known = stats.norm.sf((stats.norm.isf(0.5 / 2) - np.array(gains)) / np.sqrt(1 + 0.5**2))
    held, without_zero = 0, 0
    for repetition in range(repetitions):
        one, other = (
            average([Counts.of(results).sensitivities([0.5]) for results in arm])
            for arm in rivals(rng(repetition), 25, gains, trainings=2)
        )
        (found,) = paired_difference(other, one, rng(repetition), resamples=300)
        held += found.low <= known[1] - known[0] <= found.high
        without_zero += found.low > 0

    assert 0.92 <= held / repetitions <= 0.985
    assert 0.3 < without_zero / repetitions < 1  # the gain is seen often, not always


def test_whole_patients_are_drawn_so_lesions_alike_do_not_narrow_the_interval(result):
    alone = [result([0.9 if p % 2 else None], patient=f"p{p}") for p in range(20)]
    alike = [result([0.9 if p % 2 else None] * 5, patient=f"p{p}") for p in range(20)]

    one, five = (
        bootstrap(Counts.of(sample).sensitivities([1.0]), rng())[0] for sample in (alone, alike)
    )

    assert one == five


def test_pairing_narrows_the_interval_of_a_difference():
    base = rng(1).normal(0, 1, 40)
    one, other = mean_of(base), mean_of(base + rng(2).normal(0.1, 0.1, 40))
    shuffled = mean_of(rng(3).permutation(base) + 0.1)

    (paired,) = paired_difference(other, one, rng())
    (loose,) = paired_difference(shuffled, one, rng())

    assert paired.high - paired.low < (loose.high - loose.low) / 3


def test_the_difference_of_a_detector_from_itself_is_nothing(simulated):
    figure = Counts.of(simulated(rng(), 30)).sensitivities([0.5])

    (found,) = paired_difference(figure, figure, rng())

    assert found.value == 0
    assert found.low < 0 < found.high  # no spread is no proof


def test_a_share_of_all_has_an_interval_too():
    (found,) = bootstrap(share([1] * 20), rng())

    assert (found.low, found.high) == (wilson(20, 20).low, 1)


def test_two_shares_of_all_differ_as_newcombe_says():
    (found,) = paired_difference(share([1] * 20), share([0] * 20), rng())

    low, high = wilson(20, 20), wilson(0, 20)
    assert found.value == 1
    assert found.low == pytest.approx(1 - np.hypot(1 - low.low, high.high))
    assert found.high == 1


def test_repeated_trainings_are_averaged_on_the_same_patients():
    one, other = mean_of(np.array([0.0, 1.0, 1.0])), mean_of(np.array([1.0, 1.0, 1.0]))

    assert average([one, other]).values == pytest.approx([5 / 6])


def test_figures_of_other_patients_are_refused():
    with pytest.raises(ParameterError, match="not of the same patients"):
        paired_difference(mean_of(np.ones(3)), mean_of(np.ones(4)), rng())
    with pytest.raises(ParameterError, match="nothing to average"):
        average([])


def test_one_patient_and_a_figure_that_most_draws_lack_have_no_interval():
    (one,) = bootstrap(mean_of(np.ones(1)), rng())
    # Of three patients, two draws in nine hold each once.
    rarely = Figure(tuple("abc"), lambda w: np.where((w == 1).all(axis=1), 1.0, np.nan)[:, None])

    assert (one.value, one.low) == (1, None)
    (few,) = bootstrap(rarely, rng())
    assert (few.value, few.low) == (1, None)
