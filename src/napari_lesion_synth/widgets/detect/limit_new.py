"""A new detection-limit map: the CTs, the detector, the grid, and the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import Progress
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.command_line import limit_map_arguments, limit_map_command
from napari_lesion_synth.synthesis.registry import method_names
from napari_lesion_synth.widgets.detect.ask_cases import ask_cases
from napari_lesion_synth.widgets.detect.case_table import patient_of
from napari_lesion_synth.widgets.detect.evaluate_canvas import Cases
from napari_lesion_synth.widgets.detect.limit_fields import first_words, list_line, numbers_in
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.command_text import CommandText
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.outcome import End, Outcome
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.wording import counted

__all__ = ["LimitNew"]

_WORDS = RunWords(
    "the map",
    "Make the map",
    "Put the lesions into copies of the CT and have them sought, in a process of its own, or go "
    "on with the map in this folder. (Space)",
    "Copies of the CT that have been searched.",
)
_NO_CT = "Choose a CT with its organ."
_LISTS = ("diameters_mm", "contrasts_hu", "depth_edges_mm")
_FIRST = ("repeats",)
_FINDERS = {
    "The detector that comes with the program": "",
    "A detector's file (detector.pt)": "detector",
    "A command": "command",
    "By hand: write the copies": "export",
    "By hand: read the findings": "findings",
}
_FILE_OF = {
    "detector": ("Detector", "Detector (*.pt);;All files (*)"),
    "findings": ("Table of findings in all copies", "Table (*.csv);;All files (*)"),
}


class LimitNew(QWidget):
    """What is mapped, by whom it is searched, and where to.

    Parameters
    ----------
    cases : callable
        Gives the CTs that are open as cases.
    on_error : callable
        Takes what went wrong.
    """

    begun = Signal(object)
    """Folder of a map that is being made."""
    ended = Signal(object)
    """The same, when it is finished."""

    def __init__(
        self, cases: Cases, on_error: Callable[[Exception], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._open_cases, self._on_error = cases, on_error
        self.cases: tuple[CaseFiles, ...] = ()
        self._out = Path()
        self.choose = button(
            "&CTs…", "Choose CTs, their organs, and the labels of their lesions", self.ask
        )
        self.take = button(
            "The open &CT", "Take the CT that is open, if it was read from files", self.take_open
        )
        self.facts = note(_NO_CT, name="CTs of the map")
        self.finder = Choice()
        self.finder.addItems(list(_FINDERS))
        self.finder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.finder.setToolTip("Who searches the copies.")
        self.source = QLineEdit()
        self.source.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.browse = button("File…", "Look for the file", self.ask_file)
        self._source_row = row(self.source, self.browse, stretch=0)
        self.methods = {name: QCheckBox(name) for name in method_names()}
        self.lists = {
            name: list_line(str(LimitSettings.model_fields[name].description)) for name in _LISTS
        }
        self.grid = ParameterForm(
            LimitSettings,
            _FIRST,
            advanced=tuple(
                name
                for name in LimitSettings.model_fields
                if name not in (*_FIRST, *_LISTS, "methods")
            ),
        )
        self.folder = OutputFolder(stem="limits", holds="the map is written into")
        self.run = ChildRun(_WORDS)
        self.command = CommandText("The same as a command")
        self._lay_out()
        self._connect()
        self.set_settings(LimitSettings())

    def _lay_out(self) -> None:
        fields = LimitSettings.model_fields
        boxes = row(*self.methods.values(), None)
        boxes.setToolTip(f"<qt>{fields['methods'].description}.</qt>")
        shown = Section("Command", expanded=False)
        shown.set_content(self.command)
        rows = [(str(fields[name].title), line) for name, line in self.lists.items()]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            row(self.choose, self.take, None),
            self.facts,
            form([("Detector", self.finder)]),
            self._source_row,
            form([("Methods", boxes), *rows]),
            self.grid,
            form([("Folder", self.folder)]),
            self.run,
            shown,
        ):
            layout.addWidget(part)

    def _connect(self) -> None:
        self.finder.currentIndexChanged.connect(self._on_finder)
        self.source.textChanged.connect(self.refresh)
        for box in self.methods.values():
            box.toggled.connect(self.refresh)
        for line in self.lists.values():
            line.textChanged.connect(self.refresh)
        self.grid.value_changed.connect(self.refresh)
        self.folder.changed.connect(self.refresh)
        self.run.run_requested.connect(self.start)
        self.run.job.event_arrived.connect(self._on_event)
        self.run.finished.connect(self._on_finished)
        self._on_finder()

    def close_part(self) -> None:
        """End the process."""
        self.run.cancel()

    # --- the CTs ------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for CTs."""
        try:
            cases = ask_cases(self)
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)
            return
        if cases:
            self.set_cases(cases)

    def take_open(self) -> None:
        """Take the CTs that are open and were read from files, with their organs."""
        names = CaseFiles.model_fields
        found = [
            CaseFiles(**{key: value for key, value in case.inputs.items() if key in names})
            for case, _ in self._open_cases()
            if case.inputs.get("ct") and case.inputs.get("organ")
        ]
        if found:
            self.set_cases(tuple(found))
        else:
            self.facts.setText(
                "⚠ No CT is open that was read from files together with its organ's mask: choose "
                "the files."
            )

    def set_cases(self, cases: tuple[CaseFiles, ...]) -> None:
        """Take other CTs."""
        self.cases = cases
        lesions = sum(case.lesions is not None for case in cases)
        names = ", ".join(patient_of(case) for case in cases[:4])
        self.facts.setText(f"{counted(len(cases), 'CT')}, {lesions} with known lesions: {names}")
        self.refresh()

    # --- the settings -------------------------------------------------------------------------

    def set_settings(self, grid: LimitSettings) -> None:
        """Show a grid."""
        for name, line in self.lists.items():
            line.setText(", ".join(f"{value:g}" for value in getattr(grid, name)))
        for name, box in self.methods.items():
            box.setChecked(name in grid.methods)
        self.grid.set_values(grid.model_dump())
        self.refresh()

    def settings(self) -> LimitSettings:
        """The grid.

        Raises
        ------
        ParameterError
            If a list cannot be read.
        ValidationError
            If the grid makes no sense.
        """
        fields = LimitSettings.model_fields
        lists = {
            name: numbers_in(str(fields[name].title), line.text())
            for name, line in self.lists.items()
        }
        methods = tuple(name for name, box in self.methods.items() if box.isChecked())
        if not methods:
            raise ParameterError("choose a method")
        return LimitSettings(**self.grid.values(), **lists, methods=methods)

    def _on_finder(self, *_: object) -> None:
        kind = _FINDERS[self.finder.currentText()]
        asks = kind in ("detector", "command", "findings")
        self._source_row.setVisible(asks)
        self.browse.setVisible(kind in _FILE_OF)
        self.source.setAccessibleName("Command" if kind == "command" else "File")
        self.source.setPlaceholderText(
            "mydetector --ct {ct} --liver {organ} --table {out}" if kind == "command" else ""
        )
        self.source.setToolTip(
            f"<qt>{LimitDetector.model_fields[kind].description}.</qt>" if asks else ""
        )
        self.source.clear()
        self.refresh()

    def ask_file(self) -> None:
        """Ask for the detector's file, or the findings."""
        title, kinds = _FILE_OF[_FINDERS[self.finder.currentText()]]
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if chosen:
            self.source.setText(chosen)

    def _search(self) -> LimitDetector:
        kind, text = _FINDERS[self.finder.currentText()], self.source.text().strip()
        if kind in ("detector", "command", "findings") and not text:
            raise ParameterError("say which" if kind == "command" else "choose the file")
        given: dict[str, Any] = {"export": True} if kind == "export" else {}
        if kind == "command":
            given = {"command": text}
        elif kind in _FILE_OF:
            given = {kind: Path(text)}
        return LimitDetector(**given)

    def job(self) -> LimitJob:
        """What is asked for.

        Raises
        ------
        ParameterError, ValidationError
            If something is missing, or makes no sense.
        """
        if not self.cases:
            raise ParameterError(_NO_CT.rstrip("."))
        return LimitJob(
            cases=self.cases,
            out=self.folder.folder,
            grid=self.settings(),
            search=self._search(),
        )

    # --- the run ------------------------------------------------------------------------------

    def refresh(self, *_: object) -> None:
        """Offer the run, or say what is missing."""
        reason = ""
        try:
            self.command.set_text(limit_map_command(self.job()))
        except (LesionSynthError, ValidationError) as error:
            reason = first_words(error, LimitSettings)
            self.command.set_text(f"# {reason}")
        self.run.button.set_blocked(reason)
        if not self.run.running:
            self.run.status.setText(reason)

    def start(self) -> None:
        """Make the map, or go on with one."""
        if self.run.running:
            return
        try:
            job = self.job()
            arguments = limit_map_arguments(job)
        except (LesionSynthError, ValidationError) as error:
            self.run.give_up(f"Not started. {first_words(error, LimitSettings)}")
            return
        self._out = job.out
        self.run.launch(
            arguments,
            "Detection-limit map",
            f"a map in {job.out.name}.\nClosing stops it; what was searched stays",
        )

    def _on_event(self, event: object) -> None:
        if isinstance(event, Progress) and event.done:
            self.begun.emit(self._out)

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.end is End.DONE and "report" in outcome.result:
            self.ended.emit(Path(outcome.result["report"]).parent)
