"""Which generator is in use, and the choice of another."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import menu_button, note, row
from napari_lesion_synth.widgets.synthesize.model_loader import ModelLoader, misfit, model_text
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["ModelRow"]

_FILES = "Generator (*.pt);;All files (*)"


class ModelRow(QWidget):
    """The generator in words, and a menu.

    Parameters
    ----------
    bench : Workbench
        Uses it.
    models : ModelLoader
        Reads it.
    """

    train_wanted = Signal()

    def __init__(
        self, bench: Workbench, models: ModelLoader, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bench, self._models = bench, models
        self.words = note(name="Generator in use")
        self.button = menu_button("&Model", "Choose the generator that makes the lesions")
        menu = QMenu(self.button)
        self.shipped = menu.addAction("The one that comes with the program", self.use_shipped)
        self.trained = menu.addAction("The one just trained", self.use_trained)
        menu.addSeparator()
        menu.addAction("File (generator.pt)\u2026", self.ask_file)
        menu.addAction("Train one\u2026", self.train_wanted.emit)
        self.button.setMenu(menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(row(self.words, self.button, stretch=0))
        models.changed.connect(self.show_model)
        bench.model_changed.connect(self.show_model)
        bench.case_changed.connect(self.show_model)
        self.show_model()

    def close_row(self) -> None:
        """Stop listening to the workbench."""
        self._bench.model_changed.disconnect(self.show_model)
        self._bench.case_changed.disconnect(self.show_model)

    def use_shipped(self) -> None:
        """Use the generator that comes with the program."""
        self._models.open(None)

    def use_trained(self) -> None:
        """Use the generator that was trained last."""
        if self._models.trained is not None:
            self._models.open(self._models.trained, origin="trained")

    def ask_file(self) -> None:
        """Ask for a generator's file."""
        known = self._models.file or self._models.trained
        start = "" if known is None else str(known.parent)
        chosen, _ = QFileDialog.getOpenFileName(self, "Generator", start, _FILES)
        if chosen:
            self._models.open(Path(chosen))

    def show_model(self, *_: object) -> None:
        """Say which generator is in use, or why there is none."""
        models, model, case = self._models, self._bench.model, self._bench.case
        self.trained.setEnabled(models.trained is not None)
        texts = []
        if models.working:
            texts.append("Reading the generator\u2026")
        elif models.problem:
            texts.append(f"\u26a0 {models.problem}")
        if model is not None and not models.working:
            still = "Still in use: " if models.problem else ""
            texts.append(f"{still}{model_text(model, models.origin)}")
            wrong = "" if case is None else misfit(model, case.volume)
            texts += [f"\u26a0 {wrong} Choose another, or train one."] if wrong else []
        self.words.setText("\n".join(texts) or "No generator: choose one, or train one.")
        self.words.setToolTip("" if model is None else str(model.path))
