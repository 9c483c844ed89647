"""Pixels and degrees: what a place on the screen is to the eye, and where it lies in the photo.

Directions are Fick angles of an eye in front of the screen's centre: azimuth to the right, then
elevation, here downwards as pixels are [1]_.

References
----------
.. [1] T. Haslwanter, "Mathematics of three-dimensional eye rotations", Vision Research 35, 1995.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Floats, Frame, Samples

__all__ = ["Screen", "Shown", "Viewing", "letterbox", "napari_points"]

Pair = tuple[float, float]
Floating = NDArray[np.float64] | float


@dataclass(frozen=True, slots=True)
class Screen:
    """A flat screen, and an eye before its centre.

    Parameters
    ----------
    width_px, height_px : int
        Device pixels: the screen's resolution, whatever its scaling.
    width_mm, height_mm : float
        Size of the picture.
    distance_mm : float
        From the eye to the screen.

    Raises
    ------
    ParameterError
        If one of them is not positive.
    """

    width_px: int
    height_px: int
    width_mm: float
    height_mm: float
    distance_mm: float

    def __post_init__(self) -> None:
        sizes = (self.width_px, self.height_px, self.width_mm, self.height_mm, self.distance_mm)
        if not all(np.isfinite(size) and size > 0 for size in sizes):
            raise ParameterError(
                "a screen has a size in pixels and in mm, and a distance, all above 0",
                remedy="Measure the picture's width and height with a ruler",
            )

    @property
    def px_per_mm(self) -> Pair:
        """Along x and y."""
        return self.width_px / self.width_mm, self.height_px / self.height_mm

    @property
    def px_per_degree(self) -> Pair:
        """Pixels of one degree at the screen's centre, along x and y."""
        mm = self.distance_mm * np.tan(np.deg2rad(1.0))
        return float(mm * self.px_per_mm[0]), float(mm * self.px_per_mm[1])

    def to_degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Azimuth (to the right) and elevation (downwards) of screen pixels, degrees."""
        across, down = self._mm(x, y)
        azimuth = np.arctan2(across, self.distance_mm)
        elevation = np.arctan2(down, np.hypot(across, self.distance_mm))
        return np.rad2deg(azimuth), np.rad2deg(elevation)

    def to_px(self, azimuth: Floats, elevation: Floats) -> tuple[Floats, Floats]:
        """Screen pixels of directions in degrees: the inverse of `to_degrees`."""
        across = self.distance_mm * np.tan(np.deg2rad(azimuth))
        down = np.hypot(across, self.distance_mm) * np.tan(np.deg2rad(elevation))
        return (
            across * self.px_per_mm[0] + self.width_px / 2,
            down * self.px_per_mm[1] + self.height_px / 2,
        )

    def angle(self, one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
        """Angle at the eye between two places on the screen, degrees.

        Parameters
        ----------
        one, other : tuple of ndarray
            x and y, screen pixels.
        """
        a, b = self._direction(*one), self._direction(*other)
        # Through the cross product: exact for small angles too, where the cosine is flat.
        sine = np.linalg.norm(np.cross(a, b), axis=-1)
        return np.asarray(np.rad2deg(np.arctan2(sine, (a * b).sum(axis=-1))), np.float64)

    def _mm(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        across = (np.asarray(x, np.float64) - self.width_px / 2) / self.px_per_mm[0]
        down = (np.asarray(y, np.float64) - self.height_px / 2) / self.px_per_mm[1]
        return across, down

    def _direction(self, x: Floats, y: Floats) -> Floats:
        across, down = self._mm(x, y)
        return np.stack([across, down, np.full_like(across, self.distance_mm)], axis=-1)


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a photo was drawn.

    Parameters
    ----------
    left, top, width, height : float
        Rectangle on the screen, in the logical pixels of the window system.
    image_width, image_height : int
        The photo's own pixels.
    ratio : float
        Device pixels of a logical one (devicePixelRatio).

    Raises
    ------
    ParameterError
        If a size or the ratio is not positive.
    """

    left: float
    top: float
    width: float
    height: float
    image_width: int
    image_height: int
    ratio: float = 1.0

    def __post_init__(self) -> None:
        sizes = (self.width, self.height, self.image_width, self.image_height, self.ratio)
        if not all(np.isfinite(size) and size > 0 for size in sizes):
            raise ParameterError("a photo that is shown has a size above 0")

    @property
    def scale(self) -> Pair:
        """Device pixels of one pixel of the photo, along x and y."""
        return (
            self.width * self.ratio / self.image_width,
            self.height * self.ratio / self.image_height,
        )

    @overload
    def to_image(self, x: float, y: float) -> tuple[float, float]: ...
    @overload
    def to_image(self, x: Floats, y: Floats) -> tuple[Floats, Floats]: ...
    def to_image(self, x: Floating, y: Floating) -> tuple[Floating, Floating]:
        """The photo's pixels of device pixels of the screen; also beyond the photo's edge."""
        across, down = self.scale
        return (x - self.left * self.ratio) / across, (y - self.top * self.ratio) / down

    @overload
    def to_screen(self, x: float, y: float) -> tuple[float, float]: ...
    @overload
    def to_screen(self, x: Floats, y: Floats) -> tuple[Floats, Floats]: ...
    def to_screen(self, x: Floating, y: Floating) -> tuple[Floating, Floating]:
        """Device pixels of the screen: the inverse of `to_image`."""
        across, down = self.scale
        return x * across + self.left * self.ratio, y * down + self.top * self.ratio

    def samples_in_image(self, samples: Samples) -> Samples:
        """Samples on the photo; those beside it keep their place beyond its edge.

        Raises
        ------
        ParameterError
            If they are on a photo already.
        """
        if samples.frame != "screen":
            raise ParameterError("the samples are in the photo's pixels already")
        x, y = self.to_image(samples.x, samples.y)
        return replace(samples, x=x, y=y, frame="image")


