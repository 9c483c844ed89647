"""Depth below the capsule in napari's status bar, at the voxel under the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.organ import OUTSIDE_MM, Organ
from napari_lesion_synth.anatomy.zones import zone_of

__all__ = ["StatusLine", "depth_text", "without_capsule"]

_SEPARATOR = "   |   "
_ROUNDING = 1e-5


def depth_text(
    organ: Organ, voxel: tuple[float, float, float], diameter_mm: float, rim_mm: float
) -> str:
    """Where a voxel lies, in words; empty outside the CT."""
    index = tuple(round(c) for c in voxel)
    if not all(0 <= i < n for i, n in zip(index, organ.shape, strict=True)):
        return ""
    z, y, x = (slice(i, i + 1) for i in index)
    depth = float(organ.distance_in((z, y, x))[0, 0, 0])
    if depth <= 0:
        far = "more than " if depth <= -OUTSIDE_MM else ""
        return f"outside the organ, {far}{-depth:.1f} mm"
    zone = zone_of(depth, diameter_mm, rim_mm)
    if without_capsule(organ, depth):
        return f"in the organ, which fills the picture: {zone} for {diameter_mm:.0f} mm"
    return f"{depth:.1f} mm below the capsule: {zone} for {diameter_mm:.0f} mm"


def without_capsule(organ: Organ, depth_mm: float) -> bool:
    """Whether a depth is that of an organ that fills the picture, so that it has no capsule."""
    diagonal = float(np.linalg.norm(np.multiply(organ.shape, organ.spacing)))
    return depth_mm >= diagonal * (1 - _ROUNDING)


class StatusLine:
    """Adds a text to every status that napari writes.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose status bar.
    text : callable
        Gives the text for the cursor's world position; empty for none.
    """

    def __init__(self, viewer: Any, text: Callable[[Any], str]) -> None:
        self._viewer = viewer
        self._text = text
        self._busy = False
        self._held = False
        viewer.events.status.connect(self._on_status)

    def close(self) -> None:
        """Leave the status alone."""
        self.hold(on=False)
        self._viewer.events.status.disconnect(self._on_status)

    def hold(self, *, on: bool) -> None:
        """Keep the status bar as it is for a moment.

        Every text in it has the whole window put together anew, at every move of the mouse.
        """
        if on != self._held:
            self._held = on
            status = self._viewer.events.status
            status.block() if on else status.unblock()

    def _on_status(self, _event: Any = None) -> None:
        if self._busy or not self._viewer.status:
            return  # napari clears the line when the mouse leaves the canvas
        text = self._text(self._viewer.cursor.position)
        if not text:
            return
        self._busy = True
        try:
            self._viewer.status = _with(self._viewer.status, text)
        finally:
            self._busy = False


def _with(status: Any, text: str) -> Any:
    if isinstance(status, dict):
        known = str(status.get("coordinates", ""))
        return status if text in known else {**status, "coordinates": f"{text}{_SEPARATOR}{known}"}
    return status if text in str(status) else f"{text}{_SEPARATOR}{status}"
