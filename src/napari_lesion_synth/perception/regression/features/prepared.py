"""A photo as the features see it: of one size, in the colour spaces they are defined in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.features.foreground import find_foreground
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["LONGEST", "SMALL", "Gradient", "Mask", "Plane", "Prepared", "resized"]

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

LONGEST = 512
"""Longest side, in px, of the photo that sharpness is measured in."""

SMALL = 256
"""Longest side, in px, of the photo that everything else is measured in."""

_LINEAR = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4)
_TO_LINEAR = _LINEAR.astype(np.float32)
"""sRGB's curve (IEC 61966-2-1), a value for each of the 256 levels."""

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]], np.float32,
)  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_BLACK_END = 0.008856451679
"""Where CIE Lab turns from the cube root to a straight line: (6/29)^3."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """Slope of the luminance, by Sobel's filter.

    Parameters
    ----------
    magnitude : ndarray of float32, shape (height, width)
        Per pixel, for luminance from 0 to 1.
    angle : ndarray of float32, shape (height, width)
        Of the edge's normal, 0 to pi.
    """

    magnitude: Plane
    angle: Plane


@dataclass(frozen=True, eq=False)
class Prepared:
    """A photo in the two sizes, and what several families need of it.

    Photos are brought to the same longest side, small ones too: sharpness and texture are
    compared only between photos of one size.

    Parameters
    ----------
    full : ndarray of uint8, shape (height, width, 3)
        Longest side `LONGEST`.
    small : ndarray of uint8, shape (height, width, 3)
        Longest side `SMALL`.
    main : ndarray of bool or None
        The main ingredient's pixels in `small`; None where it was not drawn.
    """

    full: Picture
    small: Picture
    main: Mask | None = None

    @classmethod
    def of(cls, picture: Picture, main: Mask | None = None) -> Prepared:
        """Prepare a photo.

        Parameters
        ----------
        picture : ndarray of uint8, shape (height, width, 3)
            As `read_picture` has it.
        main : ndarray of bool, shape (height, width), optional
            Its main ingredient.

        Raises
        ------
        ParameterError
            If the mask is of another size than the photo.
        """
        if main is not None and main.shape != picture.shape[:2]:
            raise ParameterError("the main ingredient's mask is of another size than the photo")
        full = resized(picture, LONGEST)
        small = resized(full, SMALL)
        if main is None:
            return cls(full, small)
        size = small.shape[1], small.shape[0]
        grey = Image.fromarray(main.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)
        return cls(full, small, np.asarray(grey) > 127)

    @cached_property
    def linear(self) -> Plane:
        """Light, 0 to 1, of the small photo; shape (height, width, 3)."""
        return np.asarray(_TO_LINEAR[self.small])

    @cached_property
    def lab(self) -> Plane:
        """CIE Lab (D65) of the small photo; shape (height, width, 3)."""
        xyz = self.linear @ _TO_XYZ.T / _WHITE
        bent = np.where(xyz > _BLACK_END, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
        x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
        return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)

    @cached_property
    def hsv(self) -> Plane:
        """Hue, saturation and value, each 0 to 1, of the small photo."""
        rgb = self.small.astype(np.float32) / 255
        # Plane by plane: numpy is slow to reduce an axis of three.
        r, g, b = (np.ascontiguousarray(rgb[..., k]) for k in range(3))
        top = np.maximum(np.maximum(r, g), b)
        span = top - np.minimum(np.minimum(r, g), b)
        safe = np.where(span > 0, span, 1)
        hue = np.where(
            top == r, (g - b) / safe, np.where(top == g, 2 + (b - r) / safe, 4 + (r - g) / safe)
        )
        hue = np.where(span > 0, hue / 6 % 1, 0)
        saturation = np.where(top > 0, span / np.where(top > 0, top, 1), 0)
        return np.stack([hue, saturation, top], axis=-1).astype(np.float32)

    @cached_property
    def grey(self) -> Plane:
        """Luma (Rec. 601), 0 to 1, of the small photo."""
        return np.asarray(self.small @ _GREY / 255, np.float32)

    @cached_property
    def full_grey(self) -> Plane:
        """Luma, 0 to 1, of the full photo."""
        return np.asarray(self.full @ _GREY / 255, np.float32)

    @cached_property
    def gradient(self) -> Gradient:
        """Slope of the small photo's luma."""
        from scipy.ndimage import sobel

        down, across = (sobel(self.grey, axis=axis) / 8 for axis in (0, 1))
        return Gradient(np.hypot(across, down), np.arctan2(down, across) % np.float32(np.pi))

    @cached_property
    def foreground(self) -> Mask:
        """The dish in the small photo, found without any learnt weights."""
        return find_foreground(self.lab)


def resized(picture: Picture, longest: int) -> Picture:
    """The photo with its longest side `longest` px, proportions kept."""
    height, width = picture.shape[:2]
    if max(height, width) == longest:
        return picture
    scale = longest / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = Image.Resampling.BOX if scale <= 0.5 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(picture).resize(size, way), np.uint8)
