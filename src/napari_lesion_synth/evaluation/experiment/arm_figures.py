"""One arm of an experiment in figures: curve, sensitivities, and what its threshold does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.experiment.arms import Arm
from napari_lesion_synth.evaluation.experiment.measures import (
    DRAWS,
    Estimate,
    Measures,
    estimate,
    joined,
    rate_key,
)
from napari_lesion_synth.evaluation.experiment.trainings import Training
from napari_lesion_synth.evaluation.froc import RATES, Froc, froc
from napari_lesion_synth.evaluation.operating import ratio
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, average, bootstrap
from napari_lesion_synth.evaluation.statistics.exact import count_limits, share_limits
from napari_lesion_synth.intervals import Interval

__all__ = ["BAND_RATES", "ArmFigures", "Operating", "arm_figures"]

Array = NDArray[np.float64]

_STEPS = 10
"""Rates of the mean curve between two of the seven."""

BAND_RATES = (
    *(RATES[0] * step / _STEPS for step in range(_STEPS)),
    *(RATES[0] * 2 ** (step / _STEPS) for step in range(_STEPS * (len(RATES) - 1) + 1)),
)
"""Rates at which the mean curve of an arm is worked out; evenly spaced on its axis."""

_ENDLESS = 1e9
"""Span of figures that have no largest value."""


@dataclass(frozen=True, slots=True)
class Operating:
    """What the thresholds chosen on validation patients did on the test patients.

    Means over the trainings, each with its interval over patients, one over trainings too, and
    an exact one that takes every lesion, or false alarm, of a training as independent.

    Parameters
    ----------
    thresholds : tuple of float
        Of every run.
    found, false : float
        Lesions found, and false alarms, of a training in the mean.
    lesions, cts : int
        Among how many.
    sensitivity, per_ct, per_lesion : Estimate
        Lesions found among all; false alarms per CT, and per lesion.
    sensitivity_exact, per_ct_exact, per_lesion_exact : Interval
        Clopper's and Pearson's, and Garwood's.
    """

    thresholds: tuple[float, ...]
    found: float
    false: float
    lesions: int
    cts: int
    sensitivity: Estimate
    per_ct: Estimate
    per_lesion: Estimate
    sensitivity_exact: Interval
    per_ct_exact: Interval
    per_lesion_exact: Interval


@dataclass(frozen=True, eq=False)
class ArmFigures:
    """What an arm reached.

    Parameters
    ----------
    arm : Arm
        Which.
    trainings : tuple of Training
        Those that count.
    curves : tuple of Froc
        One a training.
    estimates : mapping of str to Estimate
        By name, see `measures.Measures`.
    band : tuple of Interval
        Sensitivity at each of `BAND_RATES`, the mean over trainings; each by itself.
    operating : Operating or None
        None where thresholds were not chosen beforehand.
    """

    arm: Arm
    trainings: tuple[Training, ...]
    curves: tuple[Froc, ...]
    estimates: dict[str, Estimate]
    band: tuple[Interval, ...]
    operating: Operating | None

    @property
    def name(self) -> str:
        """Of the arm."""
        return self.arm.name

    @property
    def seeds(self) -> int:
        """Trainings that count."""
        return len(self.trainings)

    @property
    def end(self) -> float:
        """False alarms per CT at which the last training's curve ends."""
        return max(curve.end() for curve in self.curves)

    def at(self, rate: float) -> Estimate:
        """The sensitivity within one of the plan's rates."""
        return self.estimates[rate_key(rate)]


def arm_figures(arm: Arm, trainings: Sequence[Training], measures: Measures) -> ArmFigures:
    """Work out an arm's figures.

    Parameters
    ----------
    arm : Arm
        Which.
    trainings : sequence of Training
        Of the arm, on the same CTs; at least one.
    measures : Measures
        What is asked for.
    """
    results = [training.results for training in trainings]
    curves = tuple(froc(each) for each in results)
    mean = average([curve.counts.sensitivities(BAND_RATES) for curve in curves])
    return ArmFigures(
        arm,
        tuple(trainings),
        curves,
        dict(zip(measures.names, estimate(results, measures.figure), strict=True)),
        bootstrap(mean, np.random.default_rng(DRAWS)),
        _operating(trainings) if all(training.chosen for training in trainings) else None,
    )


def _operating(trainings: Sequence[Training]) -> Operating:
    kept = [training.kept for training in trainings]
    sums = [_Sums.of(Counts.of(results)) for results in kept]
    lesions, cts = int(sums[0].counts.lesions.sum()), int(sums[0].counts.cts.sum())
    found = float(np.mean([each.hits.sum() for each in sums]))
    false = float(np.mean([each.false.sum() for each in sums]))
    (sensitivity,) = estimate(kept, lambda results: _Sums.of(Counts.of(results)).sensitivity)
    per_ct, per_lesion = estimate(
        kept, lambda results: _Sums.of(Counts.of(results)).false_alarms, span=(0, _ENDLESS)
    )
    low, high = (float(end) for end in share_limits(found, lesions))
    least, most = (float(end) for end in count_limits(false))
    return Operating(
        tuple(
            run.threshold
            for training in trainings
            for run in training.runs
            if run.threshold is not None
        ),
        found,
        false,
        lesions,
        cts,
        sensitivity,
        per_ct,
        per_lesion,
        Interval(sensitivity.value, low, high) if lesions else Interval(sensitivity.value),
        Interval(per_ct.value, least / cts, most / cts),
        Interval(per_lesion.value, least / lesions, most / lesions)
        if lesions
        else Interval(per_lesion.value),
    )


@dataclass(frozen=True, eq=False)
class _Sums:
    """Hits and false alarms of each patient, at any score."""

    counts: Counts
    hits: Array
    false: Array

    @classmethod
    def of(cls, counts: Counts) -> _Sums:
        none = np.zeros(len(counts.patients))
        some = len(counts.thresholds) > 0
        hits, false = (each[:, -1] if some else none for each in (counts.hits, counts.false))
        return cls(counts, hits, false)

    @property
    def sensitivity(self) -> Figure:
        counts = self.counts
        return ratio(counts.patients, self.hits, counts.lesions, trials=counts.with_lesions)

    @property
    def false_alarms(self) -> Figure:
        """Per CT, and per lesion."""
        names, wholes = self.counts.patients, (self.counts.cts, self.counts.lesions)
        return joined([ratio(names, self.false, whole) for whole in wholes])
