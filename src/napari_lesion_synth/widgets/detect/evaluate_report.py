"""The report of an evaluation or an experiment, and its figure and tables as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_lesion_synth.events import Progress
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.widgets.detect.evaluate_view import View
from napari_lesion_synth.widgets.parts.child_process import ChildJob
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text

__all__ = ["EvaluateReport", "show_page"]


def show_page(path: Path) -> bool:
    """Open a page in the browser; whether there was one to open it in."""
    return bool(QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))


class EvaluateReport(QWidget):
    """Open report, Save figure, Save tables.

    A report of an experiment that is missing, or older than its runs, is made first, in a process
    of its own.

    Parameters
    ----------
    drawn : callable
        Gives the arms that are drawn now.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(
        self,
        drawn: Callable[[], Sequence[str]],
        on_error: Callable[[Exception], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._drawn, self._on_error = drawn, on_error
        self._view: View | None = None
        self.show_page: Callable[[Path], bool] = show_page
        self.job = ChildJob(self)
        self.report = button(
            "Open &report", "Open the report in the browser; it is made first where need be",
            self.open_report,
        )  # fmt: skip
        self.figure = button("Save figure…", "Save the curves as an SVG file", self.ask_figure)
        self.tables = button("Save CSV…", "Save all tables as CSV in a folder", self.ask_tables)
        self.status = note(name="State of the report")
        self.status.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(row(self.report, self.figure, self.tables, None))
        layout.addWidget(self.status)
        self.job.event_arrived.connect(self._on_event)
        self.job.finished.connect(self._on_finished)

    def close_part(self) -> None:
        """End the process."""
        self.job.cancel()

    def set_view(self, view: View | None) -> None:
        """Whose report it is."""
        self._view = view
        self.setVisible(view is not None)

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.status.setText(text)
        self.status.setVisible(bool(text))

    # --- the page -----------------------------------------------------------------------------

    def open_report(self) -> None:
        """Open the page, or make it first."""
        view = self._view
        if view is None or self.job.running:
            return
        if view.report_is_new:
            self._open(view.report)
            return
        self.report.setEnabled(False)
        self.say("Making the report…")
        self.job.start(["experiment", "report", str(view.folder)])

    def _open(self, page: Path) -> None:
        opened = self.show_page(page)
        self.say(f"The report is {page}." if opened else f"No browser was found. Open {page}.")

    def _on_event(self, event: object) -> None:
        if isinstance(event, Progress):
            self.say(f"Making the report: {event.done} of {event.total} {event.text}")

    def _on_finished(self, outcome: Outcome) -> None:
        self.report.setEnabled(True)
        if outcome.end is End.DONE:
            self._open(Path(outcome.result["report"]))
        else:
            self.say(f"⚠ {outcome_text(outcome)}")

    # --- files --------------------------------------------------------------------------------

    def ask_figure(self) -> None:
        """Ask where the figure goes."""
        if self._view is None:
            return
        start = str(self._view.folder / "froc.svg")
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the curves", start, "SVG (*.svg)")
        if chosen:
            path = Path(chosen)
            self.save_figure(path if path.suffix else path.with_suffix(".svg"))

    def save_figure(self, path: Path) -> None:
        """Write the curves that are drawn now."""
        view = self._view
        if view is None:
            return
        try:
            write_atomic(path, view.figure(self._drawn()))
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)
        else:
            self.say(f"Written to {path}.")

    def ask_tables(self) -> None:
        """Ask for the tables' folder."""
        if self._view is None:
            return
        title = "Folder for the tables"
        chosen = QFileDialog.getExistingDirectory(self, title, str(self._view.folder))
        if chosen:
            self.save_tables(Path(chosen))

    def save_tables(self, folder: Path) -> None:
        """Write all tables."""
        view = self._view
        if view is None:
            return
        try:
            tables = view.tables()
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            for name, text in tables.items():
                write_atomic(folder / name, text.encode())
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)
        else:
            self.say(f"{len(tables)} tables written to {folder}.")
