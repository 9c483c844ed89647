"""What a detector learns from: sets, real CTs by patient, and findings that were rejected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.dataset.decisions import ACCEPT
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.detection.verdicts import rejected
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.detector_job import DetectorFiles
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.detect.ask_cases import ask_cases, hosts_of
from napari_lesion_synth.widgets.detect.case_table import CaseTable, patient_of
from napari_lesion_synth.widgets.detect.folder_list import FolderList
from napari_lesion_synth.widgets.detect.split_view import SplitView, split_view
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row

__all__ = ["TrainData"]


class TrainData(QWidget):
    """Lists of sets, CTs and rejected findings, and the division by patient.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    changed = Signal()
    """Other data, or another division."""

    def __init__(
        self, on_error: Callable[[Exception], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._on_error = on_error
        self._named: dict[str, Part] | None = None
        self._holdout, self._seed = 0.25, 0
        self.split = SplitView()
        self.sets = FolderList("generated sets", accepted_words)
        self.cases = CaseTable()
        self.add = button(
            "Add &CTs…",
            "Real CTs, one or several at once, with their organs' masks and, where they are "
            "known, their lesions' labels",
            self.ask,
        )
        self.drop = button("Remove", "Take the chosen CTs out", self.cases.remove_chosen)
        self.drop.setAccessibleName("Remove CTs")
        self.draw = button(
            "Draw parts anew", "Forget the parts chosen by hand; the seed draws them", self.redraw
        )
        self.words = note(name="Division by patient")
        self.negatives = FolderList("rejected findings", rejected_words)
        self._lay_out()
        self._worker = LatestOnly("division", self)
        self._worker.finished.connect(self._on_divided)
        self._worker.failed.connect(self._on_failed)
        self.sets.changed.connect(self._on_sets)
        self.cases.changed.connect(self.divide)
        self.cases.part_chosen.connect(self._on_part)
        self.cases.itemSelectionChanged.connect(self._offer)
        self.negatives.changed.connect(self.changed)
        self._offer()
        self.divide()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            note("Generated sets: their accepted lesions, and the CTs they were made for."),
            self.sets,
            note("Real CTs, divided by patient:"),
            self.cases,
            row(self.add, self.drop, None, self.draw),
            self.words,
            note("Folders of detections: findings that were rejected there are shown as healthy."),
            self.negatives,
        ):
            layout.addWidget(part)

    def close_part(self) -> None:
        """End the threads."""
        self._worker.close()
        self.sets.close()
        self.negatives.close()

    # --- what is chosen -----------------------------------------------------------------------

    def files(self) -> DetectorFiles:
        """What there is to learn from; parts that were chosen by hand are named in it."""
        there = {patient_of(case) for case in self.cases.cases}
        named = {p: part for p, part in (self._named or {}).items() if p in there}
        return DetectorFiles(
            cases=self.cases.cases,
            sets=self.sets.folders,
            validation=tuple(p for p, part in named.items() if part is Part.VALIDATION),
            test=tuple(p for p, part in named.items() if part is Part.TEST),
            hard_negatives=self.negatives.folders,
        )

    def set_draw(self, holdout: float, seed: int) -> None:
        """Take other settings of the draw."""
        if (holdout, seed) != (self._holdout, self._seed):
            self._holdout, self._seed = holdout, seed
            self.divide()

    def add_set(self, folder: Path) -> None:
        """Learn from a set; CTs that it was made for are listed too."""
        self.sets.add_folder(folder)

    def add_cases(self, cases: tuple[CaseFiles, ...]) -> None:
        """Learn from real CTs."""
        self.cases.add_cases(cases)

    def ask(self) -> None:
        """Ask for real CTs."""
        try:
            self.add_cases(ask_cases(self))
        except LesionSynthError as error:
            self._on_error(error)

    def redraw(self) -> None:
        """Let the seed divide the patients."""
        self._named = None
        self.divide()

    # --- the division -------------------------------------------------------------------------

    def divide(self, *_: object) -> None:
        """Work the division out anew."""
        self.words.setText("Dividing the patients…")
        self._worker.submit(partial(split_view, self.files(), self._holdout, self._seed))
        self.changed.emit()

    @property
    def problem(self) -> str:
        """Why no training can begin with these data; empty if one can."""
        if self._worker.awaiting:
            return "The patients are being divided."
        if not self.split.parts and not self.split.problem:
            return "Add at least one CT with its organ's mask."
        return self.split.problem

    def _on_sets(self) -> None:
        for folder in self.sets.folders:
            try:
                self.cases.add_cases(hosts_of(folder))
            except LesionSynthError:
                continue  # the list, and the division, say what is wrong with it
        self.divide()

    def _offer(self) -> None:
        self.drop.setEnabled(bool(self.cases.selectedIndexes()))

    def _on_part(self, patient: str, part: Part) -> None:
        shown = {
            patient_of(case): Part(self.cases.combo(k).currentText())
            for k, case in enumerate(self.cases.cases)
            if patient_of(case) != patient
        }
        self._named = {**shown, patient: part}
        self.divide()

    def _on_divided(self, _number: int, found: SplitView) -> None:
        self._show(found)

    def _on_failed(self, _number: int, error: Exception) -> None:
        what = f"The data cannot be read ({type(error).__name__}: {error})"
        self._show(SplitView(problem=what))

    def _show(self, found: SplitView) -> None:
        self.split = found
        self.cases.show_split(found.parts)
        self.draw.setVisible(self._named is not None)
        named = (self._named or {}).items()
        stuck = [p for p, part in named if part is Part.TRAIN and found.parts.get(p) is not part]
        kept = f" {', '.join(stuck)} stays for validation: choose another patient for it first."
        self.words.setText(f"{found.words}{kept if stuck and not found.problem else ''}")
        self.changed.emit()


def accepted_words(folder: Path) -> str:
    """How many lesions of a set are accepted."""
    found = GeneratedSet.open(folder)
    verdicts = found.verdicts
    accepted = sum(verdicts.get(name) == ACCEPT for name in found.ids)
    if not accepted:
        return f"⚠ none of {len(found.ids)} accepted: review or score the set"
    return f"{accepted} of {len(found.ids)} accepted"


def rejected_words(folder: Path) -> str:
    """How many findings were rejected."""
    count = len(rejected(folder))
    return f"{count} rejected" if count else "⚠ none rejected"
