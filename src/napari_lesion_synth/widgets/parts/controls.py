"""One control for each kind of field."""

from __future__ import annotations

import html
from typing import Any

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QWidget

from napari_lesion_synth.widgets.parts.fields import (
    ChoiceField,
    Field,
    NumberField,
    SwitchField,
    TupleField,
)
from napari_lesion_synth.widgets.parts.inputs import Choice, NumberBox, Slider

__all__ = [
    "ChoiceControl",
    "Control",
    "NumberControl",
    "SwitchControl",
    "TupleControl",
    "control_for",
]

_SETTLED_MS = 400
"""Steps by key or wheel that follow one another within this time are one gesture."""


class Control(QWidget):
    """What changes the value of one field.

    A value that was set is given back as it is, however coarse the control shows it.

    Parameters
    ----------
    field : Field
        The field.
    """

    changed = Signal(object)
    """The value, while the user changes it."""
    finished = Signal()
    """The user's gesture is over: the slider was released, the number typed, the choice made."""

    keys = ""
    """How the keyboard works it, for the tooltip."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value = field.default
        self._settle = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settle.timeout.connect(self._finish)
        self._open = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._row = row

    def value(self) -> Any:
        """The value."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show a value without telling anyone; one that is shown already leaves typing alone."""
        if value != self._value:
            self._value = value
            self._show(value)

    def _show(self, value: Any) -> None:
        """Bring the inputs to a value, without their signals."""
        raise NotImplementedError

    def _add(self, *inputs: QWidget, stretch: int = 0) -> None:
        """Add inputs to the row, with their names and tooltips."""
        tip = f"<qt>{html.escape(self.field.help, quote=False)}"
        tip += f"<br><i>{self.keys}</i></qt>" if self.keys else "</qt>"
        for one in inputs:
            one.setToolTip(tip)
            one.setAccessibleName(self.field.label)
            one.setAccessibleDescription(self.field.help)
            self._row.addWidget(one, stretch)
        if self.focusProxy() is None:
            self.setFocusProxy(inputs[0])

    def _took(self, value: Any, *, at_once: bool = False) -> None:
        """Take a value from the user; `at_once`: the gesture is over with it."""
        if value == self._value:
            return
        self._value = value
        self._open = True
        self.changed.emit(value)
        if at_once:
            self._finish()
        else:
            self._settle.start()

    def _finish(self) -> None:
        """End the gesture, if there is one."""
        self._settle.stop()
        if self._open:
            self._open = False
            self.finished.emit()


