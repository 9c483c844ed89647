"""Where: the zones, placing by click, proposals, and the table of sites."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QCheckBox, QSpinBox, QWidget

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, column, form, note, row
from napari_lesion_synth.widgets.parts.number import NumberSlider
from napari_lesion_synth.widgets.synthesize.site_table import SiteTable
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["WhereSection"]

_LEAST_MM, _MOST_MM = 2.0, 200.0
_USUAL_MM = (3.0, 60.0)
_ZONES_AFTER_MS = 250
_TABLE_AFTER_MS = 80


class WhereSection(QWidget):
    """Sites: shown, placed, proposed, removed.

    Parameters
    ----------
    bench : Workbench
        Whose sites they are.
    stage : Stage
        Their canvas.
    on_error : callable
        Takes what went wrong.
    """

    busy = Signal(str)

    def __init__(
        self, bench: Workbench, stage: Stage, on_error: Callable[[Exception], None]
    ) -> None:
        super().__init__()
        self._bench, self._stage, self._on_error = bench, stage, on_error
        self._proposer = LatestOnly("proposing sites", self)
        self._proposer.finished.connect(self._on_proposed)
        self._proposer.failed.connect(self._on_failed)
        self._zones_timer = QTimer(self)
        self._zones_timer.setSingleShot(True)
        self._zones_timer.setInterval(_ZONES_AFTER_MS)
        self._zones_timer.timeout.connect(self._draw_zones)

        self._rest_timer = QTimer(self)
        self._rest_timer.setSingleShot(True)
        self._rest_timer.setInterval(_TABLE_AFTER_MS)
        self._rest_timer.timeout.connect(self._show_scene)
        self.place = button(
            "&Place by click",
            "Click in the organ to place a lesion, drag one to move it (the wheel carries it "
            "through the slices while you hold it), Delete removes it. Off: the mouse is "
            "napari's alone (Esc).",
            checkable=True,
        )
        self.place.clicked.connect(self._on_place)
        self.zones = QCheckBox("Show &zones")
        self.zones.setToolTip(
            "Colour where the centre of a lesion of this diameter makes it a rim lesion (orange, "
            "label 1) or an interior one (green, label 2). The depth under the mouse stands in "
            "the status bar."
        )
        self.zones.toggled.connect(self._on_zones)
        self.diameter = NumberSlider(_LEAST_MM, _MOST_MM, usual=_USUAL_MM, step=0.5, unit="mm")
        self.diameter.setToolTip(
            "Equivalent diameter of the selected lesion, and of those placed from now on "
            "([ and ] change it)."
        )
        self.diameter.set_value(bench.diameter_mm)
        self.diameter.value_changed.connect(self._on_diameter)
        self.diameter.edited.connect(bench.history.seal)
        self.rim_width = NumberSlider(0.0, 30.0, usual=(0.0, 15.0), step=0.5, unit="mm")
        self.rim_width.setToolTip(
            "A lesion whose surface comes this near to the capsule belongs to the rim."
        )
        self.rim_width.set_value(bench.rim_mm)
        self.rim_width.value_changed.connect(self._on_rim)
        self.table = SiteTable(bench, stage.contrast_of)
        self.table.jump.connect(stage.jump_to)
        self.table.fault.connect(on_error)
        self.remove = button(
            "&Delete", "Remove the chosen lesions, kept ones too (Delete)", self.remove_chosen
        )
        self.next = button("&Next", "Go to the next lesion (N)", self.go_next)
        self._build()
        bench.scene_changed.connect(self._on_scene)
        bench.case_changed.connect(self._on_case)
        stage.mode_changed.connect(self._on_mode)
        stage.looked.connect(self._on_looked)

    def _build(self) -> None:
        fields = GenerateSettings.model_fields
        self.count = QSpinBox()
        self.count.setRange(1, 500)
        self.count.setValue(5)
        self.count.setToolTip("Number of sites to propose")
        self.share = NumberSlider(0, 100, step=5, unit="%", decimals=0)
        self.share.set_value(50)
        self.share.setToolTip(f"{fields['rim'].description}".capitalize())
        self.propose = button(
            "P&ropose",
            "Choose sites at random over the whole organ, clear of large vessels, known lesions "
            "and each other; diameters within 20 % of the one above",
            self.propose_sites,
        )
        self.words = note(name="Zones and proposals")
        top = column(
            row(self.place, self.zones, None),
            form([("Diameter", self.diameter), ("Rim width", self.rim_width)]),
            form([("At the rim", self.share)]),
            row(self.count, self.propose, None),
            self.words,
            self.table,
            row(self.remove, self.next, None),
        )
        layout = top.layout()
        assert layout is not None
        self.count.setAccessibleName("Number of sites")
        self.setLayout(layout)

    def close_section(self) -> None:
        """Stop listening to the workbench."""
        self._proposer.close()
        self._zones_timer.stop()
        self._rest_timer.stop()
        self._bench.scene_changed.disconnect(self._on_scene)
        self._bench.case_changed.disconnect(self._on_case)

    # --- what the user does -----------------------------------------------------------------

    def _on_place(self, on: bool) -> None:
        self._stage.set_mode(Mode.PLACE if on else Mode.OFF)

    def _on_zones(self, on: bool) -> None:
        if on:
            self._draw_zones()
        else:
            self._stage.case_layers.hide_zones()

    def _draw_zones(self) -> None:
        case = self._bench.case
        if self.zones.isChecked() and case is not None and case.organ is not None:
            self._stage.case_layers.show_zones(case, self._bench.diameter_mm, self._bench.rim_mm)

    def _on_diameter(self, value: float) -> None:
        self._bench.diameter_mm = value
        current = self._bench.scene.current
        if current is not None:
            try:
                self._bench.resize(current.id, value, gesture="diameter")
            except LesionSynthError as error:
                self._on_error(error)
        if self.zones.isChecked():
            self._zones_timer.start()

    def _on_rim(self, value: float) -> None:
        self._bench.set_rim(value)
        if self.zones.isChecked():
            self._zones_timer.start()

    def step_diameter(self, steps: int) -> None:
        """Make the lesion larger or smaller by some millimetres."""
        value = min(max(self.diameter.value() + steps, _LEAST_MM), _MOST_MM)
        self.diameter.set_value(value)
        self._on_diameter(value)

    def propose_sites(self) -> None:
        """Choose sites in a thread; they are placed when they are found."""
        case = self._bench.case
        if case is None or case.organ is None:
            return
        diameter = self.diameter.value()
        call = partial(
            propose_sites,
            case,
            self.count.value(),
            rim_fraction=self.share.value() / 100,
            diameter_mm=(0.8 * diameter, 1.2 * diameter),
            seed=len(self._bench.scene.sites) + self._bench.history.depth,
            avoid=[placed.site for placed in self._bench.scene.sites],
            rim_mm=self._bench.rim_mm,
        )
        self.propose.setEnabled(False)
        self.busy.emit("Looking for sites")
        self._proposer.submit(call)

    def _on_proposed(self, _number: int, sites: list[Site]) -> None:
        self.propose.setEnabled(True)
        self.busy.emit("")
        rounded = [self._rounded(site) for site in sites]
        placed = self._bench.add(rounded, f"propose {len(sites)} lesions")
        if placed:
            self._stage.jump_to(placed[-1].id)

    @staticmethod
    def _rounded(site: Site) -> Site:
        return Site(site.center, site.zone, site.depth_mm, round(site.diameter_mm, 1))

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.propose.setEnabled(True)
        self.busy.emit("")
        self._on_error(error)

    def remove_chosen(self) -> None:
        """Remove the chosen rows' sites, or the selected one."""
        selected = self._bench.scene.selected
        self._bench.remove(self.table.chosen() or ([] if selected is None else [selected]))

    def go_next(self, step: int = 1) -> None:
        """Select the next site and show it."""
        ids = [placed.id for placed in self._bench.scene.sites]
        if not ids:
            return
        selected = self._bench.scene.selected
        place = ids.index(selected) + step if selected in ids else 0
        number = ids[place % len(ids)]
        self._bench.select(number)
        self._stage.jump_to(number)

    # --- what is shown ----------------------------------------------------------------------

    def _on_scene(self, before: Scene, after: Scene) -> None:
        self.diameter.set_value(self._bench.diameter_mm)
        same = before.selected == after.selected and before.commits is after.commits
        if same and len(before.sites) == len(after.sites):
            self._rest_timer.start()  # a slide or a drag: the table follows when it rests
        else:
            self._show_scene()

    def _show_scene(self) -> None:
        self._rest_timer.stop()
        self.table.show_scene(self._bench.scene)
        self._count()

    def _on_looked(self, _look: Any) -> None:
        self.table.show_scene(self._bench.scene)

    def _on_mode(self, mode: str) -> None:
        self.place.setChecked(mode == Mode.PLACE.value)

    def _on_case(self) -> None:
        self.words.setText("")
        if self._bench.ready:
            self._draw_zones()
            self._count()

    def _count(self) -> None:
        scene = self._bench.scene
        zones = [placed.site.zone.value for placed in scene.sites]
        rim = zones.count("rim")
        if not zones:
            self.words.setText("No lesions yet: click in the organ, or let some be proposed.")
            return
        plural = "" if len(zones) == 1 else "s"
        self.words.setText(
            f"{len(zones)} lesion{plural}: {rim} at the rim, {len(zones) - rim} interior; "
            f"{len(scene.commits)} kept"
        )
