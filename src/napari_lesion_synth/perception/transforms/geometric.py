"""Changes of view: turned, larger, cut, moved, slanted.

The picture keeps its size. What comes into view from outside is the picture itself, reflected at
its edges; only `CROP` and `ZOOM` by positive magnitudes need nothing from there. Colours between
pixels are interpolated by cubic polynomials, since linear ones would blur the picture besides.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.transforms.transform import Colours, Transform

__all__ = ["CROP", "GEOMETRIC", "PERSPECTIVE", "ROTATE", "SHEAR", "SHIFT_X", "SHIFT_Y", "ZOOM"]

Matrix = NDArray[np.float64]
_FILLED = "The edges are filled by reflection."


def _rotate(image: Colours, degrees: float, _rng: np.random.Generator) -> Colours:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return _warped(image, np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]))


def _zoom(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    factor = 1 + percent / 100
    if factor < 1:
        from scipy import ndimage

        # Detail that the smaller picture cannot show would come back as false patterns.
        sigma = (1 / factor - 1) / 2
        image = ndimage.gaussian_filter(image, (sigma, sigma, 0), mode="reflect")
    return _warped(image, np.diag([1 / factor, 1 / factor, 1]))


def _crop(image: Colours, percent: float, rng: np.random.Generator) -> Colours:
    height, width = image.shape[:2]
    right, down = rng.uniform(-1, 1, 2)
    lost = percent / 100
    kept = np.diag([1 - lost, 1 - lost, 1])
    kept[0, 2], kept[1, 2] = right * lost * (width - 1) / 2, down * lost * (height - 1) / 2
    return _warped(image, kept)


def _shift_x(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    return _warped(image, _moved(-percent / 100 * image.shape[1], 0))


def _shift_y(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    return _warped(image, _moved(0, percent / 100 * image.shape[0]))


def _shear(image: Colours, degrees: float, _rng: np.random.Generator) -> Colours:
    slant = math.tan(math.radians(degrees))
    return _warped(image, np.array([[1, slant, 0], [0, 1, 0], [0, 0, 1]]))


def _perspective(image: Colours, percent: float, _rng: np.random.Generator) -> Colours:
    # With y from -1 (top) to 1, a point goes to (x, y) / (1 - k y): the upper edge becomes
    # (1 - k) / (1 + k) of the lower one.
    lost = abs(percent) / 100
    k = math.copysign(lost / (2 - lost), percent)
    back = np.eye(3)
    back[2, 1] = k / max((image.shape[0] - 1) / 2, 1)
    return _warped(image, back)


def _moved(right: float, down: float) -> Matrix:
    return np.array([[1, 0, right], [0, 1, down], [0, 0, 1]])


def _warped(image: Colours, back: Matrix) -> Colours:
    """Colours taken from where each pixel comes from.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3)
    back : ndarray, shape (3, 3)
        From a pixel (x to the right, y down, of the picture's centre) to its source.
    """
    from skimage import transform

    height, width = image.shape[:2]
    centre = _moved((width - 1) / 2, (height - 1) / 2)
    whole = centre @ back @ np.linalg.inv(centre)
    warp: Any = transform.warp  # it has no types
    warped: Colours = warp(image, whole, order=3, mode="reflect", preserve_range=True)
    return warped


ROTATE = Transform(
    name="rotate",
    title="Rotation",
    family="geometric",
    unit="degrees",
    low=-45,
    high=45,
    least=-180,
    most=180,
    text=f"Turned anticlockwise about the centre. {_FILLED}",
    change=_rotate,
)
ZOOM = Transform(
    name="zoom",
    title="Zoom",
    family="geometric",
    unit="%",
    low=-40,
    high=60,
    least=-80,
    most=400,
    text=f"Everything larger by so much, about the centre. {_FILLED}",
    change=_zoom,
)
CROP = Transform(
    name="crop",
    title="Crop",
    family="geometric",
    unit="% of the sides",
    low=0,
    high=50,
    least=0,
    most=90,
    text="Cut to a window at a random place, which is enlarged to the picture's size.",
    change=_crop,
    random=True,
)
SHIFT_X = Transform(
    name="shift-x",
    title="Shift sideways",
    family="geometric",
    unit="% of the width",
    low=-30,
    high=30,
    least=-100,
    most=100,
    text=f"Moved to the right. {_FILLED}",
    change=_shift_x,
)
SHIFT_Y = Transform(
    name="shift-y",
    title="Shift up and down",
    family="geometric",
    unit="% of the height",
    low=-30,
    high=30,
    least=-100,
    most=100,
    text=f"Moved upwards. {_FILLED}",
    change=_shift_y,
)
SHEAR = Transform(
    name="shear",
    title="Shear",
    family="geometric",
    unit="degrees",
    low=-30,
    high=30,
    least=-60,
    most=60,
    text=f"Upright lines lean to the right. {_FILLED}",
    change=_shear,
)
PERSPECTIVE = Transform(
    name="perspective",
    title="Perspective",
    family="geometric",
    unit="% of the edge",
    low=-40,
    high=40,
    least=-80,
    most=80,
    text="The upper edge becomes so much shorter than the lower one, as if the camera looked up; "
    f"by a negative magnitude, the lower one. {_FILLED}",
    change=_perspective,
)

GEOMETRIC = (ROTATE, ZOOM, CROP, SHIFT_X, SHIFT_Y, SHEAR, PERSPECTIVE)
