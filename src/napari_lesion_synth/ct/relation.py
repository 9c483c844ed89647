"""Whether two grids are the same, lie in one frame, or belong to different scans."""

from __future__ import annotations

from enum import Enum
from itertools import product

import numpy as np

from napari_lesion_synth.ct.geometry import Grid

__all__ = ["Relation", "relate"]

_SAME = 0.1
"""Grids whose corners differ by less than this fraction of a voxel are the same."""

_OVERLAP = 0.5
"""Fraction of the smaller grid that must lie in the larger one."""

_TWIN_OVERLAP = 0.9
"""The same between grids of equal size and spacing: these should coincide, and nearly do."""

_TURN_DEGREES = 45.0
_TWIN_TURN_DEGREES = 1.0
_LATTICE = 9


class Relation(Enum):
    """How two grids lie to each other."""

    SAME = "same"
    SAME_FRAME = "same frame"
    FOREIGN = "foreign"


def relate(mask: Grid, ct: Grid) -> tuple[Relation, str]:
    """How a mask's grid lies to a CT's; both canonical.

    Nothing in common image files names their frame of reference, so that it is inferred from what
    goes wrong in practice: geometry lost on the way, a mask of another patient or of a cropped
    CT.

    Parameters
    ----------
    mask, ct : Grid

    Returns
    -------
    Relation
        How they lie.
    str
        Why they are foreign; empty unless they are.
    """
    if _coincide(mask, ct):
        return Relation.SAME, ""
    reason = _foreign(mask, ct)
    return (Relation.FOREIGN, reason) if reason else (Relation.SAME_FRAME, "")


def _coincide(a: Grid, b: Grid) -> bool:
    if a.shape != b.shape:
        return False
    # Centres of the corner voxels: the thickness of a single slice does not matter.
    corners = np.array(list(product(*((0, n - 1) for n in a.shape))))
    apart = np.linalg.norm(a.to_world(corners) - b.to_world(corners), axis=1)
    return bool(apart.max() <= _SAME * min(b.spacing))


def _foreign(mask: Grid, ct: Grid) -> str:
    turn = _turn_degrees(mask, ct)
    overlap = _overlap(mask, ct)
    like = np.allclose(mask.spacing, ct.spacing, rtol=0.01) and turn < _TWIN_TURN_DEGREES
    if _bare(mask) and not _bare(ct):
        return "the mask carries no geometry (voxels of 1 mm from position 0)"
    if mask.shape == ct.shape:
        if not like:
            return "the mask has the CT's size, but another spacing or direction"
        if overlap < _TWIN_OVERLAP:
            return f"the mask has the CT's size, but lies elsewhere (overlap {overlap:.0%})"
    elif like and _share_corner(mask, ct):
        return "the mask has another size than the CT that it seems to be drawn on"
    if overlap < _OVERLAP:
        return f"the mask lies elsewhere than the CT (overlap {overlap:.0%})"
    if turn > _TURN_DEGREES:
        return f"the mask is turned by {turn:.0f} degrees against the CT"
    return ""


def _bare(grid: Grid) -> bool:
    """Whether the grid is what a file without geometry is given.

    In the canonical form an axis may have been flipped, which moves the origin to its far end.
    """
    ends = 1.0 - np.asarray(grid.shape)
    origin = np.asarray(grid.origin)
    return bool(
        np.allclose(grid.spacing, 1.0)
        and np.allclose(grid.direction, np.eye(3))
        and np.all(np.isclose(origin, 0.0) | np.isclose(origin, ends))
    )


def _share_corner(a: Grid, b: Grid) -> bool:
    """Whether along every axis the grids begin or end at the same voxel.

    Both ends are tried, since files differ in which of them comes first.
    """
    first = a.to_index(b.to_world(np.zeros((1, 3))))[0]
    last = a.to_index(b.to_world(np.asarray([b.shape]) - 1.0))[0]
    begins = np.abs(first) < _SAME
    ends = np.abs(last - (np.asarray(a.shape) - 1)) < _SAME
    return bool(np.all(begins | ends))


def _overlap(a: Grid, b: Grid) -> float:
    """Fraction of the smaller grid's extent that lies in the larger one's."""
    small, large = sorted((a, b), key=lambda g: float(np.prod(np.multiply(g.shape, g.spacing))))
    return float(large.contains(small.to_world(small.lattice(_LATTICE))).mean())


def _turn_degrees(a: Grid, b: Grid) -> float:
    """Angle of the rotation between two directions."""
    cosine = (np.trace(a.direction.T @ b.direction) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
