"""Limits: which lesions a detector finds in a CT, by diameter, contrast and depth."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFileDialog, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.evaluation.limits.settings import Cell
from napari_lesion_synth.evaluation.limits.words import (
    cautions,
    difference_sentence,
    operating_words,
    panel_sentence,
)
from napari_lesion_synth.jobs.limit_report import REPORT
from napari_lesion_synth.widgets.detect.evaluate_canvas import Cases
from napari_lesion_synth.widgets.detect.evaluate_report import show_page
from napari_lesion_synth.widgets.detect.limit_lesions import LimitLesions
from napari_lesion_synth.widgets.detect.limit_new import LimitNew
from napari_lesion_synth.widgets.detect.limit_plot import LimitPlot
from napari_lesion_synth.widgets.detect.limit_reader import LimitReader
from napari_lesion_synth.widgets.detect.limit_view import LimitView, read_view
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, column, form, note, row
from napari_lesion_synth.widgets.parts.number import NumberSlider
from napari_lesion_synth.widgets.parts.section import Section

__all__ = ["LimitsPage"]

_SETTLED_MS = 300
_REST_MS = 4000
"""A map that is being made is told anew so often at most: the search needs the processor."""

_ASK = "Make a map below, or choose the folder of one that limit-map wrote."


class LimitsPage(QWidget):
    """A map, the lesions of its cells in napari, and the making of a new one.

    Parameters
    ----------
    viewer : napari.Viewer
        Where lesions are shown.
    cases : callable
        Gives the CTs that are open as cases: pairs of `Case` and `Frame`.
    on_error : callable
        Takes what went wrong.
    """

    changed = Signal()
    """Another map is shown, or the same at another threshold."""

    def __init__(
        self,
        viewer: Any,
        cases: Cases,
        on_error: Callable[[Exception], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.view: LimitView | None = None
        self.folder: Path | None = None
        self.show_page: Callable[[Path], bool] = show_page
        self.name = QLabel("No map is chosen.")
        self.name.setAccessibleName("Map that is looked at")
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = button("&Folder…", _ASK, self.ask)
        self.status = note(_ASK, name="State of the map")
        self.method, self.band = Choice(), Choice()
        self.method.setToolTip("How the lesions were made.")
        self.band.setToolTip("How deep below the capsule they lie.")
        self.plot = LimitPlot("Lesions found by diameter and contrast")
        self.sentence = note(name="What the map says")
        self.threshold = NumberSlider(0.0, 1.0, step=0.01, decimals=2)
        self.threshold.setToolTip("Findings of a lower score do not count; nothing is searched.")
        self.threshold.slider.setAccessibleName("Threshold of the score")
        self.threshold.box.setAccessibleName("Threshold of the score, as a number")
        self.price = note(name="What the threshold costs")
        self.warnings = note(name="What to beware of")
        self.report = button("Open &report", "Open the map's page in the browser", self.open_report)
        self.lesions = LimitLesions(viewer, cases, on_error)
        self.reader = LimitReader(cases, on_error)
        self.new = LimitNew(cases, on_error)
        self.sections: dict[str, Section] = {}
        self._lay_out()
        self._worker = LatestOnly("detection-limit map", self)
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        for part in (self.method, self.band):
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._map = column(
            form([("Method", self.method), ("Depth", self.band)]),
            self.plot,
            self.sentence,
            form([("Threshold", self.threshold)]),
            self.price,
            self.warnings,
            row(self.report, None),
        )
        layout.addWidget(row(self.name, self.choose, stretch=0))
        layout.addWidget(self.status)
        self._add(layout, "Which lesions are found", self._map)
        self._add(layout, "Lesions of a cell", self.lesions)
        self._add(layout, "Your own limit", self.reader, expanded=False)
        self._add(layout, "New map", self.new)
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
        self._settled.timeout.connect(self._read)
        for choice in (self.method, self.band):
            choice.currentIndexChanged.connect(lambda _place: self._show_panel())
        self.threshold.value_changed.connect(lambda _value: self._settled.start())
        self.plot.chosen.connect(self._on_cell)
        self.reader.curves_changed.connect(self._show_panel)
        self.new.begun.connect(self._on_begun)
        self.new.ended.connect(self.set_folder)

    def close_tab(self) -> None:
        """Let the viewer go: threads, the process, layers."""
        self._settled.stop()
        self._worker.close()
        self.lesions.close_part()
        self.reader.close_part()
        self.new.close_part()

    # --- the folder ---------------------------------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether a map is being read."""
        return self._worker.awaiting or self._settled.isActive()

    def ask(self) -> None:
        """Ask for the folder of a map."""
        start = "" if self.folder is None else str(self.folder.parent)
        chosen = QFileDialog.getExistingDirectory(self, "A detection-limit map", start)
        if chosen:
            self.set_folder(Path(chosen))

    def set_folder(self, folder: Path) -> None:
        """Look at a map; of another one at the detector's own threshold."""
        if self.folder != folder:
            self.view = None
        self.folder = folder
        self.name.setText(folder.name)
        self.name.setToolTip(str(folder))
        if self.view is None:
            self.status.setText("Reading…")
            self.status.show()
        self._read()

    def _on_begun(self, folder: Path) -> None:
        """A copy more has been searched: what is there is shown."""
        if not self._worker.awaiting and not self._rest.isActive():
            self._rest.start()
            self.set_folder(folder)

    def _read(self) -> None:
        if self.folder is not None:
            wanted = None if self.view is None else self.threshold.value()
            self._worker.submit(partial(read_view, self.folder, wanted))

    def _on_read(self, number: int, view: LimitView) -> None:
        if number != self._worker.newest or view.folder != self.folder:
            return
        another = self.view is None
        self.view = view
        if another:
            self.threshold.blockSignals(True)
            self.threshold.set_value(view.made.searched.threshold)
            self.threshold.blockSignals(False)
            self.reader.follow(view.made.searched.settings)
        self._fill(view)
        self._show()

    def _on_failed(self, number: int, error: Exception) -> None:
        if number != self._worker.newest:
            return
        words = str(error) if isinstance(error, LesionSynthError) else repr(error)
        self.status.setText(words if self.new.run.running else f"⚠ {words}")
        self.status.show()
        if self.view is None:
            self._show()

    # --- what is shown ------------------------------------------------------------------------

    def _fill(self, view: LimitView) -> None:
        settings = view.made.searched.settings
        names = (settings.methods, tuple(band.name for band in settings.bands))
        for choice, wanted in zip((self.method, self.band), names, strict=True):
            if tuple(choice.itemText(k) for k in range(choice.count())) == wanted:
                continue
            choice.blockSignals(True)
            choice.clear()
            choice.addItems(list(wanted))
            choice.blockSignals(False)

    def _show(self) -> None:
        view = self.view
        for title in ("Which lesions are found", "Lesions of a cell"):
            self.sections[title].setVisible(view is not None)
        if view is None:
            self.plot.clear()
            self.lesions.show_cell(None, None)
            self.changed.emit()
            return
        searched = view.made.searched
        part = searched.copies < searched.copies_planned
        self.status.setText(
            f"{searched.detector} in {', '.join(view.made.cts)}"
            + (f"; {searched.copies} of {searched.copies_planned} copies so far" if part else "")
        )
        self.status.show()
        told = [*cautions(view.made), *map(difference_sentence, view.made.differences)]
        self.warnings.setText("\n".join(told))
        self.warnings.setVisible(bool(told))
        self.price.setText(operating_words(view.made))
        self.report.setEnabled((view.folder / REPORT).exists())
        self._show_panel()
        self.changed.emit()

    def _show_panel(self) -> None:
        view = self.view
        if view is None:
            return
        method, band = self.method.currentText(), self.band.currentText()
        self.plot.show_panel(view.made, method, band, self.reader.curves)
        self.sentence.setText(panel_sentence(view.made, method, band))
        self.lesions.show_cell(view, self.plot.cell)

    def _on_cell(self, cell: Cell) -> None:
        self.lesions.show_cell(self.view, cell)

    def open_report(self) -> None:
        """Open the page."""
        if self.view is not None and not self.show_page(self.view.folder / REPORT):
            self.status.setText(f"Open {self.view.folder / REPORT} in a browser.")
