"""A density over few points: Gaussian kernels around them, mixed with what was known before.

References
----------
.. [1] B. W. Silverman, "Density Estimation for Statistics and Data Analysis", 1986: the
   bandwidth, and the smoothed bootstrap that keeps the variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mixture"]

Array = NDArray[np.float64]

_PRIOR_POINTS = 1.0
"""What was known before counts as so many points in the mixture."""

_PRIOR_COVARIANCE = 4.0
"""And as so many in the kernels' covariance."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of Gaussians.

    Parameters
    ----------
    weights : ndarray, shape (k,)
        They sum to 1.
    means : ndarray, shape (k, p)
        Of the kernels.
    covariances : ndarray, shape (k, p, p)
        Of the kernels.
    """

    weights: Array
    means: Array
    covariances: Array

    @classmethod
    def around(cls, points: Array, middle: Array, variances: Array) -> Mixture:
        """Kernel 0 for what was known before, then one for each point.

        The kernels share one covariance: that of the points, shrunk towards what was known. One
        point gives a cloud around itself; many speak for themselves.

        Parameters
        ----------
        points : ndarray, shape (n, p)
            n may be 0.
        middle, variances : ndarray, shape (p,)
            What was known before: independent normal variables.
        """
        count, p = points.shape
        prior = np.diag(variances)
        if not count:
            return cls(np.ones(1), middle[None], prior[None])
        center = (points.sum(axis=0) + _PRIOR_POINTS * middle) / (count + _PRIOR_POINTS)
        away = points - center
        shared = (_PRIOR_COVARIANCE * prior + away.T @ away) / (_PRIOR_COVARIANCE + count)
        width2 = (4 / (p + 2)) ** (2 / (p + 4)) * count ** (-2 / (p + 4))
        mean = points.mean(axis=0)
        # Kernels widen the distribution by their own variance; drawing the centres together
        # takes it back.
        kernels = mean + np.sqrt(1 - width2) * (points - mean)
        weights = np.array([_PRIOR_POINTS, *np.ones(count)]) / (count + _PRIOR_POINTS)
        covariances = np.concatenate([prior[None], np.repeat(width2 * shared[None], count, axis=0)])
        return cls(weights, np.vstack([middle, kernels]), covariances)

    def given_first(self, value: float) -> Mixture:
        """The mixture under the condition that the first variable has this value."""
        variance = self.covariances[:, 0, 0]
        off = value - self.means[:, 0]
        logs = np.log(self.weights) - 0.5 * np.log(variance) - 0.5 * off**2 / variance
        weights = np.exp(logs - logs.max())
        slope = self.covariances[:, :, 0] / variance[:, None]
        means = self.means + slope * off[:, None]
        covariances = self.covariances - slope[:, :, None] * self.covariances[:, 0, None, :]
        return Mixture(weights / weights.sum(), means, covariances)

    def draw(self, rng: np.random.Generator) -> tuple[int, Array]:
        """A kernel's number, and a point drawn from it."""
        which = int(rng.choice(len(self.weights), p=self.weights))
        values, vectors = np.linalg.eigh(self.covariances[which])
        # The symmetric root bears a variable of no variance, and does not depend on the signs
        # that eigh gives its vectors.
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return which, self.means[which] + root @ rng.standard_normal(len(values))
