"""Where a set goes."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from napari_lesion_synth.widgets.parts.free_folder import next_free
from napari_lesion_synth.widgets.preferences import read_preferences

__all__ = ["OutputFolder", "default_folder"]


def default_folder(stem: str = "set") -> Path:
    """A free name for a set, or for something else, in the folder that the user prefers."""
    return next_free(read_preferences().output / f"{stem}-1")


class OutputFolder(QWidget):
    """A line for the folder, a dialog to look for it, and a button for a fresh one.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    stem : str
        Of the names proposed.
    holds : str
        What the folder is for, as in "the set is written into".
    """

    changed = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        stem: str = "set",
        holds: str = "the set is written into",
    ) -> None:
        super().__init__(parent)
        self._stem, self._holds = stem, holds
        self.line = QLineEdit(str(default_folder(stem)), self)
        self.line.setAccessibleName("Output folder")
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.browse_button = _small_button("Browse…", "Look for an output folder. (Space)", self)
        self.new_button = _small_button(
            "New", "Take the next folder name that is free. (Space)", self
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.browse_button)
        layout.addWidget(self.new_button)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._on_text)
        self.browse_button.clicked.connect(self._browse)
        self.new_button.clicked.connect(lambda: self.set_folder(next_free(self.folder)))
        self._on_text()

    @property
    def folder(self) -> Path:
        """The folder, absolute."""
        return Path(self.line.text().strip() or default_folder(self._stem)).expanduser().absolute()

    def set_folder(self, folder: str | Path) -> None:
        """Take another folder."""
        self.line.setText(str(folder))

    def _on_text(self) -> None:
        self.line.setToolTip(f"Folder that {self._holds}: {self.folder}")
        self.changed.emit()

    def _browse(self) -> None:
        start = next((p for p in (self.folder, *self.folder.parents) if p.is_dir()), Path.home())
        chosen = QFileDialog.getExistingDirectory(self, "Output folder", str(start))
        if chosen:
            self.set_folder(chosen)


def _small_button(text: str, tooltip: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setToolTip(tooltip)
    button.setAccessibleName(text)
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button
