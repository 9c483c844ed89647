"""Does gaze help to predict attractiveness? Its columns, and those of its controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.export.looks import looks_of
from napari_lesion_synth.perception.export.people import Cohort
from napari_lesion_synth.perception.gaze.maps import MapGrid, weighting_of
from napari_lesion_synth.perception.regression.controls import (
    Ablation,
    ArmName,
    ablation,
    of_another_photo,
)
from napari_lesion_synth.perception.regression.features.prepared import Prepared
from napari_lesion_synth.perception.regression.features.saliency import saliency_map
from napari_lesion_synth.perception.regression.folds import By, plan
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings, map_block
from napari_lesion_synth.perception.regression.gaze_sources import (
    PredictedMaps,
    centre_block,
    shuffled_block,
)
from napari_lesion_synth.perception.regression.looking import Looking, Viewed, looking_at
from napari_lesion_synth.perception.regression.models.protocol import Regressor
from napari_lesion_synth.perception.regression.patches import patch_features
from napari_lesion_synth.perception.regression.table import Source, Table
from napari_lesion_synth.wording import counted

__all__ = ["Looked", "gaze_ablation", "looked_at"]

Array = NDArray[np.float64]

_CELLS = 48
_SHUFFLES = 3
_FEWEST = 8


@dataclass(frozen=True)
class Looked:
    """Where each photo was looked at.

    Parameters
    ----------
    looks : dict of str to Looking
        By photo; those without usable gaze are not in it.
    source : str
        What recorded it.
    viewers : float
        Of a photo, on average.
    notes : tuple of str
        What was not used, and why.
    """

    looks: dict[str, Looking]
    source: str
    viewers: float
    notes: tuple[str, ...]


def looked_at(cohort: Cohort, source: str) -> Looked:
    """The maps of all photos, from one source of gaze.

    Parameters
    ----------
    cohort : Cohort
        The participants.
    source : str
        ``"tracker"``, ``"mouse_aperture"`` or another source; never several.
    """
    views: dict[str, list[Viewed]] = {}
    sigma: dict[str, tuple[float, float]] = {}
    for person in cohort.used:
        for look in looks_of(cohort.study, person):
            if look.answer.gaze_source != source or not look.trial.counts:
                continue
            for place, photo in enumerate(look.photos):
                viewed = Viewed(look.on(place), look.samples.source, look.verdict)
                views.setdefault(photo.id, []).append(viewed)
                sigma.setdefault(photo.id, look.sigma_px(place))
    looks, reasons = {}, dict[str, int]()
    for name, own in views.items():
        photo = cohort.study.stimuli.by_id(name)
        grid = _grid(photo.width, photo.height)
        found, why = looking_at(own, grid, sigma[name], weighting_of(source))
        for reason in why:
            reasons[reason] = reasons.get(reason, 0) + 1
        if found is not None:
            looks[name] = found
    notes = tuple(f"{reason} ({counted(n, 'photo')})" for reason, n in reasons.items())
    viewers = float(np.mean([look.viewers for look in looks.values()])) if looks else 0.0
    return Looked(looks, source, viewers, notes)


def gaze_ablation(
    study: Study,
    table: Table,
    looked: Looked,
    model: Regressor,
    settings: tuple[GazeInputSettings, By, bool, int],
) -> Ablation:
    """The arms of the comparison: image, controls, real gaze, and gaze predicted from the photo.

    Parameters
    ----------
    study : Study
        For the photos themselves.
    table : Table
        With the image's columns as inputs.
    looked : Looked
        Whose photos take part.
    model : Regressor
        The same for all arms.
    settings : tuple
        How a map becomes columns, who is tested by whom, whether gaze is predicted too, and the
        seed.

    Raises
    ------
    ParameterError
        If too few photos have usable gaze.
    """
    how, by, predicted, seed = settings
    rows = [k for k, name in enumerate(table.items) if name in looked.looks]
    if len(rows) < _FEWEST:
        raise ParameterError(
            f"{counted(len(rows), 'photo')} with usable gaze are too few, at least {_FEWEST} are "
            "needed",
            remedy="Record more gaze, or mend its quality",
        )
    own = table.taken(rows)
    maps = [looked.looks[name].weights for name in own.items]
    photos = [study.stimuli.by_id(name) for name in own.items]
    wants_patches = predicted or how.way != "grid"
    patches = [patch_features(photo.picture()) for photo in photos] if wants_patches else None
    pooled: list[Array] | None = None
    if patches is not None and how.way != "grid":
        pooled = [np.asarray(each.values, np.float64) for each in patches]
    rng = np.random.default_rng([seed, 0x6A2E])
    salient = [
        np.asarray(saliency_map(Prepared.of(p.picture()), _grid(p.width, p.height)), np.float64)
        for p in photos
    ]
    others = [
        of_another_photo(own.items, _shuffled_within(own.dishes), rng) for _ in range(_SHUFFLES)
    ]
    arms: dict[ArmName, Sequence[Sequence[Source]]] = {
        "centre prior": [[centre_block(maps, pooled, how)]],
        "saliency": [[map_block("saliency", salient, pooled, how)]],
        "shuffled gaze": [[shuffled_block(maps, pooled, how, other)] for other in others],
        "real gaze": [[map_block("real gaze", maps, pooled, how)]],
    }
    if predicted and patches is not None:
        numbers = {dish: k for k, dish in enumerate(dict.fromkeys(own.dishes))}
        dishes = np.array([numbers[dish] for dish in own.dishes], np.int64)
        arms["predicted gaze"] = [[PredictedMaps(patches, maps, dishes, how, pooled)]]
    return ablation(model, own, arms, plan(own, by), seed, looked.source)


def _shuffled_within(dishes: Sequence[str]) -> Sequence[str]:
    """Dishes; where one has a single photo, all photos together."""
    alone = min(Counter(dishes).values()) < 2
    return ("",) * len(dishes) if alone else dishes


def _grid(width: int, height: int) -> MapGrid:
    return MapGrid(width, height, max(1, -(-max(width, height) // _CELLS)))
