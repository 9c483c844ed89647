"""Mean ratings: as they are, and with each rater's bias taken out.

Likert steps are taken as equally far apart. Means count every rater alike; where raters differ
in how consistent they are, `raters.fit_raters` is the better estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.scaling.comparisons import Ratings

__all__ = ["MeanRatings", "mean_ratings"]

Array = NDArray[np.float64]

_ROUNDS, _SETTLED = 1000, 1e-10


@dataclass(frozen=True, eq=False)
class MeanRatings:
    """Mean rating of each photo.

    Parameters
    ----------
    items : tuple of str
        The photos.
    value : tuple of Interval
        Mean with Student's 95 % interval; NaN where nobody rated the photo, and without ends
        where fewer than 2 raters did.
    n : ndarray of int64, shape (k,)
        Raters of each photo.
    bias : ndarray of float64, shape (raters,)
        What was taken out of each rater's ratings; 0 where nothing was.
    """

    items: tuple[str, ...]
    value: tuple[Interval, ...]
    n: NDArray[np.int64]
    bias: Array

    @property
    def mean(self) -> Array:
        """The means alone, shape (k,)."""
        return np.array([interval.value for interval in self.value])


def mean_ratings(ratings: Ratings, *, take_out_bias: bool = True) -> MeanRatings:
    """Average over raters; several ratings of a photo by one rater count as their mean.

    Parameters
    ----------
    ratings : Ratings
        Of any raters.
    take_out_bias : bool
        Take out of each rating by how much its rater rates higher than the others rate the same
        photos. Biases and means are the least-squares fit of photo + rater, as in ITU-T P.913,
        section 12.4, and so right also where raters saw different photos.
    """
    from scipy.stats import t

    table = ratings.table
    bias = _biases(table) if take_out_bias else np.zeros(len(ratings.raters))
    values = []
    for row in table - bias:
        known = row[np.isfinite(row)]
        middle = float(known.mean()) if len(known) else float("nan")
        if len(known) < 2:
            values.append(Interval(middle))
            continue
        reach = float(t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
        values.append(Interval(middle, middle - reach, middle + reach))
    return MeanRatings(ratings.items, tuple(values), np.isfinite(table).sum(axis=1), bias)


def _biases(table: Array) -> Array:
    """Effect of each column in the least-squares fit of row + column; 0 on average."""
    seen = np.isfinite(table)
    filled = np.where(seen, table, 0.0)
    rows, columns = np.maximum(seen.sum(axis=1), 1), np.maximum(seen.sum(axis=0), 1)
    bias = np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        photo = (filled - seen * bias).sum(axis=1) / rows
        better = (filled - seen * photo[:, None]).sum(axis=0) / columns
        better -= better[seen.any(axis=0)].mean() if seen.any() else 0.0
        better = np.where(seen.any(axis=0), better, 0.0)
        moved, bias = float(np.abs(better - bias).max(initial=0.0)), better
        if moved < _SETTLED:
            break
    return bias
