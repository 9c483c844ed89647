"""Turning the canvas to a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["jump"]


def jump(viewer: Any, world: Sequence[float]) -> None:
    """Show the slice of a world position, in the middle of the canvas; zoom and contrast stay.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose canvas.
    world : sequence of float
        As many axes as the layer has; axes of other layers before them are left alone.
    """
    first = viewer.dims.ndim - len(world)
    viewer.dims.set_point(range(first, first + len(world)), world)
    shown = list(viewer.dims.displayed)
    center = list(viewer.scene.camera.center)
    for place, axis in enumerate(shown[-2:]):
        if axis >= first:
            center[len(center) - 2 + place] = world[axis - first]
    viewer.scene.camera.center = tuple(center)
