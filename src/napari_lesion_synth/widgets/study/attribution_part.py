"""Which model, and what its prediction of the photo under review rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.study_files import REGRESSION_JSON, read_result
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.layout import form, note
from napari_lesion_synth.widgets.parts.outcome import End, Outcome
from napari_lesion_synth.widgets.study.attributed import Attributed, attributed
from napari_lesion_synth.widgets.study.attribution_layers import AttributionLayers
from napari_lesion_synth.widgets.study.looked import Looked

__all__ = ["AttributionPart"]

_WORDS = RunWords(
    "the attribution",
    "Attribute",
    "Hide part after part of the photo, and see what the prediction loses; in a process of its "
    "own. (Space)",
    "Photos that are done.",
)
_NO_MODEL = "Models are compared in the tab Model: press Regress there first."
_NOT_YET = "Nothing was found for this photo from the answers that there are now: press Attribute."


class AttributionPart(QWidget):
    """Chooses a model, has its predictions taken apart, and shows that on the canvas.

    Parameters
    ----------
    viewer : napari.Viewer
        Where photos are shown.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(self, viewer: Any, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.study: Study | None = None
        self.looked: Looked | None = None
        self.found: Attributed | None = None
        self.layers = AttributionLayers(viewer)
        self.model = QComboBox()
        self.model.setToolTip("A model that was compared, with its mean absolute error")
        self.whole = QCheckBox("All photos of the study")
        self.whole.setToolTip("Otherwise only the photo that is shown; each takes some seconds")
        self.run = ChildRun(_WORDS)
        self.said = note(name="What the prediction rests on")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (form((("Model", self.model),)), self.whole, self.run, self.said):
            layout.addWidget(part)
        self.model.currentIndexChanged.connect(lambda *_: self.refresh())
        self.run.run_requested.connect(self.start)
        self.run.finished.connect(self._on_finished)

    def close_part(self) -> None:
        """End the process, and take the layers away."""
        self.run.cancel()
        self.layers.clear()

    def set_study(self, study: Study | None) -> None:
        """Another study, or the same with other results."""
        self.study = study
        chosen = self.model.currentData()
        self.model.blockSignals(True)
        self.model.clear()
        for each in self._compared():
            error = each["mae"][0]
            known = "" if error is None else f" (MAE {error:.3f})"
            self.model.addItem(f"{each['model']}{known}", each["model"])
        self.model.setCurrentIndex(max(0, self.model.findData(chosen)))
        self.model.blockSignals(False)
        self.refresh()

    def set_looked(self, looked: Looked | None) -> None:
        """Another photo is shown, or the same with other gaze; None: none."""
        self.looked = looked
        self.refresh()

    def refresh(self) -> None:
        """Show what was found for the photo and the model."""
        name = self.model.currentData()
        self.run.button.setEnabled(name is not None and self.looked is not None)
        self.found = None
        if self.study is None or self.looked is None or name is None:
            self.layers.clear()
            self.said.setText(_NO_MODEL if name is None else "")
            return
        try:
            self.found = attributed(self.study, self.looked, name)
        except LesionSynthError as error:
            self._on_error(error)
        if self.found is None:
            self.layers.clear()
            self.said.setText(_NOT_YET)
            return
        self.layers.show(self.looked, self.found)
        self.said.setText(self.found.words)

    def start(self) -> None:
        """Take the predictions apart."""
        if self.study is None or self.looked is None or self.run.running:
            return
        folder, name = self.study.folder, str(self.model.currentData())
        arguments = ["study", "attribute", str(folder), "--model", name]
        if not self.whole.isChecked():
            arguments += ["--photo", self.looked.photo.id]
        self.run.launch(
            arguments,
            "Food study: attribution",
            f"what predictions in {folder.name} rest on.\nClosing stops it; photos that are done "
            "stay",
        )

    def _on_finished(self, outcome: Outcome) -> None:
        if outcome.end in (End.DONE, End.CANCELED):
            self.refresh()

    def _compared(self) -> list[dict[str, Any]]:
        """The models of the last regression that learn from photos."""
        if self.study is None:
            return []
        try:
            found = read_result(self.study.folder, REGRESSION_JSON) or {}
        except LesionSynthError as error:
            self._on_error(error)
            return []
        return [each for each in found.get("models") or [] if each["model"] != "mean"]
