"""What stands out in a photo: the spectral residual [1]_, and the middle.

References
----------
.. [1] X. Hou, L. Zhang, "Saliency detection: a spectral residual approach", Conf. Computer Vision
   and Pattern Recognition, 2007.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.perception.gaze.maps import CentrePrior, MapGrid
from napari_lesion_synth.perception.regression.features.prepared import Mask, Plane, Prepared

__all__ = ["saliency", "saliency_map", "spectral_residual"]

_SIDE = 64
_SMOOTH = 2.5
"""Standard deviation of the last smoothing, in px of the 64 px plane."""


def spectral_residual(plane: Plane, side: int = _SIDE, smooth: float = _SMOOTH) -> Plane:
    """Where a plane is unlike what its spectrum would have it [1]_.

    Parameters
    ----------
    plane : ndarray of float32, shape (height, width)
        In any unit.
    side : int
        It is brought to so many px; what is finer does not count.
    smooth : float
        Standard deviation of the last smoothing, in px of that.

    Returns
    -------
    ndarray of float32, shape (side, side)
        Sums to 1.
    """
    from scipy.ndimage import gaussian_filter, uniform_filter

    image = Image.fromarray(np.ascontiguousarray(plane, np.float32), "F")
    small = np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float64)
    spectrum = np.fft.fft2(small)
    log_size = np.log(np.abs(spectrum) + 1e-9)
    residual = log_size - uniform_filter(log_size, 3, mode="wrap")
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    found = gaussian_filter(back, smooth)
    return np.asarray(found / found.sum(), np.float32)


def saliency_map(photo: Prepared, grid: MapGrid | None = None, *, centred: bool = True) -> Plane:
    """Computed saliency of a photo, of lightness and both colour axes together.

    Parameters
    ----------
    photo : Prepared
        The photo.
    grid : MapGrid, optional
        The cells of the map. Default: 64 x 64.
    centred : bool
        Multiply by the prior for the middle that all photos share.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        Sums to 1.
    """
    together = sum(spectral_residual(photo.lab[..., k]) for k in range(3))
    plane = np.asarray(together, np.float32)
    cells = grid or MapGrid(_SIDE, _SIDE)
    if plane.shape != cells.shape:
        rows, columns = cells.shape
        plane = np.asarray(
            Image.fromarray(plane, "F").resize((columns, rows), Image.Resampling.BILINEAR)
        )
    if centred:
        plane = plane * CentrePrior().map(cells).astype(np.float32)
    return np.asarray(plane / plane.sum(), np.float32)


def saliency(photo: Prepared) -> dict[str, float]:
    """How the saliency is spread, and how much of it lies on the dish."""
    found = saliency_map(photo).astype(np.float64)
    some = found[found > 0]
    middle = (np.arange(_SIDE) + 0.5) / _SIDE
    y, x = float(found.sum(axis=1) @ middle), float(found.sum(axis=0) @ middle)
    spread = found.sum(axis=1) @ (middle - y) ** 2 + found.sum(axis=0) @ (middle - x) ** 2
    return {
        "entropy": float(-(some * np.log2(some)).sum()),
        "peak": float(found.max() * found.size),
        "offset_x": x - 0.5,
        "offset_y": y - 0.5,
        "spread": float(np.sqrt(spread)),
        "on_dish": mass(found, photo.foreground),
    }


def mass(found: NDArray[np.floating], mask: Mask) -> float:
    """Share of a map of 64 x 64 that lies on an area of the small photo."""
    cover = Image.fromarray(mask.astype(np.uint8) * 255).resize(
        (_SIDE, _SIDE), Image.Resampling.BOX
    )
    return float((found * (np.asarray(cover, np.float64) / 255)).sum())
