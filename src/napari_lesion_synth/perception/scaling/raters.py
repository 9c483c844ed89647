"""Raters who rate: how high each tends to rate, and how consistently.

A rating is the photo's value, plus the rater's bias, plus noise of the rater's own size. As in
ITU-T P.910, Annex E [1]_, bias and inconsistency are estimated along with the photos; unlike
there, they are shrunk: biases are drawn from one normal distribution, and the logarithms of the
noise variances from another, whose means and widths are estimated too (expectation-maximisation
[2]_, the variances at their peaks with Laplace's widths). Without that, a rater with few ratings
can seem to be exact by chance, and then outvotes all others.

References
----------
.. [1] Z. Li, C. G. Bampis, "Recover subjective quality scores from noisy measurements", Data
   Compression Conference 2017; ITU-T P.910 (10/2023), Annex E.
.. [2] A. P. Dempster, N. M. Laird, D. B. Rubin, "Maximum likelihood from incomplete data via
   the EM algorithm", J. R. Stat. Soc. B 39, 1977.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.utilities import Z95

__all__ = ["RatedPhotos", "fit_raters"]

Array = NDArray[np.float64]

_ROUNDS, _SETTLED = 200, 1e-4
_SMALLEST_VARIANCE = 1e-6
_TYPICAL_WIDTH, _WEIGHT_OF_WIDTH = 0.7, 2.0
"""Spread of the log variances that is expected, and for how many raters that counts."""


@dataclass(frozen=True, eq=False)
class RatedPhotos:
    """Values of photos and traits of raters.

    Parameters
    ----------
    items, raters : tuple of str
        Photos and raters.
    mean : ndarray of float64, shape (k,)
        Value of each photo for the average rater, on the scale of the ratings.
    covariance : ndarray of float64, shape (k, k)
        Of the values.
    bias : tuple of Interval
        Of each rater: how much above the average rater they rate.
    inconsistency : tuple of Interval
        Of each rater: standard deviation of their noise.
    """

    items: tuple[str, ...]
    mean: Array
    covariance: Array
    raters: tuple[str, ...]
    bias: tuple[Interval, ...]
    inconsistency: tuple[Interval, ...]

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Each photo's value with its 95 % interval."""
        reach = Z95 * np.sqrt(np.diag(self.covariance))
        return tuple(
            Interval(float(m), float(m - r), float(m + r))
            for m, r in zip(self.mean, reach, strict=True)
        )


@dataclass(frozen=True, eq=False)
class _Spreads:
    """Variances: between photos, between biases, of each rater's noise as logarithms."""

    photos: float
    biases: float
    noise: Array
    typical: float
    width: float


def fit_raters(ratings: Ratings) -> RatedPhotos:
    """Values, biases and inconsistencies together.

    Photos without ratings have the average value, and a wide interval.

    Parameters
    ----------
    ratings : Ratings
        Any rater may have rated any photos, some of them more than once.

    Raises
    ------
    ParameterError
        If there are fewer than 2 raters or 2 photos with ratings.
    """
    if len(np.unique(ratings.rater)) < 2 or len(np.unique(ratings.item)) < 2:
        raise ParameterError(
            "raters cannot be told from photos with fewer than 2 of each",
            remedy="Use the mean ratings",
        )
    raters = len(ratings.raters)
    spreads = _first_guess(ratings)
    for _ in range(_ROUNDS):
        unknowns, covariance = _photos_and_biases(ratings, spreads)
        better = _improved(ratings, spreads, unknowns, covariance)
        change = np.abs(better.noise - spreads.noise).max()
        spreads = better
        if change < _SETTLED:
            break
    k = len(ratings.items)
    bias, sure = unknowns[k:], np.sqrt(np.diag(covariance)[k:])
    wide = Z95 * np.sqrt(_log_variance_widths(ratings, spreads))
    return RatedPhotos(
        ratings.items,
        unknowns[:k],
        covariance[:k, :k],
        ratings.raters,
        tuple(_interval(bias[r], Z95 * sure[r]) for r in range(raters)),
        tuple(
            Interval(*(float(np.exp((spreads.noise[r] + e * wide[r]) / 2)) for e in (0, -1, 1)))
            for r in range(raters)
        ),
    )


