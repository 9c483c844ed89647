"""Expected information gain of a comparison, of all pairs at once.

The gain is the mutual information of the answer and the utilities [1]_: the entropy of the
expected answer, less the expected entropy of the answer; what is uncertain because utilities
are, and not because the rater's answer is noise. With the posterior normal around its peak
(Laplace), the difference d of two utilities is normal too, and both parts have a closed form:

- A chance is a mixture of normal distribution functions, one for Thurstone, and several that
  come within 1e-5 of the logistic one for Bradley-Terry; Phi averages to
  Phi(m / sqrt(s^2 + v)).
- The entropy of an answer is, within 2e-4 bit, a sum of Gaussians of d; a Gaussian of width c
  averages to c / sqrt(c^2 + v) exp(-m^2 / (2 (c^2 + v))). [1]_ uses one, which is coarser.

Ties are not looked ahead to: a tie is taken to be as good as the answer it would otherwise be.

References
----------
.. [1] N. Houlsby, F. Huszar, Z. Ghahramani, M. Lengyel, "Bayesian active learning for
   classification and preference learning", arXiv 1112.5745, 2011.
.. [2] J. F. Monahan, L. A. Stefanski, "Normal scale mixture approximations to F*(z) and
   computation of the logistic-normal integral", in: Handbook of the logistic distribution, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, ndtr

from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["Information", "PairGains", "differences", "greedy_matching", "pair_gains"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDTHS = np.geomspace(0.4, 2.5, 8)
"""Of the Gaussians, in units of the noise's width."""

_LOGISTIC_WIDTH = 1.7
"""Of the normal distribution closest to the logistic one."""

_FARTHEST, _POINTS = 12.0, 1201


@dataclass(frozen=True, eq=False)
class Information:
    """Closed forms for one model of answers; made once, and used for any number of pairs.

    Parameters
    ----------
    widths, weights : ndarray, shape (g,)
        Gaussians whose sum is the entropy of an answer in bits, less its value far out.
    far : float
        Entropy of the answer to a pair of which one is far better: that of lapses.
    scales, shares : ndarray, shape (s,)
        Normal distributions whose mixture is the noise's.
    lapse : float
        Lapse rate.
    """

    widths: Array
    weights: Array
    far: float
    scales: Array
    shares: Array
    lapse: float

    @classmethod
    def of(cls, link: Link) -> Information:
        """Fit the Gaussians, by least squares on a grid."""
        unit = 1.0 if link.model == "thurstone" else _LOGISTIC_WIDTH
        d = np.linspace(0, _FARTHEST * unit, _POINTS)
        binary = Link(link.model, link.lapse)
        far = float(_entropy(np.array([link.lapse / 2]))[0])
        widths = _WIDTHS * unit
        shapes = np.exp(-((d[:, None] / widths) ** 2) / 2)
        weights = _least_squares(shapes, _entropy(binary.chance(d)) - far)
        if link.model == "thurstone":
            scales, shares = np.ones(1), np.ones(1)
        else:
            scales = np.geomspace(0.8, 4.5, 6)
            whole = Link(link.model).chance(d)
            shares = _least_squares(ndtr(d[:, None] / scales) - 0.5, whole - 0.5)
        return cls(widths, weights, far, scales, shares, link.lapse)

    def chance(self, mean: Array, variance: Array) -> Array:
        """Expected chance that the first wins, the difference being normal."""
        total = np.full(np.shape(mean), 0.5)
        for scale, share in zip(self.scales, self.shares, strict=True):
            total += share * (ndtr(mean / np.sqrt(scale**2 + variance)) - 0.5)
        return np.asarray(self.lapse / 2 + (1 - self.lapse) * np.clip(total, 0, 1))

    def slope(self, mean: Array, variance: Array) -> Array:
        """Derivative of that chance by the mean."""
        total = np.zeros(np.shape(mean))
        for scale, share in zip(self.scales, self.shares, strict=True):
            spread = scale**2 + variance
            total += share * np.exp(-(mean**2) / (2 * spread)) / np.sqrt(2 * np.pi * spread)
        return np.asarray((1 - self.lapse) * total)

    def bits(self, mean: Array, variance: Array) -> Array:
        """Gain in bits, 0 to 1, of pairs whose difference has this mean and variance."""
        noise = np.full(np.shape(mean), self.far)
        squared = mean**2 / 2
        for width, weight in zip(self.widths, self.weights, strict=True):
            total = width**2 + variance
            noise += weight * width / np.sqrt(total) * np.exp(-squared / total)
        return np.asarray(np.maximum(_entropy(self.chance(mean, variance)) - noise, 0.0))


@dataclass(frozen=True, eq=False)
class PairGains:
    """All pairs, each once.

    Parameters
    ----------
    first, second : ndarray of int64, shape (k (k - 1) / 2,)
        Photos, the first with the smaller number.
    gain : ndarray of float64, same shape
        What asking it is expected to gain: bits, or the unit of whatever gains they are.
    """

    first: Ints
    second: Ints
    gain: Array

    def pair(self, row: int | np.int64) -> tuple[int, int]:
        """The photos of a row."""
        return int(self.first[row]), int(self.second[row])


def pair_gains(posterior: Posterior, information: Information | None = None) -> PairGains:
    """Expected gain of each pair of photos, in bits.

    Parameters
    ----------
    posterior : Posterior
        Of k photos.
    information : Information, optional
        Of the posterior's link, where it is at hand.
    """
    information = information or Information.of(posterior.link)
    first, second = np.triu_indices(len(posterior.items), 1)
    mean, variance = differences(posterior, first, second)
    return PairGains(first, second, information.bits(mean, variance))


def differences(posterior: Posterior, first: Ints, second: Ints) -> tuple[Array, Array]:
    """Mean and variance of the first utility less the second."""
    own = np.diag(posterior.covariance)
    variance = own[first] + own[second] - 2 * posterior.covariance[first, second]
    return posterior.mean[first] - posterior.mean[second], np.maximum(variance, 0.0)


def greedy_matching(gains: PairGains) -> list[int]:
    """Rows of pairs by falling gain, each photo at most once; half as many as photos."""
    used: set[int] = set()
    rows = []
    photos = int(gains.second.max()) + 1
    for row in np.argsort(-gains.gain, kind="stable"):
        pair = gains.pair(row)
        if used.isdisjoint(pair):
            used.update(pair)
            rows.append(int(row))
            if len(used) >= photos - 1:
                break
    return rows


def _entropy(chance: Array) -> Array:
    return np.asarray((entr(chance) + entr(1 - chance)) / np.log(2))


def _least_squares(shapes: Array, target: Array) -> Array:
    # Neighbouring shapes are alike: without a limit, large weights of both signs cancel.
    return np.asarray(np.linalg.lstsq(shapes, target, rcond=1e-7)[0])
