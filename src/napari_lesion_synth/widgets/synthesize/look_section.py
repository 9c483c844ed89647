"""Look: before and after, the difference, three planes, the profile and the figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.widgets.canvas.case_layers import AUTO_WINDOW, window_for
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.images import PlanesView
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.plots import ProfilePlot
from napari_lesion_synth.widgets.synthesize.pictures import field_of_view, lesion_box
from napari_lesion_synth.widgets.workbench.look import Look
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["LookSection", "figures"]


class LookSection(QWidget):
    """What the lesion on the canvas looks like, in pictures and numbers.

    Parameters
    ----------
    bench : Workbench
        Whose lesion it is.
    stage : Stage
        Its canvas.
    """

    def __init__(self, bench: Workbench, stage: Stage) -> None:
        super().__init__()
        self._bench, self._stage = bench, stage
        self.before = button("&Before", "Show the CT without this lesion (Space)", checkable=True)
        self.before.toggled.connect(lambda on: stage.toggle(before=on))
        self.difference = button(
            "D&ifference",
            "Show what changed as a layer: blue darker, orange brighter (D)",
            checkable=True,
        )
        self.difference.toggled.connect(lambda on: stage.toggle(difference=on))
        self.outline = button(
            "&Outline",
            "Show the outline of the label, which is what a detector learns (O)",
            checkable=True,
        )
        self.outline.toggled.connect(self._on_outline)
        self.planes = PlanesView()
        self.plot = ProfilePlot()
        self.words = note(name="Figures of the lesion")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        layout.addWidget(row(self.before, self.difference, self.outline, None))
        for part in (self.planes, self.words, self.plot):
            layout.addWidget(part)
        stage.looked.connect(self.show_look)
        stage.preview_failed.connect(self._clear)
        bench.scene_changed.connect(self._on_scene)

    def close_section(self) -> None:
        """Stop listening to the workbench."""
        self._bench.scene_changed.disconnect(self._on_scene)

    def show_look(self, look: Look) -> None:
        """Show a lesion's planes, profile and figures."""
        case = self._bench.require_case()
        side = field_of_view(look.rendered.placed.site.diameter_mm)
        hu, mask, _ = lesion_box(case, look.rendered, side)
        window = window_for(case, AUTO_WINDOW)
        outline = self.outline.isChecked()
        self.planes.show_planes(hu, mask, case.volume.spacing, window, outline=outline)
        self.plot.show_profile(look.profile)
        self.words.setText(figures(look))

    def _on_outline(self, on: bool) -> None:
        self._stage.toggle(outline=on)
        self.planes.set_outline(on)

    def _on_scene(self, _before: Scene, after: Scene) -> None:
        if after.current is None:
            self._clear()

    def _clear(self, *_: Any) -> None:
        self.planes.clear()
        self.plot.clear()
        self.words.setText("")


def figures(look: Look) -> str:
    """A lesion's figures in words."""
    seen = look.appearance
    around = (
        (seen.note or "no parenchyma around it to compare with").rstrip(".")
        if np.isnan(seen.contrast_hu)
        else f"around {seen.around_hu:.0f} \u00b1 {seen.around_sd:.0f} HU, contrast "
        f"{seen.contrast_hu:+.0f} HU, CNR {seen.cnr:.1f}, conspicuity {seen.conspicuity:.0f} mm HU"
    )
    return (
        f"Lesion {seen.lesion_hu:.0f} \u00b1 {seen.lesion_sd:.0f} HU; {around}. "
        f"\u00d8 {seen.diameter_mm:.1f} mm, {seen.volume_ml:.2f} ml, {seen.voxels} voxels "
        f"({seen.changed_voxels} changed), {seen.min_hu:.0f} to {seen.max_hu:.0f} HU."
    )
