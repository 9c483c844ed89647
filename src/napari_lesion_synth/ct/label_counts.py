"""How many voxels each label of a file has."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.images import blocks, read_header
from napari_lesion_synth.errors import InputError

__all__ = ["count_labels", "voxels_by_label"]

_SMALL = 65_536
"""Labels below this are counted in a table; sorting a CT's voxels takes ten times as long."""

_PIECE = 2**20
"""Voxels counted at a time, since numpy counts in a copy of 64 bits a voxel."""


def count_labels(path: str | PathLike[str]) -> dict[int, int]:
    """Labels of a file but 0, in order, with their numbers of voxels.

    Parameters
    ----------
    path : path
        NIfTI, MHA, MHD or NRRD file of labels.

    Raises
    ------
    InputError
        If the file cannot be read, or is no label image.
    """
    found: dict[int, int] = {}
    for _, block in blocks(read_header(path)):
        for label, count in voxels_by_label(block, path).items():
            found[label] = found.get(label, 0) + count
    return dict(sorted(found.items()))


def voxels_by_label(
    labels: NDArray[Any], where: str | PathLike[str] | None = None
) -> dict[int, int]:
    """The same for an array.

    Parameters
    ----------
    labels : ndarray of bool or whole numbers, any shape
        Floats that are whole numbers pass.
    where : path, optional
        Their file, for the error's message.

    Raises
    ------
    InputError
        If it holds fractions or negative numbers.
    """
    if labels.size == 0:
        return {}
    low, high = labels.min(), labels.max()
    fractions = labels.dtype.kind == "f" and not np.array_equal(labels, np.rint(labels))
    if fractions or low < 0:
        raise InputError(
            f"this is no label image: it holds {'fractions' if fractions else 'negative values'}",
            where=where,
            remedy="Give a mask, not a probability map or the CT itself",
        )
    if high < _SMALL:
        counts = _table(labels.ravel())
        present = np.flatnonzero(counts)
        numbers = counts[present]
    else:
        present, numbers = np.unique(labels, return_counts=True)
    return {int(v): int(n) for v, n in zip(present, numbers, strict=True) if v != 0}


def _table(labels: NDArray[Any]) -> NDArray[np.int64]:
    counts = np.zeros(_SMALL, np.int64)
    for start in range(0, labels.size, _PIECE):
        piece = labels[start : start + _PIECE].astype(np.uint16)
        counts += np.bincount(piece, minlength=_SMALL)
    return counts
