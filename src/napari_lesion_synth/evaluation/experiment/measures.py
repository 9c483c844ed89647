"""What arms are measured by, each figure with its intervals and the spread of the trainings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.evaluation.afroc import afroc
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.experiment.over_trainings import over_trainings
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.statistics.bootstrap import (
    Figure,
    average,
    bootstrap,
    paired_difference,
)
from napari_lesion_synth.intervals import Interval

__all__ = [
    "AREA",
    "CPM",
    "DRAWS",
    "Estimate",
    "Measures",
    "difference",
    "estimate",
    "joined",
    "rate_key",
    "settled",
]

DRAWS = 0
"""Seed of all draws of patients: every figure is worked out on the same ones."""

_DIGITS = 9

CPM = "cpm"
AREA = "afroc"

Array = NDArray[np.float64]
Results = Sequence[CaseResult]
Trainings = Sequence[Results]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of an arm, or of two arms' difference: a mean over trainings.

    Parameters
    ----------
    patients : Interval
        With its interval for other patients and these same trained detectors.
    whole : Interval
        With its interval for other patients and other trainings; without ends where an arm was
        trained once only.
    by_training : tuple of float
        Of each training; of a difference, none.
    """

    patients: Interval
    whole: Interval
    by_training: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """The figure."""
        return self.patients.value

    @property
    def spread(self) -> float:
        """Standard deviation over trainings; NaN where there are fewer than two."""
        few = len(self.by_training) < 2
        return float("nan") if few else float(np.std(self.by_training, ddof=1))


def rate_key(rate: float) -> str:
    """Name of the sensitivity within a rate of false alarms."""
    return f"sensitivity@{rate:g}"


@dataclass(frozen=True, slots=True)
class Measures:
    """Which figures are asked for.

    Parameters
    ----------
    rates : tuple of float
        Of false alarms, at which sensitivities are told.
    healthy_only : bool
        Whether the area under the AFROC takes false alarms in healthy CTs only; else in all.
    """

    rates: tuple[float, ...]
    healthy_only: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the values."""
        return (*(rate_key(rate) for rate in self.rates), CPM, AREA)

    def figure(self, results: Results) -> Figure:
        """All of them for one training."""
        counts = Counts.of(results)
        parts = (
            counts.sensitivities(self.rates),
            counts.cpm(RATES),
            afroc(results, healthy_only=self.healthy_only).figure,
        )
        return joined(parts)


def joined(parts: Sequence[Figure]) -> Figure:
    """Several figures of the same patients as one with several values."""

    def of(weights: Array) -> Array:
        return np.concatenate([part.of(weights) for part in parts], axis=1)

    return Figure(parts[0].patients, of, min(part.trials for part in parts))


def settled(interval: Interval) -> Interval:
    """Without the last digits, which differ where the same figure is added up in another order.

    An end that is 0 but for them would be taken for one beside 0.
    """
    low, high = (
        None if end is None else round(end, _DIGITS) + 0.0 for end in (interval.low, interval.high)
    )
    return Interval(round(interval.value, _DIGITS) + 0.0, low, high)


def estimate(
    trainings: Trainings, metric: Callable[[Results], Figure], span: tuple[float, float] = (0, 1)
) -> tuple[Estimate, ...]:
    """Each value of a metric, of one arm.

    Parameters
    ----------
    trainings : sequence of sequences of CaseResult
        All test CTs, once for each training.
    metric : callable
        From the CTs of a training to what is asked for.
    span : tuple of float
        Smallest and largest value.
    """
    figures = [metric(results) for results in trainings]
    found = bootstrap(average(figures), np.random.default_rng(DRAWS))
    values = np.array([figure.values for figure in figures])
    patients = len(figures[0].patients)
    return tuple(
        Estimate(
            settled(interval),
            settled(over_trainings(interval, patients, values[:, k].tolist(), span=span)),
            tuple(float(value) for value in values[:, k]),
        )
        for k, interval in enumerate(found)
    )


def difference(
    one: Trainings, other: Trainings, metric: Callable[[Results], Figure]
) -> tuple[Estimate, ...]:
    """Each value of a metric, one arm less the other, on the same draws of the same patients."""
    mine, theirs = ([metric(results) for results in arm] for arm in (one, other))
    found = paired_difference(average(mine), average(theirs), np.random.default_rng(DRAWS))
    first, second = (np.array([figure.values for figure in arm]) for arm in (mine, theirs))
    patients = len(mine[0].patients)
    return tuple(
        Estimate(
            settled(interval),
            settled(
                over_trainings(interval, patients, first[:, k].tolist(), second[:, k].tolist())
            ),
        )
        for k, interval in enumerate(found)
    )
