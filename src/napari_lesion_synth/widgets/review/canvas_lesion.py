"""A lesion of a set on napari's canvas: in its CT where that is open, else on its own."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np

from napari_lesion_synth.ct.windows import LIVER
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.jump import jump
from napari_lesion_synth.widgets.canvas.owned import is_owned, keeping_active, mark, remove_owned
from napari_lesion_synth.widgets.review.canvas_outline import CanvasOutline
from napari_lesion_synth.widgets.review.hosts import Host

__all__ = ["CanvasLesion", "Look"]

_TISSUE, _DIFFERENCE = "reviewed lesion", "reviewed difference"
_LIMIT_HU = 100.0
_COLORS = [[0.25, 0.61, 1.0], [0.15, 0.15, 0.16], [1.0, 0.54, 0.19]]
"""Blue darker, orange brighter, dark grey unchanged."""


class Look(StrEnum):
    """What is shown of a lesion."""

    AFTER = "after"
    BEFORE = "before"
    DIFFERENCE = "difference"


class CanvasLesion:
    """Shows one lesion at a time in a small layer, outlined; zoom and contrast stay.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._patch: Patch | None = None
        self._frame: Frame | None = None
        self._look = Look.AFTER
        self._outline = CanvasOutline(viewer)
        self._outlined = True

    def show(self, name: str, patch: Patch, host: Host | None) -> None:
        """Show a lesion, and turn to its slice.

        Parameters
        ----------
        name : str
            Its id.
        patch : Patch
            The tissue.
        host : Host or None
            The CT that it lies in; None: the patch is shown by itself.
        """
        self._patch = patch
        if host is None:
            self._frame = Frame(patch.spacing, (0.0, 0.0, 0.0), flat=patch.mask.shape[0] == 1)
            placed = self._frame.options()
        else:
            self._frame = host.frame
            placed = self._frame.options(patch.bbox)
        self._show_tissue(f"Set: {name}", placed, host)
        if host is not None:
            self._put_above(host.layer)
        self._show_difference(placed)
        self._show_outline(placed)
        self._jump(alone=host is None)

    def set_look(self, look: Look) -> None:
        """Show the tissue after, before, or what has changed."""
        self._look = look
        tissue, patch = self._layer(_TISSUE), self._patch
        if tissue is None or patch is None or self._frame is None:
            return
        tissue.data = self._frame.shown(self._pixels(patch))
        placed = _place_of(tissue)
        self._show_difference(placed)
        self._show_outline(placed)

    def set_outline(self, shown: bool) -> None:
        """Outline the label, or not."""
        self._outlined = shown
        tissue = self._layer(_TISSUE)
        if tissue is not None:
            self._show_outline(_place_of(tissue))

    def hide(self) -> None:
        """Take the lesion away."""
        remove_owned(self._viewer, [self._layer(role) for role in (_TISSUE, _DIFFERENCE)])
        self._outline.hide()
        self._patch = self._frame = None

    def _pixels(self, patch: Patch) -> Any:
        return patch.before if self._look is Look.BEFORE else patch.after

    def _layer(self, role: str) -> Any:
        return next((layer for layer in self._viewer.layers if is_owned(layer, role)), None)

    def _show_tissue(self, name: str, placed: dict[str, Any], host: Host | None) -> None:
        assert self._patch is not None
        assert self._frame is not None
        shown = self._frame.shown(self._pixels(self._patch))
        layer = self._layer(_TISSUE)
        if layer is not None and layer.ndim != shown.ndim:
            remove_owned(self._viewer, [layer])
            layer = None
        if layer is None:
            limits = LIVER.limits if host is None else host.layer.contrast_limits
            colors = "gray" if host is None else host.layer.colormap
            with keeping_active(self._viewer):
                layer = self._viewer.add_image(
                    shown,
                    name=name,
                    colormap=colors,
                    contrast_limits=limits,
                    metadata=mark(_TISSUE),
                    **placed,
                )
            layer.contrast_limits_range = (-1024, 3071)
            return
        _put(layer, shown, placed)
        layer.name = name
        if host is not None and layer.contrast_limits != host.layer.contrast_limits:
            layer.contrast_limits = host.layer.contrast_limits

    def _put_above(self, ct: Any) -> None:
        """The CT may have been opened after the first lesion was shown, and would cover it."""
        layers, layer = self._viewer.layers, self._layer(_TISSUE)
        if layers.index(layer) < layers.index(ct):
            layers.move(layers.index(layer), layers.index(ct) + 1)

    def _show_difference(self, placed: dict[str, Any]) -> None:
        layer, patch = self._layer(_DIFFERENCE), self._patch
        if self._look is not Look.DIFFERENCE or patch is None or self._frame is None:
            remove_owned(self._viewer, [layer])
            return
        changed = patch.after.astype(np.int32) - patch.before
        shown = self._frame.shown(changed.astype(np.float32))
        if layer is not None and layer.ndim == shown.ndim:
            _put(layer, shown, placed)
            return
        remove_owned(self._viewer, [layer])
        from napari.utils import Colormap

        with keeping_active(self._viewer):
            self._viewer.add_image(
                shown,
                name="Difference (HU)",
                colormap=Colormap(_COLORS, name="darker and brighter"),
                contrast_limits=(-_LIMIT_HU, _LIMIT_HU),
                metadata=mark(_DIFFERENCE),
                **placed,
            )

    def _show_outline(self, placed: dict[str, Any]) -> None:
        if not self._outlined or self._patch is None or self._frame is None:
            self._outline.hide()
            return
        below = [layer for role in (_TISSUE, _DIFFERENCE) if (layer := self._layer(role))]
        self._outline.show(self._frame.shown(self._patch.mask), placed, below)

    def _jump(self, *, alone: bool) -> None:
        """Turn to the lesion's slice and put it in the middle; the zoom is the user's."""
        patch, frame = self._patch, self._frame
        assert patch is not None
        assert frame is not None
        middle = np.argwhere(patch.mask if patch.mask.any() else patch.support).mean(axis=0)
        if not alone:
            middle = middle + [side.start for side in patch.bbox]
        jump(self._viewer, frame.to_world([round(float(c)) for c in middle]))


def _place_of(layer: Any) -> dict[str, Any]:
    """Keywords that put another layer where this one is."""
    names = ("scale", "translate", "units", "axis_labels")
    return {name: getattr(layer, name) for name in names}


def _put(layer: Any, shown: Any, placed: dict[str, Any]) -> None:
    layer.data = shown
    for name in ("scale", "translate"):
        if not np.array_equal(getattr(layer, name), placed[name]):
            setattr(layer, name, placed[name])  # has the whole canvas drawn anew
