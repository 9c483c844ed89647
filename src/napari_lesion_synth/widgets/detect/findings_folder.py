"""Where verdicts and exports of findings go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QWidget

from napari_lesion_synth.widgets.parts.layout import button
from napari_lesion_synth.widgets.preferences import read_preferences

__all__ = ["FindingsFolder", "default_detections"]


def default_detections() -> Path:
    """One folder for all CTs, so that verdicts are found again and trainings find them all."""
    return read_preferences().output / "detections"


class FindingsFolder(QWidget):
    """The folder, a dialog to choose another, and Export.

    Parameters
    ----------
    export : callable
        Writes the findings there.
    """

    changed = Signal()

    def __init__(self, export: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = default_detections()
        self.name = QLabel()
        self.name.setAccessibleName("Folder of verdicts and exports")
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = button(
            "Folder…", "Choose the folder that verdicts and exports are kept in", self.ask
        )
        self.export = button(
            "E&xport",
            "Write the findings above the threshold: CSV, JSON, detection map and labels as NIfTI",
            export,
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.name, 1)
        layout.addWidget(self.choose)
        layout.addWidget(self.export)
        self._show()

    def set_folder(self, folder: Path) -> None:
        """Keep them somewhere else."""
        self.folder = folder
        self._show()
        self.changed.emit()

    def ask(self) -> None:
        """Ask for a folder."""
        start = next((p for p in (self.folder, *self.folder.parents) if p.is_dir()), Path.home())
        chosen = QFileDialog.getExistingDirectory(self, "Folder of detections", str(start))
        if chosen:
            self.set_folder(Path(chosen))

    def _show(self) -> None:
        self.name.setText(f"Kept in {self.folder.name}")
        self.name.setToolTip(f"Verdicts and exports are kept in {self.folder}")
