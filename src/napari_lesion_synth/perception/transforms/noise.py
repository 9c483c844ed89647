"""Noise of the sensor."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.transforms.transform import Colours, Transform

__all__ = ["NOISE", "NOISES"]


def _noise(image: Colours, percent: float, rng: np.random.Generator) -> Colours:
    # Single precision whatever the picture, so that both kinds get the same noise.
    drawn = rng.standard_normal(image.shape, np.float32)
    noisy: Colours = image + image.dtype.type(percent / 100) * drawn
    return noisy


NOISE = Transform(
    name="noise",
    title="Noise",
    family="noise",
    unit="% of the range",
    low=0,
    high=20,
    least=0,
    most=100,
    text="Gaussian noise of this standard deviation, of its own in each pixel and colour.",
    change=_noise,
    of_pixels=True,
    random=True,
)

NOISES = (NOISE,)
