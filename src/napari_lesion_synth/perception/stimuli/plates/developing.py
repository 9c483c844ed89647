"""From light to a photo: depth of field, white balance, tone, grain."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from napari_lesion_synth.perception.stimuli.pictures import Picture
from napari_lesion_synth.perception.stimuli.plates.noise import Array, smoothstep
from napari_lesion_synth.perception.stimuli.plates.settings import PlateLook

__all__ = ["develop"]

_SHARP_CM, _SOFT_CM = 4.5, 26.0
_EXPOSURE = 0.74
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def develop(
    light: Array, focus: Array, look: PlateLook, size: int, rng: np.random.Generator
) -> Picture:
    """Turn light into a picture.

    Parameters
    ----------
    light : ndarray of float32, shape (n, n, 3)
        Linear.
    focus : ndarray of float32, shape (n, n)
        How far behind the sharp plane each pixel lies, in cm.
    look : PlateLook
        Exposure, white balance, saturation.
    size : int
        Rows and columns of the picture; at most `n`.
    rng : numpy.random.Generator
        Of the grain.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
    """
    light = np.stack([_shrunk(np.minimum(light[..., k], 5), size) for k in range(3)], axis=-1)
    light = _blurred(_glow(light), _shrunk(focus, size))
    balance = np.array([1 + 0.16 * look.warmth, 1, 1 - 0.24 * look.warmth], np.float32)
    light = light * balance * np.float32(_EXPOSURE * 2**look.exposure_ev)
    grey = (light @ _LUMA)[..., None]
    light = np.maximum(grey + (light - grey) * np.float32(look.saturation), 0)
    coded = _tone(light * _vignette(len(light))[..., None])
    coded += rng.standard_normal(coded.shape[:2], np.float32)[..., None] * np.float32(1.0 / 255)
    return np.rint(np.clip(coded, 0, 1) * 255).astype(np.uint8)


def _shrunk(values: Array, size: int) -> Array:
    small = Image.fromarray(values).resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def _blurred(light: Array, focus: Array) -> Array:
    """Blur what lies far from the sharp plane."""
    share = smoothstep(np.abs(focus), _SHARP_CM, _SOFT_CM)
    share = ndimage.uniform_filter(share, 5)
    sigma = len(light) / 130
    soft = _boxed(light, sigma)
    half = _boxed(light, sigma / 3)
    first, second = np.clip(share * 2, 0, 1)[..., None], np.clip(share * 2 - 1, 0, 1)[..., None]
    light = light + (half - light) * first
    return light + (soft - light) * second


def _glow(light: Array) -> Array:
    """What is very bright spills over a little."""
    bright = np.maximum(light - 1.1, 0)
    return light + 0.12 * _boxed(bright, len(light) / 90)


def _boxed(light: Array, sigma: float) -> Array:
    """Nearly a Gaussian, made of two boxes."""
    width = max(round(sigma * 2.4), 1)
    for _ in range(2):
        light = ndimage.uniform_filter(light, (width, width, 0), mode="nearest")
    return light


def _tone(light: Array) -> Array:
    """A film's curve, and the coding of sRGB."""
    # Reinhard's curve with a white point: what is 3 times white still differs from it.
    curved = light * (1 + light / 9) / (1 + light * 0.72)
    return np.clip(curved, 0, 1) ** np.float32(1 / 2.2)


def _vignette(n: int) -> Array:
    axis = np.linspace(-1, 1, n, dtype=np.float32)
    return 1 - np.float32(0.13) * (axis[:, None] ** 2 + axis[None, :] ** 2)
