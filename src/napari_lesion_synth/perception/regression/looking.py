"""Whose gaze may be used, and the map of a photo that comes of it.

A photo's map is the average of its viewers' maps, each of them alike: somebody who looked longer
does not count more. Only trials whose quality allows maps take part, and only one source: gaze
and what was pointed at with the mouse are never mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.maps import MapGrid, Weighting, heatmap
from napari_lesion_synth.perception.gaze.quality import GazeVerdict
from napari_lesion_synth.perception.gaze.samples import Scanpath, SourceName
from napari_lesion_synth.perception.regression.grids import regridded
from napari_lesion_synth.perception.regression.table import Array, Block
from napari_lesion_synth.wording import counted

__all__ = ["Looking", "Origin", "Viewed", "filled", "looking_at", "origin_block"]

Origin: TypeAlias = Literal["gaze", "pointing", "predicted"]


@dataclass(frozen=True)
class Viewed:
    """One viewer's look at a photo.

    Parameters
    ----------
    scanpath : tuple of Fixation
        In the photo's pixels.
    source : str
        What recorded it.
    verdict : GazeVerdict
        What it may be used for, from `quality.judge`.
    """

    scanpath: Scanpath
    source: SourceName
    verdict: GazeVerdict


@dataclass(frozen=True, eq=False)
class Looking:
    """Where a photo is looked at, and where that is known from.

    Parameters
    ----------
    weights : ndarray of float64, shape (rows, columns)
        Not negative; sums to 1.
    origin : "gaze", "pointing" or "predicted"
        Recorded gaze, what was pointed at with the mouse, or a model's guess.
    viewers : int
        Whose average it is; 0 for a guess.
    """

    weights: Array
    origin: Origin
    viewers: int


def looking_at(
    views: Sequence[Viewed],
    grid: MapGrid,
    sigma_px: tuple[float, float],
    weighting: Weighting = "duration",
) -> tuple[Looking | None, tuple[str, ...]]:
    """The map of a photo.

    Parameters
    ----------
    views : sequence of Viewed
        Of this photo.
    grid : MapGrid
        Cells of the map.
    sigma_px : tuple of float
        Width of the spots along x and y, px of the photo: a degree, by custom.
    weighting : "duration" or "count"
        What a fixation weighs within a viewer's map.

    Returns
    -------
    Looking or None
        None where no view can be used.
    tuple of str
        Why views were left out, each reason once.

    Raises
    ------
    ParameterError
        If gaze and pointing would be mixed.
    """
    used = [view for view in views if view.verdict.maps]
    reasons = tuple(dict.fromkeys(str(v.verdict) for v in views if not v.verdict.maps))
    origins = {_origin(view.source) for view in used}
    if len(origins) > 1:
        raise ParameterError(
            "recorded gaze and pointing with the mouse cannot be mixed in one map",
            remedy="Choose the trials of one source",
        )
    maps = [heatmap(view.scanpath, grid, sigma_px, weighting) for view in used]
    seen = [plane for plane in maps if plane.sum() > 0]
    if len(seen) < len(maps):
        reasons = (*reasons, "no fixation lies on the photo")
    if not seen:
        return None, reasons
    return Looking(np.mean(seen, axis=0), origins.pop(), len(seen)), reasons


def filled(
    looks: Sequence[Looking | None], predicted: Sequence[Array]
) -> tuple[list[Looking], str]:
    """Predicted maps where there is no gaze.

    Parameters
    ----------
    looks : sequence of Looking or None
        Of each photo.
    predicted : sequence of ndarray
        Maps of all photos by a model; on any grid.

    Returns
    -------
    list of Looking
        On the grids of the gaze, where there is some.
    str
        How many are predicted, for the result's notes; empty if none is.
    """
    shapes = [look.weights.shape for look in looks if look is not None]
    found: list[Looking] = []
    for look, guess in zip(looks, predicted, strict=True):
        if look is None:
            plane = regridded(guess, shapes[0]) if shapes else guess
            look = Looking(plane / plane.sum(), "predicted", 0)  # noqa: PLW2901
        found.append(look)
    n = sum(look.origin == "predicted" for look in found)
    note = f"The map of {counted(n, 'photo')} of {len(found)} is predicted, not recorded."
    return found, note if n else ""


def origin_block(looks: Sequence[Looking]) -> Block | None:
    """Whether each photo's map is predicted, as a column; None where all are of one origin."""
    origins = sorted({look.origin for look in looks})
    if len(origins) < 2:
        return None
    rows = np.array([[float(look.origin == name) for name in origins[1:]] for look in looks])
    return Block("origin of the map", rows, tuple(origins[1:]))


def _origin(source: SourceName) -> Origin:
    return "pointing" if source in ("mouse_aperture", "bubble_click") else "gaze"
