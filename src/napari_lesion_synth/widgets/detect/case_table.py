"""The real CTs of a training, and the part that each patient has in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from napari_lesion_synth.anatomy.cases import case_name
from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.parts.inputs import Choice

__all__ = ["CaseTable", "patient_of"]

_LINES = 7
_COLUMNS = ("CT", "Patient", "Lesions", "Part")
_PATIENT, _LESIONS, _PART = 1, 2, 3
_WIDEST = {_PATIENT: "patient_00", _LESIONS: "Lesions", _PART: "validation"}


def patient_of(case: CaseFiles) -> str:
    """Pseudonym of a case: as given, else from its file's name."""
    return case.patient or case_name(Path(case.ct))


class CaseTable(QTableWidget):
    """One line a CT; pseudonyms can be typed, parts chosen.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()
    """A CT was removed, or a patient named otherwise."""
    part_chosen = Signal(str, object)
    """Patient and `Part`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self._cases: list[CaseFiles] = []
        self._parts: dict[str, Part] = {}
        self._quiet = False
        self.setHorizontalHeaderLabels(list(_COLUMNS))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAccessibleName("Real CTs")
        self.setToolTip(
            "Real CTs: their lesions are learnt from, and synthetic ones put into them. Double "
            "click a patient to name it otherwise: CTs of one patient stay in one part."
        )
        self.setShowGrid(False)
        height = self.fontMetrics().height()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(height + 10)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, text in (
            (_PATIENT, "patient_00"),
            (_LESIONS, "Lesions"),
            (_PART, "validation"),
        ):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            wide = self.fontMetrics().horizontalAdvance(text)
            self.setColumnWidth(column, wide + (56 if column == _PART else 16))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_LINES * (height + 10))
        self.cellChanged.connect(self._on_cell)

    @property
    def cases(self) -> tuple[CaseFiles, ...]:
        """What is listed."""
        return tuple(self._cases)

    def add_cases(self, cases: tuple[CaseFiles, ...]) -> None:
        """List more CTs; those that are there already, and those of the same file, are not."""
        known = {Path(case.ct).resolve() for case in self._cases}
        fresh = [case for case in cases if Path(case.ct).resolve() not in known]
        if fresh:
            self._cases += fresh
            self._fill()
            self.changed.emit()

    def remove_chosen(self) -> None:
        """Take CTs out of the list."""
        chosen = {index.row() for index in self.selectedIndexes()}
        self._cases = [case for k, case in enumerate(self._cases) if k not in chosen]
        self._fill()
        self.changed.emit()

    def show_split(self, parts: Mapping[str, Part]) -> None:
        """Show each patient's part."""
        self._parts = dict(parts)
        for k, case in enumerate(self._cases):
            combo = self.cellWidget(k, _PART)
            combo.blockSignals(True)
            combo.setCurrentText(self._parts.get(patient_of(case), Part.TRAIN).value)
            combo.blockSignals(False)

    def combo(self, row: int) -> Choice:
        """The choice of a line's part."""
        return self.cellWidget(row, _PART)

    def _fill(self) -> None:
        self._quiet = True
        self.setRowCount(len(self._cases))
        for k, case in enumerate(self._cases):
            name = QTableWidgetItem(Path(case.ct).name)
            name.setFlags(name.flags() & ~Qt.ItemFlag.ItemIsEditable)
            name.setToolTip(_files(case))
            count = QTableWidgetItem("–" if case.lesions is None else "known")
            count.setFlags(count.flags() & ~Qt.ItemFlag.ItemIsEditable)
            count.setToolTip(
                "No lesions are labelled: a host for synthetic ones"
                if case.lesions is None
                else f"Labelled in {case.lesions}"
            )
            count.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self.setItem(k, 0, name)
            self.setItem(k, _PATIENT, QTableWidgetItem(patient_of(case)))
            self.setItem(k, _LESIONS, count)
            self.setCellWidget(k, _PART, self._combo_for(case))
        self._quiet = False

    def _combo_for(self, case: CaseFiles) -> Choice:
        patient = patient_of(case)
        combo = Choice()
        combo.addItems([part.value for part in Part])
        combo.setCurrentText(self._parts.get(patient, Part.TRAIN).value)
        combo.setAccessibleName(f"Part of patient {patient}")
        combo.setToolTip(
            "train: learnt from. validation: chooses the best weights. test: kept out altogether. "
            "It holds for all CTs of the patient."
        )
        combo.textActivated.connect(partial(self._on_part, patient))
        return combo

    def _on_part(self, patient: str, part: str) -> None:
        self.part_chosen.emit(patient, Part(part))

    def _on_cell(self, row: int, column: int) -> None:
        if self._quiet or column != _PATIENT:
            return
        name = self.item(row, column).text().strip()
        self._cases[row] = self._cases[row].model_copy(update={"patient": name or None})
        self._fill()
        self.changed.emit()


def _files(case: CaseFiles) -> str:
    lines = [f"CT: {case.ct}", f"Organ: {case.organ}"]
    lines += [f"Lesions: {case.lesions}"] if case.lesions else []
    return "\n".join(lines)
