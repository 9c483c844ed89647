"""Raters to look at: those whose answers the other raters' model finds unlikely.

Each rater is left out, the model is fitted to the others, and the rater's mean log likelihood
under it is taken. Tukey's rule [1]_ then says who lies apart: more than 1.5 interquartile ranges
below the lower quartile. A screen names raters to inspect; it removes nobody.

References
----------
.. [1] J. W. Tukey, "Exploratory data analysis", 1977: fences. For raters of pairs also in
   M. Perez-Ortiz, R. K. Mantiuk, "A practical guide and software for analysing pairwise
   comparison experiments", arXiv 1712.03686, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings
from napari_lesion_synth.perception.scaling.raters import fit_raters
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Prior, fit_utilities

__all__ = ["INSPECT", "Screened", "outlier_scores", "screen_comparisons", "screen_ratings"]

Array = NDArray[np.float64]

INSPECT = 1.5
"""Interquartile ranges below the lower quartile from which a rater is to be looked at."""

_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Screened:
    """A rater in the screen.

    Parameters
    ----------
    rater : str
        The name.
    answers : int
        How many there are.
    likelihood : float
        Mean log likelihood of an answer under the others' model; NaN without answers.
    score : float
        Interquartile ranges below the lower quartile; NaN with fewer than 4 raters.
    inspect : bool
        Whether the rater lies apart.
    """

    rater: str
    answers: int
    likelihood: float
    score: float
    inspect: bool


def outlier_scores(likelihood: Array) -> Array:
    """Interquartile ranges by which each value lies below the lower quartile.

    Parameters
    ----------
    likelihood : ndarray, shape (n,)
        NaN is passed over, and stays NaN.

    Returns
    -------
    ndarray of float64, shape (n,)
        All NaN with fewer than 4 values, or where the middle half of them is one value.
    """
    known = likelihood[np.isfinite(likelihood)]
    if len(known) < _FEWEST:
        return np.full(len(likelihood), np.nan)
    low, high = np.quantile(known, [0.25, 0.75])
    if high <= low:
        return np.full(len(likelihood), np.nan)
    return np.asarray((low - likelihood) / (high - low))


def screen_comparisons(
    comparisons: Comparisons, prior: Prior | None = None, settings: ScalingSettings | None = None
) -> tuple[Screened, ...]:
    """Each rater under the utilities of all others; prior and settings as in `fit_utilities`."""
    likelihood = []
    for rater in range(len(comparisons.raters)):
        own = comparisons.only(comparisons.rater == rater)
        if not len(own):
            likelihood.append(np.nan)
            continue
        others = fit_utilities(comparisons.only(comparisons.rater != rater), prior, settings)
        apart = others.mean[own.first] - others.mean[own.second]
        if others.side is not None:
            apart = apart + np.where(own.first_left, 1, -1) * others.side.value
        likelihood.append(float(others.link.terms(apart, own.outcome)[0].mean()))
    counts = np.bincount(comparisons.rater, minlength=len(comparisons.raters))
    return _screened(comparisons.raters, counts.tolist(), np.array(likelihood))


def screen_ratings(ratings: Ratings) -> tuple[Screened, ...]:
    """Each rater under the values of all others; their bias is theirs, and held against nobody.

    Raises
    ------
    ParameterError
        If fewer than 3 raters have rated.
    """
    likelihood = []
    for rater in range(len(ratings.raters)):
        own = ratings.only(ratings.rater == rater)
        if not len(own):
            likelihood.append(np.nan)
            continue
        others = fit_raters(ratings.only(ratings.rater != rater))
        left = own.value - others.mean[own.item]
        left = left - left.mean()
        # The typical rater's noise; the rater's own would excuse any noise.
        noise = float(np.median([i.value for i in others.inconsistency])) ** 2
        total = noise + np.diag(others.covariance)[own.item]
        likelihood.append(float(-(np.log(2 * np.pi * total) + left**2 / total).mean() / 2))
    counts = np.bincount(ratings.rater, minlength=len(ratings.raters))
    return _screened(ratings.raters, counts.tolist(), np.array(likelihood))


def _screened(
    names: Sequence[str], counts: Sequence[int], likelihood: Array
) -> tuple[Screened, ...]:
    scores = outlier_scores(likelihood)
    return tuple(
        Screened(name, count, float(value), float(score), bool(score > INSPECT))
        for name, count, value, score in zip(names, counts, likelihood, scores, strict=True)
    )
