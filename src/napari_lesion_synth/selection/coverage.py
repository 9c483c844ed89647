"""How well a set covers the real lesions, and how varied it is.

References
----------
.. [1] M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML
   2020: density (equation 3) and coverage (equation 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.intervals import Interval, over_patients, patient_numbers

__all__ = ["NEIGHBOURS", "Coverage", "expected_coverage", "measure_coverage"]

NEIGHBOURS = 5
"""A real lesion's neighbourhood reaches to its fifth neighbour among the real ones."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Density, coverage and diversity.

    Parameters
    ----------
    density : Interval
        Neighbourhoods that hold a synthetic lesion, over the number expected of real ones; about
        1 for lesions like the real ones, also above, near 0 for strange ones.
    coverage : Interval
        Share of the real lesions that have a synthetic one in their neighbourhood.
    expected : float
        The coverage that as many lesions like the real ones would reach.
    diversity : Interval
        Mean distance between two synthetic lesions over that between two real ones.
    """

    density: Interval
    coverage: Interval
    expected: float
    diversity: Interval


def expected_coverage(real: int, synthetic: int, neighbours: int = NEIGHBOURS) -> float:
    """Coverage of `real` lesions by `synthetic` ones of the same distribution.

    The chance that the nearest `neighbours` of a real lesion, real and synthetic ones mixed at
    random, are not all real: equation 11 of [1]_ for sets of unequal size.
    """
    steps = np.arange(neighbours)
    return float(1 - np.prod((real - 1 - steps) / (real - 1 + synthetic - steps)))


def measure_coverage(
    synthetic: NDArray[np.float64],
    real: NDArray[np.float64],
    patients: tuple[Sequence[str], Sequence[str]],
    rng: np.random.Generator,
    neighbours: int = NEIGHBOURS,
) -> Coverage:
    """Measure density, coverage and diversity.

    Parameters
    ----------
    synthetic, real : ndarray, shape (n, k) and (m, k)
        Features, standardised by the real ones; n at least 2, m more than `neighbours`.
    patients : pair of sequence of str
        Whom the synthetic and the real lesions resemble; see `LesionView.source`.
    rng : numpy.random.Generator
        For the bootstrap over these patients.
    neighbours : int
        See [1]_.

    Returns
    -------
    Coverage
    """
    from scipy.spatial.distance import cdist

    among = cdist(real, real)
    radius = np.partition(among, neighbours, axis=1)[:, neighbours]  # 0 is the lesion itself
    inside = (cdist(synthetic, real) <= radius).astype(np.float64)
    names, number = patient_numbers([*patients[0], *patients[1]])
    member = np.eye(len(names))[number]
    first, second = member[: len(synthetic)], member[len(synthetic) :]
    hits = first.T @ inside  # (patients, real)

    def density(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn = weights @ second.T
        total = ((weights @ hits) * drawn).sum(axis=1)
        pairs = (weights @ first.sum(axis=0)) * drawn.sum(axis=1)
        return _ratio(total * len(real), pairs * neighbours)

    def coverage(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn = weights @ second.T
        return _ratio(((weights @ hits > 0) * drawn).sum(axis=1), drawn.sum(axis=1))

    spreads = [_sums(cdist(synthetic, synthetic), first), _sums(among, second)]

    def diversity(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        one, two = (
            _ratio(_quadratic(weights, total), _quadratic(weights, count))
            for total, count in spreads
        )
        return _ratio(one, two)

    def figure(statistic: object) -> Interval:
        assert callable(statistic)
        value = float(statistic(np.ones((1, len(names))))[0])
        return over_patients(value, statistic, len(names), rng)

    return Coverage(
        figure(density),
        figure(coverage),
        expected_coverage(len(real), len(synthetic), neighbours),
        figure(diversity),
    )


def _sums(
    distances: NDArray[np.float64], member: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum and number of the distances between the lesions of each two patients."""
    pairs = 1 - np.eye(len(distances))
    return member.T @ distances @ member, member.T @ pairs @ member


def _quadratic(weights: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((weights @ table) * weights).sum(axis=1))


def _ratio(over: NDArray[np.float64], under: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(len(over), np.nan)
    np.divide(over, under, out=result, where=under > 0)
    return result
