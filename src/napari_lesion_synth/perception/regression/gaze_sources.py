"""The columns of the controls, and of gaze predicted within each fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from napari_lesion_synth.perception.gaze.maps import CentrePrior
from napari_lesion_synth.perception.regression.folds import divided
from napari_lesion_synth.perception.regression.gaze_inputs import (
    GazeInputSettings,
    map_block,
    map_columns,
)
from napari_lesion_synth.perception.regression.patches import Patches
from napari_lesion_synth.perception.regression.predicted_gaze import (
    MapPredictor,
    PhotoSums,
    fit_predictor,
)
from napari_lesion_synth.perception.regression.table import Array, Block, Ints

__all__ = ["PredictedMaps", "centre_block", "shuffled_block"]

_PARTS = 5


@dataclass(frozen=True, eq=False)
class PredictedMaps:
    """Maps predicted by a model that has seen neither the photo's gaze nor its dish's.

    In each fold a predictor learns from the training rows' gaze, and predicts the tested rows'
    maps; those of the training rows come from predictors of other training rows, divided by
    dish, so that they are as good, and as bad, as the tested ones.

    Parameters
    ----------
    patches : sequence of Patches
        Of each row.
    looked : sequence of ndarray
        Each row's fixation map.
    dishes : ndarray of int, shape (n,)
        Each row's dish.
    settings : GazeInputSettings
        How a map becomes columns.
    pooled : sequence of ndarray, optional
        Features of patches for pooling, each (rows, columns, p).
    name : str
        What it is called.
    """

    patches: Sequence[Patches]
    looked: Sequence[Array]
    dishes: Ints
    settings: GazeInputSettings = field(default_factory=GazeInputSettings)
    pooled: Sequence[Array] | None = None
    name: str = "predicted gaze"

    @cached_property
    def _sums(self) -> tuple[PhotoSums, ...]:
        pairs = zip(self.patches, self.looked, strict=True)
        return tuple(PhotoSums.of(patches, looked) for patches, looked in pairs)

    def values(self, train: Ints) -> Array:
        """Columns of all rows, shape (n, q)."""
        maps = self.maps(train)
        given: Sequence[Array | None] = self.pooled or [None] * len(maps)
        rows = [
            map_columns(plane, features, self.settings)[0]
            for plane, features in zip(maps, given, strict=True)
        ]
        return np.stack(rows)

    def maps(self, train: Ints) -> list[Array]:
        """Predicted maps of all rows."""
        whole = self._fitted(train)
        found = [whole.predict(each) for each in self.patches]
        groups = self.dishes[train]
        if len(np.unique(groups)) < 2:
            groups = np.arange(len(train))
        parts = divided(groups, _PARTS)
        for part in range(int(parts.max()) + 1):
            rest = self._fitted(train[parts != part])
            for row in train[parts == part]:
                found[row] = rest.predict(self.patches[row])
        return found

    def _fitted(self, rows: Ints) -> MapPredictor:
        return fit_predictor([self._sums[row] for row in rows])


def centre_block(
    maps: Sequence[Array],
    patches: Sequence[Array] | None,
    settings: GazeInputSettings,
    prior: CentrePrior | None = None,
) -> Block:
    """The columns that the centre prior gives.

    As a grid histogram they are the same for all photos: what such a control tests is then the
    pooling alone.

    Parameters
    ----------
    maps : sequence of ndarray
        Of each photo, whose cells the prior is put on.
    patches : sequence of ndarray, optional
        For pooling.
    settings : GazeInputSettings
        How a map becomes columns.
    prior : CentrePrior, optional
        Default: the usual one.
    """
    planes = [_prior_map(prior or CentrePrior(), plane.shape) for plane in maps]
    return map_block("centre prior", planes, patches, settings)


def shuffled_block(
    maps: Sequence[Array],
    patches: Sequence[Array] | None,
    settings: GazeInputSettings,
    other: Ints,
    name: str = "shuffled gaze",
) -> Block:
    """The columns that the maps of other photos give, on each photo's own patches."""
    return map_block(name, [maps[k] for k in other], patches, settings)


def _prior_map(prior: CentrePrior, shape: tuple[int, ...]) -> Array:
    rows, columns = shape
    y = ((np.arange(rows) + 0.5) / rows - prior.mean[1]) / prior.spread[1]
    x = ((np.arange(columns) + 0.5) / columns - prior.mean[0]) / prior.spread[0]
    plane = np.exp(-0.5 * (y[:, None] ** 2 + x[None, :] ** 2))
    return np.asarray(plane / plane.sum())
