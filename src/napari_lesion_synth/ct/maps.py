"""Maps: a number for each voxel of a CT, such as a detector's scores."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.geometry import Grid, canonical
from napari_lesion_synth.ct.images import load, read_header
from napari_lesion_synth.ct.relation import Relation, relate
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError, InputError

__all__ = ["read_map"]


def read_map(path: str | PathLike[str], like: Volume) -> NDArray[np.float32]:
    """Read a map that was made for a CT.

    Parameters
    ----------
    path : path
        NIfTI, MHA, MHD or NRRD file on the grid of the CT, in any order of its axes.
    like : Volume
        The CT.

    Returns
    -------
    ndarray of float32, shape of the CT

    Raises
    ------
    InputError
        If the file cannot be read, or holds something that is no number.
    GeometryError
        If it lies on another grid.
    """
    header = read_header(path)
    target = Grid.of(like)
    grid, _ = canonical(header.grid, header.path)
    relation, reason = relate(grid, target)
    if relation is not Relation.SAME:
        raise GeometryError(
            f"the map lies on another grid than the CT{f' ({reason})' if reason else ''}. "
            f"Map: {grid.describe()}. CT: {target.describe()}",
            where=path,
            remedy="Resample the map onto the CT",
        )
    values, _ = load(header, _as_float, np.float32)
    if not np.isfinite(values).all():
        raise InputError(
            "the map holds values that are no numbers (NaN or infinite)",
            where=path,
            remedy="Write 0 where nothing was found",
        )
    return values


def _as_float(block: NDArray[Any]) -> NDArray[np.float32]:
    return block.astype(np.float32)
