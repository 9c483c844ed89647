"""Which detector is in use, and the choice of another."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.familiar import familiar
from napari_lesion_synth.sample_data import sample_detector
from napari_lesion_synth.widgets.detect.detector_loader import DetectorLoader
from napari_lesion_synth.widgets.parts.layout import menu_button, note, row

__all__ = ["DetectorRow"]

_FILES = "Detector or findings (*.pt *.csv *.nii *.nii.gz);;All files (*)"


class DetectorRow(QWidget):
    """The detector in words, a warning where it knows the patient, and a menu.

    Parameters
    ----------
    loader : DetectorLoader
        Reads it.
    """

    train_wanted = Signal()

    def __init__(self, loader: DetectorLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._case: Case | None = None
        self.words = note(name="Detector in use")
        self.warning = note(name="Warning of the detector")
        self.button = menu_button("&Detector", "Choose the detector that searches")
        menu = QMenu(self.button)
        self.shipped = menu.addAction("The one that comes with the program", self.use_shipped)
        self.trained = menu.addAction("The one just trained", self.use_trained)
        menu.addSeparator()
        menu.addAction("File (detector.pt)…", self.ask_file)
        menu.addAction("Folder of a training…", self.ask_folder)
        menu.addAction("Findings of another detector (CSV, NIfTI)…", self.ask_file)
        menu.addSeparator()
        menu.addAction("Train one", self.train_wanted.emit)
        self.button.setMenu(menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(row(self.words, self.button, stretch=0))
        layout.addWidget(self.warning)
        loader.changed.connect(self.show_detector)
        self.show_detector()

    def set_case(self, case: Case | None) -> None:
        """Whose CT is open."""
        self._case = case
        self.show_detector()

    def use_shipped(self) -> None:
        """Use the detector that comes with the program."""
        self._loader.open(sample_detector())

    def use_trained(self) -> None:
        """Use the detector that was trained last."""
        if self._loader.trained is not None:
            self._loader.open(self._loader.trained)

    def ask_file(self) -> None:
        """Ask for a detector's file, or one with findings."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Detector", self._start(), _FILES)
        if chosen:
            self._loader.open(Path(chosen))

    def ask_folder(self) -> None:
        """Ask for the folder of a training."""
        chosen = QFileDialog.getExistingDirectory(self, "Folder of a training", self._start())
        if chosen:
            self._loader.open(Path(chosen))

    def _start(self) -> str:
        current = self._loader.current
        known = self._loader.trained if current is None else current.path
        return "" if known is None else str(known.parent)

    def show_detector(self, *_: object) -> None:
        """Say which detector is in use, or why there is none."""
        loader, current = self._loader, self._loader.current
        self.shipped.setEnabled(sample_detector().is_file())
        self.trained.setEnabled(loader.trained is not None)
        texts = []
        if loader.working:
            texts.append("Reading the detector…")
        elif loader.problem:
            texts.append(f"⚠ {loader.problem}")
        if current is not None and not loader.working:
            texts.append(f"{'Still in use: ' if loader.problem else ''}{current.text}")
        self.words.setText("\n".join(texts) or "No detector: choose one, or train one.")
        self.words.setToolTip("" if current is None else str(current.path))
        known = ""
        if current is not None and self._case is not None:
            known = familiar(current.detector, self._case)
        self.warning.setText(
            f"⚠ It {known}: what it finds here says nothing of how well it finds." if known else ""
        )
        self.warning.setVisible(bool(known))
