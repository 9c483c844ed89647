"""A model for photos that nobody has rated: from pictures to attractiveness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.cnn import LiteFeatures, pooled
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.features.families import (
    FeatureTable,
    feature_table,
    photo_features,
)
from napari_lesion_synth.perception.regression.folds import By, plan
from napari_lesion_synth.perception.regression.models.protocol import (
    Fitted,
    Regressor,
    Training,
)
from napari_lesion_synth.perception.regression.table import Array, Block, Table
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["Describer", "PhotoModel", "learn"]


@dataclass(frozen=True)
class Describer:
    """Which columns describe a photo.

    Parameters
    ----------
    features : bool
        The hand-crafted families, the main ingredient's excepted: where no areas are drawn,
        there is none.
    net : LiteFeatures or None
        A net's channels, averaged over the photo.

    Raises
    ------
    ParameterError
        If there is neither.
    """

    features: bool = True
    net: LiteFeatures | None = None

    def __post_init__(self) -> None:
        if not self.features and self.net is None:
            raise ParameterError("a photo is described by features, a net, or both")

    def of(self, pictures: Sequence[Picture]) -> list[Block]:
        """Columns of pictures, a block for the features and one for the net."""
        blocks = []
        if self.features:
            rows = [photo_features(picture) for picture in pictures]
            values = np.array([list(row.values()) for row in rows])
            blocks.append(Block("features", values, tuple(rows[0])))
        if self.net is not None:
            net = self.net
            seen = np.stack([pooled(net.channels(picture).last) for picture in pictures])
            blocks.append(Block("net", seen))
        return blocks

    def of_stimuli(
        self, stimuli: Sequence[Stimulus], cache: FeatureCache | None = None
    ) -> list[Block]:
        """The same of files, kept between runs."""
        blocks = []
        if self.features:
            table: FeatureTable = feature_table(stimuli, cache, areas=False)
            blocks.append(Block("features", table.values, table.columns))
        if self.net is not None:
            blocks.append(Block("net", self.net.table(stimuli, cache)))
        return blocks


@dataclass(frozen=True, eq=False)
class PhotoModel:
    """A regressor that has learnt, and how photos are described to it."""

    describer: Describer
    fitted: Fitted

    @classmethod
    def of(cls, describer: Describer, model: Regressor, table: Table) -> Self:
        """Learn from all rows of a table whose inputs are the describer's."""
        return cls(describer, learn(model, table))

    def predict(self, pictures: Sequence[Picture]) -> Array:
        """Attractiveness of pictures, shape (n,)."""
        return self.fitted.predict([block.numbers for block in self.describer.of(pictures)])


def learn(model: Regressor, table: Table, by: By = "dish", seed: int = 0) -> Fitted:
    """Learn from all rows, for photos yet to come; how good it is, cross-validation tells.

    Parameters
    ----------
    model : Regressor
        Tunes itself on groups left out.
    table : Table
        The rows.
    by : str
        What stays together then; with a single dish, photos.
    seed : int
        Of what chance decides.
    """
    rows = np.arange(len(table))
    groups = plan(table, by if len(set(table.dishes)) > 1 else "photo").groups
    blocks = tuple(source.values(rows) for source in table.inputs)
    return model.fit(Training(blocks, table.target, groups, table.judged, seed))
