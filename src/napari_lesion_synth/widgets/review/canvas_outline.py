"""The outline of a lesion's label on napari's canvas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.widgets.canvas.outlined import add_outlined
from napari_lesion_synth.widgets.canvas.owned import is_owned, keeping_active, mark, remove_owned

__all__ = ["CanvasOutline"]

_ROLE = "reviewed outline"
_COLOR = "#ffd147"
"""As in the three planes of the dock."""


class CanvasOutline:
    """Outlines one label at a time, above the layers that it is of.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer

    @property
    def layer(self) -> Any:
        """The layer; None where nothing is outlined."""
        return next((layer for layer in self._viewer.layers if is_owned(layer, _ROLE)), None)

    def show(self, mask: NDArray[np.bool_], placed: dict[str, Any], below: Any) -> None:
        """Outline a label.

        Parameters
        ----------
        mask : ndarray of bool
            As napari gets it, two or three axes.
        placed : dict
            Scale and translate, and units and axis labels of a new layer.
        below : list of layers
            What the outline must not be hidden by.
        """
        layer, shown = self.layer, mask.astype(np.uint8)
        if layer is not None and layer.ndim != shown.ndim:
            self.hide()
            layer = None
        if layer is None:
            layer = self._added(shown, placed)
        else:
            layer.data = shown
            for name in ("scale", "translate"):
                if not np.array_equal(getattr(layer, name), placed[name]):
                    setattr(layer, name, placed[name])  # has the whole canvas drawn anew
        layers = self._viewer.layers
        top = max((layers.index(other) for other in below), default=-1)
        if layers.index(layer) < top:
            layers.move(layers.index(layer), top + 1)

    def hide(self) -> None:
        """Outline nothing."""
        remove_owned(self._viewer, [self.layer])

    def _added(self, shown: NDArray[np.uint8], placed: dict[str, Any]) -> Any:
        from napari.utils import DirectLabelColormap

        with keeping_active(self._viewer):
            layer = add_outlined(
                self._viewer,
                shown,
                name="Outline of the label",
                opacity=1.0,
                colormap=DirectLabelColormap(color_dict={0: "transparent", None: _COLOR}),
                metadata=mark(_ROLE),
                **placed,
            )
        layer.editable = False
        return layer
