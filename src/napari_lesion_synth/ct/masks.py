"""Label files: from any grid in the CT's frame to a mask on the CT's own grid."""

from __future__ import annotations

import warnings
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from napari_lesion_synth.ct.geometry import Grid, canonical
from napari_lesion_synth.ct.images import Header, blocks, image_of, load, read_header
from napari_lesion_synth.ct.relation import Relation, relate
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning

__all__ = ["labels_in", "read_mask"]

_MOST_LABELS = 20
_SAMPLE = 100_000
_LOST = 0.5
"""A mask of which more than this fraction lies outside the CT was drawn on another one."""


def read_mask(
    path: str | PathLike[str], like: Volume, *, label: int | None = None
) -> NDArray[np.bool_]:
    """Read a mask onto the grid of a CT.

    A mask on another grid of the same frame is resampled (nearest neighbour) with a warning.

    Parameters
    ----------
    path : path
        NIfTI, MHA, MHD or NRRD file of labels; a PNG of the CT's size for a single slice.
    like : Volume
        The CT.
    label : int, optional
        Which label; default: every value but 0.

    Returns
    -------
    ndarray of bool, shape of the CT

    Raises
    ------
    InputError
        If the file cannot be read, is no label image, is empty, or has no such label.
    GeometryError
        If it was drawn in another frame, or on a CT of another size.
    """
    header = read_header(path)
    target = Grid.of(like)
    grid = _grid_in(header, target)
    # Before the voxels are read: a file in another frame should not cost their time.
    relation, reason = relate(grid, target)
    if not header.has_geometry and grid.shape == target.shape:
        relation = Relation.SAME
    if relation is Relation.FOREIGN:
        raise _foreign(header.path, reason, grid, target)
    mask = _select(header, label)
    if relation is Relation.SAME:
        return mask
    resampled = _nearest(mask, grid, target)
    _judge(header.path, mask, grid, resampled, target)
    return resampled


def labels_in(path: str | PathLike[str]) -> tuple[int, ...]:
    """All labels in a file but 0, sorted.

    Raises
    ------
    InputError
        If the file cannot be read, or is no label image.
    """
    found: set[int] = set()
    for _, block in blocks(read_header(path)):
        found.update(np.unique(_whole(block, path)).tolist())
    return tuple(sorted(int(v) for v in found if v != 0))


def _grid_in(header: Header, target: Grid) -> Grid:
    """The file's canonical grid; a picture of two axes lies in the plane of a single-slice CT."""
    grid, _ = canonical(header.grid, header.path)
    if len(header.size) > 2 or target.shape[0] != 1:
        return grid
    return replace(
        grid,
        spacing=(target.spacing[0], *grid.spacing[1:]),
        origin=(target.origin[0], *grid.origin[1:]),
    )


def _select(header: Header, label: int | None) -> NDArray[np.bool_]:
    def select(block: NDArray[Any]) -> NDArray[Any]:
        whole = _whole(block, header.path)
        chosen: NDArray[Any] = whole != 0 if label is None else whole == label
        return chosen

    mask, _ = load(header, select, np.bool_)
    if mask.any():
        return mask
    present = () if label is None else labels_in(header.path)
    if present:
        more = ", ..." if len(present) > _MOST_LABELS else ""
        listed = ", ".join(map(str, present[:_MOST_LABELS]))
        raise InputError(
            f"the file has no label {label}; it has {listed}{more}",
            where=header.path,
            remedy="Choose one of these, or leave the label out to take them all",
        )
    raise InputError(
        "the mask is empty: every voxel is 0",
        where=header.path,
        remedy="Check that the segmentation was saved, and that it is the right file",
    )


def _whole(block: NDArray[Any], path: str | PathLike[str]) -> NDArray[Any]:
    """The block, if its values can be labels."""
    fractions = block.dtype.kind == "f" and not np.array_equal(block, np.rint(block))
    if not fractions and block.min() >= 0:
        return block
    raise InputError(
        f"this is no label image: it holds {'fractions' if fractions else 'negative values'}",
        where=path,
        remedy="Give a mask, not a probability map or the CT itself",
    )


def _nearest(mask: NDArray[np.bool_], grid: Grid, target: Grid) -> NDArray[np.bool_]:
    image = image_of(mask.view(np.uint8), grid)
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize(target.shape[::-1])
    resampler.SetOutputSpacing(target.spacing[::-1])
    resampler.SetOutputOrigin(target.origin[::-1])
    resampler.SetOutputDirection(target.direction[::-1, ::-1].ravel().tolist())
    resampler.SetInterpolator(sitk.sitkNearestNeighbor)
    resampler.SetDefaultPixelValue(0)
    resampled: NDArray[np.uint8] = sitk.GetArrayFromImage(resampler.Execute(image))
    return resampled.view(np.bool_)


def _judge(
    path: Path, mask: NDArray[np.bool_], grid: Grid, resampled: NDArray[np.bool_], target: Grid
) -> None:
    """Refuse a mask whose labelled part lies elsewhere; warn about any other."""
    labelled = np.flatnonzero(mask)
    sample = labelled[:: max(1, len(labelled) // _SAMPLE)]
    points = np.stack(np.unravel_index(sample, mask.shape), axis=1)
    lost = 1 - float(target.contains(grid.to_world(points)).mean())
    if lost > _LOST or not resampled.any():
        raise _foreign(path, f"{lost:.0%} of the labelled part lies outside the CT", grid, target)
    outside = f"; {lost:.1%} of it lies outside the CT and is lost" if lost > 0 else ""
    warnings.warn(
        f"{path}: the mask has another grid than the CT and was resampled (nearest neighbour)"
        f"{outside}. Mask: {grid.describe()}. CT: {target.describe()}",
        LesionSynthWarning,
        stacklevel=4,
    )


def _foreign(path: Path, reason: str, grid: Grid, target: Grid) -> GeometryError:
    return GeometryError(
        f"{reason}. Mask: {grid.describe()}. CT: {target.describe()}",
        where=path,
        remedy="Give a mask that was drawn on this CT and saved with its geometry",
    )