def _first_guess(ratings: Ratings) -> _Spreads:
    whole = max(float(ratings.value.var()), _SMALLEST_VARIANCE)
    noise = np.full(len(ratings.raters), np.log(whole / 2))
    return _Spreads(whole / 2, whole / 10, noise, float(noise[0]), _TYPICAL_WIDTH**2)


def _photos_and_biases(ratings: Ratings, spreads: _Spreads) -> tuple[Array, Array]:
    """Values of photos, then biases of raters: the normal posterior, given the variances."""
    k, raters = len(ratings.items), len(ratings.raters)
    weight = np.exp(-spreads.noise)[ratings.rater]
    size, other = k + raters, k + ratings.rater
    flat = np.concatenate([ratings.item * size + other, other * size + ratings.item])
    cross = np.bincount(flat, np.concatenate([weight, weight]), size * size).reshape(size, size)
    photo = np.bincount(ratings.item, weight, k)
    rater = np.bincount(ratings.rater, weight, raters)
    own = np.concatenate([photo + 1 / spreads.photos, rater + 1 / spreads.biases])
    precision = np.asarray(cross + np.diag(own), np.float64)
    # The photos' average is unknown, and integrated out. What lifts all photos and lowers all
    # biases is then decided by the biases' prior.
    precision[:k, :k] -= 1 / (spreads.photos * k)
    pull = np.concatenate(
        [
            np.bincount(ratings.item, weight * ratings.value, k),
            np.bincount(ratings.rater, weight * ratings.value, raters),
        ]
    )
    factor = cho_factor(precision, lower=True)
    return np.asarray(cho_solve(factor, pull)), np.asarray(cho_solve(factor, np.eye(size)))


def _improved(ratings: Ratings, spreads: _Spreads, unknowns: Array, covariance: Array) -> _Spreads:
    """Variances that fit the photos and biases best, these being as sure as they are."""
    k = len(ratings.items)
    other = k + ratings.rater
    variance = np.diag(covariance)
    left = ratings.value - unknowns[ratings.item] - unknowns[other]
    left = left**2 + variance[ratings.item] + variance[other]
    left += 2 * covariance[ratings.item, other]
    squares = np.bincount(ratings.rater, left, len(ratings.raters)).astype(np.float64)
    counts = _counts(ratings)
    noise = _log_variances(squares, counts, spreads)
    typical = float(noise.mean())
    widths = 1 / (counts / 2 + 1 / spreads.width)
    spread = ((noise - typical) ** 2 + widths).sum() + _WEIGHT_OF_WIDTH * _TYPICAL_WIDTH**2
    away = unknowns[:k] - unknowns[:k].mean()
    inner = covariance[:k, :k]
    photos = float((away**2).sum() + np.trace(inner) - inner.sum() / k) / (k - 1)
    biases = float((unknowns[k:] ** 2 + variance[k:]).mean())
    return _Spreads(
        max(photos, _SMALLEST_VARIANCE),
        max(biases, _SMALLEST_VARIANCE),
        noise,
        typical,
        float(spread / (len(counts) + _WEIGHT_OF_WIDTH)),
    )


def _log_variances(squares: Array, counts: Array, spreads: _Spreads) -> Array:
    """Peak of each log variance: of n x + squares e^-x + (x - typical)^2 / width, halved."""
    x = spreads.noise.copy()
    for _ in range(50):
        fit = squares * np.exp(-x)
        slope = counts / 2 - fit / 2 + (x - spreads.typical) / spreads.width
        step = np.clip(slope / (fit / 2 + 1 / spreads.width), -2, 2)
        x = np.maximum(x - step, np.log(_SMALLEST_VARIANCE))
        if np.abs(step).max() < _SETTLED:
            break
    return x


def _log_variance_widths(ratings: Ratings, spreads: _Spreads) -> Array:
    return np.asarray(1 / (_counts(ratings) / 2 + 1 / spreads.width))


def _counts(ratings: Ratings) -> Array:
    return np.bincount(ratings.rater, minlength=len(ratings.raters)).astype(np.float64)


def _interval(value: float, reach: float) -> Interval:
    return Interval(float(value), float(value - reach), float(value + reach))
