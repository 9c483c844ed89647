"""Intervals of predictions that hold whatever the model is worth: split conformal [1]_.

The rows that are learnt from are divided once more, by groups: a model of one part errs on the
other by some amount, and the quantile of these errors is the interval's half width. The promise
rests on test rows being like those the errors were taken from; with few dishes, and a new dish
each time, it is not kept exactly: so the coverage is measured.

References
----------
.. [1] J. Lei, M. G'Sell, A. Rinaldo, R. J. Tibshirani, L. Wasserman, "Distribution-free predictive
   inference for regression", J. Am. Stat. Assoc. 113, 2018.
"""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.regression.folds import divided
from napari_lesion_synth.perception.regression.models.protocol import Regressor, Training
from napari_lesion_synth.perception.regression.table import Array

__all__ = ["half_width", "quantile_of_errors"]

_PARTS = 3
"""One of so many parts of the rows that are learnt from tells the errors."""


def half_width(model: Regressor, data: Training, level: float = 0.9) -> float:
    """Half width of the intervals of a model's predictions.

    Parameters
    ----------
    model : Regressor
        Learns from a part of the rows here.
    data : Training
        Rows that the predictions are learnt from.
    level : float
        Share of the test rows that intervals are to hold.

    Returns
    -------
    float
        Infinite where there are too few rows or groups to say.
    """
    if not data.divisible:
        return float("inf")
    parts = divided(data.groups, _PARTS, data.judged)
    held = (parts == 0) & data.judged
    if not held.any():
        return float("inf")
    found = model.fit(data.taken(parts != 0)).predict([block[held] for block in data.blocks])
    return quantile_of_errors(np.abs(found - data.target[held]), level)


def quantile_of_errors(errors: Array, level: float) -> float:
    """The error that a new one stays below with at least this chance, if it is of their kind."""
    n = len(errors)
    rank = int(np.ceil((n + 1) * level))
    return float(np.sort(errors)[rank - 1]) if rank <= n else float("inf")
