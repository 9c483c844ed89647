"""All transforms by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.transforms.colour import COLOUR
from napari_lesion_synth.perception.transforms.filters import FILTERS
from napari_lesion_synth.perception.transforms.geometric import GEOMETRIC
from napari_lesion_synth.perception.transforms.noise import NOISES
from napari_lesion_synth.perception.transforms.tone import TONE
from napari_lesion_synth.perception.transforms.transform import Transform

__all__ = ["TRANSFORMS", "get_transform"]

TRANSFORMS: Mapping[str, Transform] = MappingProxyType(
    {each.name: each for each in (*GEOMETRIC, *TONE, *COLOUR, *FILTERS, *NOISES)}
)
"""In the order in which they are offered; changes of geometry come before those of pixels, and
noise last."""


def get_transform(name: str) -> Transform:
    """The transform of a name.

    Raises
    ------
    ParameterError
        If there is none; the message lists those there are.
    """
    if name not in TRANSFORMS:
        raise ParameterError(
            f"there is no transform {name!r}", remedy=f"Use one of: {', '.join(TRANSFORMS)}"
        )
    return TRANSFORMS[name]
