"""From the mouse to a voxel of the case: in a slice, and along a ray in the 3-D view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["site_under", "voxel_under"]

Voxel = tuple[float, float, float]

_RAY_STEPS = 2000


def voxel_under(
    event: Any, frame: Frame, organ: Organ | None, shape: Sequence[int], radius_mm: float
) -> Voxel | None:
    """Voxel (z, y, x), fractional, under the mouse.

    In the 3-D view it is the point on the ray, a lesion's radius behind where the ray enters the
    organ, or in the middle of the organ where that is thinner.

    Parameters
    ----------
    event : mouse event
        With ``position``, ``dims_displayed`` and ``view_direction``, in world coordinates.
    frame : Frame
        Of the case.
    organ : Organ or None
        Needed in the 3-D view.
    shape : sequence of int
        Of the CT, (z, y, x).
    radius_mm : float
        Of the lesion to be placed.

    Returns
    -------
    tuple of float or None
        None where there is nothing under the mouse.
    """
    if len(event.dims_displayed) < 3:
        voxel = frame.to_voxel(event.position)
        inside = all(-0.5 <= i < n - 0.5 for i, n in zip(voxel, shape, strict=True))
        return voxel if inside else None
    if organ is None or event.view_direction is None or frame.flat:
        return None
    return _on_ray(event, frame, organ, radius_mm)


def _on_ray(event: Any, frame: Frame, organ: Organ, radius_mm: float) -> Voxel | None:
    origin = np.asarray(frame.to_voxel(event.position))
    direction = np.asarray(event.view_direction, float)[-3:] / np.asarray(frame.scale)
    direction /= np.linalg.norm(direction * np.asarray(frame.spacing))  # voxels a mm
    length = float(np.linalg.norm(np.multiply(organ.shape, organ.spacing)))
    steps = np.linspace(-length, length, _RAY_STEPS)
    places = origin + steps[:, None] * direction
    voxels = np.rint(places).astype(int)
    valid = ((voxels >= 0) & (voxels < organ.shape)).all(axis=1)
    inside = np.zeros(len(steps), bool)
    inside[valid] = organ.mask[tuple(voxels[valid].T)]
    hits = np.flatnonzero(inside)
    if not hits.size:
        return None
    first = hits[0]
    ends = np.flatnonzero(~inside[first:])
    last = first + (ends[0] if ends.size else len(inside) - first) - 1
    step_mm = float(steps[1] - steps[0])
    chosen = min(first + round(radius_mm / step_mm), (first + last) // 2)
    z, y, x = (float(c) for c in voxels[chosen])
    return z, y, x


def site_under(voxel: Voxel, sites: Iterable[PlacedSite], spacing: Sequence[float]) -> int | None:
    """Id of the site whose ball holds the voxel; of several, the one with the nearest centre."""
    best: tuple[float, int] | None = None
    for placed in sites:
        away = np.subtract(placed.site.center, voxel) * np.asarray(spacing)
        distance = float(np.linalg.norm(away))
        if distance <= placed.site.diameter_mm / 2 and (best is None or distance < best[0]):
            best = (distance, placed.id)
    return None if best is None else best[1]
