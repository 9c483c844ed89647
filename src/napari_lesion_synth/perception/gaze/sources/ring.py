"""A place for rows that come faster than they are fetched; its memory is taken once."""

from __future__ import annotations

import threading

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Floats

__all__ = ["Ring"]


class Ring:
    """One thread puts rows in, another takes them out; of too many, the oldest are lost.

    Parameters
    ----------
    capacity : int
        Rows.
    columns : int
        Values of a row.

    Raises
    ------
    ParameterError
        If one of them is below 1.
    """

    def __init__(self, capacity: int, columns: int) -> None:
        if capacity < 1 or columns < 1:
            raise ParameterError("a ring holds at least one row of one value")
        self._rows = np.zeros((capacity, columns))
        self._lock = threading.Lock()
        self._written = self._read = 0
        self._lost = 0

    def put(self, rows: Floats) -> None:
        """Add rows, shape (n, columns)."""
        capacity, n = len(self._rows), len(rows)
        with self._lock:
            kept = rows[-capacity:]
            at = (self._written + n - len(kept) + np.arange(len(kept))) % capacity
            self._rows[at] = kept
            self._written += n
            overrun = self._written - capacity - self._read
            if overrun > 0:
                self._lost += overrun
                self._read += overrun

    def take(self) -> Floats:
        """The rows that have not been taken, in order, shape (n, columns)."""
        with self._lock:
            at = np.arange(self._read, self._written) % len(self._rows)
            self._read = self._written
            taken: Floats = self._rows[at]
            return taken

    def take_lost(self) -> int:
        """How many rows were overwritten before they were taken, since the last call."""
        with self._lock:
            lost, self._lost = self._lost, 0
            return lost
