"""Small plots of HU across a lesion's surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.synthesis.appearance import Profile
from napari_lesion_synth.synthesis.fit import RadialProfile, SigmoidFit
from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of

__all__ = ["FitPlot", "ProfilePlot"]

_DISTANCE = "outside \u2190 distance to the surface (mm) \u2192 inside"


class _AcrossSurface(Plot):
    """HU by distance from a surface, which is a dotted line."""

    axes = (_DISTANCE, "HU")

    def _draw_surface(self) -> None:
        import pyqtgraph

        self._graph.addItem(
            pyqtgraph.InfiniteLine(0.0, angle=90, pen=pen_of(self._faint, 1, "dot"))
        )


class ProfilePlot(_AcrossSurface):
    """Mean HU by distance from the lesion's surface, without and with the lesion."""

    waiting = "The profile appears with a lesion."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Profile across the lesion's surface", parent)
        self.setToolTip(
            "<qt>Mean HU of the organ by distance from the lesion's surface: negative outside, "
            "positive inside; the dotted line is the surface.</qt>"
        )

    def show_profile(self, profile: Profile) -> None:
        """Show a lesion's profile; an empty one is as none."""
        if not profile.distance_mm.size:
            self.clear()
            return
        self._show(profile, _told(profile))

    def _draw_curves(self) -> Sequence[Entry]:
        profile: Profile = self._shown
        self._draw_surface()
        host, lesion = pen_of(self._ink, 1.5, "dash"), pen_of(self._accent, 2.0)
        self._line(profile.distance_mm, profile.host_hu, host)
        self._line(profile.distance_mm, profile.lesion_hu, lesion)
        return Entry("CT before", host), Entry("with the lesion", lesion)


class FitPlot(_AcrossSurface):
    """A real lesion's mean HU by depth, and the sigmoid model fitted to it."""

    waiting = "The fit to a real lesion appears here."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Fit to a real lesion", parent)
        self.setToolTip(
            "<qt>Dots: a real lesion's mean HU by distance from its surface, with standard errors. "
            "Line: the sigmoid model fitted to it.</qt>"
        )

    def show_fit(self, profile: RadialProfile, fit: SigmoidFit) -> None:
        """Show a lesion's profile and its fit."""
        told = (
            f"{fit.donor}: {fit.delta_hu:.0f} HU, edge {fit.edge_mm:.1f} mm, "
            f"residual {fit.residual_hu:.0f} HU"
        )
        self._show((profile, fit), told)

    def _draw_curves(self) -> Sequence[Entry]:
        import pyqtgraph

        profile, fit = self._shown
        self._draw_surface()
        real, model = pen_of(self._ink, 1.0), pen_of(self._accent, 2.0)
        bars = pyqtgraph.ErrorBarItem(
            x=profile.depth_mm, y=profile.mean_hu, height=2 * profile.error_hu, pen=real
        )
        self._graph.addItem(bars)
        self._graph.plot(
            profile.depth_mm,
            profile.mean_hu,
            pen=None,
            symbol="o",
            symbolSize=5,
            symbolPen=None,
            symbolBrush=self._ink,
        )
        self._line(profile.depth_mm, profile.model_hu, model)
        text = f"model, residual {fit.residual_hu:.0f} HU"
        return Entry("real lesion", real, dot=True), Entry(text, model)


def _told(profile: Profile) -> str:
    """A profile in words."""
    inside = profile.distance_mm > 0
    parts = []
    for where, chosen in (("inside", inside), ("outside", ~inside)):
        if chosen.any():
            weights = profile.voxels[chosen]
            before, after = (
                np.average(hu[chosen], weights=weights)
                for hu in (profile.host_hu, profile.lesion_hu)
            )
            parts.append(f"{where} {before:.0f} HU before, {after:.0f} HU with the lesion")
    return "; ".join(parts)
