"""Random fields with a length scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.separable import separable

__all__ = ["GaussianField", "gaussian_field"]

_LATTICE_SIGMA = 1.1
_NODES_ABROAD = 2


def gaussian_field(
    shape: tuple[int, int, int], spacing: Triple, scale_mm: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Stationary Gaussian random field of zero mean and unit variance.

    Parameters
    ----------
    shape : tuple of int
        Voxels, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x).
    scale_mm : float
        Standard deviation of the smoothing kernel in mm; 0 gives white noise.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32
    """
    sigma = [scale_mm / s for s in spacing]
    white = rng.standard_normal(shape, dtype=np.float32)
    if scale_mm <= 0:
        return white
    smooth = ndimage.gaussian_filter(white, sigma, mode="wrap")
    return _unit_variance(smooth, sigma)


def _unit_variance(field: NDArray[np.float32], sigma: list[float]) -> NDArray[np.float32]:
    """Divide by the theoretical standard deviation, not by that of this one draw.

    A small box would otherwise always be given the full variance, however much longer than
    the box the field's waves are.
    """
    gain = 1.0
    for n, s in zip(field.shape, sigma, strict=True):
        impulse = np.zeros(n)
        impulse[0] = 1.0
        kernel = ndimage.gaussian_filter1d(impulse, s, mode="wrap") if s > 0 else impulse
        gain *= float(np.sqrt((kernel**2).sum()))
    result: NDArray[np.float32] = field / np.float32(gain)
    return result


@dataclass(frozen=True, eq=False)
class GaussianField:
    """The same kind of field, fixed in space, to be looked at on any grid.

    White noise lives on a lattice, anchored at the origin and a little coarser than the scale; the
    field is its Gaussian mean around each point, so its unit variance is exact everywhere. A
    finer, a shifted or a smaller grid shows the same waves.

    Parameters
    ----------
    noise : ndarray of float32
        White noise on the lattice.
    scale_mm : float
        Standard deviation of the smoothing kernel in mm.
    """

    noise: NDArray[np.float32]
    scale_mm: float

    @classmethod
    def draw(cls, scale_mm: float, reach_mm: Triple, rng: np.random.Generator) -> GaussianField:
        """Draw a field.

        Parameters
        ----------
        scale_mm : float
            Standard deviation of the smoothing kernel in mm, positive.
        reach_mm : tuple of float
            The field is meant for coordinates between minus and plus these, along z, y and x.
        rng : numpy.random.Generator
            Source of randomness.
        """
        step = _LATTICE_SIGMA * scale_mm
        half = [
            int(np.ceil(reach / step)) + _NODES_ABROAD if reach > 0 else 0 for reach in reach_mm
        ]
        return cls(rng.standard_normal([2 * n + 1 for n in half], dtype=np.float32), scale_mm)

    def at(self, axes: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
        """Values on the grid of coordinates in mm along z, y and x."""
        step = _LATTICE_SIGMA * self.scale_mm
        weights = []
        for axis, n in zip(axes, self.noise.shape, strict=True):
            nodes = step * (np.arange(n) - n // 2)
            bell = np.exp(-0.5 * ((axis[:, None] - nodes) / self.scale_mm) ** 2)
            norm = np.sqrt((bell**2).sum(axis=1, keepdims=True))
            weights.append(bell / np.maximum(norm, 1e-3))
        return separable(self.noise, weights)
