"""How far the HU and the boundaries of a set are from those of real lesions, in HU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.intervals import Interval, over_patients, patient_numbers
from napari_lesion_synth.selection.measures import Measured
from napari_lesion_synth.selection.profile import DEPTHS_MM

__all__ = ["ProfileDistance", "hu_distance", "hu_floor", "profile_distance"]

_HALVINGS = 50
_FEWEST_LESIONS = 3


def hu_distance(
    synthetic: Sequence[Measured], real: Sequence[Measured], rng: np.random.Generator
) -> Interval:
    """Wasserstein distance between the HU in synthetic and in real lesions.

    HU are relative to the parenchyma around each lesion. Every lesion counts as much as any
    other, however large.

    Parameters
    ----------
    synthetic, real : sequence of Measured
        At least one lesion each.
    rng : numpy.random.Generator
        For the bootstrap over patients.

    Returns
    -------
    Interval
        In HU. Two finite sets of real lesions do not have distance 0 either: see `hu_floor`.
    """
    names, number = patient_numbers([each.view.source for each in (*synthetic, *real)])
    first = _per_patient(_histograms(synthetic), number[: len(synthetic)], len(names))
    second = _per_patient(_histograms(real), number[len(synthetic) :], len(names))

    def distance(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return _wasserstein(weights @ first, weights @ second)

    whole = distance(np.ones((1, len(names))))
    return over_patients(float(whole[0]), distance, len(names), rng)


def hu_floor(real: Sequence[Measured], rng: np.random.Generator) -> float | None:
    """The median distance in HU between two random halves of the real patients.

    Returns
    -------
    float or None
        None for fewer than 4 patients.
    """
    names, number = patient_numbers([each.view.source for each in real])
    if len(names) < 4:
        return None
    table = _per_patient(_histograms(real), number, len(names))
    sides = _halves(len(names), rng)
    return float(np.median(_wasserstein(sides @ table, (1 - sides) @ table)))


@dataclass(frozen=True, eq=False)
class ProfileDistance:
    """Boundary profiles of two sets.

    Parameters
    ----------
    depth_mm : ndarray, shape (k,)
        mm below the label's surface, where at least 3 lesions of both sets have a profile.
    real, synthetic : ndarray, shape (k,)
        Mean profiles, HU minus the parenchyma.
    low, high : ndarray, shape (k,)
        5th and 95th percentile of the real lesions' profiles.
    rms_hu : Interval
        Root mean square difference of the mean profiles.
    share_in_band : float
        Of all points of synthetic profiles, how many lie between `low` and `high`; 0.9 for
        lesions like the real ones.
    """

    depth_mm: NDArray[np.float64]
    real: NDArray[np.float64]
    synthetic: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    rms_hu: Interval
    share_in_band: float


def profile_distance(
    synthetic: Sequence[Measured], real: Sequence[Measured], rng: np.random.Generator
) -> ProfileDistance | None:
    """Compare the mean boundary profiles of synthetic and real lesions.

    Parameters
    ----------
    synthetic, real : sequence of Measured
        The lesions.
    rng : numpy.random.Generator
        For the bootstrap over patients.

    Returns
    -------
    ProfileDistance or None
        None where no depth is known in at least 3 lesions of both sets.
    """
    mine = np.array([each.profile for each in synthetic])
    theirs = np.array([each.profile for each in real])
    counts = [np.isfinite(table).sum(axis=0) for table in (mine, theirs)]
    known = np.minimum(*counts) >= _FEWEST_LESIONS
    if not known.any():
        return None
    mine, theirs = mine[:, known], theirs[:, known]
    names, number = patient_numbers([each.view.source for each in (*synthetic, *real)])
    split = len(synthetic)
    sums = [
        (
            _per_patient(np.nan_to_num(table), owner, len(names)),
            _per_patient(np.isfinite(table).astype(float), owner, len(names)),
        )
        for table, owner in ((mine, number[:split]), (theirs, number[split:]))
    ]

    def rms(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = (_ratio(weights @ total, weights @ count) for total, count in sums)
        gap = (first - second) ** 2
        there = np.isfinite(gap)
        return np.sqrt(_ratio(np.where(there, gap, 0.0).sum(axis=1), there.sum(axis=1)))

    low, high = np.nanpercentile(theirs, [5, 95], axis=0)
    points = np.isfinite(mine)
    inside = points & (mine >= low) & (mine <= high)
    value = float(rms(np.ones((1, len(names))))[0])
    return ProfileDistance(
        DEPTHS_MM[known],
        np.nanmean(theirs, axis=0),
        np.nanmean(mine, axis=0),
        low,
        high,
        over_patients(value, rms, len(names), rng),
        float(inside.sum() / points.sum()),
    )


def _histograms(lesions: Sequence[Measured]) -> NDArray[np.float64]:
    return np.array([each.histogram for each in lesions])


def _per_patient(
    table: NDArray[np.float64], owner: NDArray[np.int64], patients: int
) -> NDArray[np.float64]:
    """Sums of the rows of each patient, (patients, columns)."""
    result = np.zeros((patients, table.shape[1]))
    np.add.at(result, owner, table)
    return result


def _wasserstein(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance between histograms of whole HU, row by row; NaN where one is empty."""
    one, two = (
        _ratio(np.cumsum(table, axis=1), table.sum(axis=1, keepdims=True))
        for table in (first, second)
    )
    return np.asarray(np.abs(one - two).sum(axis=1))


def _ratio(over: NDArray[np.float64], under: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(np.broadcast_shapes(over.shape, under.shape), np.nan)
    np.divide(over, under, out=result, where=np.broadcast_to(under > 0, result.shape))
    return result


def _halves(patients: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Random halves of the patients as rows of ones and zeros."""
    order = np.argsort(rng.random((_HALVINGS, patients)), axis=1)
    return (order < patients // 2).astype(np.float64)
