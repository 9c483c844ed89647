"""Whether a limit is right: trainings with none of it, half, all, and more than all of it.

If a limit is where changes begin to matter, training within it helps, and training far beyond it
teaches the net wrong labels: the error against the multiple of the limit is a U. The limit is
supported if the error at the limit is shown to be below that without augmentation, and that at the
largest multiple is shown to be above it. Both have to hold, so neither needs a correction for
asking two questions. It is contradicted if one of the two is shown to be the other way round. All
else neither proves nor disproves it.

Intervals are of whole clusters (dishes) drawn with replacement, and of trainings where each
multiple was trained more than once; percentile intervals, expanded for few clusters [1]_.

References
----------
.. [1] T. C. Hesterberg, "What teachers should know about the bootstrap", Am. Stat. 69, 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, draw_patients, patient_numbers
from napari_lesion_synth.wording import counted

__all__ = ["MULTIPLES", "Scores", "UCurve", "judge_limit", "trained"]

Array = NDArray[np.float64]

MULTIPLES = (0.0, 0.5, 1.0, 1.5, 2.0)
RESAMPLES = 2000
_FEWEST_CLUSTERS = 3


@dataclass(frozen=True, eq=False)
class Scores:
    """How wrong trainings at one multiple are.

    Parameters
    ----------
    errors : ndarray of float64, shape (runs, n)
        Error of each training for each photo that it had not seen; less is better.
    clusters : tuple of str
        What goes together, of each photo: its dish.

    Raises
    ------
    ParameterError
        If there are no errors, or the shapes do not agree.
    """

    errors: Array
    clusters: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.errors.ndim != 2 or 0 in self.errors.shape:
            raise ParameterError("errors must be of at least one training and one photo")
        if self.errors.shape[1] != len(self.clusters):
            raise ParameterError("each photo needs its cluster")


@dataclass(frozen=True, eq=False)
class UCurve:
    """Error against the multiple of the limit.

    Parameters
    ----------
    multiples : tuple of float
        Rising.
    errors : tuple of Interval
        Mean error at each.
    apart : tuple of Interval
        Mean error at each, less that at the limit on the same photos.
    clusters, runs : int
        Clusters of photos, and trainings a multiple.
    """

    multiples: tuple[float, ...]
    errors: tuple[Interval, ...]
    apart: tuple[Interval, ...]
    clusters: int
    runs: int

    @property
    def benefit(self) -> Interval:
        """Error without augmentation less that at the limit."""
        return self.apart[0]

    @property
    def harm(self) -> Interval:
        """Error at the largest multiple less that at the limit."""
        return self.apart[-1]

    @property
    def supports(self) -> bool:
        """Whether the limit is supported."""
        return _above(self.benefit) and _above(self.harm)

    @property
    def contradicts(self) -> bool:
        """Whether training within the limit is shown to do harm, or going far beyond it to help."""
        return _below(self.benefit) or _below(self.harm)

    @property
    def best(self) -> float:
        """Multiple of the lowest mean error."""
        return self.multiples[int(np.argmin([error.value for error in self.errors]))]

    @property
    def words(self) -> str:
        """The verdict, and why."""
        most = f"{self.multiples[-1]:g} times the limit"
        helps = _verdict(
            self.benefit,
            ("training within the limit helps", "training within the limit makes it worse"),
            "training within the limit is not shown to help",
        )
        hurts = _verdict(
            self.harm,
            (f"{most} is worse", f"{most} is better still"),
            f"{most} is not shown to be worse",
        )
        verdict = "neither proves nor disproves"
        if self.supports or self.contradicts:
            verdict = "supports" if self.supports else "contradicts"
        alone = ""
        if self.runs == 1:
            alone = " One training at each: how much trainings differ is not in the intervals."
        return (
            f"The curve {verdict} the limit: {helps}, and {hurts} "
            f"({counted(self.clusters, 'cluster')}, {counted(self.runs, 'training')} at each "
            f"multiple).{alone}"
        )


def trained(
    train_and_score: Callable[[float], Scores], multiples: Sequence[float] = MULTIPLES
) -> Iterator[tuple[float, Scores]]:
    """Train at each multiple, one after the other.

    Parameters
    ----------
    train_and_score : callable
        From a multiple of the limits to the scores of trainings that augment by as much; see
        `AugmentationPolicy.times`.
    multiples : sequence of float
        Of the limit.

    Yields
    ------
    tuple of float and Scores
    """
    for multiple in multiples:
        yield multiple, train_and_score(multiple)


def judge_limit(
    points: Mapping[float, Scores], rng: np.random.Generator, resamples: int = RESAMPLES
) -> UCurve:
    """Say whether the trainings support the limit.

    Parameters
    ----------
    points : mapping of float to Scores
        By the multiple: 0, 1, and at least one above 1, all of the same photos.
    rng : numpy.random.Generator
        Source of randomness.
    resamples : int
        How many times clusters are drawn.

    Raises
    ------
    ParameterError
        If a multiple is missing, the photos differ, or there are fewer than 3 clusters.
    """
    multiples = tuple(sorted(points))
    if multiples[:1] != (0,) or 1 not in points or multiples[-1] <= 1:
        raise ParameterError(
            "the curve needs trainings at 0, at 1 and above 1 times the limit",
            remedy=f"Train at {', '.join(f'{m:g}' for m in MULTIPLES)}",
        )
    clusters = points[0].clusters
    if any(scores.clusters != clusters for scores in points.values()):
        raise ParameterError("the trainings were not scored on the same photos")
    names, number = patient_numbers(clusters)
    if len(names) < _FEWEST_CLUSTERS:
        raise ParameterError(
            f"{counted(len(names), 'cluster')} give no interval",
            remedy="Score more dishes",
        )
    weights = draw_patients(len(names), resamples, rng)[:, number]
    values = [points[m].errors.mean() for m in multiples]
    drawn = [_resampled(points[m].errors, weights, rng) for m in multiples]
    limit = multiples.index(1)

    def interval(value: float, draws: Array) -> Interval:
        outer = _outer(len(names))
        low, high = np.quantile(draws, [outer, 1 - outer])
        return Interval(float(value), float(low), float(high))

    return UCurve(
        multiples,
        tuple(interval(value, draws) for value, draws in zip(values, drawn, strict=True)),
        tuple(
            interval(value - values[limit], draws - drawn[limit])
            for value, draws in zip(values, drawn, strict=True)
        ),
        len(names),
        min(len(scores.errors) for scores in points.values()),
    )


def _resampled(errors: Array, weights: Array, rng: np.random.Generator) -> Array:
    """Mean error in each resample, shape (resamples,)."""
    runs = len(errors)
    chosen = rng.multinomial(runs, np.full(runs, 1 / runs), size=len(weights))
    by_run = weights @ errors.T / weights.sum(axis=1, keepdims=True)
    return np.asarray((by_run * chosen).sum(axis=1) / runs)


def _outer(n: int) -> float:
    """Lower level of the expanded percentile interval of n clusters."""
    t = float(special.stdtrit(n - 1, 0.975))
    return float(special.ndtr(-np.sqrt(n / (n - 1)) * t))


def _above(difference: Interval) -> bool:
    return difference.low is not None and difference.low > 0


def _below(difference: Interval) -> bool:
    return difference.high is not None and difference.high < 0


def _verdict(difference: Interval, shown: tuple[str, str], unclear: str) -> str:
    low, high = difference.low, difference.high
    if low is None or high is None:
        return f"{unclear} ({_signed(difference.value)})"
    figures = f"{_signed(difference.value)}, 95 % interval {_signed(low)} to {_signed(high)}"
    if low <= 0 <= high:
        return f"{unclear} ({figures})"
    return f"{shown[0] if low > 0 else shown[1]} ({figures})"


def _signed(value: float) -> str:
    """With its sign, and no minus before a zero."""
    return f"{round(value, 4) + 0.0:+.4f}"
