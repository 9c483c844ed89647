"""A new evaluation: findings or detectors, the CTs with the truth, and the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_lesion_synth.detection.export import FINDINGS_JSON
from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob, FindingsFiles
from napari_lesion_synth.jobs.evaluate_sources import named
from napari_lesion_synth.jobs.materials import SHIPPED
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.command_line import evaluate_arguments
from napari_lesion_synth.widgets.detect.ask_cases import ask_cases
from napari_lesion_synth.widgets.detect.case_table import patient_of
from napari_lesion_synth.widgets.detect.folder_list import FolderList
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.outcome import End, Outcome
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder
from napari_lesion_synth.wording import counted

__all__ = ["EvaluateNew"]

_WORDS = RunWords(
    "the evaluation",
    "Evaluate",
    "Hold the findings against the known lesions, in a process of its own. (Space)",
    "CTs that are done.",
)
_FILES = "Findings or detectors (*.csv *.nii *.nii.gz *.mha *.nrrd *.pt);;All files (*)"
_WEIGHTS = ".pt"
_NO_TRUTH = "Choose the CTs, with their organs and the labels of their lesions."
_NO_FINDINGS = "Add findings, or a detector that searches the CTs first."
_SHOWN = 4


class EvaluateNew(QWidget):
    """What is judged, by which truth, and where to.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    evaluated = Signal(object)
    """Folder of an evaluation that has just been made."""

    def __init__(
        self, on_error: Callable[[Exception], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._on_error = on_error
        self.cases: tuple[CaseFiles, ...] = ()
        self.sources = FolderList("folders of findings", described)
        self.file = button(
            "File…", "Add a table or a map of findings (CSV, NIfTI), or a detector's file", self.ask
        )
        self.shipped = button(
            "Shipped detector",
            "Let the detector that comes with the program search the CTs first",
            lambda: self.sources.add_folder(Path(SHIPPED)),
        )
        self.truth = button(
            "&CTs and lesions…",
            "Choose the CTs, their organs, and the labels of the lesions that are to be found",
            self.ask_truth,
        )
        self.facts = note(_NO_TRUTH, name="CTs with the truth")
        self.folder = OutputFolder(stem="evaluation", holds="the evaluation is written into")
        self.run = ChildRun(_WORDS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            self.sources,
            row(self.file, self.shipped, None),
            row(self.truth, None),
            self.facts,
            form([("Folder", self.folder)]),
            self.run,
        ):
            layout.addWidget(part)
        self.sources.changed.connect(self.refresh)
        self.run.run_requested.connect(self.start)
        self.run.finished.connect(self._on_finished)
        self.refresh()

    def close_part(self) -> None:
        """End the thread and the process."""
        self.sources.close()
        self.run.cancel()

    def ask(self) -> None:
        """Ask for files of findings or detectors."""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Findings or detectors", "", _FILES)
        for name in chosen:
            self.sources.add_folder(Path(name))

    def ask_truth(self) -> None:
        """Ask for the CTs."""
        try:
            cases = ask_cases(self)
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)
            return
        if cases:
            self.set_cases(cases)

    def set_cases(self, cases: tuple[CaseFiles, ...]) -> None:
        """Take other CTs."""
        self.cases = cases
        names = ", ".join(patient_of(case) for case in cases[:_SHOWN])
        more = ", …" if len(cases) > _SHOWN else ""
        lesions = sum(case.lesions is not None for case in cases)
        self.facts.setText(f"{counted(len(cases), 'CT')}, {lesions} with lesions: {names}{more}")
        self.refresh()

    def job(self) -> EvaluateJob:
        """What is asked for.

        Raises
        ------
        ParameterError
            If something is missing.
        """
        if not self.sources.folders:
            raise ParameterError(_NO_FINDINGS.rstrip("."))
        if not self.cases or all(case.lesions is None for case in self.cases):
            raise ParameterError(_NO_TRUTH.rstrip("."))
        given = self.sources.folders
        detectors = tuple(str(path) for path in given if _is_detector(path))
        findings = [str(path) for path in given if not _is_detector(path)]
        return EvaluateJob(
            cases=self.cases,
            findings=tuple(
                FindingsFiles(name=name, files=(Path(path),))
                for name, path in named(findings).items()
            ),
            detectors=detectors,
            out=self.folder.folder,
        )

    def refresh(self) -> None:
        """Offer the run, or say what is missing."""
        try:
            self.job()
        except LesionSynthError as error:
            reason = f"{error.what}."
        else:
            reason = ""
        self.run.button.set_blocked(reason)
        if not self.run.running:
            self.run.status.setText(reason)

    def start(self) -> None:
        """Evaluate."""
        if self.run.running:
            return
        try:
            job = self.job()
            arguments = evaluate_arguments(job)
        except LesionSynthError as error:
            self.run.give_up(f"Not started. {error}")
            return
        self.run.launch(
            arguments,
            "Evaluating",
            f"an evaluation in {job.out.name}.\nClosing stops it; what was searched stays",
        )

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.end is End.DONE:
            self.evaluated.emit(Path(outcome.result["folder"]))


def described(path: Path) -> str:
    """What is judged, in words."""
    if str(path) == SHIPPED:
        return "comes with the program; searches first"
    if path.is_dir():
        count = len({*path.glob(FINDINGS_JSON), *path.glob(f"*/{FINDINGS_JSON}")})
        return f"findings in {counted(count, 'CT')}" if count else "⚠ no findings"
    if not path.exists():
        return "⚠ it is gone"
    return "a detector; searches first" if _is_detector(path) else "findings of any program"


def _is_detector(path: Path) -> bool:
    return str(path) == SHIPPED or path.suffix == _WEIGHTS
