"""The model that does best within the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_lesion_synth.perception.regression.models.protocol import (
    Fitted,
    Regressor,
    Training,
)
from napari_lesion_synth.perception.regression.models.search import best_of
from napari_lesion_synth.perception.regression.table import Array

__all__ = ["Chosen"]


@dataclass(frozen=True)
class Chosen:
    """One of several regressors, chosen on groups left out: part of what is cross-validated.

    Parameters
    ----------
    models : tuple of Regressor
        To choose from; the first, where nothing can be chosen.
    name : str
        What tables call it.
    """

    models: tuple[Regressor, ...]
    name: str = "chosen"

    def fit(self, data: Training) -> Fitted:
        """Choose, and learn from all rows."""
        best = best_of(self.models, lambda model, part: model.fit(part), data)
        return _Named(best.fit(data), best.name)


@dataclass(frozen=True, eq=False)
class _Named:
    fitted: Fitted
    model: str

    @property
    def chosen(self) -> str:
        return f"{self.model}: {self.fitted.chosen}" if self.fitted.chosen else self.model

    def predict(self, blocks: Sequence[Array]) -> Array:
        return self.fitted.predict(blocks)
