"""What leaves the dock: the report, an export, and the table of the photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_lesion_synth.errors import InputError, LesionSynthError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.study_export import ExportStudy
from napari_lesion_synth.jobs.study_files import RANKING_CSV
from napari_lesion_synth.perception.design.layout import RESULTS
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.widgets.detect.evaluate_report import show_page
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.free_folder import next_free
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.outcome import End, Outcome

__all__ = ["OutputsPart"]

_REPORT = RunWords(
    "the report",
    "Report",
    "Write the report, one page that opens offline, and open it; what it lacks is computed first. "
    "(Space)",
    "Steps that are done.",
)
_EXPORT = RunWords(
    "the export",
    "Export…",
    "Write answers and gaze to a new folder, and open it. (Space)",
    "Steps that are done.",
)


class OutputsPart(QWidget):
    """Report, Export, Save table.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.study: Study | None = None
        self.show_page: Callable[[Path], bool] = show_page
        self.report, self.export = ChildRun(_REPORT), ChildRun(_EXPORT)
        self.form = ParameterForm(ExportStudy, ("form", "anonymise"))
        self.table = button(
            "Save &table…", "Save the values of the photos with intervals as CSV", self.ask_table
        )
        self.said = note(name="What was written")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.report, self.form, self.export, row(self.table, None), self.said):
            layout.addWidget(part)
        self.said.hide()
        self.report.run_requested.connect(self.write_report)
        self.export.run_requested.connect(self.ask_export)
        self.report.finished.connect(lambda outcome: self._on_written(outcome, "report"))
        self.export.finished.connect(lambda outcome: self._on_written(outcome, "folder"))

    def close_part(self) -> None:
        """Stop the processes."""
        self.report.cancel()
        self.export.cancel()

    def set_study(self, study: Study | None) -> None:
        """Another study, or the same with other results."""
        self.study = study
        self.table.setEnabled(study is not None and _ranking(study).exists())

    def write_report(self) -> None:
        """Write the report, and open it."""
        if self.study is None or self.report.running:
            return
        folder = self.study.folder
        self.report.launch(
            ["study", "report", str(folder)],
            "Food study: report",
            f"the report of {folder.name}.\nClosing stops it; results that are done stay",
        )

    def ask_export(self) -> None:
        """Ask where the export goes."""
        if self.study is None or self.export.running:
            return
        folder = self.study.folder
        title = "Folder in which the export gets a folder of its own"
        chosen = QFileDialog.getExistingDirectory(self, title, str(folder.parent))
        if chosen:
            stem = f"{folder.name}-{self.form.values()['form']}"
            self.write_export(next_free(Path(chosen) / stem))

    def write_export(self, out: Path) -> None:
        """Export into a folder that is not there yet, and open it."""
        if self.study is None or self.export.running:
            return
        values = self.form.values()
        arguments = ["study", "export", str(self.study.folder), str(out), f"--{values['form']}"]
        if values["anonymise"]:
            arguments.append("--anonymise")
        self.export.launch(
            arguments,
            "Food study: export",
            f"the export to {out.name}.\nClosing stops it, and nothing is left of it",
        )

    def ask_table(self) -> None:
        """Ask where the table goes."""
        if self.study is None:
            return
        start = str(self.study.folder.parent / RANKING_CSV)
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the table", start, "CSV (*.csv)")
        if chosen:
            path = Path(chosen)
            self.save_table(path if path.suffix else path.with_suffix(".csv"))

    def save_table(self, path: Path) -> None:
        """Write the table of the last scaling to a file."""
        if self.study is None:
            return
        source = _ranking(self.study)
        try:
            if not source.exists():
                raise InputError("nothing was scaled yet", where=source, remedy="Press Scale")
            with writing(path):
                content = source.read_bytes()
            write_atomic(path, content)
        except LesionSynthError as error:
            self._on_error(error)
        else:
            self._say(f"Written to {path}.")

    def _on_written(self, outcome: Outcome, name: str) -> None:
        if outcome.end is not End.DONE:
            return
        path = Path(outcome.result[name])
        opened = self.show_page(path)
        self._say(f"Written to {path}." if opened else f"Nothing was found to open {path} with.")

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.show()


def _ranking(study: Study) -> Path:
    return study.folder / RESULTS / RANKING_CSV
