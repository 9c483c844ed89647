"""Bringing a donor onto the host's grid: turned, mirrored, resized and resampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.cutout import Cutout, cut_out
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.resample import resample
from napari_lesion_synth.synthesis.shapes import flat_axis

__all__ = ["Placement", "Transplant", "transplant"]

_MOST_PARTS = 8


@dataclass(frozen=True, eq=False)
class Placement:
    """How a donor is laid into the host.

    Parameters
    ----------
    center : tuple of float
        Index (z, y, x) in the host, fractional, on which the lesion's centroid comes to lie.
    turn : ndarray of float64, shape (3, 3)
        Rotation or reflection of (z, y, x) vectors in mm, from the donor to the host.
    diameter_mm : float
        Equivalent diameter in the host; the donor is resized to it.
    margin_mm : float
        The donor's own surroundings to bring along.
    """

    center: Triple
    turn: NDArray[np.float64]
    diameter_mm: float
    margin_mm: float


@dataclass(frozen=True, eq=False)
class Transplant:
    """A donor on the host's grid.

    Parameters
    ----------
    box : tuple of slice
        Where, inside the host; one voxel at least beyond the margin, as far as the host goes.
    contrast : ndarray of float32, shape of the box
        HU above the donor's parenchyma; 0 beyond what is known of the donor.
    mask : ndarray of bool, shape of the box
        Voxels of which the lesion fills at least half (of a tiny one, the fullest voxel). Not
        clipped by any organ.
    scale : float
        Size in the host over size in the donor.
    """

    box: Box
    contrast: NDArray[np.float32]
    mask: NDArray[np.bool_]
    scale: float


def transplant(donor: Donor, host: Volume, placement: Placement) -> Transplant:
    """Resample a donor onto the host's grid.

    Voxels that are large beside the donor's average it over their volume, so that contrast and
    outline keep their partial volume; thick slices of a donor are interpolated between.

    Parameters
    ----------
    donor : Donor
        The lesion. For a host of one slice, its slice with the largest section is taken.
    host : Volume
        The grid.
    placement : Placement
        Where and how.

    Returns
    -------
    Transplant

    Raises
    ------
    DonorError
        If the donor is a single slice and the host a volume, or nothing of the lesion falls
        inside the volume.
    """
    planar = flat_axis(host.shape) is not None
    if donor.mask.shape[0] == 1 and not planar:
        raise DonorError(
            "the donor is a single slice and the CT a volume",
            where=donor.id,
            remedy="Use donors extracted from a volume, or a single-slice CT",
        )
    known = placement.diameter_mm / donor.diameter_mm
    cutout = cut_out(donor, placement.margin_mm / known, planar=planar)
    scale = placement.diameter_mm / cutout.diameter_mm
    box = _box(cutout, placement, scale, host)
    fields, cell = _coarsened(cutout, scale, host.spacing)
    step = np.asarray(cutout.spacing) * cell * scale
    # Index in the (coarsened) donor = matrix @ (index in the host - center) + centre.
    matrix = (placement.turn.T * np.asarray(host.spacing)) / step[:, None]
    centre = (cutout.centre + 0.5) / cell - 0.5
    if planar:
        matrix[0] = matrix[:, 0] = 0
        centre[0] = 0
    start = np.array([s.start for s in box]) - np.asarray(placement.center)
    parts = np.clip(np.rint(np.linalg.norm(matrix, axis=0)), 1, _MOST_PARTS).astype(int)
    offset = matrix @ (start - 0.5 + 0.5 / parts) + centre
    shape = [(s.stop - s.start) * n for s, n in zip(box, parts, strict=True)]
    sampled = _block_mean(resample(fields, matrix / parts, offset, tuple(shape)), parts)
    contrast, coverage = np.ascontiguousarray(sampled.real), sampled.imag
    mask = coverage >= 0.5
    if not mask.any():
        fullest = coverage == coverage.max()
        if not coverage.max() > 0:
            raise DonorError("nothing of the donor falls inside the CT", where=donor.id)
        mask = fullest & (np.cumsum(fullest).reshape(fullest.shape) == 1)
    return Transplant(box, contrast, mask, scale)


def _box(cutout: Cutout, placement: Placement, scale: float, host: Volume) -> Box:
    """The lesion's extent in the host and its margin, clipped to the volume."""
    size = np.asarray(cutout.spacing) * scale
    ends = ((_ends_of_rows(cutout.mask) - cutout.centre) * size) @ placement.turn.T
    # Half a voxel beyond the last ones, as far as that reaches along each axis of the host.
    edge = np.sqrt(np.square(placement.turn) @ np.square(0.5 * size)) + placement.margin_mm
    slices = []
    for axis, (step, n) in enumerate(zip(host.spacing, host.shape, strict=True)):
        if n == 1:
            slices.append(slice(0, 1))
            continue
        low, high = ends[:, axis].min(), ends[:, axis].max()
        middle = placement.center[axis]
        first = int(np.floor(middle + (low - edge[axis]) / step)) - 1
        last = int(np.ceil(middle + (high + edge[axis]) / step)) + 1
        if last < 0 or first >= n:
            raise DonorError("nothing of the donor falls inside the CT")
        slices.append(slice(max(first, 0), min(last + 1, n)))
    z, y, x = slices
    return z, y, x


def _ends_of_rows(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """First and last voxel of every row of the mask, as indices."""
    z, y = np.nonzero(mask.any(axis=2))
    rows = mask[z, y]
    first, last = rows.argmax(axis=1), rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
    low, high = np.column_stack([z, y, first]), np.column_stack([z, y, last])
    return np.concatenate([low, high]).astype(np.float64)


def _coarsened(
    cutout: Cutout, scale: float, spacing: Triple
) -> tuple[NDArray[np.complex64], NDArray[np.int64]]:
    """Contrast and mask in blocks no larger than half a host voxel."""
    finest = min(spacing) / scale
    fields = np.empty(cutout.mask.shape, np.complex64)
    fields.real, fields.imag = cutout.contrast, cutout.mask
    size = np.array(fields.shape, np.int64)
    cell = np.clip((finest / (2 * np.array(cutout.spacing))).astype(np.int64), 1, size)
    if cell.max() > 1:
        fields = np.pad(fields, np.stack([0 * size, -size % cell], axis=1))
        fields = _block_mean(fields, cell)
    return fields, cell


def _block_mean(fields: NDArray[np.complex64], parts: NDArray[np.int64]) -> NDArray[np.complex64]:
    if (parts == 1).all():
        return fields
    k, j, i = (int(part) for part in parts)
    z, y, x = fields.shape
    blocks = fields.reshape(z // k, k, y // j, j, x // i, i)
    mean: NDArray[np.complex64] = blocks.mean(axis=(1, 3, 5))
    return mean
