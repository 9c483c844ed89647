"""Columns of like size: each of variance 1, each group of columns of total variance 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from napari_lesion_synth.perception.regression.table import Array

__all__ = ["Standardiser"]

_FLAT = 1e-9
_FARTHEST = 6.0
"""Standard deviations at which a value is cut off: an odd photo must not rule a model."""


@dataclass(frozen=True, eq=False)
class Standardiser:
    """What makes columns of like size, learnt from the rows that are learnt from.

    Parameters
    ----------
    means, scales : tuple of ndarray, each of shape (p,)
        Of each group's columns; a scale of infinity leaves a column out that does not vary.
    """

    means: tuple[Array, ...]
    scales: tuple[Array, ...]

    @classmethod
    def of(cls, blocks: Sequence[Array]) -> Self:
        """Learn from rows: arrays of shape (n, p), one a group."""
        means, scales = [], []
        for block in blocks:
            deviation = block.std(axis=0)
            size = np.abs(block).max(axis=0, initial=0.0)
            varies = deviation > _FLAT * np.maximum(size, 1e-300)
            together = np.sqrt(max(int(varies.sum()), 1))
            means.append(block.mean(axis=0))
            scales.append(np.where(varies, deviation * together, np.inf))
        return cls(tuple(means), tuple(scales))

    def blocks(self, blocks: Sequence[Array]) -> list[Array]:
        """Each group's columns, standardised."""
        found = []
        for block, mean, scale in zip(blocks, self.means, self.scales, strict=True):
            farthest = _FARTHEST / np.sqrt(max(int(np.isfinite(scale).sum()), 1))
            found.append(np.clip((block - mean) / scale, -farthest, farthest))
        return found

    def joined(self, blocks: Sequence[Array]) -> Array:
        """All columns that vary, side by side, standardised; shape (n, q)."""
        kept = [
            block[:, np.isfinite(scale)]
            for block, scale in zip(self.blocks(blocks), self.scales, strict=True)
        ]
        return np.concatenate(kept, axis=1)
