"""Changes of sharpness, and compression.

Blur and sharpening are given as shares of the shorter side, so that they mean the same in a
picture of any size. They work on coded values, as image editors do.
"""

from __future__ import annotations

import io

import numpy as np

from napari_lesion_synth.perception.transforms.transform import Colours, Transform

__all__ = ["BLUR", "FILTERS", "JPEG", "SHARPEN"]

_SHARPENED_PERCENT = 0.3
_SHARPENED_PX = 0.5
"""Standard deviation of the blur that sharpening takes off: in % of the shorter side, and at
least in px, since a tiny picture has no finer detail."""


def _blurred(image: Colours, sigma: float) -> Colours:
    from scipy import ndimage

    soft: Colours = ndimage.gaussian_filter(image, (sigma, sigma, 0), mode="reflect")
    return soft


def _blur(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    return _blurred(image, percent / 100 * min(image.shape[:2]))


def _sharpen(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    sigma = max(_SHARPENED_PERCENT / 100 * min(image.shape[:2]), _SHARPENED_PX)
    fine = image - _blurred(image, sigma)
    sharp: Colours = image + image.dtype.type(percent / 100) * fine
    return sharp


def _jpeg(image: Colours, steps: float, _rng: np.random.Generator) -> Colours:
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(np.rint(image * 255).astype(np.uint8))
    picture.save(file, "JPEG", quality=round(100 - steps), subsampling="4:2:0")
    with Image.open(file) as read:
        return np.asarray(read).astype(image.dtype) / image.dtype.type(255)


BLUR = Transform(
    name="blur",
    title="Blur",
    family="filter",
    unit="% of the shorter side",
    low=0,
    high=2,
    least=0,
    most=20,
    text="Blurred by a Gaussian of this standard deviation.",
    change=_blur,
)
SHARPEN = Transform(
    name="sharpen",
    title="Sharpening",
    family="filter",
    unit="%",
    low=0,
    high=300,
    least=0,
    most=1000,
    text=f"Detail finer than {_SHARPENED_PERCENT:g} % of the shorter side stronger by so much "
    "(unsharp mask).",
    change=_sharpen,
)
JPEG = Transform(
    name="jpeg",
    title="JPEG compression",
    family="filter",
    unit="quality steps below 100",
    low=0,
    high=95,
    least=0,
    most=99,
    text="Compressed, colours at half the resolution; fractions of a step are rounded.",
    change=_jpeg,
    of_pixels=True,
)

FILTERS = (BLUR, SHARPEN, JPEG)
