"""Regression with many coefficients that are shrunk in groups.

Each coefficient has a normal prior around 0, whose variance it shares with its group. Variances
that are not fixed are estimated by MacKay's rule [1]_: squares of the group's coefficients, over
the number of them that the answers decide. Few coefficients say little about their variance; it is
drawn towards what is typical, as if one had been seen in `WEIGHT` coefficients more.

References
----------
.. [1] D. J. C. MacKay, "Bayesian interpolation", Neural Computation 4, 1992, equation 4.9; for
   answers that are not normal: S. N. Wood, M. Fasiolo, "A generalized Fellner-Schall method for
   smoothing parameter optimization", Biometrics 73, 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from napari_lesion_synth.perception.scaling.links import Link, Terms

__all__ = ["Choices", "Group", "Measured", "Shrunk", "fit_shrunk"]

Array = NDArray[np.float64]

WEIGHT = 2.0

_ROUNDS, _STEPS = 200, 50
_SETTLED, _NEWTON_SETTLED = 1e-3, 1e-8
_SMALLEST_SHARE = 1e-4
_SMALLEST_VARIANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Group:
    """Coefficients that belong together.

    Parameters
    ----------
    name : str
        What they are.
    columns : slice
        Where they are.
    typical : float
        Their standard deviation: as expected, or as it is if `fixed`.
    fixed : bool
        Whether it is known.
    least : float
        It is never estimated to be less.
    """

    name: str
    columns: slice
    typical: float
    fixed: bool = False
    least: float = 0.0


class Likelihood(Protocol):
    """How likely the answers are."""

    def terms(self, eta: Array) -> Terms:
        """Log likelihood of each answer, its slope, and its negative curvature, by its mean."""
        ...

    def improved(self, eta: Array, surplus: float) -> Likelihood:
        """With constants of its own fitted again; `surplus` is the answers that fitting used up."""
        ...


@dataclass(frozen=True, eq=False)
class Choices:
    """Choices between two: probit, with lapses."""

    link: Link
    outcome: Array

    def terms(self, eta: Array) -> Terms:
        """See `Likelihood`."""
        return self.link.terms(eta, self.outcome)

    def improved(self, eta: Array, surplus: float) -> Choices:
        """Nothing to fit."""
        del eta, surplus
        return self


@dataclass(frozen=True, eq=False)
class Measured:
    """Measurements with normal noise of unknown variance."""

    value: Array
    variance: float

    def terms(self, eta: Array) -> Terms:
        """See `Likelihood`."""
        away = self.value - eta
        precision = np.full(len(eta), 1 / self.variance)
        log_chance = -(away**2) * precision / 2 - np.log(2 * np.pi * self.variance) / 2
        return log_chance, away * precision, precision

    def improved(self, eta: Array, surplus: float) -> Measured:
        """The noise that is left."""
        left = float(((self.value - eta) ** 2).sum())
        free = max(len(eta) - surplus, 1.0)
        return Measured(self.value, max(left / free, _SMALLEST_VARIANCE))


@dataclass(frozen=True, eq=False)
class Shrunk:
    """The fit.

    Parameters
    ----------
    mean : ndarray of float64, shape (q,)
        Coefficients.
    covariance : ndarray of float64, shape (q, q)
        Of the coefficients, the variances taken as known.
    deviations : dict of str to float
        Standard deviation of each group's prior.
    likelihood : Likelihood
        With its constants.
    settled : bool
        Whether the variances came to rest.
    """

    mean: Array
    covariance: Array
    deviations: dict[str, float]
    likelihood: Likelihood
    settled: bool


def fit_shrunk(design: Array, groups: Sequence[Group], likelihood: Likelihood) -> Shrunk:
    """Coefficients and the variances of their groups.

    Parameters
    ----------
    design : ndarray of float64, shape (n, q)
        What each answer's mean is made of.
    groups : sequence of Group
        They hold all columns, each once.
    likelihood : Likelihood
        Of the answers.
    """
    groups = [group for group in groups if group.columns.stop > group.columns.start]
    variances = np.array([group.typical**2 for group in groups])
    mean, settled = np.zeros(design.shape[1]), False
    for _ in range(_ROUNDS):
        prior = np.concatenate(
            [
                np.full(g.columns.stop - g.columns.start, v)
                for g, v in zip(groups, variances, strict=True)
            ]
        )
        mean, covariance = _peak(design, likelihood, prior, mean)
        decided = 1 - np.diag(covariance) / prior
        better = np.array(
            [
                group.typical**2 if group.fixed else _variance(group, mean, decided)
                for group in groups
            ]
        )
        likelihood = likelihood.improved(design @ mean, float(decided.sum()))
        settled = bool(np.abs(np.log(better / variances)).max() < _SETTLED)
        variances = better
        if settled:
            break
    names = [group.name for group in groups]
    deviations = dict(zip(names, np.sqrt(variances).tolist(), strict=True))
    return Shrunk(mean, covariance, deviations, likelihood, settled)


def _variance(group: Group, mean: Array, decided: Array) -> float:
    squares = float((mean[group.columns] ** 2).sum())
    known = max(float(decided[group.columns].sum()), 0.0)
    drawn = (squares + WEIGHT * group.typical**2) / (known + WEIGHT)
    return max(drawn, group.least**2, _SMALLEST_VARIANCE)


def _peak(design: Array, likelihood: Likelihood, prior: Array, start: Array) -> tuple[Array, Array]:
    """The most probable coefficients by Newton's method, and the inverse curvature there."""
    mean = start
    height, slope, bend = _posterior(design, likelihood, prior, mean)
    for _ in range(_STEPS):
        factor = cho_factor((design.T * bend) @ design + np.diag(1 / prior), lower=True)
        step, share = cho_solve(factor, slope), 1.0
        if np.abs(step).max() < _NEWTON_SETTLED:
            break
        while share > _SMALLEST_SHARE:
            found = _posterior(design, likelihood, prior, mean + share * step)
            if found[0] >= height:
                break
            share /= 2
        else:
            break  # nothing is left to climb but rounding
        mean, (height, slope, bend) = mean + share * step, found
    return mean, np.asarray(cho_solve(factor, np.eye(len(mean))))


def _posterior(
    design: Array, likelihood: Likelihood, prior: Array, mean: Array
) -> tuple[float, Array, Array]:
    value, slope, bend = likelihood.terms(design @ mean)
    height = float(value.sum() - (mean**2 / prior).sum() / 2)
    # An answer that is best explained as a lapse bends upwards; it counts as saying nothing.
    return height, design.T @ slope - mean / prior, np.maximum(bend, 0.0)
