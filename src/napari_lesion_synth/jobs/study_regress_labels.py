"""What a regression learns from: labels from answers alone, columns from photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_files import CACHE
from napari_lesion_synth.jobs.study_scale import scaled_groups
from napari_lesion_synth.jobs.study_scaled import Scaled, ScaleSettings
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.export.people import Cohort
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.features.families import feature_table
from napari_lesion_synth.perception.regression.noise import LabelNoise, noise_of_posterior
from napari_lesion_synth.perception.regression.table import Block, Table
from napari_lesion_synth.wording import counted

__all__ = ["Labels", "labels_of", "table_of"]

Array = NDArray[np.float64]

_FEWEST_PHOTOS = 8


@dataclass(frozen=True, eq=False)
class Labels:
    """Attractiveness of the photos that were judged, and what its noise allows."""

    items: tuple[str, ...]
    value: Array
    noise: LabelNoise | None
    text: str
    gaze: str


def labels_of(cohort: Cohort, seed: int) -> Labels:
    """Of the largest group; where dishes were compared only with themselves, of all of them."""
    groups = scaled_groups(cohort, ScaleSettings(seed=seed))
    way = groups[0].group.way
    alike = [
        one
        for one in groups
        if (one.group.way.kind, one.group.way.mode, one.group.way.seconds, one.group.way.gaze)
        == (way.kind, way.mode, way.seconds, way.gaze)
    ]
    items: list[str] = []
    values: list[float] = []
    for one in alike:
        for k, name in enumerate(one.group.items):
            if one.compared[k]:
                items.append(name)
                values.append(float(one.values.value[k]))
    if len(items) < _FEWEST_PHOTOS:
        raise ParameterError(
            f"{counted(len(items), 'judged photo')} are too few to learn from, at least "
            f"{_FEWEST_PHOTOS} are needed",
            remedy="Judge more photos",
        )
    text = f"{way.text}. {alike[0].values.anchors}"
    return Labels(tuple(items), np.array(values), _noise(alike, seed), text, way.gaze)


def _noise(groups: Sequence[Scaled], seed: int) -> LabelNoise | None:
    """What the labels' noise leaves, averaged over the groups by their photos."""
    rng = np.random.default_rng([seed, 0x401])
    found = [
        noise_of_posterior(one.posterior, one.values, rng)
        for one in groups
        if one.posterior is not None
    ]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    sizes = np.array([len(one.group.items) for one in groups if one.posterior is not None])
    floor = float(np.average([each.floor.value for each in found], weights=sizes))
    best = float(np.average([each.best_r.value for each in found], weights=sizes))
    return LabelNoise(Interval(floor), Interval(best), f"{found[0].text}, mean of the dishes")


def table_of(study: Study, labels: Labels) -> Table:
    """The judged photos with their features; a photo without a category is a dish by itself."""
    photos = [study.stimuli.by_id(name) for name in labels.items]
    features = feature_table(photos, FeatureCache(study.folder / CACHE))
    dishes = tuple(photo.category or photo.id for photo in photos)
    block = Block("features", features.values, features.columns)
    return Table(labels.items, labels.value, dishes, (block,))
