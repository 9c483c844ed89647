"""Before you run: what an experiment of a given size can show."""

from __future__ import annotations

from functools import partial

from pydantic import ValidationError
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QDoubleSpinBox, QSpinBox, QVBoxLayout, QWidget

from napari_lesion_synth.evaluation.statistics.power import plan_power
from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import form, note
from napari_lesion_synth.widgets.parts.setting_words import setting_words

__all__ = ["EvaluatePower"]

_SETTLED_MS = 300
_MOST_LESIONS = 20_000
_FIRST = {"lesions": 20, "baseline": 0.65, "aim": 0.95, "comparisons": 1}


class EvaluatePower(QWidget):
    """Test lesions and hoped-for rates, and what can be seen with them, in words.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        fields = PowerSettings.model_fields
        self.lesions = _whole(1, _MOST_LESIONS, _FIRST["lesions"])
        self.lesions.setToolTip(str(fields["lesions"].description))
        self.per_patient = _share(1.0, 1000.0, 1.0, step=0.5)
        self.per_patient.setToolTip(str(fields["lesions_per_patient"].description))
        self.baseline = _share(0.01, 0.99, _FIRST["baseline"])
        self.baseline.setToolTip(str(fields["baseline"].description))
        self.aim = _share(0.02, 1.0, _FIRST["aim"])
        self.aim.setToolTip("Sensitivity that one hopes for, above the baseline.")
        self.comparisons = _whole(1, 1000, int(_FIRST["comparisons"]))
        self.comparisons.setToolTip(str(fields["comparisons"].description))
        self.words = note(name="What can be seen")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(
            form(
                [
                    ("Test lesions", self.lesions),
                    ("Lesions per patient", self.per_patient),
                    ("Rate of the baseline", self.baseline),
                    ("Rate hoped for", self.aim),
                    ("Comparisons", self.comparisons),
                ]
            )
        )
        layout.addWidget(self.words)
        self._worker = LatestOnly("power", self)
        self._worker.finished.connect(lambda _number, words: self.words.setText(words))
        self._worker.failed.connect(lambda _number, error: self.words.setText(f"⚠ {error}"))
        self._soon = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._soon.timeout.connect(self.work_out)
        for box in (*(self.lesions, self.per_patient, self.baseline, self.aim, self.comparisons),):
            box.valueChanged.connect(lambda _value: self._soon.start())

    def close_part(self) -> None:
        """End the thread."""
        self._soon.stop()
        self._worker.close()

    @property
    def working(self) -> bool:
        """Whether words are on their way."""
        return self._soon.isActive() or self._worker.awaiting

    def work_out(self) -> None:
        """Say what can be seen."""
        self._soon.stop()
        try:
            settings = PowerSettings(
                lesions=self.lesions.value(),
                lesions_per_patient=self.per_patient.value(),
                baseline=self.baseline.value(),
                aims=(self.aim.value(),),
                comparisons=self.comparisons.value(),
            )
        except ValidationError as error:
            self._worker.forget()
            self.words.setText(f"⚠ {setting_words(error, PowerSettings)}")
            return
        self._worker.submit(partial(_words, settings))


def _words(settings: PowerSettings) -> str:
    return plan_power(settings).words()


def _whole(low: int, high: int, value: float) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(int(value))
    box.setKeyboardTracking(False)
    return box


def _share(low: float, high: float, value: float, step: float = 0.05) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(2)
    box.setSingleStep(step)
    box.setValue(value)
    box.setKeyboardTracking(False)
    return box
