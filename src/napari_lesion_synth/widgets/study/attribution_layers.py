"""What a prediction rests on, over the photo; beside the gaze where there is some."""

from __future__ import annotations

from typing import Any

from napari_lesion_synth.widgets.canvas.owned import keeping_active, mark, remove_owned
from napari_lesion_synth.widgets.study.attributed import FAINT, Attributed
from napari_lesion_synth.widgets.study.looked import Looked

__all__ = ["ATTRIBUTION", "BESIDE", "AttributionLayers"]

BESIDE, ATTRIBUTION = "study photo beside", "study attribution"
"""Roles of the layers, from below."""

_GAP = 0.03
"""Between the photos, as a share of the width."""

# Less is blue, more is orange, for those who do not tell red from green; nothing is transparent.
_COLORS = ((0.0, 0.45, 0.85, 1.0), (0.3, 0.6, 0.9, 0.0), (0.9, 0.55, 0.1, 0.0), (0.95, 0.5, 0.0, 1))


class AttributionLayers:
    """Shows one attribution: a second copy of the photo, and its parts over it.

    Parameters
    ----------
    viewer : napari.Viewer
        Where.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layers: dict[str, Any] = {}

    def layer(self, role: str) -> Any:
        """A layer; None where it is not there, or somebody took it away."""
        layer = self._layers.get(role)
        return layer if layer is not None and layer in self._viewer.layers else None

    def clear(self) -> None:
        """Take both away."""
        remove_owned(self._viewer, self._layers.values())
        self._layers = {}

    def show(self, looked: Looked, found: Attributed) -> None:
        """Show an attribution of the photo."""
        if self.layer(BESIDE) is None or self.layer(ATTRIBUTION) is None:
            self.clear()
            with keeping_active(self._viewer):
                self._make(looked, found)
        beside, parts = self._layers[BESIDE], self._layers[ATTRIBUTION]
        height, width = looked.picture.shape[:2]
        shift = width * (1 + _GAP) if looked.views else 0.0
        if beside.data is not looked.picture:
            beside.data = looked.picture
        beside.translate = (0, shift)
        beside.visible = bool(looked.views)
        fall = found.attribution.fall
        parts.data = fall
        step = height / fall.shape[0], width / fall.shape[1]
        parts.scale = step
        parts.translate = ((step[0] - 1) / 2, (step[1] - 1) / 2 + shift)
        reach = max(found.strongest, 10 * FAINT)  # what is next to nothing is to look like it
        parts.contrast_limits_range = parts.contrast_limits = (-reach, reach)
        self._viewer.reset_view()

    def _make(self, looked: Looked, found: Attributed) -> None:
        from napari.utils.colormaps import Colormap

        add = self._viewer
        self._layers[BESIDE] = add.add_image(
            looked.picture, rgb=True, name="Photo beside", metadata=mark(BESIDE)
        )
        self._layers[ATTRIBUTION] = add.add_image(
            found.attribution.fall,
            colormap=Colormap(_COLORS, controls=(0.0, 0.45, 0.55, 1.0), name="less and more"),
            blending="translucent",
            opacity=0.75,
            interpolation2d="linear",
            name="Attribution",
            metadata=mark(ATTRIBUTION),
        )
