"""What a visual Turing test shall be like."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.selection.turing_design import TuringDesign
from napari_lesion_synth.widgets.parts.layout import button, form, note, row

__all__ = ["WHICH", "TuringSetup"]

_TASKS = {"rating": "Rate each from 1 to 10", "2afc": "Find the real one of two"}
_PLANES = {"axial": "axial", "coronal": "coronal", "sagittal": "sagittal", "all": "all three"}
WHICH = {"accepted": "those accepted", "all": "all", "shown": "those the gallery shows"}
"""Lesions of the set that may be shown."""

_EXPLAINED = (
    "Real and synthetic lesions are shown in random order, by the same window and without labels. "
    "If you cannot tell them apart, the result is about 50 %."
)


class TuringSetup(QWidget):
    """The form before a test.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    start_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_label = note("No set is open in the gallery.", "Synthetic lesions")
        self.set_label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.which = _box(WHICH, "Which lesions of the set may be shown.")
        self.donors = QLineEdit()
        self.donors.setPlaceholderText("Folder of a donor library")
        _tip(self.donors, "Real lesions", "Folder that extract-donors wrote.")
        self.out = QLineEdit()
        _tip(
            self.out,
            "Answers",
            "Folder for one reader's answers. One with the same test in it is gone on with.",
        )
        self.task = _box(_TASKS, _field("task"))
        self.n = QSpinBox()
        self.n.setRange(2, 500)
        self.n.setValue(TuringDesign().n)
        self.n.setToolTip(_field("n"))
        self.seed = QSpinBox()
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setToolTip(_field("seed"))
        self.plane = _box(_PLANES, _field("plane"))
        self.auto_level = QCheckBox("by each liver")
        self.auto_level.setChecked(True)
        _tip(self.auto_level, "Level by each liver", _field("level_hu"))
        self.level = QDoubleSpinBox()
        self.level.setRange(-1000, 1000)
        self.level.setValue(80)
        self.level.setDecimals(0)
        _tip(self.level, "Level in HU", _field("level_hu"))
        self.level.setEnabled(False)
        self.width_hu = QDoubleSpinBox()
        self.width_hu.setRange(10, 4000)
        self.width_hu.setDecimals(0)
        self.width_hu.setValue(TuringDesign().width_hu)
        self.width_hu.setToolTip(_field("width_hu"))
        self.start = button(
            "Begin",
            "Begin the test, or go on with the one in the folder",
            self.start_requested.emit,
        )
        self.state = note(name="State of the test")
        self._lay_out()
        self.auto_level.toggled.connect(lambda on: self.level.setEnabled(not on))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addWidget(note(_EXPLAINED, "What the test is"))
        layout.addWidget(
            form(
                [
                    ("Synthetic", self.set_label),
                    ("Of these", self.which),
                    ("Real", self._with_browser(self.donors, "Donor library")),
                    ("Answers", self._with_browser(self.out, "Folder for the answers")),
                    ("Task", self.task),
                    ("Of each kind", self.n),
                    ("Plane", self.plane),
                    ("Level (HU)", row(self.level, self.auto_level, stretch=0)),
                    ("Width (HU)", self.width_hu),
                    ("Seed", self.seed),
                ]
            )
        )
        layout.addWidget(self.start)
        layout.addWidget(self.state)
        layout.addStretch(1)

    def _with_browser(self, field: QLineEdit, title: str) -> QWidget:
        def ask() -> None:
            chosen = QFileDialog.getExistingDirectory(self, title, field.text())
            if chosen:
                field.setText(chosen)

        browse = button("Browse…", f"Choose: {title[:1].lower()}{title[1:]}", ask)
        browse.setAccessibleName(f"Browse: {title}")
        made = row(field, browse, stretch=0)
        made.setFocusProxy(field)
        return made

    def design(self) -> TuringDesign:
        """What is chosen."""
        return TuringDesign(
            n=self.n.value(),
            task=self.task.currentData(),
            seed=self.seed.value(),
            level_hu=None if self.auto_level.isChecked() else self.level.value(),
            width_hu=self.width_hu.value(),
            plane=self.plane.currentData(),
        )

    def problem(self) -> str:
        """What is missing; empty: nothing."""
        if not self.donors.text().strip():
            return "Give the folder of a donor library: the real lesions come from there."
        if not self.out.text().strip():
            return "Give a folder for the answers."
        return ""

    def folder_of(self, field: QLineEdit) -> Path:
        """The folder in a field."""
        return Path(field.text().strip()).expanduser()


def _field(name: str) -> str:
    return TuringDesign.model_fields[name].description or ""


def _box(items: dict[str, str], tip: str) -> QComboBox:
    box = QComboBox()
    for key, words in items.items():
        box.addItem(words, key)
    box.setToolTip(tip)
    box.setMinimumContentsLength(8)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _tip(widget: QWidget, name: str, tip: str) -> None:
    widget.setAccessibleName(name)
    widget.setToolTip(tip)
