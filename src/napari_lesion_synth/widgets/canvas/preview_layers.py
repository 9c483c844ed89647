"""The lesion under work on the canvas: a small layer, its difference and its outline."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.outlined import add_outlined
from napari_lesion_synth.widgets.canvas.owned import (
    below_sites,
    keeping_active,
    mark,
    remove_owned,
)
from napari_lesion_synth.widgets.workbench.rendering import Rendered, before_and_after
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["PreviewLayers"]

_MARGIN_MM = 14.0
"""Kept around a lesion, so that a small move or a larger size needs no other layer."""

_DIFFERENCE_HU = 80.0
_OUTLINE_COLOR = "#ff4fd8"


class PreviewLayers:
    """Shows a rendered lesion in a box of the CT, never in a copy of it.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layers: dict[str, Any] = {}
        self._box: Box | None = None
        self._arrays: dict[str, NDArray[Any]] = {}
        self.before_shown = False
        self.difference_shown = False
        self.outline_shown = False

    @property
    def box(self) -> Box | None:
        """The box that is shown; None where nothing is."""
        return self._box

    def show(self, rendered: Rendered, bench: Workbench, frame: Frame, ct: Any) -> None:
        """Show a lesion, and what the user wants to see with it."""
        sample, hidden = rendered.sample, not self._arrays
        volume = bench.require_case().volume
        if self._box is None or not _holds(self._box, sample.bbox):
            self._box = _around(sample.bbox, volume.spacing, volume.shape)
        box = self._box
        kept = bench.scene.commit_of(rendered.placed.id) is not None
        before, after = before_and_after(bench.working, volume.hu, sample, box, kept=kept)
        outline = np.zeros(before.shape, np.uint8)
        inner = tuple(
            slice(s.start - b.start, s.stop - b.start)
            for s, b in zip(sample.bbox, box, strict=True)
        )
        outline[inner] = sample.mask
        self._arrays = {"before": before, "after": after, "outline": outline}
        self._update(frame, ct)
        if hidden:  # but a layer that the user has hidden stays hidden
            self._layers["preview"].visible = True

    def _update(self, frame: Frame, ct: Any) -> None:
        if self._box is None:
            return
        arrays = self._arrays
        self._put("preview", arrays["before" if self.before_shown else "after"], frame, ct)
        if self.difference_shown:
            change = arrays["after"].astype(np.float32) - arrays["before"]
            self._put("difference", change, frame, ct)
        else:
            self._drop("difference")
        if self.outline_shown:
            self._put("outline", arrays["outline"], frame, ct)
        else:
            self._drop("outline")

    def toggle(self, frame: Frame | None, ct: Any, **what: bool) -> None:
        """Switch between before and after, or show the difference or the outline."""
        for name, value in what.items():
            setattr(self, f"{name}_shown", value)
        if frame is not None and self._arrays:
            self._update(frame, ct)

    def prepare(self, frame: Frame, ct: Any) -> None:
        """Make the layer while nobody waits for it; it is hidden until there is a lesion.

        napari takes 70 ms to add one, and the first click has to show its lesion in 150.
        """
        empty = np.zeros((1, 1, 1), np.int16)
        layer = self._add("preview", frame.shown(empty).copy(), frame.options(), ct)
        layer.visible = False
        self._layers["preview"] = layer

    def hide(self) -> None:
        """Show no lesion."""
        for role in ("difference", "outline"):
            self._drop(role)
        layer = self._layers.get("preview")
        if layer is not None:
            layer.visible = False
        self._arrays, self._box = {}, None

    def clear(self) -> None:
        """Take the layers away."""
        remove_owned(self._viewer, self._layers.values())
        self._layers, self._arrays, self._box = {}, {}, None

    def layers(self) -> list[Any]:
        """The layers that are there now."""
        return [layer for layer in self._layers.values() if layer in self._viewer.layers]

    def _put(self, role: str, array: NDArray[Any], frame: Frame, ct: Any) -> None:
        """Show an array: in the layer's own memory where it fits, which is the quickest."""
        shown = frame.shown(array)
        place = frame.options(self._box)
        layer = self._layers.get(role)
        if layer is None or layer not in self._viewer.layers:
            self._layers[role] = self._add(role, shown.copy(), place, ct)
            return
        moved = not np.allclose(layer.translate, place["translate"])
        if layer.data.shape != shown.shape:
            layer.data = shown.copy()
        else:
            layer.data[...] = shown
            if not moved:
                layer.refresh(thumbnail=False, extent=False, highlight=False)
        if moved:
            layer.translate = place["translate"]
        if role == "preview" and ct is not None and layer.contrast_limits != ct.contrast_limits:
            layer.contrast_limits = ct.contrast_limits

    def _add(self, role: str, array: NDArray[Any], place: dict[str, Any], ct: Any) -> Any:
        with keeping_active(self._viewer):
            layer = self._made(role, array, place, ct)
            self._put_in_order(layer, role, ct)
        return layer

    def _made(self, role: str, array: NDArray[Any], place: dict[str, Any], ct: Any) -> Any:
        if role == "outline":
            from napari.utils import DirectLabelColormap

            colors = {0: "transparent", None: _OUTLINE_COLOR}
            layer = add_outlined(
                self._viewer,
                array,
                name="Lesion outline",
                opacity=1.0,
                colormap=DirectLabelColormap(color_dict=colors),
                metadata=mark(role),
                **place,
            )
            layer.editable = False
        elif role == "difference":
            limits = (-_DIFFERENCE_HU, _DIFFERENCE_HU)
            layer = self._viewer.add_image(
                array,
                name=f"Difference (\u00b1{_DIFFERENCE_HU:.0f} HU)",
                colormap=_difference_colors(),
                contrast_limits=limits,
                metadata=mark(role),
                **place,
            )
        else:
            layer = self._viewer.add_image(
                array,
                name="Lesion preview",
                colormap="gray" if ct is None else ct.colormap,
                contrast_limits=(5, 155) if ct is None else ct.contrast_limits,
                metadata=mark(role),
                **place,
            )
        return layer

    def _put_in_order(self, layer: Any, role: str, ct: Any) -> None:
        """The lesion lies on its CT, below the organ's outline; all else below the sites' rings."""
        layers = self._viewer.layers
        if role == "preview" and ct in layers:
            layers.move(layers.index(layer), layers.index(ct) + 1)
        else:
            below_sites(self._viewer, layer)

    def _drop(self, role: str) -> None:
        remove_owned(self._viewer, [self._layers.pop(role, None)])


def _holds(outer: Box, inner: Box) -> bool:
    return all(o.start <= i.start and i.stop <= o.stop for o, i in zip(outer, inner, strict=True))


def _around(box: Box, spacing: tuple[float, ...], shape: tuple[int, ...]) -> Box:
    z, y, x = (
        slice(
            max(0, side.start - int(np.ceil(_MARGIN_MM / step))),
            min(size, side.stop + int(np.ceil(_MARGIN_MM / step))),
        )
        for side, step, size in zip(box, spacing, shape, strict=True)
    )
    return z, y, x


def _difference_colors() -> Any:
    """Blue where HU fell, orange where they rose, clear where nothing changed."""
    from napari.utils import Colormap

    colors = [
        [0.25, 0.61, 1.0, 1.0],
        [0.25, 0.61, 1.0, 0.0],
        [1.0, 0.54, 0.19, 0.0],
        [1.0, 0.54, 0.19, 1.0],
    ]
    return Colormap(colors, name="difference HU", controls=[0, 0.5, 0.5001, 1])
