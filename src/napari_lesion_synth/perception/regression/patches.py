"""Features of a photo's patches: what makes people look somewhere, cell by cell.

Low-level contrasts after the models of bottom-up salience [1]_: lightness, colour, edges and
texture, each as it is and against its surround at two scales, and the spectral residual.

References
----------
.. [1] L. Itti, C. Koch, E. Niebur, "A model of saliency-based visual attention for rapid scene
   analysis", IEEE Trans. Pattern Anal. Mach. Intell. 20, 1998.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.perception.gaze.maps import MapGrid
from napari_lesion_synth.perception.regression.cnn import LiteFeatures
from napari_lesion_synth.perception.regression.features.prepared import Plane, Prepared
from napari_lesion_synth.perception.regression.features.saliency import spectral_residual
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["PATCH_FEATURES", "Patches", "patch_features"]

_SURROUNDS = (0.06, 0.2)
"""Standard deviations of the surrounds, as shares of the longer side."""

PATCH_FEATURES = (
    *("lightness", "red-green", "yellow-blue", "chroma", "slope", "busy", "warm"),
    *(f"{name} apart {k}" for k in range(2) for name in ("lightness", "colour", "slope")),
    *("unlike the photo", "residual, coarse", "residual, fine", "dish"),
)


@dataclass(frozen=True, eq=False)
class Patches:
    """Features of the cells of a photo.

    Parameters
    ----------
    values : ndarray of float32, shape (rows, columns, p)
    grid : MapGrid
        The cells.
    """

    values: NDArray[np.float32]
    grid: MapGrid


def patch_features(picture: Picture, cells: int = 32, net: LiteFeatures | None = None) -> Patches:
    """Features of the cells of a photo.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        As `read_picture` has it.
    cells : int
        Along the longer side.
    net : LiteFeatures, optional
        Join the fine and the deep channels of this net.
    """
    height, width = picture.shape[:2]
    grid = MapGrid(width, height, max(1, -(-max(height, width) // cells)))
    planes = _planes(Prepared.of(picture))
    parts = [np.stack([_fitted(plane, grid.shape) for plane in planes], axis=-1)]
    if net is not None:
        channels = net.channels(picture)
        parts += [
            np.stack([_fitted(plane, grid.shape) for plane in maps], axis=-1)
            for maps in (channels.fine, channels.deep)
        ]
    return Patches(np.concatenate(parts, axis=-1), grid)


def _planes(photo: Prepared) -> list[Plane]:
    """In the order of `PATCH_FEATURES`."""
    from scipy.ndimage import gaussian_filter

    lab, slope = photo.lab, photo.gradient.magnitude
    light, red, yellow = (lab[..., k] for k in range(3))
    longest = max(light.shape)
    middle = lab.mean(axis=(0, 1))
    busy = gaussian_filter(light**2, 4.0) - gaussian_filter(light, 4.0) ** 2
    hue, saturation = photo.hsv[..., 0], photo.hsv[..., 1]
    warm = saturation * np.cos(2 * np.pi * (hue - 30 / 360))
    planes = [light, red, yellow, np.hypot(red, yellow), slope]
    planes += [np.sqrt(np.maximum(busy, 0)), warm]
    fine = [gaussian_filter(plane, 2.0) for plane in (light, red, yellow, slope)]
    for share in _SURROUNDS:
        around = [gaussian_filter(plane, share * longest) for plane in (light, red, yellow, slope)]
        apart = [a - b for a, b in zip(fine, around, strict=True)]
        planes += [np.abs(apart[0]), np.hypot(apart[1], apart[2]), apart[3]]
    planes.append(np.sqrt(((np.stack(fine[:3], axis=-1) - middle) ** 2).sum(axis=-1)))
    for side in (32, 64):
        planes.append(np.sqrt(sum(spectral_residual(lab[..., k], side) for k in range(3))))
    planes.append(photo.foreground.astype(np.float32))
    return planes


def _fitted(plane: NDArray[np.floating], shape: tuple[int, int]) -> Plane:
    rows, columns = shape
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32), "F")
    way = Image.Resampling.BOX if plane.shape[0] >= rows else Image.Resampling.BILINEAR
    return np.asarray(image.resize((columns, rows), way), np.float32)
