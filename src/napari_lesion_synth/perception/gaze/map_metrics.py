"""How well a map tells where people look.

References
----------
.. [1] Z. Bylinskii, T. Judd, A. Oliva, A. Torralba, F. Durand, "What do different evaluation
   metrics tell us about saliency models?", IEEE Trans. Pattern Anal. Mach. Intell. 41, 2019.
.. [2] R. J. Peters, A. Iyer, L. Itti, C. Koch, "Components of bottom-up gaze allocation in natural
   images", Vision Research 45, 2005.
.. [3] T. Judd, K. Ehinger, F. Durand, A. Torralba, "Learning to predict where humans look", Int.
   Conf. Computer Vision, 2009.
.. [4] L. Zhang, M. H. Tong, T. K. Marks, H. Shan, G. W. Cottrell, "SUN: a Bayesian framework for
   saliency using natural statistics", Journal of Vision 8(7):32, 2008.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Floats

__all__ = ["auc_judd", "correlation", "divergence", "nss", "shuffled_auc", "similarity"]

Cells = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows and columns of fixated cells, as `MapGrid.cells` has them; repeats count."""

_TINY = 1e-12


def nss(predicted: Floats, fixated: Cells) -> float:
    """Normalised scanpath saliency [2]_: mean of the map, standardised, at the fixations.

    0 for chance. NaN for a map that is the same everywhere, or without fixations.

    Parameters
    ----------
    predicted : ndarray, shape (rows, columns)
        The map, in any unit.
    fixated : tuple of ndarray of int
        Rows and columns.
    """
    _two_axes(predicted)
    spread = predicted.std()
    if not len(fixated[0]) or spread <= _TINY * np.abs(predicted).max():
        return float("nan")
    return float(((predicted - predicted.mean()) / spread)[fixated].mean())


def auc_judd(predicted: Floats, fixated: Cells) -> float:
    """Area under the ROC curve, fixated cells against all others [3]_.

    At every threshold of the map, not only at the values of fixated cells; ties count half. 0.5
    for chance. NaN without fixations, or where all cells are fixated.

    Parameters
    ----------
    predicted : ndarray, shape (rows, columns)
        The map; only its order counts.
    fixated : tuple of ndarray of int
        Rows and columns.
    """
    _two_axes(predicted)
    free = np.ones(predicted.shape, np.bool_)
    free[fixated] = False
    return _area(predicted[fixated], predicted[free])


def shuffled_auc(predicted: Floats, fixated: Cells, elsewhere: Cells) -> float:
    """Area under the ROC curve, fixated cells against those fixated in other photos [4]_.

    What all photos share, the centre, gives no credit: a centre prior comes to 0.5.

    Parameters
    ----------
    predicted : ndarray, shape (rows, columns)
        The map; only its order counts.
    fixated, elsewhere : tuple of ndarray of int
        Rows and columns of this photo's fixations, and of other photos'.
    """
    _two_axes(predicted)
    return _area(predicted[fixated], predicted[elsewhere])


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's correlation of two maps (CC) [1]_; NaN where one is the same everywhere."""
    _alike(one, other)
    a, b = one - one.mean(), other - other.mean()
    below = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / below if below > 0 else float("nan")


def divergence(predicted: Floats, true: Floats) -> float:
    """Kullback-Leibler divergence of the predicted map from the true one, in nats [1]_.

    0 for the same map; a cell that people look at and the map excludes costs much, but not
    infinitely much: 2.2e-16 is added as in the reference.

    Parameters
    ----------
    predicted, true : ndarray, shape (rows, columns)
        Not negative; each is divided by its sum.
    """
    p, q = _shares(predicted), _shares(true)
    _alike(p, q)
    eps = np.finfo(np.float64).eps
    return float((q * np.log(eps + q / (p + eps))).sum())


def similarity(one: Floats, other: Floats) -> float:
    """What two maps share (SIM) [1]_: 1 for the same, 0 for maps without overlap.

    Parameters
    ----------
    one, other : ndarray, shape (rows, columns)
        Not negative; each is divided by its sum.
    """
    _alike(one, other)
    return float(np.minimum(_shares(one), _shares(other)).sum())


def _area(positive: Floats, negative: Floats) -> float:
    """Share of the pairs in which the positive is larger; ties are halves (Mann-Whitney)."""
    if not len(positive) or not len(negative):
        return float("nan")
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    upto = np.searchsorted(ordered, positive, side="right")
    return float((below + upto).mean() / 2 / len(negative))


def _shares(values: Floats) -> Floats:
    total = values.sum()
    if values.min(initial=0) < 0 or not total > 0:
        raise ParameterError(
            "the map is no distribution: it has negative values, or is 0 everywhere",
            remedy="Compare maps of photos that were looked at",
        )
    return np.asarray(values / total, np.float64)


def _two_axes(predicted: Floats) -> None:
    if predicted.ndim != 2:
        raise ParameterError("a map has rows and columns")


def _alike(one: Floats, other: Floats) -> None:
    if one.shape != other.shape:
        raise ParameterError(
            f"maps of {one.shape} and {other.shape} cells cannot be compared",
            remedy="Make both on the same grid",
        )
