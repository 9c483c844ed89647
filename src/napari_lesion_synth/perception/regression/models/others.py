"""Support vectors and forests, by scikit-learn, tuned on groups left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from napari_lesion_synth.perception.regression.models.protocol import Training
from napari_lesion_synth.perception.regression.models.search import best_of, sklearn_part
from napari_lesion_synth.perception.regression.standardising import Standardiser
from napari_lesion_synth.perception.regression.table import Array

__all__ = ["Forest", "SupportVectors"]

_COSTS = (0.1, 1.0, 10.0)
_TUBES = (0.02, 0.1)
_LEAVES = (2, 5, 12)

Columns: TypeAlias = Literal["sqrt"] | float


@dataclass(frozen=True)
class SupportVectors:
    """Support-vector regression with a radial kernel."""

    name: str = "SVR"

    def fit(self, data: Training) -> _Learnt:
        """Choose cost and tube, and learn with them."""
        settings = [(cost, tube) for cost in _COSTS for tube in _TUBES]
        cost, tube = best_of(settings, _fit_vectors, data)
        return _fit_vectors((cost, tube), data)


def _fit_vectors(setting: tuple[float, float], data: Training) -> _Learnt:
    cost, tube = setting
    scale = Standardiser.of(data.blocks)
    machine = sklearn_part("svm").SVR(kernel="rbf", gamma="scale", C=cost, epsilon=tube)
    machine.fit(scale.joined(data.blocks), data.target)
    return _Learnt(scale, machine, f"cost {cost:g}, tube {tube:g}")


@dataclass(frozen=True)
class Forest:
    """Many trees on random parts of rows and columns.

    Parameters
    ----------
    name : str
        What tables call it.
    extra : bool
        Extremely randomised trees, instead of a random forest.
    trees : int
        How many; while tuning, a third of them.
    """

    name: str = "forest"
    extra: bool = False
    trees: int = 300

    def fit(self, data: Training) -> _Learnt:
        """Choose the size of leaves and the columns of a split, and learn with them."""
        columns = sum(block.shape[1] for block in data.blocks)
        # A third of very many columns takes long, and gains nothing.
        splits: tuple[Columns, ...] = ("sqrt", 1 / 3) if columns <= 200 else ("sqrt",)
        settings = [(leaf, split) for leaf in _LEAVES for split in splits]
        few = max(30, self.trees // 3)
        chosen = best_of(settings, lambda one, part: self._fit(one, part, few), data)
        return self._fit(chosen, data, self.trees)

    def _fit(self, setting: tuple[int, Columns], data: Training, trees: int) -> _Learnt:
        leaf, split = setting
        ensemble = sklearn_part("ensemble")
        kind = ensemble.ExtraTreesRegressor if self.extra else ensemble.RandomForestRegressor
        forest = kind(
            trees,
            min_samples_leaf=leaf,
            max_features=split,
            random_state=data.seed,
            n_jobs=1,
        )
        scale = Standardiser.of(data.blocks)
        forest.fit(scale.joined(data.blocks), data.target)
        told = split if isinstance(split, str) else f"{split:.2f}"
        return _Learnt(scale, forest, f"leaves of {leaf}, columns {told}")


@dataclass(frozen=True, eq=False)
class _Learnt:
    scale: Standardiser
    machine: Any
    chosen: str

    def predict(self, blocks: Sequence[Array]) -> Array:
        return np.asarray(self.machine.predict(self.scale.joined(blocks)), np.float64)
