"""A label volume on its own, where there is no CT to lay it on."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.images import load, read_header, warn_without_geometry
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError

__all__ = ["Labels", "read_labels"]


@dataclass(frozen=True, eq=False)
class Labels:
    """A label volume.

    Parameters
    ----------
    values : ndarray of int16, shape (z, y, x)
        Labels, in the orientation of `Volume`.
    spacing : tuple of float
        mm, (z, y, x).
    """

    values: NDArray[np.int16]
    spacing: Triple


def read_labels(path: str | PathLike[str]) -> Labels:
    """Read a label file.

    Parameters
    ----------
    path : path
        NIfTI, MHA, MHD or NRRD file of labels.

    Returns
    -------
    Labels

    Raises
    ------
    InputError
        If the file cannot be read, or holds what cannot be labels.
    """
    header = read_header(path)

    def whole(block: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(invalid="ignore"):  # not a number: unequal to itself below
            small = block.astype(np.int16)
        if np.array_equal(small, block):
            return small
        raise InputError(
            "this is no label image: it holds fractions, or numbers beyond 32767",
            where=header.path,
            remedy="Give a label map, not a probability map or the CT itself",
        )

    values, grid = load(header, whole, np.int16)
    warn_without_geometry(header)
    return Labels(values, grid.spacing)
