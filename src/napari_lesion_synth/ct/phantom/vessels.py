"""Branching vessels: grown towards the tissue that they supply, and drawn as tubes.

Trees grow by space colonisation (Runions, Lane and Prusinkiewicz, 2007): points that want blood
attract the nearest tip, the tree grows a step towards their mean direction, and a point that
has been reached stops pulling. Radii follow Murray's law from the twigs down to the stem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from napari_lesion_synth.ct.phantom.canvas import Canvas
from napari_lesion_synth.ct.phantom.frame import Array, Frame

__all__ = ["Tree", "draw_tree", "grow"]

_MURRAY = 3.0


@dataclass(frozen=True, eq=False)
class Tree:
    """A vessel tree: straight pieces from each node to its parent.

    Parameters
    ----------
    node : ndarray of float, shape (n, 3)
        Positions in mm, (z, y, x).
    parent : ndarray of int, shape (n,)
        Index of the parent; a root is its own parent.
    radius : ndarray of float, shape (n,)
        mm.
    """

    node: NDArray[np.float64]
    parent: NDArray[np.intp]
    radius: NDArray[np.float64]

    def moved(self, node: NDArray[np.float64]) -> Tree:
        """The same tree with its nodes elsewhere."""
        return Tree(node, self.parent, self.radius)


def grow(
    stems: list[NDArray[np.float64]],
    targets: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    step_mm: float = 4.0,
    reach_mm: float = 6.0,
    twig_mm: float = 0.55,
    stem_mm: float | None = None,
) -> Tree:
    """Grow a tree from one or more stems to the targets.

    Parameters
    ----------
    stems : list of ndarray of float, shape (k, 3)
        Given polylines in mm from which branches start; the first point is the root.
    targets : ndarray of float, shape (n, 3)
        Points in mm that want blood.
    rng : numpy.random.Generator
        Makes branches wander.
    step_mm, reach_mm : float
        Length of a step; distance at which a target is served.
    twig_mm : float
        Radius of the last twigs.
    stem_mm : float, optional
        Radius at the root, to which all radii are scaled (twigs keep theirs).
    """
    nodes: list[NDArray[np.float64]] = []
    parents: list[int] = []
    for stem in stems:
        start = len(nodes)
        nodes += list(stem)
        parents += [start, *range(start, start + len(stem) - 1)]
    open_targets = targets
    for _ in range(160):
        if len(open_targets) == 0:
            break
        tips = np.asarray(nodes)
        distance, nearest = _nearest(tips, open_targets)
        waiting = distance > reach_mm
        open_targets, nearest, distance = open_targets[waiting], nearest[waiting], distance[waiting]
        if len(open_targets) == 0:
            break
        pull = (open_targets - tips[nearest]) / distance[:, None]
        total = np.zeros_like(tips)
        np.add.at(total, nearest, pull)
        active = np.unique(nearest)
        heading = total[active]
        heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-9
        heading += rng.normal(0, 0.22, heading.shape)
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        nodes += list(tips[active] + step_mm * heading)
        parents += [int(i) for i in active]
    return _finish(np.asarray(nodes), np.asarray(parents), twig_mm, stem_mm)


def _nearest(
    points: NDArray[np.float64], queries: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    distance, index = cKDTree(points).query(queries)
    return np.asarray(distance), np.asarray(index)


def _finish(
    node: NDArray[np.float64], parent: NDArray[np.intp], twig_mm: float, stem_mm: float | None
) -> Tree:
    """Straighten the zigzag of the steps, and give every piece its radius."""
    count = len(node)
    children = np.bincount(parent, minlength=count)
    for _ in range(2):
        total = np.zeros_like(node)
        np.add.at(total, parent, node)
        middle = (children == 1) & (parent != np.arange(count))
        smooth = 0.5 * node + 0.25 * (node[parent] + total)
        node = np.where(middle[:, None], smooth, node)
    flow = np.zeros(count)
    leaf = np.ones(count, bool)
    leaf[parent] = False
    flow[leaf] = 1.0
    for i in range(count - 1, -1, -1):
        if parent[i] != i:
            flow[parent[i]] += flow[i]
    radius = twig_mm * np.maximum(flow, 1) ** (1 / _MURRAY)
    if stem_mm is not None and radius.max() > twig_mm:
        power = np.log(stem_mm / twig_mm) / np.log(radius.max() / twig_mm)
        radius = twig_mm * (radius / twig_mm) ** power
    return Tree(node, parent, radius)


def draw_tree(canvas: Canvas, tree: Tree, share: Array, origin: tuple[int, int, int]) -> None:
    """Add the tree's coverage to `share` (the maximum of both), a box of the canvas.

    Parameters
    ----------
    canvas : Canvas
        Gives grid and voxel size.
    tree : Tree
        In mm.
    share : ndarray of float32
        Changed in place.
    origin : tuple of int
        Index of the box's first voxel in the canvas.
    """
    nz, ny, nx = share.shape
    frame = canvas.frame.sub(
        (
            slice(origin[0], origin[0] + nz),
            slice(origin[1], origin[1] + ny),
            slice(origin[2], origin[2] + nx),
        )
    )
    start, stop = tree.node[tree.parent], tree.node
    reach = tree.radius + np.linalg.norm(canvas.voxel)
    low = np.minimum(start, stop) - reach[:, None]
    high = np.maximum(start, stop) + reach[:, None]
    first = np.stack([np.searchsorted(a, lo) for a, lo in zip(frame.axes, low.T, strict=True)], 1)
    last = np.stack(
        [np.searchsorted(a, hi, "right") for a, hi in zip(frame.axes, high.T, strict=True)], 1
    )
    real = (tree.parent != np.arange(len(tree.node))) & (last > first).all(axis=1)
    for i in np.flatnonzero(real):
        box = tuple(slice(a, b) for a, b in zip(first[i], last[i], strict=True))
        piece = _piece(frame, box, start[i], stop[i], float(tree.radius[i]), canvas.voxel)
        np.maximum(share[box], piece, out=share[box])


def _piece(
    frame: Frame,
    box: tuple[slice, ...],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    radius: float,
    voxel: tuple[float, float, float],
) -> Array:
    """Coverage of one straight tube in its box."""
    z = (frame.z[box[0]] - start[0])[:, None, None]
    y = (frame.y[box[1]] - start[1])[None, :, None]
    x = (frame.x[box[2]] - start[2])[None, None, :]
    axis = stop - start
    length2 = max(float(axis @ axis), 1e-6)
    t = np.clip((z * axis[0] + y * axis[1] + x * axis[2]) / length2, 0, 1)
    dz, dy, dx = z - t * axis[0], y - t * axis[1], x - t * axis[2]
    distance = np.sqrt(dz * dz + dy * dy + dx * dx) + 1e-3
    width = (np.abs(dz) * voxel[0] + np.abs(dy) * voxel[1] + np.abs(dx) * voxel[2]) / distance
    width = np.maximum(width, 0.6)
    share = np.clip((radius - distance) / width + 0.5, 0, 1)
    result: Array = (share * np.minimum(1, 2 * radius / width)).astype(np.float32)
    return result
