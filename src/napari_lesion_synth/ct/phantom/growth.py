"""How a truth lesion gets its shape: it grows, cell cluster by cell cluster.

Clusters settle beside clusters that are already there, in directions that the lesion happens to
prefer; where they pile up, tissue is dense. A random field roughens the density, and the densest
part with the wanted volume is the lesion. No centre, radius or direction enters the outline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array

from napari_lesion_synth.ct.phantom.frame import (
    Array,
    Floats,
    Frame,
    Sampled,
    Weights,
    linear_weights,
)
from napari_lesion_synth.ct.volume import Triple

__all__ = ["Growth", "grow_lesion"]

_CELLS = 22
"""Grid points across the diameter."""


@dataclass(frozen=True, eq=False)
class Growth:
    """A grown lesion on its own fine grid, its centre of mass at the origin.

    Parameters
    ----------
    step : float
        Distance of the grid's points in mm.
    origin : ndarray of float, shape (3,)
        Position of the first point in mm from the centre of mass.
    tissue : ndarray of float32
        Share of lesion, 0..1; blurred by the lesion's own edge.
    contrast : ndarray of float32
        Relative contrast; its mean over the tissue is 1.
    reach : float
        Distance in mm of the farthest tissue from the centre.
    """

    step: float
    origin: NDArray[np.float64]
    tissue: Array
    contrast: Array
    reach: float

    def on(self, frame: Frame, center: Triple, voxel: Triple) -> tuple[Array, Array]:
        """Share of lesion, and contrast, in the voxels of a grid.

        Each voxel averages points spread over its volume.
        """
        weights = [
            _average_weights(axis, size, c, o + self.step * np.arange(n))
            for axis, size, c, o, n in zip(
                frame.axes, voxel, center, self.origin, self.tissue.shape, strict=True
            )
        ]
        tissue, weighted = (
            Sampled.of(values, *weights).whole()
            for values in (self.tissue, self.tissue * self.contrast)
        )
        return tissue, (weighted / np.maximum(tissue, 1e-3)).astype(np.float32)


def _average_weights(axis: Array, size: float, center: float, source: Floats) -> Weights:
    """Matrix that averages a field on the lesion's grid over voxels, along one axis."""
    if len(source) == 1:
        return csr_array(np.ones((len(axis), 1), np.float32))
    count = max(int(np.ceil(size / (source[1] - source[0]))), 1)
    spread = (np.arange(count) - (count - 1) / 2) * (size / count)
    points = (axis.astype(float)[:, None] + spread - center).ravel()
    each = linear_weights(source.astype(np.float32), points.astype(np.float32))
    return csr_array(each.toarray().reshape(len(axis), count, len(source)).mean(axis=1))


def grow_lesion(
    rng: np.random.Generator, diameter_mm: float, edge_mm: float, kind: str, *, flat: bool
) -> Growth:
    """Grow one lesion.

    Parameters
    ----------
    rng : numpy.random.Generator
        Every choice.
    diameter_mm : float
        Of the sphere (or, when flat, the disc) of the same volume.
    edge_mm : float
        10 to 90 % width of the border.
    kind : str
        "solid", "necrotic" (a darker core) or "target" (a brighter border).
    flat : bool
        Grow in the plane, for a single slice.
    """
    while True:
        density = _pile(rng, flat)
        shape, cells = _densest(density, flat)
        middle = np.array(ndimage.center_of_mass(shape))
        if shape[tuple(np.rint(middle).astype(int))]:
            break
    step = diameter_mm / cells
    sigma = edge_mm / 2.563 / step
    tissue = ndimage.gaussian_filter(shape.astype(np.float32), [0 if flat else sigma, sigma, sigma])
    for axis in range(1 if flat else 0, 3):
        np.moveaxis(tissue, axis, 0)[[0, -1]] = 0
    contrast = _inside(rng, shape, kind, flat)
    contrast /= (contrast * tissue).sum() / tissue.sum()
    offset = (np.argwhere(tissue > 0.02) - middle) * step
    reach = float(np.sqrt((offset**2).sum(axis=1)).max())
    return Growth(step, -middle * step, tissue, contrast.astype(np.float32), reach)


def _pile(rng: np.random.Generator, flat: bool) -> Array:
    """Density of randomly settled clusters, roughened by a random field."""
    half = int(0.95 * _CELLS)
    size = 2 * half + 1
    prefer = rng.normal(1, 0.22, 3).clip(0.6, 1.5)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    clusters = [(np.zeros(3), 0.30)]
    while len(clusters) < 26:
        parent, girth = clusters[rng.integers(len(clusters))]
        way = turn @ (prefer * (turn.T @ rng.normal(size=3)))
        if flat:
            way[0] = 0
        spot = parent + way / np.linalg.norm(way) * girth * rng.uniform(0.4, 1.0)
        if rng.random() < np.exp(-((np.linalg.norm(spot) / 0.36) ** 2)):
            clusters.append((spot, rng.uniform(0.14, 0.30)))
    shape = (1 if flat else size, size, size)
    grid = np.meshgrid(
        *[(np.arange(n) - (n - 1) / 2) / _CELLS for n in shape], indexing="ij", sparse=True
    )
    density = np.zeros(shape, np.float32)
    for spot, girth in clusters:
        apart = sum((g - s) ** 2 for g, s in zip(grid, spot, strict=True))
        density += np.maximum(1 - apart / girth**2, 0) * np.float32(girth)
    white = rng.standard_normal(shape, dtype=np.float32)
    settled = density > 0
    for s in (1.6, 3.2):
        gain = np.float32(0.055 * (s if flat else s**1.5))
        density += gain * ndimage.gaussian_filter(white, [0 if flat else s, s, s]) * settled
    result: Array = ndimage.gaussian_filter(density, [0 if flat else 0.8, 0.8, 0.8])
    return result


def _densest(density: Array, flat: bool) -> tuple[NDArray[np.bool_], float]:
    """The densest connected part, and its diameter in cells."""
    wanted = np.pi * _CELLS**2 / 4 if flat else np.pi * _CELLS**3 / 6
    ordered = np.partition(density.ravel(), -int(wanted))
    shape = density > ordered[-int(wanted)]
    parts, _ = ndimage.label(shape)
    shape = parts == np.bincount(parts[shape]).argmax()
    shape = ndimage.binary_fill_holes(shape[0])[None] if flat else ndimage.binary_fill_holes(shape)
    count = float(shape.sum())
    across = np.sqrt(4 * count / np.pi) if flat else np.cbrt(6 * count / np.pi)
    return shape, float(across)


def _inside(
    rng: np.random.Generator, shape: NDArray[np.bool_], kind: str, flat: bool
) -> NDArray[np.float32]:
    """Relative contrast: grain everywhere, a core or a border by kind."""
    grain = rng.standard_normal(shape.shape, dtype=np.float32)
    sigma = _CELLS / 11
    grain = ndimage.gaussian_filter(grain, [0 if flat else sigma, sigma, sigma])
    grain /= grain.std() + 1e-6
    wide = _CELLS / 7
    core = ndimage.gaussian_filter(shape.astype(np.float32), [0 if flat else wide, wide, wide])
    core = np.clip((core + 0.04 * grain) / core.max(), 0, 1)
    result = 1 + 0.10 * grain
    if kind == "necrotic":
        result = result * (0.75 + 0.55 / (1 + np.exp(-(core - 0.80) / 0.05)))
    elif kind == "target":
        result = result * (1.15 - 0.75 / (1 + np.exp((core - 0.58) / 0.06)))
    return result.astype(np.float32)
