"""The sites' numbers, each beside its ring: napari writes a point's text over its centre."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.owned import mark, remove_owned
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["NumbersLayer"]

_TEXT_SIZE = 10


class NumbersLayer:
    """A layer of texts alone, which nobody edits.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._frame: Frame | None = None
        self._wanted: tuple[tuple[PlacedSite, ...], list[str], list[str]] = ((), [], [])
        self.layer: Any = None

    def show(self, frame: Frame) -> None:
        """Make the layer for a case."""
        self.clear()
        self._frame = frame
        self.layer = self._viewer.add_points(
            np.empty((0, frame.ndim)),
            name="Site numbers",
            features={"label": np.empty(0, object)},
            size=1,
            face_color="transparent",
            border_color="transparent",
            metadata=mark("numbers"),
            **frame.options(),
        )
        self.layer.text = {
            "string": "{label}",
            "color": "white",
            "size": _TEXT_SIZE,
            "anchor": "lower_left",
        }
        self.layer.editable = False
        self.layer.events.visible.connect(self._put)

    def clear(self) -> None:
        """Take the layer away."""
        remove_owned(self._viewer, [self.layer])
        self.layer, self._frame, self._wanted = None, None, ((), [], [])

    def update(self, sites: tuple[PlacedSite, ...], labels: list[str], colors: list[str]) -> None:
        """Bring the layer in step with sites that were placed, removed or kept."""
        self._wanted = (sites, labels, colors)
        self._put()

    def move(self, sites: tuple[PlacedSite, ...]) -> None:
        """Bring the numbers to sites that moved, many times a second."""
        self._wanted = (sites, *self._wanted[1:])
        if self._seen and self._frame is not None and len(self.layer.data) == len(sites):
            self.layer.data[...] = self._places(sites, self._frame)
            self.layer.refresh(thumbnail=False, extent=False)

    def set_visible(self, on: bool) -> None:
        """Show or hide the numbers with their rings."""
        there = self.layer is not None and self.layer in self._viewer.layers
        if there and self.layer.visible != on:
            self.layer.visible = on

    def _put(self, _event: Any = None) -> None:
        """Only where it is seen: napari forgets which points are in view of a hidden layer."""
        if not self._seen or self._frame is None:
            return
        sites, labels, colors = self._wanted
        self.layer.data = self._places(sites, self._frame)
        self.layer.features = {"label": np.array([f" {label}" for label in labels], object)}
        if sites:
            self.layer.text.color = colors
        self.layer.refresh_text()

    @property
    def _seen(self) -> bool:
        there = self.layer is not None and self.layer in self._viewer.layers
        return there and bool(self.layer.visible)

    @staticmethod
    def _places(sites: tuple[PlacedSite, ...], frame: Frame) -> NDArray[np.float64]:
        """Where the rings end at the right of the canvas, as points of the layer."""
        points = frame.shown_points(np.array([placed.site.center for placed in sites]))
        radii = [placed.site.diameter_mm / 2 for placed in sites]
        points[:, -1] += np.asarray(radii) / frame.scale[-1]
        return points
