"""How good predictions are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.perception.regression.table import Array, Ints

__all__ = ["Scores", "pairwise_accuracy", "scores", "spearman"]


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of predictions; NaN where there is too little for one.

    Parameters
    ----------
    mae, rmse : float
        Mean absolute and root mean square error, in units of the target.
    spearman : float
        Rank correlation over all rows.
    pairwise : float
        Share of the pairs that are ordered as the target has them; ties of the target do not
        count, those of the prediction count half.
    pairwise_within : float
        The same, of pairs of one dish: what choosing among views of a dish needs.
    """

    mae: float
    rmse: float
    spearman: float
    pairwise: float
    pairwise_within: float


def scores(predicted: Array, target: Array, dishes: Ints) -> Scores:
    """All figures.

    Parameters
    ----------
    predicted, target : ndarray, shape (n,)
    dishes : ndarray of int, shape (n,)
        Number of each row's dish.
    """
    if not len(target):
        return Scores(*[float("nan")] * 5)
    off = predicted - target
    return Scores(
        mae=float(np.abs(off).mean()),
        rmse=float(np.sqrt((off**2).mean())),
        spearman=spearman(predicted, target),
        pairwise=pairwise_accuracy(predicted, target),
        pairwise_within=pairwise_accuracy(predicted, target, dishes),
    )


def spearman(one: Array, other: Array) -> float:
    """Rank correlation; NaN where one of them is the same everywhere."""
    from scipy.stats import rankdata

    if len(one) < 2:
        return float("nan")
    a, b = rankdata(one), rankdata(other)
    a, b = a - a.mean(), b - b.mean()
    below = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / below if below > 0 else float("nan")


def pairwise_accuracy(predicted: Array, target: Array, groups: Ints | None = None) -> float:
    """Share of the pairs in the right order; with `groups`, of pairs within one."""
    counted = np.triu(target[:, None] != target[None, :], 1)
    if groups is not None:
        counted &= groups[:, None] == groups[None, :]
    n = int(counted.sum())
    if not n:
        return float("nan")
    wanted = np.sign(target[:, None] - target[None, :])[counted]
    found = np.sign(predicted[:, None] - predicted[None, :])[counted]
    return float(((found == wanted) + 0.5 * (found == 0)).sum() / n)
