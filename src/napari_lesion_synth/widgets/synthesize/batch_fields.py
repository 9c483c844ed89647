"""What a batch is asked for: controls for the settings of a generated set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.synthesis.registry import method_names
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.method_title import in_order
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder
from napari_lesion_synth.widgets.preferences import read_preferences
from napari_lesion_synth.widgets.synthesize.method_weights import MethodWeights

__all__ = ["BatchFields"]

_NUMBERS = ("n", "rim", "diameter_mm", "seed", "per_scene", "workers")


class BatchFields(QWidget):
    """Controls for number, places, methods, sizes, randomness and folder.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fixed: dict[str, dict[str, Any]] = {}
        self.form = ParameterForm(GenerateSettings, _NUMBERS)
        self.methods = MethodWeights()
        self.use_fixed = QCheckBox("Use the current method's parameters")
        self.use_fixed.setAccessibleName(self.use_fixed.text())
        self.folder = OutputFolder()
        self._lay_out()
        self.form.set_values({"workers": read_preferences().workers})
        self.methods.set_available(dict.fromkeys(in_order(method_names())))
        self.methods.set_weights(GenerateSettings.model_fields["methods"].default)
        self.set_fixed({})
        self.form.value_changed.connect(lambda *_: self.changed.emit())
        self.methods.changed.connect(self._on_methods)
        self.use_fixed.toggled.connect(lambda _: self.changed.emit())
        self.folder.changed.connect(self.changed)

    def _lay_out(self) -> None:
        title, place = QLabel("Methods and their weights"), QLabel("Output folder")
        title.setBuddy(self.methods)
        place.setBuddy(self.folder.line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.form, title, self.methods, self.use_fixed, place, self.folder):
            layout.addWidget(part)

    def settings(self) -> dict[str, Any]:
        """The settings, by the names of `GenerateSettings`."""
        weights = self.methods.weights()
        fixed = self._fixed if self.use_fixed.isChecked() else {}
        return {
            **self.form.values(),
            "methods": weights,
            "fixed": {name: dict(values) for name, values in fixed.items() if name in weights},
            "out": self.folder.folder,
        }

    def set_settings(self, settings: Mapping[str, Any]) -> None:
        """Show settings; names that have no control here are passed over."""
        self.form.set_values({k: v for k, v in settings.items() if k in _NUMBERS})
        if "methods" in settings:
            self.methods.set_weights(settings["methods"])
        if "out" in settings:
            self.folder.set_folder(Path(settings["out"]))
        if "fixed" in settings:
            if settings["fixed"]:
                self.set_fixed(settings["fixed"])
            self.use_fixed.setChecked(bool(settings["fixed"]))
        self.changed.emit()

    def set_fixed(self, fixed: Mapping[str, Mapping[str, Any]]) -> None:
        """Parameters to use if the user wants so, by method; what is not there is drawn."""
        self._fixed = {name: dict(values) for name, values in fixed.items() if values}
        self._describe_fixed()
        if self.use_fixed.isChecked():
            self.changed.emit()

    def problem(self) -> str:
        """Why a run makes no sense; empty if it does."""
        if not self.methods.weights():
            return "Choose at least one method."
        low, high = self.form.values()["diameter_mm"]
        if low > high:
            return f"The smallest diameter, {low:g} mm, exceeds the largest, {high:g} mm."
        return ""

    def _on_methods(self) -> None:
        self._describe_fixed()
        self.changed.emit()

    def _describe_fixed(self) -> None:
        chosen = self.methods.weights()
        lines = [
            f"{name}.{key} = {value:g}" if isinstance(value, float) else f"{name}.{key} = {value}"
            for name, values in self._fixed.items()
            if name in chosen
            for key, value in values.items()
        ]
        self.use_fixed.setEnabled(bool(lines))
        shown = "\n".join(lines[:12]) + ("\n…" if len(lines) > 12 else "")
        self.use_fixed.setToolTip(
            f"All lesions get these parameters; the others are drawn. (Space)\n{shown}"
            if lines
            else "No parameter of the chosen methods is set above; all are drawn for each lesion."
        )
