"""Kernel maximum mean discrepancy, with a p-value by permutation of patients.

References
----------
.. [1] A. Gretton et al., "A kernel two-sample test", JMLR 13, 2012: equation 3 (unbiased) and
   the median heuristic.
.. [2] M. Binkowski et al., "Demystifying MMD GANs", ICLR 2018: the same with few samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.intervals import patient_numbers

__all__ = ["MmdTest", "mmd_test", "rbf_kernel", "unbiased_mmd2"]

PERMUTATIONS = 500


@dataclass(frozen=True, slots=True)
class MmdTest:
    """Result of the test.

    Parameters
    ----------
    mmd2 : float
        Unbiased estimate of the squared discrepancy; around 0, also below, for equal sets.
    p : float
        Share of permutations with a discrepancy as large.
    bandwidth : float
        Of the kernel.
    grouped : bool
        Whether pairs within a patient were left out and whole patients permuted; False where a
        set has a single patient, so that every lesion counts as one of its own.
    """

    mmd2: float
    p: float
    bandwidth: float
    grouped: bool


def rbf_kernel(
    points: NDArray[np.float64], bandwidth: float | None = None
) -> tuple[NDArray[np.float64], float]:
    """Gaussian kernel exp(-d^2 / (2 s^2)) of all pairs.

    Parameters
    ----------
    points : ndarray, shape (n, k)
        Standardised features.
    bandwidth : float, optional
        s; default: the median distance between two points.

    Returns
    -------
    kernel : ndarray, shape (n, n)
    bandwidth : float
    """
    from scipy.spatial.distance import pdist, squareform

    distances = pdist(points)
    if bandwidth is None:
        bandwidth = float(np.median(distances)) if distances.size else 1.0
        bandwidth = bandwidth if bandwidth > 0 else 1.0
    return np.exp(-squareform(distances**2) / (2 * bandwidth**2)), bandwidth


def unbiased_mmd2(kernel: NDArray[np.float64], first: int) -> float:
    """Unbiased squared discrepancy of the first `first` points and the others.

    Parameters
    ----------
    kernel : ndarray, shape (n, n)
        Of all pairs.
    first : int
        At least 2, and at most n - 2.
    """
    one, two, between = kernel[:first, :first], kernel[first:, first:], kernel[:first, first:]
    n, m = len(one), len(two)
    inner = (one.sum() - np.trace(one)) / (n * (n - 1)) + (two.sum() - np.trace(two)) / (
        m * (m - 1)
    )
    return float(inner - 2 * between.mean())


def mmd_test(
    synthetic: NDArray[np.float64],
    real: NDArray[np.float64],
    rng: np.random.Generator,
    patients: tuple[Sequence[str], Sequence[str]] | None = None,
    permutations: int = PERMUTATIONS,
) -> MmdTest:
    """Whether two sets of features come from one distribution.

    Lesions of one patient resemble each other. So pairs within a patient are left out of the
    estimate, and what is permuted are patients: the labels of a patient with both kinds of
    lesions are swapped or not, those of the others are shuffled.

    Parameters
    ----------
    synthetic, real : ndarray, shape (n, k) and (m, k)
        Features, standardised together; at least 2 each.
    rng : numpy.random.Generator
        For the permutations.
    patients : pair of sequence of str, optional
        Of each synthetic and each real lesion: whom it resembles, see `LesionView.source`.
        Default: each lesion is a patient of its own.
    permutations : int
        How many.

    Returns
    -------
    MmdTest
    """
    points = np.concatenate([synthetic, real])
    kernel, bandwidth = rbf_kernel(points)
    grouped = patients is not None and min(len(set(side)) for side in patients) > 1
    if patients is not None and grouped:
        _, owner = patient_numbers([*patients[0], *patients[1]])
    else:
        owner = np.arange(len(points))
    kind = np.arange(len(points)) < len(synthetic)
    units, of_unit = np.unique(np.stack([owner, kind], axis=1), axis=0, return_inverse=True)
    member = np.zeros((len(units), len(points)))
    member[of_unit.ravel(), np.arange(len(points))] = 1.0
    apart = units[:, None, 0] != units[None, :, 0]
    sums = member @ kernel @ member.T * apart
    size = member.sum(axis=1)
    counts = np.outer(size, size) * apart
    own = units[:, 1].astype(np.float64)
    labels = np.concatenate([own[None], _permuted(units, rng, permutations)])
    found = _discrepancies(sums, counts, labels)
    beaten = found[1:] >= found[0] - 1e-12
    known = np.isfinite(found[1:])
    p = (1 + np.count_nonzero(beaten & known)) / (1 + np.count_nonzero(known))
    return MmdTest(float(found[0]), float(p), bandwidth, grouped)


def _discrepancies(
    sums: NDArray[np.float64], counts: NDArray[np.float64], labels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared discrepancy for every row of labels; NaN where a side has a single patient."""
    others = 1 - labels
    parts = []
    for one, two in ((labels, labels), (others, others), (labels, others)):
        total = ((one @ sums) * two).sum(axis=1)
        pairs = ((one @ counts) * two).sum(axis=1)
        parts.append(np.divide(total, pairs, out=np.full(len(total), np.nan), where=pairs > 0))
    return np.asarray(parts[0] + parts[1] - 2 * parts[2])


def _permuted(
    units: NDArray[np.int64], rng: np.random.Generator, permutations: int
) -> NDArray[np.float64]:
    """Rows of labels: swapped within patients that have both kinds, shuffled among the others."""
    labels = np.tile(units[:, 1].astype(np.float64), (permutations, 1))
    names, count = np.unique(units[:, 0], return_counts=True)
    both = np.isin(units[:, 0], names[count == 2])
    single = np.flatnonzero(~both)
    if single.size:
        labels[:, single] = rng.permuted(labels[:, single], axis=1)
    if both.any():
        swap = rng.random((permutations, np.count_nonzero(both) // 2)) < 0.5
        # The units are sorted by patient, so the two of a patient stand side by side.
        labels[:, both] = np.abs(labels[:, both] - np.repeat(swap, 2, axis=1))
    return labels
