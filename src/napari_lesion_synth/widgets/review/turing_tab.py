"""The visual Turing test: settings, questions, result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import patch_path
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.selection.turing import TuringTest
from napari_lesion_synth.selection.turing_design import (
    REAL,
    Candidate,
    TuringDesign,
    candidates_of,
    candidates_of_table,
)
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.widgets.parts.waiting import Canceled, wait_for
from napari_lesion_synth.widgets.preferences import read_preferences
from napari_lesion_synth.widgets.review.collection import Collection
from napari_lesion_synth.widgets.review.turing_outcome import TuringOutcome
from napari_lesion_synth.widgets.review.turing_setup import TuringSetup
from napari_lesion_synth.widgets.review.turing_trial import TuringTrials, key_of

__all__ = ["TuringTab"]

_NO_SET = "Open a set in the gallery first: the synthetic lesions come from there."
Views = dict[tuple[str, str], LesionView]


class TuringTab(QWidget):
    """A reader's test of how real the lesions of a set look.

    Parameters
    ----------
    lesions : Collection
        Lesions of the set in the gallery.
    shown : callable
        Gives the rows that the gallery shows.
    parent : QWidget, optional
        Owner.
    """

    began = Signal()
    """From now on nothing may be seen that tells what is synthetic."""
    troubled = Signal(object)

    def __init__(
        self,
        lesions: Collection,
        shown: Callable[[], np.ndarray],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lesions, self._shown = lesions, shown
        self._folder: Path | None = None
        self.setup, self.trials, self.outcome = TuringSetup(), TuringTrials(), TuringOutcome()
        self.pages = QStackedWidget()
        for page in (self.setup, self.trials, self.outcome):
            self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        donors = read_preferences().donors
        if donors is not None:
            self.setup.donors.setText(str(donors))
        self.setup.start_requested.connect(self.begin)
        self.trials.ended.connect(self._on_ended)
        self.trials.failed.connect(self.troubled)
        self.outcome.export_requested.connect(self.ask_export)
        self.outcome.again_requested.connect(lambda: self.pages.setCurrentWidget(self.setup))

    def set_folder(self, folder: Path) -> None:
        """The set that the synthetic lesions come from."""
        before = self._folder
        self._folder = folder
        self.setup.set_label.setText(f"{folder.name}, open in the gallery")
        out = self.setup.out.text().strip()
        if not out or (before is not None and out == str(_proposed(before))):
            self.setup.out.setText(str(_proposed(folder)))

    def begin(self) -> None:
        """Begin the test, or go on with it."""
        folder = self._folder
        problem = _NO_SET if folder is None else self.setup.problem()
        self.setup.state.setText(problem)
        if problem or folder is None:
            return
        design = self.setup.design()
        table = self._lesions.frame.iloc[self._rows()].reset_index(drop=True)
        donors = self.setup.folder_of(self.setup.donors)
        out = self.setup.folder_of(self.setup.out)
        try:
            test, views = wait_for(
                self,
                "Reading the lesions",
                lambda: _prepared(out, design, donors, folder, candidates_of_table(table)),
            )
        except Canceled:
            return
        except LesionSynthError as error:
            self.setup.state.setText(f"⚠ {error}")
            return
        self.began.emit()
        self.pages.setCurrentWidget(self.trials)
        self.trials.begin(test, views)

    def ask_export(self) -> None:
        """Ask for a file and write the answers to it."""
        test = self.trials.test
        if test is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export the answers", str(test.folder / "result.csv"), "CSV (*.csv)"
        )
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write every question with its answer and the truth."""
        assert self.trials.test is not None
        try:
            self.trials.test.export(path)
        except LesionSynthError as error:
            self.troubled.emit(error)

    def _rows(self) -> np.ndarray:
        match self.setup.which.currentData():
            case "accepted":
                return np.flatnonzero(self._lesions.accepted == 1)
            case "shown":
                return np.sort(self._shown())
            case _:
                return np.arange(len(self._lesions))

    def _on_ended(self) -> None:
        if self.trials.test is None:
            return
        self.trials.trial = None
        self.outcome.show_result(self.trials.test.result())
        self.pages.setCurrentWidget(self.outcome)


def _proposed(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}_turing")


def _prepared(
    out: Path, design: TuringDesign, donors: Path, folder: Path, made: list[Candidate]
) -> tuple[TuringTest, Views]:
    """The test, and the views of all lesions that it shows, so that nothing is missing later."""
    real = {view.id: view for view in map(LesionView.of_donor, load_donors(donors))}
    test = TuringTest.open(out, design, candidates_of(list(real.values())), made)
    views: Views = {}
    for lesion in (lesion for trial in test.trials for lesion in trial.shown):
        if lesion.kind == REAL:
            views[key_of(lesion)] = real[lesion.id]
        else:
            views[key_of(lesion)] = _synthetic(folder, lesion)
    return test, views


def _synthetic(folder: Path, lesion: Candidate) -> LesionView:
    return LesionView.of_patch(
        Patch.load(patch_path(folder, lesion.id)),
        id=lesion.id,
        patient="",
        zone=Zone(lesion.zone),
        diameter_mm=lesion.diameter_mm,
        method=lesion.method,
    )