class NumberControl(Control):
    """A slider over the usual values, and a box for all of them.

    A number that may be left to the program has a check box "auto" before it.
    """

    keys = "Arrow keys: one step; Page Up and Page Down: ten."

    def __init__(self, field: NumberField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.field: NumberField = field
        self.auto: QCheckBox | None = None
        self.slider: Slider | None = None
        if field.optional:
            self.auto = QCheckBox("auto")
            self.auto.toggled.connect(self._on_auto)
            self._add(self.auto)
            self.auto.setAccessibleName(f"{field.label}: auto")
        if field.usual is not None:
            self.slider = Slider(field)
            self.slider.valueChanged.connect(self._on_slider)
            self.slider.sliderReleased.connect(self._finish)
            self._add(self.slider, stretch=1)
        self.box = NumberBox(field, buttons=self.slider is None)
        self.box.valueChanged.connect(self._on_box)
        self.box.editingFinished.connect(self._finish)
        self._add(self.box, stretch=0 if self.slider else 1)
        self._number = float(self._start() if field.default is None else field.default)
        self._show(field.default)

    def set_auto(self, number: float) -> None:
        """Show what "auto" amounts to; a user who takes it off begins there."""
        self._number = float(number)
        if self._value is None:
            self._show(None)

    def _start(self) -> float:
        low, high = self.field.usual or (self.field.low, self.field.high)
        return self.field.of(low + (high - low) / 2)

    def _show(self, value: Any) -> None:
        if value is not None:
            self._number = float(value)
        inputs = [one for one in (self.auto, self.slider, self.box) if one is not None]
        for one in inputs:
            one.blockSignals(True)
        self.box.setValue(self._number)
        if self.slider is not None:
            self.slider.show_number(self._number)
        if self.auto is not None:
            self.auto.setChecked(value is None)
            self._enable()
        for one in inputs:
            one.blockSignals(False)

    def _enable(self) -> None:
        assert self.auto is not None
        for one in (self.slider, self.box):
            if one is not None:
                one.setEnabled(not self.auto.isChecked())

    def _on_auto(self, on: bool) -> None:
        self._enable()
        self._took(None if on else self.field.of(self._number), at_once=True)

    def _on_slider(self, _position: int) -> None:
        assert self.slider is not None
        self._number = float(self.slider.number())
        self.box.blockSignals(True)
        self.box.setValue(self._number)
        self.box.blockSignals(False)
        self._took(self.slider.number())
        if self.slider.isSliderDown():
            self._settle.stop()  # the release ends it, however long the hand rests

    def _on_box(self, number: float) -> None:
        self._number = number
        if self.slider is not None:
            self.slider.blockSignals(True)
            self.slider.show_number(number)
            self.slider.blockSignals(False)
        self._took(self.field.of(number))


class TupleControl(Control):
    """A box for each of a few numbers."""

    keys = "Arrow keys: one step; Page Up and Page Down: ten."

    def __init__(self, field: TupleField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.field: TupleField = field
        self._row.setSpacing(2)
        self.boxes = [NumberBox(part) for part in field.parts]
        for number, (part, box) in enumerate(zip(field.parts, self.boxes, strict=True)):
            self._add(box, stretch=1)
            box.setAccessibleName(f"{field.label}, {part.label}")
            box.setToolTip(box.toolTip().replace("<qt>", f"<qt><b>{part.label}</b>: ", 1))
            box.valueChanged.connect(lambda value, number=number: self._on_box(number, value))
            box.editingFinished.connect(self._finish)
        self._show(field.default)

    def set_value(self, value: Any) -> None:
        """Show a tuple, or a list as JSON has it."""
        super().set_value(tuple(value))

    def _show(self, value: Any) -> None:
        for box, number in zip(self.boxes, value, strict=True):
            box.blockSignals(True)
            box.setValue(number)
            box.blockSignals(False)

    def _on_box(self, number: int, value: float) -> None:
        values = list(self._value)
        values[number] = self.field.parts[number].of(value)
        self._took(tuple(values))


class SwitchControl(Control):
    """A check box that bears the field's label."""

    keys = "Space turns it."

    def __init__(self, field: SwitchField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.check = QCheckBox(field.label)
        self.check.toggled.connect(lambda on: self._took(on, at_once=True))
        self._add(self.check, stretch=1)
        self._show(field.default)

    def _show(self, value: Any) -> None:
        self.check.blockSignals(True)
        self.check.setChecked(bool(value))
        self.check.blockSignals(False)


class ChoiceControl(Control):
    """A combo box."""

    keys = "Arrow keys: the next choice."

    def __init__(self, field: ChoiceField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.field: ChoiceField = field
        self.combo = Choice()
        self.combo.addItems([field.text(choice) for choice in field.choices])
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.currentIndexChanged.connect(self._on_index)
        self._add(self.combo, stretch=1)
        self._show(field.default)

    def set_value(self, value: Any) -> None:
        """Show a choice, or what JSON has for it."""
        matching = (c for c in self.field.choices if value in (c, getattr(c, "value", c)))
        super().set_value(next(matching, self._value))

    def _show(self, value: Any) -> None:
        self.combo.blockSignals(True)
        self.combo.setCurrentIndex(self.field.choices.index(value))
        self.combo.blockSignals(False)

    def _on_index(self, index: int) -> None:
        self._took(self.field.choices[index], at_once=True)


_KINDS: tuple[tuple[type[Field], type[Control]], ...] = (
    (NumberField, NumberControl),
    (TupleField, TupleControl),
    (SwitchField, SwitchControl),
    (ChoiceField, ChoiceControl),
)


def control_for(field: Field) -> Control:
    """The control that fits a field."""
    make = next(control for kind, control in _KINDS if isinstance(field, kind))
    return make(field)
