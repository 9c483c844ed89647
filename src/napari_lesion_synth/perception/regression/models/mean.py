"""The average: what any model has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.perception.regression.models.protocol import Training
from napari_lesion_synth.perception.regression.table import Array

__all__ = ["Mean"]


@dataclass(frozen=True)
class Mean:
    """Predicts the average of what it has seen."""

    name: str = "mean"

    def fit(self, data: Training) -> _Average:
        """Take the average of the judged rows."""
        rows = data.judged if data.judged.any() else np.ones_like(data.judged)
        return _Average(float(data.target[rows].mean()))


@dataclass(frozen=True)
class _Average:
    value: float
    chosen: str = ""

    def predict(self, blocks: Sequence[Array]) -> Array:
        return np.full(len(blocks[0]), self.value)
