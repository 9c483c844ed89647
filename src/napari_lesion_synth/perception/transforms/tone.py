"""Changes of light and dark."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.transforms.light import LUMA, from_linear, to_linear
from napari_lesion_synth.perception.transforms.transform import Colours, Transform

__all__ = ["BRIGHTNESS", "CONTRAST", "GAMMA", "TONE"]


def _brightness(image: Colours, stops: float, _rng: np.random.Generator) -> Colours:
    return from_linear(to_linear(image) * image.dtype.type(2.0**stops))


def _contrast(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    middle = (image @ LUMA.astype(image.dtype)).mean()
    contrasted: Colours = middle + (image - middle) * image.dtype.type(1 + percent / 100)
    return contrasted


def _gamma(image: Colours, doublings: float, _rng: np.random.Generator) -> Colours:
    bent: Colours = image ** image.dtype.type(2.0**-doublings)
    return bent


BRIGHTNESS = Transform(
    name="brightness",
    title="Brightness",
    family="tone",
    unit="stops",
    low=-2,
    high=2,
    least=-8,
    most=8,
    text="Exposed longer: each stop doubles the light; what becomes too bright is white.",
    change=_brightness,
)
CONTRAST = Transform(
    name="contrast",
    title="Contrast",
    family="tone",
    unit="%",
    low=-70,
    high=100,
    least=-100,
    most=400,
    text="Values farther from the picture's mean luma by so much; by -100, uniform grey.",
    change=_contrast,
)
GAMMA = Transform(
    name="gamma",
    title="Gamma",
    family="tone",
    unit="halvings of the exponent",
    low=-1,
    high=1,
    least=-3,
    most=3,
    text="Mid-tones brighter, black and white as they are.",
    change=_gamma,
)

TONE = (BRIGHTNESS, CONTRAST, GAMMA)
