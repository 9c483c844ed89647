"""What a regressor is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from napari_lesion_synth.perception.regression.table import Array, Bools, Ints

__all__ = ["Fitted", "Regressor", "Training"]


@dataclass(frozen=True, eq=False)
class Training:
    """Rows to learn from.

    Parameters
    ----------
    blocks : tuple of ndarray, each of shape (n, p)
        Groups of columns.
    target : ndarray of float64, shape (n,)
    groups : ndarray of int, shape (n,)
        What stays together when the model tunes itself.
    judged : ndarray of bool, shape (n,)
        Rows that it tunes itself by.
    seed : int
        Of what chance decides.
    """

    blocks: tuple[Array, ...]
    target: Array
    groups: Ints
    judged: Bools
    seed: int = 0

    def taken(self, rows: Ints | Bools) -> Training:
        """Some of the rows."""
        return Training(
            tuple(block[rows] for block in self.blocks),
            self.target[rows],
            self.groups[rows],
            self.judged[rows],
            self.seed,
        )

    @property
    def divisible(self) -> bool:
        """Whether there are 2 groups or more."""
        return len(np.unique(self.groups)) > 1


class Fitted(Protocol):
    """A regressor that has learnt."""

    @property
    def chosen(self) -> str:
        """What it chose when it tuned itself, in words; empty: nothing."""
        ...

    def predict(self, blocks: Sequence[Array]) -> Array:
        """Attractiveness of rows, shape (n,)."""
        ...


class Regressor(Protocol):
    """Something that learns attractiveness from columns."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def fit(self, data: Training) -> Fitted:
        """Learn; all tuning is on these rows, divided by their groups.

        Raises
        ------
        ParameterError
            If its package is not installed.
        """
        ...
