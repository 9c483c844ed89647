"""Evaluate: how good detectors and arms are, and a look at what they missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Stopped
from napari_lesion_synth.widgets.detect.evaluate_canvas import Cases
from napari_lesion_synth.widgets.detect.evaluate_new import EvaluateNew
from napari_lesion_synth.widgets.detect.evaluate_places import EvaluatePlaces
from napari_lesion_synth.widgets.detect.evaluate_plot import FrocPlot
from napari_lesion_synth.widgets.detect.evaluate_power import EvaluatePower
from napari_lesion_synth.widgets.detect.evaluate_reading import Found, Kind, Reading
from napari_lesion_synth.widgets.detect.evaluate_report import EvaluateReport
from napari_lesion_synth.widgets.detect.evaluate_table import FigureTable
from napari_lesion_synth.widgets.detect.evaluate_view import View
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, column, form, note, row
from napari_lesion_synth.widgets.parts.section import Section

__all__ = ["EvaluateTab"]

_EVERY_MS = 3000
"""An experiment that goes on is looked at so often."""

_TICK_MS = 200
_ASK = "Choose a folder that evaluate, experiment run or detect wrote; an experiment may still run."
_SHOWN_ARMS = 5


class EvaluateTab(QWidget):
    """Curves, strata, arms compared, misses and false alarms of what a folder holds.

    Parameters
    ----------
    viewer : napari.Viewer
        Where misses and false alarms are shown.
    cases : callable
        Gives the CTs that are open as cases: pairs of `Case` and `Frame`.
    on_error : callable
        Takes what went wrong.
    """

    changed = Signal()
    """Something else is shown."""

    def __init__(
        self,
        viewer: Any,
        cases: Cases,
        on_error: Callable[[Exception], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.view: View | None = None
        self._found: Found | None = None
        self._reading: Reading | None = None
        self.folder: Path | None = None
        self.name = QLabel("No folder is chosen.")
        self.name.setAccessibleName("Folder that is looked at")
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = button("&Folder…", _ASK, self.ask)
        self.status = note(_ASK, name="State of the folder")
        self.heading = note(name="What is looked at")
        self.warning = note(name="What has to be known first")
        self.listed = QListWidget()
        self.listed.setAccessibleName("Arms or detectors")
        self.listed.setToolTip("Ticked ones are drawn; space ticks.")
        self.plot = FrocPlot("Free-response curves")
        self.rule = note(name="What a hit is")
        self.rate = Choice()
        self.rate.setToolTip("False alarms at which arms are compared and lesions are grouped.")
        self.compared = FigureTable("Arms compared")
        self.claims = note(name="What is shown")
        self.arm = Choice()
        self.arm.setToolTip("Whose groups of lesions, misses and false alarms are listed.")
        self.strata = FigureTable("Groups of lesions")
        self.places = EvaluatePlaces(viewer, cases, on_error)
        self.report = EvaluateReport(self._drawn, on_error)
        self.limits = note(name="What cannot be concluded")
        self.new = EvaluateNew(on_error)
        self.power = EvaluatePower()
        self.sections: dict[str, Section] = {}
        self._lay_out()
        self._worker = LatestOnly("evaluation", self)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        for part in (row(self.name, self.choose, stretch=0), self.status, self.heading):
            layout.addWidget(part)
        layout.addWidget(self.warning)
        curves = column(self.listed, self.plot, self.rule)
        for part in (self.listed, self.rate, self.arm):
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rates = form([("False alarms", self.rate)])
        self._arms = form([("Look at", self.arm)])
        self._add(layout, "Free-response curve", curves)
        layout.addWidget(self._rates)
        self._add(layout, "Compared", column(self.compared, self.claims))
        layout.addWidget(self._arms)
        self._add(layout, "Which lesions are found", self.strata)
        self._add(layout, "Misses and false alarms", self.places)
        layout.addWidget(self.report)
        self._add(layout, "What cannot be concluded", self.limits, expanded=False)
        self._add(layout, "Evaluate findings", self.new, expanded=False)
        self._add(layout, "Before you run: what can be seen", self.power, expanded=False)
        layout.addStretch(1)

    def _add(
        self, layout: QVBoxLayout, title: str, content: QWidget, *, expanded: bool = True
    ) -> None:
        section = self.sections[title] = Section(title, expanded=expanded)
        section.set_content(content)
        layout.addWidget(section)

    def _connect(self) -> None:
        self._worker.finished.connect(self._on_read)
        self._worker.failed.connect(self._on_failed)
        self._timer.timeout.connect(self.look_again)
        self._tick.timeout.connect(self._show_step)
        self.listed.itemChanged.connect(lambda _item: self._show_curves())
        self.rate.currentIndexChanged.connect(lambda _place: self._on_rate())
        self.arm.currentIndexChanged.connect(lambda _place: self._show_arm())
        self.new.evaluated.connect(self.set_folder)
        power = self.sections["Before you run: what can be seen"]
        power.toggled.connect(lambda on: self.power.work_out() if on else None)

    def close_tab(self) -> None:
        """Let the viewer go: threads, processes, marks."""
        self._timer.stop()
        self._tick.stop()
        if self._reading is not None:
            self._reading.token.stop()
        self._worker.close()
        self.places.close_part()
        self.report.close_part()
        self.new.close_part()
        self.power.close_part()

    # --- the folder ---------------------------------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether a folder is being read."""
        return self._worker.awaiting

    def ask(self) -> None:
        """Ask for a folder."""
        start = "" if self.folder is None else str(self.folder.parent)
        title = "An evaluation, an experiment, or findings"
        chosen = QFileDialog.getExistingDirectory(self, title, start)
        if chosen:
            self.set_folder(Path(chosen))

    def set_folder(self, folder: Path) -> None:
        """Look at another folder, or at the same one anew."""
        if self._reading is not None:
            self._reading.token.stop()
        self.folder = folder
        self._found = None
        self.name.setText(folder.name)
        self.name.setToolTip(str(folder))
        self._read(folder)

    def look_again(self) -> None:
        """See whether an experiment has got further."""
        if self.folder is not None and not self._worker.awaiting and self.isVisible():
            self._read(self.folder)

    def _read(self, folder: Path) -> None:
        self._reading = Reading(folder, () if self._found is None else self._found.stamp)
        if self._found is None:
            self.status.setText("Reading…")
            self.status.show()
            self._tick.start()
        self._worker.submit(self._reading)

    def _show_step(self) -> None:
        if self._reading is not None and self._reading.step and self._worker.awaiting:
            self.status.setText(f"Working it out: {self._reading.step}…")

    def _on_read(self, number: int, found: Found) -> None:
        if number != self._worker.newest:
            return
        self._tick.stop()
        if self._found is not None and found.view is None and not found.words:
            return  # nothing has changed
        another = self.view is None or self._found is None
        self._found, self.view = found, found.view
        self.status.setText(found.words)
        self.status.setVisible(bool(found.words))
        if found.kind is Kind.FINDINGS:
            self.new.sources.add_folder(found.folder)
            self.sections["Evaluate findings"].set_expanded(True)
        if found.going:
            self._timer.start()
        else:
            self._timer.stop()
        self._fill(another=another)
        self._show()

    def _on_failed(self, number: int, error: Exception) -> None:
        if number != self._worker.newest or isinstance(error, Stopped):
            return
        self._tick.stop()
        words = str(error) if isinstance(error, LesionSynthError) else repr(error)
        self.status.setText(f"⚠ {words}")
        self.status.show()
        if self._found is None:  # else what was read before stays, and is read again
            self._timer.stop()
            self.view = None
            self._show()

    # --- what is shown ------------------------------------------------------------------------

    def _fill(self, *, another: bool) -> None:
        """Names and rates of what is looked at now; of the same folder the choices are kept."""
        view = self.view
        if view is None:
            return
        ticked = set(view.drawn) if another else set(self._drawn())
        arm, rate = ("", "") if another else (self.arm.currentText(), self.rate.currentText())
        for part in (self.listed, self.arm, self.rate):
            part.blockSignals(True)
            part.clear()
        for place, name in enumerate(view.names):
            item = QListWidgetItem(self.plot.icon(place), name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            on = name in ticked
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.listed.addItem(item)
        lines = min(len(view.names), _SHOWN_ARMS)
        self.listed.setFixedHeight(lines * self.listed.sizeHintForRow(0) + 6)
        self.arm.addItems(list(view.names))
        self.rate.addItems(list(view.rates))
        others = [name for name in view.drawn if name != view.baseline]
        first = others[0] if others else view.names[0]
        self.arm.setCurrentText(arm if arm in view.names else first)
        self.rate.setCurrentText(rate if rate in view.rates else view.rate)
        for part in (self.listed, self.arm, self.rate):
            part.blockSignals(False)

    def _show(self) -> None:
        """Bring everything in step with the view."""
        view = self.view
        here = view is not None
        for title, section in self.sections.items():
            if title not in ("Evaluate findings", "Before you run: what can be seen"):
                section.setVisible(here)
        for part in (self._rates, self._arms, self.heading):
            part.setVisible(here)
        self.warning.setVisible(view is not None and bool(view.warning))
        self.report.set_view(view)
        if view is None:
            self.places.show_places(None, "", None)
        else:
            self.heading.setText(view.heading)
            self.warning.setText(f"⚠ {view.warning}")
            self.rule.setText(view.rule)
            self.claims.setText("\n".join(view.claims))
            self.limits.setText("\n".join(view.limits))
            self.listed.setVisible(len(view.names) > 1)
            self._on_rate()
        self.changed.emit()

    @property
    def chosen_rate(self) -> float | None:
        """False alarms that are looked at; None: a threshold."""
        return None if self.view is None else self.view.rates.get(self.rate.currentText())

    def _drawn(self) -> tuple[str, ...]:
        items: list[Any] = [self.listed.item(place) for place in range(self.listed.count())]
        return tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)

    def _on_rate(self) -> None:
        if self.view is not None:
            self.compared.show_table(self.view.arms(self.chosen_rate))
            self._show_curves()
            self._show_arm()

    def _show_curves(self) -> None:
        view = self.view
        if view is None:
            return
        drawn = self._drawn()
        curves = {k: view.curve(name) for k, name in enumerate(view.names) if name in drawn}
        self.plot.show_curves(curves, view.per, view.rule, self.chosen_rate)

    def _show_arm(self) -> None:
        view, name = self.view, self.arm.currentText()
        if view is not None and name:
            self.strata.show_table(view.strata(name, self.chosen_rate))
            self.places.show_places(view, name, self.chosen_rate)
