"""A slider with a number beside it, for one quantity with a unit."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSizePolicy, QSlider, QWidget

__all__ = ["NumberSlider"]


class NumberSlider(QWidget):
    """The slider spans the usual range, the number box the whole one.

    Parameters
    ----------
    low, high : float
        Whole range.
    usual : tuple of float, optional
        The slider's range; default: the whole one.
    step : float
        Of the slider and of the box's arrows.
    unit : str
        Behind the number.
    decimals : int
        Of the number.
    """

    value_changed = Signal(float)
    """Also while sliding."""
    edited = Signal()
    """The end of a slide, or of typing."""

    def __init__(
        self,
        low: float,
        high: float,
        *,
        usual: tuple[float, float] | None = None,
        step: float = 1.0,
        unit: str = "",
        decimals: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high = usual or (low, high)
        self._step = step
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round((self._high - self._low) / step))
        self.slider.setPageStep(5)
        self.slider.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box = QDoubleSpinBox()
        self.box.setRange(low, high)
        self.box.setDecimals(decimals)
        self.box.setSingleStep(step)
        self.box.setSuffix(unit and f" {unit}")
        self.box.setKeyboardTracking(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.box)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self.edited)
        self.box.valueChanged.connect(self._on_box)
        self.box.editingFinished.connect(self.edited)
        self.setFocusProxy(self.box)

    def setAccessibleName(self, name: str) -> None:  # noqa: N802
        """Name both parts."""
        super().setAccessibleName(name)
        self.slider.setAccessibleName(f"{name}, slider")
        self.box.setAccessibleName(name)

    def setToolTip(self, text: str) -> None:  # noqa: N802
        """Explain both parts."""
        self.slider.setToolTip(text)
        self.box.setToolTip(text)

    def value(self) -> float:
        """The number."""
        return float(self.box.value())

    def set_value(self, value: float) -> None:
        """Show a number without telling anyone."""
        for part in (self.slider, self.box):
            part.blockSignals(True)
        self.box.setValue(value)
        self.slider.setValue(round((value - self._low) / self._step))
        for part in (self.slider, self.box):
            part.blockSignals(False)

    def _on_slider(self, place: int) -> None:
        value = self._low + place * self._step
        self.box.blockSignals(True)
        self.box.setValue(value)
        self.box.blockSignals(False)
        self.value_changed.emit(self.value())

    def _on_box(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round((value - self._low) / self._step))
        self.slider.blockSignals(False)
        self.value_changed.emit(value)
