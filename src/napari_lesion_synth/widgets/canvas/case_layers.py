"""The CT, the organ and the zones as napari layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.windows import LIVER, WINDOWS, Window, liver_window
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.outlined import add_outlined
from napari_lesion_synth.widgets.canvas.owned import (
    below_sites,
    is_owned,
    keeping_active,
    mark,
    remove_owned,
)

__all__ = ["AUTO_WINDOW", "CaseLayers", "window_for"]

AUTO_WINDOW = "auto liver"
"""Name of the window that follows the liver's own level."""

_RIM_COLOR, _INTERIOR_COLOR = "#ff9f1c", "#2ec4b6"
_ORGAN_COLOR, _KNOWN_COLOR = "#8ecae6", "#ff6b6b"
_SAMPLES = 20_000


class CaseLayers:
    """Shows one case; makes its layers and takes them away again.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self.frame: Frame | None = None
        self.ct: Any = None
        self.organ: Any = None
        self.zones: Any = None
        self.known: Any = None
        self._foreign: Any = None

    def show_ct(
        self, case: Case, frame: Frame, name: str, window: str, foreign: Any = None
    ) -> None:
        """Show a CT in a layer of our own, or take the user's layer for it until one is needed."""
        self.clear()
        self.frame = frame
        if foreign is not None:
            self.ct = self._foreign = foreign
            return
        self.ct = self._viewer.add_image(
            frame.shown(case.volume.hu),
            name=name,
            colormap="gray",
            contrast_limits=window_for(case, window).limits,
            metadata={**mark("ct"), "patient": case.patient},
            **frame.options(),
        )
        self.ct.contrast_limits_range = (-1024, 3071)

    def show_working(self, hu: NDArray[np.int16]) -> None:
        """Show the CT with the kept lesions; the user's own layer is hidden, never changed."""
        if self.frame is None or self.ct is None:
            return
        shown = self.frame.shown(hu)
        if self._foreign is None:
            self.ct.data = shown
            return
        if self.ct is self._foreign:
            self._replace_foreign(shown)
        else:
            self.ct.data = shown

    def _replace_foreign(self, shown: NDArray[np.int16]) -> None:
        assert self.frame is not None
        foreign = self._foreign
        place = self._viewer.layers.index(foreign) if foreign in self._viewer.layers else 0
        with keeping_active(self._viewer):
            self.ct = self._viewer.add_image(
                shown,
                name=f"{foreign.name} with lesions",
                colormap=foreign.colormap,
                contrast_limits=foreign.contrast_limits,
                metadata=mark("ct"),
                **self.frame.options(),
            )
        self._viewer.layers.move(self._viewer.layers.index(self.ct), place + 1)
        foreign.visible = False

    def bring_back(self, hu: NDArray[np.int16], organ: NDArray[np.bool_] | None) -> None:
        """Show the CT and the organ again where the user has removed their layers."""
        layers = self._viewer.layers
        if self.frame is None or self.ct is None or self.ct in layers:
            return
        with keeping_active(self._viewer):
            self.ct = self._viewer.add_image(
                self.frame.shown(hu),
                name=self.ct.name,
                colormap="gray",
                contrast_limits=self.ct.contrast_limits,
                metadata=mark("ct"),
                **self.frame.options(),
            )
            layers.move(layers.index(self.ct), 0)
            self._foreign = None
        if organ is not None:
            self.show_organ(organ)

    def refresh_ct(self) -> None:
        """Draw the CT again after lesions were pasted or taken back."""
        if self.ct is not None and is_owned(self.ct):
            self.ct.refresh(extent=False, highlight=False, thumbnail=False)

    def set_window(self, case: Case, name: str) -> Window:
        """Show the CT through another window."""
        window = window_for(case, name)
        if self.ct is not None:
            self.ct.contrast_limits = window.limits
        return window

    def show_organ(self, mask: NDArray[np.bool_]) -> None:
        """Show the organ in a Labels layer of our own, which the user may paint on."""
        if self.frame is None:
            return
        shown = self.frame.shown(mask.astype(np.uint8))
        if self.organ is not None and self.organ in self._viewer.layers:
            self.organ.data = shown
            return
        from napari.utils import DirectLabelColormap

        with keeping_active(self._viewer):
            self.organ = add_outlined(
                self._viewer,
                shown,
                name="Organ",
                opacity=0.7,
                colormap=DirectLabelColormap(color_dict={0: "transparent", None: _ORGAN_COLOR}),
                metadata=mark("organ"),
                **self.frame.options(),
            )
            below_sites(self._viewer, self.organ)

    def organ_mask(self, label: int | None = None) -> NDArray[np.bool_] | None:
        """What the Organ layer holds now, (z, y, x), as a copy; None without one or if empty."""
        if self.organ is None:
            return None
        data = np.asarray(self.organ.data)
        mask: NDArray[np.bool_] = data != 0 if label is None else data == label
        mask = mask[np.newaxis] if mask.ndim == 2 else mask
        return mask if mask.any() else None

    def show_zones(self, case: Case, diameter_mm: float, rim_mm: float) -> None:
        """Colour where the centre of a lesion of this size makes it a rim or an interior one."""
        if self.frame is None or case.organ is None:
            return
        organ = case.organ
        depth = organ.depth_map
        inside = organ.mask[organ.bbox]
        zones = np.where(depth - diameter_mm / 2 < rim_mm, 1, 2).astype(np.uint8)
        zones[~inside] = 0
        shown = self.frame.shown(zones)
        if self.zones is not None and self.zones in self._viewer.layers:
            if self.zones.data.shape == shown.shape:
                self.zones.data = shown
                self.zones.translate = self.frame.options(organ.bbox)["translate"]
                return
            self._viewer.layers.remove(self.zones)
        from napari.utils import DirectLabelColormap

        colors = {0: "transparent", 1: _RIM_COLOR, 2: _INTERIOR_COLOR, None: "transparent"}
        with keeping_active(self._viewer):
            self.zones = self._viewer.add_labels(
                shown,
                name="Zones (1 rim, 2 interior)",
                opacity=0.35,
                colormap=DirectLabelColormap(color_dict=colors),
                metadata=mark("zones"),
                features={"zone": ["outside", "rim", "interior"]},
                **self.frame.options(organ.bbox),
            )
            below_sites(self._viewer, self.zones)
        self.zones.editable = False

    def hide_zones(self) -> None:
        """Take the zones away."""
        remove_owned(self._viewer, [self.zones])
        self.zones = None

    def show_known(self, case: Case) -> None:
        """Outline the known lesions, so that one sees what can be clicked."""
        self.hide_known()
        if self.frame is None or case.lesions is None:
            return
        from napari.utils import DirectLabelColormap

        with keeping_active(self._viewer):
            self.known = add_outlined(
                self._viewer,
                self.frame.shown(np.asarray(case.lesions, bool).view(np.uint8)),
                name="Known lesions",
                opacity=1.0,
                colormap=DirectLabelColormap(color_dict={0: "transparent", None: _KNOWN_COLOR}),
                metadata=mark("known lesions"),
                **self.frame.options(),
            )
            below_sites(self._viewer, self.known)
        self.known.editable = False

    def hide_known(self) -> None:
        """Take the outlines of the known lesions away."""
        remove_owned(self._viewer, [self.known])
        self.known = None

    def clear(self) -> None:
        """Take all layers of ours away, and forget the user's."""
        ct = self.ct if self.ct is not self._foreign else None
        remove_owned(self._viewer, [ct, self.organ, self.zones, self.known])
        if self._foreign is not None and self._foreign in self._viewer.layers:
            self._foreign.visible = True
        self.ct = self.organ = self.zones = self.known = self._foreign = self.frame = None


def window_for(case: Case, name: str) -> Window:
    """A display window by name; `AUTO_WINDOW` follows the median of the organ."""
    known = {window.name: window for window in WINDOWS}
    if name in known:
        return known[name]
    if case.organ is None:
        return LIVER
    organ = case.organ
    inside = organ.mask[organ.bbox].ravel()
    step = max(1, inside.size // _SAMPLES)
    values = case.volume.hu[organ.bbox].ravel()[::step][inside[::step]]
    return liver_window(float(np.median(values))) if values.size else LIVER
