"""Qt's inputs for a page that scrolls: the wheel is the page's unless one has the focus."""

from __future__ import annotations

from qtpy.QtCore import QLocale, Qt
from qtpy.QtGui import QValidator, QWheelEvent
from qtpy.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QSlider, QWidget

from napari_lesion_synth.widgets.parts.fields import NumberField

__all__ = ["Choice", "NumberBox", "Slider"]

_PAGES = 10


class Slider(QSlider):
    """A slider over the usual values of a number; its positions are steps."""

    def __init__(self, field: NumberField, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        assert field.usual is not None
        self._field = field
        self._low, high = field.usual
        count = max(1, round((high - self._low) / field.step))
        self.setRange(0, count)
        self.setPageStep(max(1, count // _PAGES))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 4)

    def number(self) -> float | int:
        """The value at the handle."""
        return self._field.of(self._low + self.value() * self._field.step)

    def show_number(self, number: float) -> None:
        """Bring the handle as near to a value as the slider reaches."""
        self.setValue(round((number - self._low) / self._field.step))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the page unless the slider has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class NumberBox(QDoubleSpinBox):
    """A box for a number of the whole range; a typed number counts when it is complete.

    It reads and writes a decimal point everywhere, as files and the command line do, and takes a
    typed comma for one.
    """

    def __init__(
        self, field: NumberField, *, buttons: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        plain = QLocale.c()
        plain.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        self.setLocale(plain)
        self.setDecimals(field.decimals)
        self.setRange(field.low, field.high)
        self.setSingleStep(field.step)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        if not buttons:
            self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)

    def validate(self, text: str | None, at: int) -> tuple[QValidator.State, str, int]:
        """As Qt, with a comma for a point."""
        return super().validate((text or "").replace(",", "."), at)

    def valueFromText(self, text: str | None) -> float:  # noqa: N802
        """As Qt, with a comma for a point."""
        return super().valueFromText((text or "").replace(",", "."))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the page unless the box has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Choice(QComboBox):
    """A combo box that may be narrower than its longest entry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(5)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the page unless the box has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
