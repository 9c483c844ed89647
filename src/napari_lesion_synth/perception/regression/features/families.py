"""The families of features, and the table of them for the photos of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.features.cache import FeatureCache, Named
from napari_lesion_synth.perception.regression.features.colour import colour
from napari_lesion_synth.perception.regression.features.composition import composition
from napari_lesion_synth.perception.regression.features.contrast import contrast
from napari_lesion_synth.perception.regression.features.main_area import main_area
from napari_lesion_synth.perception.regression.features.prepared import Mask, Prepared
from napari_lesion_synth.perception.regression.features.saliency import saliency
from napari_lesion_synth.perception.regression.features.texture import texture
from napari_lesion_synth.perception.stimuli.areas import MAIN, Areas, read_areas
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = [
    "FAMILIES",
    "MAKERS",
    "VERSION",
    "Family",
    "FeatureTable",
    "feature_table",
    "photo_features",
]

VERSION = 1
"""Rises whenever a feature's values change: what was cached under another is made again."""

Family: TypeAlias = Literal[
    "colour", "contrast", "texture", "composition", "saliency", "main ingredient"
]
FAMILIES: tuple[Family, ...] = get_args(Family)

MAKERS: dict[Family, Callable[[Prepared], dict[str, float]]] = {
    "colour": colour,
    "contrast": contrast,
    "texture": texture,
    "composition": composition,
    "saliency": saliency,
    "main ingredient": main_area,
}


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features of photos.

    Parameters
    ----------
    items : tuple of str
        The photos.
    columns : tuple of str
        Family and name of each feature, as in ``colour: warm_share``.
    values : ndarray of float64, shape (k, p)
        All finite.
    """

    items: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]

    def of(self, families: Iterable[str]) -> FeatureTable:
        """The columns of some families alone."""
        wanted = tuple(families)
        kept = [k for k, name in enumerate(self.columns) if name.split(": ")[0] in wanted]
        return FeatureTable(self.items, tuple(self.columns[k] for k in kept), self.values[:, kept])


def photo_features(picture: Picture, main: Mask | None = None) -> dict[str, float]:
    """All features of a photo, by family and name.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        As `read_picture` has it.
    main : ndarray of bool, shape (height, width), optional
        The main ingredient; without it, its family is left out.

    Returns
    -------
    dict of str to float
        In a fixed order; all finite.
    """
    photo = Prepared.of(picture, main)
    found: dict[str, float] = {}
    for family, make in MAKERS.items():
        if family == "main ingredient" and main is None:
            continue
        found |= {f"{family}: {name}": value for name, value in make(photo).items()}
    bad = [name for name, value in found.items() if not np.isfinite(value)]
    if bad:
        raise ParameterError(f"the photo has no {bad[0]}", remedy="Leave the photo out")
    return found


def feature_table(
    stimuli: Sequence[Stimulus], cache: FeatureCache | None = None, *, areas: bool = True
) -> FeatureTable:
    """The features of the photos of a study.

    The main ingredient's are there if it was drawn in every photo: a column is the same thing in
    each row, or it is not there.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        The photos.
    cache : FeatureCache, optional
        Where they are kept between runs.
    areas : bool
        Use the areas drawn.

    Raises
    ------
    InputError
        If a photo or its areas cannot be read.
    ParameterError
        If there are no photos.
    """
    if not stimuli:
        raise ParameterError("there are no photos to describe")
    drawn = [_main(stimulus) if areas else None for stimulus in stimuli]
    masks = drawn if all(mask is not None for mask in drawn) else [None] * len(drawn)
    rows = [_row(*pair, cache) for pair in zip(stimuli, masks, strict=True)]
    names = rows[0].names
    items = tuple(stimulus.id for stimulus in stimuli)
    return FeatureTable(items, names, np.stack([row.values for row in rows]))


def _row(stimulus: Stimulus, main: Mask | None, cache: FeatureCache | None) -> Named:
    def make() -> Named:
        return Named.of(photo_features(stimulus.picture(), main))

    if cache is None:
        return make()
    return cache.get(stimulus.sha256, f"photo-{VERSION}", make, main)


def _main(stimulus: Stimulus) -> Mask | None:
    found: Areas | None = read_areas(stimulus)
    if found is None or MAIN not in found.present:
        return None
    return found.mask(MAIN)
