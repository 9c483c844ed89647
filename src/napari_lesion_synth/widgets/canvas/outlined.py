"""Labels of ours: outlines in slices, solid in the 3-D view, where napari can draw no outline."""

from __future__ import annotations

from typing import Any

import napari.layers

from napari_lesion_synth.widgets.canvas.owned import is_owned

__all__ = ["Labels", "OrganOpacity", "add_outlined"]

_SLICE_OPACITY, _SOLID_OPACITY = 0.7, 0.15


class Labels(napari.layers.Labels):
    """A Labels layer that has its outline in slices alone.

    napari warns of an outline while it slices a layer for the 3-D view, and tells plugins of that
    view only afterwards. So the layer itself knows when it has none. It bears napari's name for
    what it is, by which napari finds its icon, its controls and how to save it.

    Parameters
    ----------
    dims : napari.components.Dims
        Of the viewer that shows the layer.
    data, more
        As for napari's.
    """

    def __init__(self, dims: Any, data: Any, **more: Any) -> None:
        self._dims_of_viewer = dims
        super().__init__(data, **more)

    @property
    def contour(self) -> int:
        """Thickness of the outline in pixels; 0: filled, as always in the 3-D view."""
        if self._dims_of_viewer.ndisplay == 3:
            return 0
        return int(napari.layers.Labels.contour.fget(self))

    @contour.setter
    def contour(self, contour: int) -> None:
        napari.layers.Labels.contour.fset(self, contour)


def add_outlined(viewer: Any, data: Any, **more: Any) -> Labels:
    """Add labels that are outlined; keywords as for `Viewer.add_labels`."""
    layer = Labels(viewer.dims, data, **more)
    layer.contour = 1
    viewer.add_layer(layer)
    return layer


class OrganOpacity:
    """Keeps the organ pale in the 3-D view, where a solid one would hide its lesions.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose layers.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        viewer.dims.events.ndisplay.connect(self.update)

    def close(self) -> None:
        """Stop listening."""
        self._viewer.dims.events.ndisplay.disconnect(self.update)

    def update(self, _event: Any = None) -> None:
        """Make it pale, or not."""
        flat = self._viewer.dims.ndisplay == 2
        for layer in self._viewer.layers:
            if is_owned(layer, "organ"):
                layer.opacity = _SLICE_OPACITY if flat else _SOLID_OPACITY
