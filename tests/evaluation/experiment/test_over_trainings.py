"""Intervals that take other trainings in, against simulated truth."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.evaluation.experiment.over_trainings import over_trainings
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, average, paired_difference
from napari_lesion_synth.intervals import Interval

TRUE_GAIN = 0.1


def two_arms(rng, patients=40, trainings=3, spread=0.05):
    """A difference of 0.1 between arms whose trainings vary; over patients, and over both."""
    easy, gains = rng.normal(0.5, 0.15, patients), rng.normal(TRUE_GAIN, 0.1, patients)
    names = tuple(f"p{k:03d}" for k in range(patients))
    arms = []
    for arm in range(2):
        figures = []
        for _ in range(trainings):
            share = np.clip(easy + rng.normal(0, spread) + arm * gains, 0, 1)
            found = rng.binomial(4, share) / 4
            figures.append(Figure(names, lambda w, v=found: (w @ v / w.sum(axis=1))[:, None]))
        arms.append(figures)
    (narrow,) = paired_difference(average(arms[1]), average(arms[0]), rng, resamples=150)
    each = [[float(figure.values[0]) for figure in arm] for arm in arms]
    return narrow, over_trainings(narrow, patients, *each)


def held(interval) -> bool:
    return interval.low <= TRUE_GAIN <= interval.high


def test_they_hold_what_new_trainings_would_show_at_least_as_often_as_they_say():
    """And intervals over patients alone do not: that is why there are two."""
    found = [two_arms(np.random.default_rng(seed)) for seed in range(150)]
    narrow, whole = (np.mean([held(pair[k]) for pair in found]) for k in range(2))
    assert whole >= 0.94
    assert narrow < 0.9


def test_they_are_never_narrower_than_over_patients_alone():
    for seed in range(20):
        narrow, whole = two_arms(np.random.default_rng(seed), spread=0.0)
        assert whole.low <= narrow.low
        assert narrow.high <= whole.high
        assert whole.value == narrow.value


def test_trainings_that_are_all_alike_change_nothing():
    narrow = Interval(0.2, 0.1, 0.35)
    whole = over_trainings(narrow, 30, [0.5] * 3, [0.3] * 3)
    assert (whole.low, whole.high) == pytest.approx((0.1, 0.35))


def test_the_more_trainings_the_narrower():
    narrow = Interval(0.2, 0.1, 0.3)
    widths = [
        (found := over_trainings(narrow, 30, *[[0.4, 0.6] * n] * 2)).high - found.low
        for n in (1, 2, 8)
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] > narrow.high - narrow.low


def test_a_side_that_is_longer_stays_so():
    whole = over_trainings(Interval(0.0, -0.02, 0.2), 30, [0.4, 0.5, 0.6], [0.4, 0.5, 0.6])
    assert whole.high > -whole.low


def test_they_end_where_the_figure_cannot_go():
    whole = over_trainings(Interval(0.9, 0.8, 0.95), 30, [0.7, 1.0], span=(0, 1))
    assert whole.high == 1


@pytest.mark.parametrize(
    ("interval", "patients", "arms"),
    [
        (Interval(0.2), 30, ([0.1, 0.2], [0.3, 0.4])),
        (Interval(0.2, 0.1, 0.3), 30, ([0.1], [0.3, 0.4])),
        (Interval(0.2, 0.1, 0.3), 1, ([0.1, 0.2], [0.3, 0.4])),
    ],
)
def test_without_an_interval_or_a_second_training_there_is_none(interval, patients, arms):
    assert over_trainings(interval, patients, *arms) == Interval(0.2)
