"""Four ways for gaze to enter a regression; three are offered.

1. Grid histogram: share of the looking in each of G x G parts of the photo. The default: few
   columns, which suits few photos.
2. Weighted pooling: features of the photo's patches, averaged with the fixation map as weights.
3. The fixation map as a fourth channel of a convolutional net is not offered: its first layer
   would have to be learnt anew, which takes more than a thousand rated photos with gaze, and
   studies of this kind have a hundred.
4. Privileged information: a map predicted from the photo, where nobody's gaze was recorded; see
   `predicted_gaze`.

To any of them the figures of the scanpath can be added. Whose gaze may be used is `looking`'s part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.scanpath import ScanpathFacts
from napari_lesion_synth.perception.regression.grids import regridded
from napari_lesion_synth.perception.regression.table import Array, Block

__all__ = ["GazeInputSettings", "map_block", "map_columns", "scalar_block"]


class GazeInputSettings(BaseModel):
    """How a fixation map becomes columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: Literal["grid", "pooled", "both"] = Field(
        "grid",
        title="Gaze as",
        description="grid: share of the looking in parts of the photo. pooled: features of the "
        "photo's patches, weighted by the looking. both: both.",
    )
    grid: int = Field(
        4, ge=4, le=8, title="Parts", description="With grid: parts along each side of the photo."
    )


def map_columns(
    weights: Array, patches: Array | None, settings: GazeInputSettings
) -> tuple[Array, tuple[str, ...]]:
    """The columns of one photo.

    Parameters
    ----------
    weights : ndarray, shape (rows, columns)
        Fixation map, in any unit.
    patches : ndarray, shape (rows, columns, p), or None
        Features of the photo's patches, on any grid; needed for pooling.
    settings : GazeInputSettings
        How.

    Returns
    -------
    ndarray of float64, shape (q,)
    tuple of str
        Their names.

    Raises
    ------
    ParameterError
        If the map is 0 everywhere, or features of patches are needed and not given.
    """
    total = weights.sum()
    if not total > 0:
        raise ParameterError(
            "nobody looked at the photo", remedy="Leave it out, or use a predicted map"
        )
    parts, names = [], []
    if settings.way in ("grid", "both"):
        g = settings.grid
        parts.append(regridded(weights / total, (g, g)).ravel())
        names += [f"looking {i}, {j}" for i in range(g) for j in range(g)]
    if settings.way in ("pooled", "both"):
        if patches is None:
            raise ParameterError("weighted pooling needs features of the photo's patches")
        share = regridded(weights / total, patches.shape[:2])
        parts.append(np.tensordot(share, patches, axes=2))
        names += [f"looked at {k}" for k in range(patches.shape[2])]
    return np.concatenate(parts), tuple(names)


def map_block(
    name: str,
    maps: Sequence[Array],
    patches: Sequence[Array] | None,
    settings: GazeInputSettings,
) -> Block:
    """The columns of all photos; see `map_columns`."""
    given: Sequence[Array | None] = [None] * len(maps) if patches is None else patches
    rows = [map_columns(m, p, settings) for m, p in zip(maps, given, strict=True)]
    return Block(name, np.stack([row for row, _ in rows]), rows[0][1])


def scalar_block(facts: Sequence[Sequence[ScanpathFacts]], name: str = "scanpath") -> Block:
    """Figures of the scanpaths, averaged over the viewers of each photo.

    A figure that none of a photo's viewers has is that of the average photo.

    Parameters
    ----------
    facts : sequence of sequence of ScanpathFacts
        Of each photo, of each viewer.

    Raises
    ------
    ParameterError
        If a photo has no viewers.
    """
    columns = tuple(field.name for field in fields(ScanpathFacts))
    if not all(facts):
        raise ParameterError("a photo has no viewers")
    rows = np.full((len(facts), len(columns)), np.nan)
    for k, viewers in enumerate(facts):
        values = np.array([[float(getattr(one, c)) for c in columns] for one in viewers])
        known = np.isfinite(values)
        counts = known.sum(axis=0)
        sums = np.where(known, values, 0).sum(axis=0)
        rows[k] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    known = np.isfinite(rows)
    usual = np.where(known, rows, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return Block(name, np.where(known, rows, usual), columns)
