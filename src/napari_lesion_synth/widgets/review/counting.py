"""Counting accepted lesions, with the uncertainty of their share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_lesion_synth.intervals import wilson
from napari_lesion_synth.wording import counted

__all__ = ["Count", "count_by", "interval_text", "starved"]

_STARVED = 0.1


@dataclass(frozen=True, slots=True)
class Count:
    """Lesions of one zone and method.

    Parameters
    ----------
    lesions : int
        All.
    judged : int
        Those with a verdict.
    accepted : int
        Those accepted.
    scored, passing : int
        Those with a score, and those of them that pass, whatever a person says.
    """

    lesions: int = 0
    judged: int = 0
    accepted: int = 0
    scored: int = 0
    passing: int = 0


def count_by(
    zone: pd.Categorical,
    method: pd.Categorical,
    accepted: NDArray[np.float64],
    passes: NDArray[np.float64],
) -> dict[tuple[str, str], Count]:
    """Counts by (zone, method); an empty name stands for all.

    Parameters
    ----------
    zone, method : Categorical
        Of each lesion.
    accepted : ndarray of float
        1 accepted, 0 rejected, NaN neither.
    passes : ndarray of float
        1 passes by its scores, 0 does not, NaN not scored.
    """
    shape = len(zone.categories), len(method.categories)
    cell = zone.codes.astype(np.intp) * shape[1] + method.codes
    facts = (
        np.ones(len(accepted), bool),
        ~np.isnan(accepted),
        accepted == 1,
        ~np.isnan(passes),
        passes == 1,
    )
    tables = [np.bincount(cell[f], minlength=shape[0] * shape[1]).reshape(shape) for f in facts]
    table = np.stack(tables, axis=-1)

    def count(figures: NDArray[Any]) -> Count:
        return Count(*(int(figure) for figure in figures))

    result = {("", ""): count(table.sum((0, 1)))}
    for row, one in enumerate(zone.categories):
        result[one, ""] = count(table[row].sum(0))
        for column, other in enumerate(method.categories):
            if table[row, column, 0]:
                result[one, other] = count(table[row, column])
    for column, other in enumerate(method.categories):
        result["", other] = count(table[:, column].sum(0))
    return result


def interval_text(count: Count) -> str:
    """The accepted share and its Wilson interval in words."""
    if not count.judged:
        return f"{counted(count.lesions, 'lesion')}, none judged yet"
    share = wilson(count.accepted, count.judged)
    judged = counted(count.judged, "judged lesion")
    return (
        f"{count.accepted} of {judged} accepted; the true share is between "
        f"{100 * (share.low or 0):.0f} % and {100 * (share.high or 0):.0f} % (95 % Wilson interval)"
    )


def starved(count: Count) -> bool:
    """Whether the scores leave next to nothing of a zone."""
    return count.scored > 0 and count.passing < _STARVED * count.scored
