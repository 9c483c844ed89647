"""How a detector is trained: the arm, the mixture, the net, the device and the folder."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.detection.data_settings import SHAM, DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.widgets.detect.device_row import DeviceRow
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.layout import form
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder

__all__ = ["ARMS", "TrainFields"]

ARMS: dict[str, dict[str, float] | None] = {
    "Real and synthetic": None,
    "Real alone": {},
    "Real and sets": {"sets": 1.0},
    "Real and Poisson": {"poisson": 1.0},
    "Real and sigmoid": {"sigmoid": 1.0},
    "Real and GAN": {"cgan": 1.0},
}
"""Where synthetic lesions come from in each arm; None: the usual mixture. Empty: nowhere."""

_MIXTURE = ("synthetic", "healthy", "sham")
_HOW = ("kind", "net", "steps")
_OF_RUN = ("device",)


class TrainFields(QWidget):
    """Controls for a training.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.arm = Choice()
        self.arm.addItems(list(ARMS))
        self.arm.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.arm.setToolTip(
            "What is learnt from, for comparisons: all arms take the same number of steps."
        )
        self.data = ParameterForm(
            DataSettings, _MIXTURE, advanced=_others(DataSettings, (*_MIXTURE, "methods"))
        )
        self.how = ParameterForm(
            DetectorSettings, _HOW, advanced=_others(DetectorSettings, (*_HOW, *_OF_RUN))
        )
        _rename(self.data, "More of the mixture")
        _rename(self.how, "More of the net and the run")
        self.device = DeviceRow()
        self.folder = OutputFolder(stem="detector", holds="the training is kept in")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            form([("Arm", self.arm)]),
            self.data,
            self.how,
            form([("Device", self.device), ("Folder", self.folder)]),
        ):
            layout.addWidget(part)
        self.data.value_changed.connect(lambda *_: self._show_auto())
        self.arm.currentIndexChanged.connect(self._on_arm)
        for source in (self.data.value_changed, self.how.value_changed):
            source.connect(lambda *_: self.changed.emit())
        self.device.changed.connect(self.changed)
        self.folder.changed.connect(self.changed)
        self._on_arm()
        self._show_auto()
        self.device.look()

    def close_part(self) -> None:
        """End the thread."""
        self.device.close_row()

    def mixture(self) -> DataSettings:
        """What the examples are.

        Raises
        ------
        ValidationError
            If numbers contradict each other.
        """
        values: dict[str, Any] = self.data.values()
        methods = ARMS[self.arm.currentText()]
        if methods is not None:
            values |= {"methods": methods} if methods else {"synthetic": 0.0, "sham": None}
        return DataSettings(**values)

    def settings(self) -> DetectorSettings:
        """How to train."""
        return DetectorSettings(**self.how.values(), device=self.device.device)

    def set_settings(self, **values: Any) -> None:
        """Show settings of either kind."""
        if "device" in values:
            self.device.choice.setCurrentText(values.pop("device"))
        self.data.set_values(values)
        self.how.set_values(values)
        self._show_auto()
        self.changed.emit()

    def _on_arm(self, *_: object) -> None:
        alone = ARMS[self.arm.currentText()] == {}
        self.data.set_hidden(("synthetic", "sham") if alone else ())
        self.changed.emit()

    def _show_auto(self) -> None:
        """What the share of shams is where it is left to the program."""
        self.data.set_auto("sham", SHAM if self.data.values()["synthetic"] > 0 else 0.0)


def _others(model: type[BaseModel], shown: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in model.model_fields if name not in shown)


def _rename(made: ParameterForm, title: str) -> None:
    """Two sections "Advanced" in one page would be mistaken for one another."""
    if made.advanced is not None:
        made.advanced.set_title(title)
