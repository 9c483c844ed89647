"""Changes of colour.

A colour is its luma and two chroma axes (ITU-R BT.709). Saturation is how far it is from grey,
hue the direction; both keep the luma, as far as the result can be shown. The temperature is that
of the light: the picture as if its white had been seen in warmer or cooler daylight.
"""

from __future__ import annotations

import math

import numpy as np

from napari_lesion_synth.perception.transforms.light import (
    DAYLIGHT_MIRED,
    LUMA,
    daylight,
    from_linear,
    to_linear,
)
from napari_lesion_synth.perception.transforms.transform import Colours, Transform

__all__ = ["COLOUR", "HUE", "SATURATION", "TEMPERATURE"]

_BLUE, _RED = 2 * (1 - LUMA[2]), 2 * (1 - LUMA[0])
"""Of the chroma axes: Cb = (blue - luma) / 1.8556 and Cr = (red - luma) / 1.5748."""


def _saturation(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    return _chroma_changed(image, 1 + percent / 100, 0)


def _hue(image: Colours, degrees: float, _rng: np.random.Generator) -> Colours:
    return _chroma_changed(image, 1, degrees)


def _chroma_changed(image: Colours, factor: float, degrees: float) -> Colours:
    luma = (image @ LUMA.astype(image.dtype))[..., None]
    blue, red = (image[..., 2:] - luma) / _BLUE, (image[..., :1] - luma) / _RED
    cos, sin = (factor * f(math.radians(degrees)) for f in (math.cos, math.sin))
    blue, red = cos * blue - sin * red, sin * blue + cos * red
    b, r = luma + blue * _BLUE, luma + red * _RED
    g = (luma - LUMA[0] * r - LUMA[2] * b) / LUMA[1]
    return np.concatenate([r, g, b], axis=-1).astype(image.dtype)


def _temperature(image: Colours, mired: float, _rng: np.random.Generator) -> Colours:
    gains = daylight(DAYLIGHT_MIRED + mired) / daylight(DAYLIGHT_MIRED)
    return from_linear(to_linear(image) * gains.astype(image.dtype))


SATURATION = Transform(
    name="saturation",
    title="Saturation",
    family="colour",
    unit="%",
    low=-100,
    high=100,
    least=-100,
    most=400,
    text="Colours farther from grey by so much; by -100, grey.",
    change=_saturation,
)
HUE = Transform(
    name="hue",
    title="Hue",
    family="colour",
    unit="degrees",
    low=-45,
    high=45,
    least=-180,
    most=180,
    text="Red turned towards yellow, yellow towards green, and so on round the circle.",
    change=_hue,
)
TEMPERATURE = Transform(
    name="temperature",
    title="Colour temperature",
    family="colour",
    unit="mired",
    low=-60,
    high=80,
    least=-110,
    most=96,
    text="Warmer: as in daylight of a lower temperature; a white of the same luminance.",
    change=_temperature,
)

COLOUR = (SATURATION, HUE, TEMPERATURE)
