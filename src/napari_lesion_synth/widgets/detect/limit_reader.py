"""Your own limit: a reader is asked in the open CT, and their curve drawn into the map."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from qtpy.QtCore import Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import InputError, LesionSynthError
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit, read_reader_limits
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import Event, StopToken
from napari_lesion_synth.jobs.reader_job import PictureSettings, ReaderJob
from napari_lesion_synth.jobs.reader_limit import open_reader
from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.limits.reader_limit import READER_JSON
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings
from napari_lesion_synth.widgets.detect.evaluate_canvas import Cases
from napari_lesion_synth.widgets.detect.limit_fields import first_words, list_line, numbers_in
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder
from napari_lesion_synth.widgets.reader.window import ReaderWindow
from napari_lesion_synth.widgets.study.participant.screens import ScreenChoice

__all__ = ["LimitReader"]

_FIRST = ("trials_each", "task")
_DEPTHS = {"all depths": "", "rim": "rim", "deep": "deep"}
_ASK = "Opens a full-screen window with two pictures: which has the lesion? Esc pauses."


class LimitReader(QWidget):
    """What the reader is asked, where, and the curves that are drawn.

    Parameters
    ----------
    cases : callable
        Gives the CTs that are open as cases.
    on_error : callable
        Takes what went wrong.
    """

    curves_changed = Signal()
    """Other curves than before are to be drawn."""

    def __init__(
        self, cases: Cases, on_error: Callable[[Exception], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._open_cases, self._on_error = cases, on_error
        self.curves: tuple[ReaderLimit, ...] = ()
        self.window_shown: ReaderWindow | None = None
        self.ct, self.depth, self.screen = Choice(), Choice(), ScreenChoice()
        self.depth.addItems(list(_DEPTHS))
        self.depth.setToolTip("How deep below the capsule the lesions lie.")
        self.ct.setToolTip("Which of the CTs that are open, with its organ.")
        for choice in (self.ct, self.depth, self.screen):
            choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.diameters = list_line(str(VisibilitySettings.model_fields["diameters_mm"].description))
        self.questions = ParameterForm(
            VisibilitySettings,
            _FIRST,
            advanced=("contrasts_hu", "levels", "empty_share", "share", "seed"),
        )
        self.bright = QCheckBox("Brighter than the organ")
        self.bright.setToolTip("Not ticked: darker.")
        self.name = QLineEdit("reader")
        self.name.setToolTip(f"<qt>{ReaderJob.model_fields['name'].description}.</qt>")
        self.folder = OutputFolder(stem="reader", holds="the answers are kept in")
        self.begin = button("&Ask a reader", _ASK, self.start)
        self.load = button("C&urve…", "Draw a curve that was measured before", self.ask_file)
        self.status = note(_ASK, name="State of the reader")
        self._worker = LatestOnly("reader's pictures", self)
        self._lay_out()
        self._worker.finished.connect(self._on_opened)
        self._worker.failed.connect(self._on_failed)
        self.follow(LimitSettings())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            form([("CT", self.ct), ("Depth", self.depth), ("Diameters (mm)", self.diameters)]),
            self.bright,
            self.questions,
            form([("Name", self.name), ("Screen", self.screen), ("Folder", self.folder)]),
            row(self.begin, self.load, None),
            self.status,
        ):
            layout.addWidget(part)

    def close_part(self) -> None:
        """Let the window and the thread go."""
        self.screen.close_part()
        if self.window_shown is not None:
            self.window_shown.close()
        self._worker.close()

    # --- what is asked ------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Offer the CTs that are open by now."""
        super().showEvent(event)
        self.list_cts()

    def list_cts(self) -> None:
        """Offer the CTs that are open now."""
        kept = self.ct.currentText()
        self.ct.clear()
        for case, _ in self._open_cases():
            if case.organ is not None:
                self.ct.addItem(case.patient, case)
        self.ct.setCurrentIndex(max(0, self.ct.findText(kept)))

    def follow(self, grid: LimitSettings) -> None:
        """Ask for the sizes and the sign of a map, so that the curves belong together."""
        self.diameters.setText(", ".join(f"{size:g}" for size in grid.diameters_mm))
        self.bright.setChecked(grid.contrasts_hu[0] > 0)

    def job(self) -> ReaderJob:
        """What is asked for.

        Raises
        ------
        ParameterError, ValidationError
            If something cannot be read, or makes no sense.
        """
        return ReaderJob(
            out=self.folder.folder,
            name=self.name.text().strip(),
            asked=VisibilitySettings(
                **self.questions.values(),
                diameters_mm=numbers_in("Diameters (mm)", self.diameters.text()),
                dark=not self.bright.isChecked(),
            ),
            pictures=PictureSettings(depth=_DEPTHS[self.depth.currentText()]),
        )

    # --- the reader ---------------------------------------------------------------------------

    def start(self) -> None:
        """Look for places in the CT, and open the window; a reader who stopped goes on."""
        if self.window_shown is not None or self._worker.awaiting:
            return
        self.list_cts()
        case = cast("Case | None", self.ct.currentData())
        if case is None:
            self.status.setText("⚠ No CT with its organ is open: open one in the tab Detect first.")
            return
        try:
            job = self.job()
        except (LesionSynthError, ValidationError) as error:
            self.status.setText(f"⚠ {first_words(error, VisibilitySettings, ReaderJob)}")
            return
        self.begin.setEnabled(False)
        self.status.setText("Looking for places in the organ…")
        self._worker.submit(partial(_opened, job, case))

    def _on_opened(self, _number: int, study: ReaderStudy) -> None:
        window = self.window_shown = ReaderWindow(study)
        window.answered.connect(lambda *_: self._tell(study))
        window.trouble.connect(self._on_error)
        window.closed.connect(self._on_closed)
        self._tell(study)
        window.open_on(self.screen.chosen)

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.begin.setEnabled(True)
        self.status.setText(f"⚠ {error}")

    def _tell(self, study: ReaderStudy) -> None:
        done, of = study.progress
        self.status.setText(f"{done} of {of} questions are answered.")

    def _on_closed(self) -> None:
        window, self.window_shown = self.window_shown, None
        self.begin.setEnabled(True)
        if window is not None:
            window.deleteLater()
            if window.study.run.answers:
                self.show_curve(window.study.folder / READER_JSON)

    # --- curves -------------------------------------------------------------------------------

    def ask_file(self) -> None:
        """Ask for a curve."""
        kinds = "Curves (*.json *.csv);;All files (*)"
        chosen, _ = QFileDialog.getOpenFileName(self, "A reader's limit", "", kinds)
        if chosen:
            self.show_curve(Path(chosen))

    def show_curve(self, path: Path) -> None:
        """Draw the curves of a file; those of the same name and depth give way."""
        try:
            found = read_reader_limits(path)
        except InputError as error:  # one size alone is no curve
            self.status.setText(f"⚠ {error}")
            return
        new = {(curve.name, curve.band) for curve in found}
        others = [curve for curve in self.curves if (curve.name, curve.band) not in new]
        self.curves = (*others, *found)
        told = "; ".join(_words(curve) for curve in found)
        self.status.setText(f"Drawn into the map: {told}.")
        self.curves_changed.emit()


def _opened(job: ReaderJob, case: Case) -> ReaderStudy:
    events: Generator[Event, Any, ReaderStudy] = open_reader(job, StopToken(), cases=[case])
    while True:
        try:
            next(events)
        except StopIteration as end:
            return cast("ReaderStudy", end.value)


def _words(curve: ReaderLimit) -> str:
    sizes = zip(curve.diameters_mm, curve.contrasts_hu, strict=True)
    values = ", ".join(f"{contrast:.0f} HU at {size:g} mm" for size, contrast in sizes)
    return f"{curve.name} ({curve.band or 'all depths'}): {values}"
