"""From heat to candidates: linked across slices, parted where they touch, measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy import ndimage

from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.measuring import diameter_of, middle_of
from napari_lesion_synth.synthesis.separation import hills

if TYPE_CHECKING:
    from napari_lesion_synth.detection.frame import Frame

__all__ = ["Candidate", "LinkSettings", "link"]

Heat = NDArray[np.float32]
Mask = NDArray[np.bool_]

_EVERYWHERE = np.ones((3, 3, 3), bool)


class LinkSettings(BaseModel):
    """What counts as a candidate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest: float = Field(
        0.15, gt=0, lt=1, title="Lowest heat", description="Heat below this is no candidate."
    )
    extent: float = Field(
        0.5,
        ge=0,
        lt=1,
        title="Extent",
        description="A candidate ends where the heat falls below this share of its highest.",
    )
    valley: float = Field(
        0.8,
        ge=0,
        le=1,
        title="Valley",
        description="Two peaks are two candidates where the smoothed heat between them falls below "
        "this share of the lower one.",
    )
    smooth_mm: float = Field(
        2.0,
        ge=0,
        le=20,
        title="Smoothing",
        description="Standard deviation of the smoothing in which peaks are looked for, in mm.",
    )
    min_diameter_mm: float = Field(
        3.0,
        ge=0,
        le=100,
        title="Smallest",
        description="Equivalent diameter of the smallest candidate, in mm.",
    )
    most: int = Field(
        60,
        ge=1,
        le=10_000,
        title="Most",
        description="Candidates kept in one CT, those of the highest heat.",
    )


@dataclass(frozen=True, eq=False)
class Candidate:
    """One place that may be a lesion, on the frame's grid.

    Parameters
    ----------
    center : tuple of float
        Index in the frame, (z, y, x): the region's centroid, or the voxel of the region that is
        nearest to it.
    box : tuple of slice
        The smallest box around the region, in the frame.
    region : ndarray of bool
        The voxels of that box that belong to it.
    score : float
        The highest heat in it, 0 to 1.
    diameter_mm : float
        Of the sphere of the same volume; in a single slice, of the disc of the same area.
    """

    center: Triple
    box: Box
    region: Mask
    score: float
    diameter_mm: float


def link(heat: Heat, frame: Frame, settings: LinkSettings | None = None) -> list[Candidate]:
    """Link the heat of the slices to candidates.

    What is hot enough and touches is one candidate, unless there is a valley in it between two
    peaks of the smoothed heat.

    Parameters
    ----------
    heat : ndarray of float32, shape of the frame
        0 to 1.
    frame : Frame
        The grid that it lies on.
    settings : LinkSettings, optional
        What counts as a candidate.

    Returns
    -------
    list of Candidate
        Highest score first.
    """
    chosen = settings or LinkSettings()
    labels, _ = ndimage.label(heat >= chosen.lowest, _EVERYWHERE)
    smoothed = _smoothed(heat, frame, chosen.smooth_mm)
    found = []
    for number, (z, y, x) in enumerate(ndimage.find_objects(labels), start=1):
        box = (z, y, x)
        parts = hills(smoothed[box], labels[box] == number, chosen.valley)
        for part, inner in enumerate(ndimage.find_objects(parts), start=1):
            if inner is not None:
                place = _nested(box, inner)
                found.append(_measured(heat[place], parts[inner] == part, place, frame, chosen))
    large = [each for each in found if each.diameter_mm >= chosen.min_diameter_mm]
    return sorted(large, key=lambda each: -each.score)[: chosen.most]


def _smoothed(heat: Heat, frame: Frame, sigma_mm: float) -> Heat:
    sigmas = [
        0.0 if n == 1 else sigma_mm / step
        for n, step in zip(heat.shape, frame.spacing, strict=True)
    ]
    result: Heat = ndimage.gaussian_filter(heat, sigmas, mode="constant", truncate=3)
    return result


def _measured(heat: Heat, hill: Mask, box: Box, frame: Frame, settings: LinkSettings) -> Candidate:
    """The part of a hill that hangs together with its highest place and is high enough."""
    own = np.where(hill, heat, np.float32(0))
    peak = np.unravel_index(int(own.argmax()), own.shape)
    score = float(own[peak])
    parts, _ = ndimage.label(own >= max(settings.lowest, settings.extent * score), _EVERYWHERE)
    whole = parts == parts[peak]
    inner = ndimage.find_objects(whole.astype(np.uint8))[0]
    region, place = whole[inner], _nested(box, inner)
    return Candidate(
        center=middle_of(region, place, frame.spacing),
        box=place,
        region=region,
        score=score,
        diameter_mm=diameter_of(region, frame.spacing, flat=frame.ct_shape[0] == 1),
    )


def _nested(outer: Box, inner: tuple[slice, ...]) -> Box:
    """`inner`, given within `outer`, as a box of what `outer` is given in."""
    z, y, x = (
        slice(o.start + i.start, o.start + i.stop) for o, i in zip(outer, inner, strict=True)
    )
    return z, y, x