@dataclass(frozen=True, slots=True)
class Viewing:
    """What turns pixels of either frame into degrees.

    Parameters
    ----------
    screen : Screen
        The screen and the eye.
    shown : Shown, optional
        Where the photo was; needed for samples in its pixels.
    """

    screen: Screen
    shown: Shown | None = None

    def on_screen(self, x: Floats, y: Floats, frame: Frame) -> tuple[Floats, Floats]:
        """Device pixels of the screen.

        Raises
        ------
        ParameterError
            If the photo's pixels are given, and it is not known where it was shown.
        """
        if frame == "screen":
            return x, y
        if self.shown is None:
            raise ParameterError(
                "where the photo was shown is not known",
                remedy="Give the rectangle that was recorded with the trial",
            )
        return self.shown.to_screen(x, y)

    def degrees(self, x: Floats, y: Floats, frame: Frame) -> tuple[Floats, Floats]:
        """Azimuth and elevation in degrees, as `Screen.to_degrees` has them."""
        return self.screen.to_degrees(*self.on_screen(x, y, frame))

    def px_per_degree(self, frame: Frame) -> Pair:
        """Pixels of one degree at the screen's centre, along x and y."""
        across, down = self.screen.px_per_degree
        if frame == "screen":
            return across, down
        if self.shown is None:
            raise ParameterError("where the photo was shown is not known")
        return across / self.shown.scale[0], down / self.shown.scale[1]


def letterbox(image: tuple[int, int], window: Pair, ratio: float = 1.0) -> Shown:
    """The largest place for a photo in the middle of a window, its proportions kept.

    Parameters
    ----------
    image : tuple of int
        Width and height of the photo.
    window : tuple of float
        Width and height of the window, logical pixels; it fills its screen.
    ratio : float
        Device pixels of a logical one.
    """
    scale = min(window[0] / image[0], window[1] / image[1])
    width, height = image[0] * scale, image[1] * scale
    left, top = (window[0] - width) / 2, (window[1] - height) / 2
    return Shown(left, top, width, height, image[0], image[1], ratio)


def napari_points(x: Floats, y: Floats) -> Floats:
    """Pixels as napari's layers have them: (row, column), centres of pixels at whole numbers.

    Returns
    -------
    ndarray, shape (n, 2)
    """
    return np.column_stack([np.asarray(y) - 0.5, np.asarray(x) - 0.5])
