"""The fields of a model that a `ParameterForm` leaves out: texts, and choices of several."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
)

from napari_lesion_synth.widgets.parts.layout import row

__all__ = ["TextRows"]

_LINES = 3


class TextRows(QWidget):
    """One labelled line, box of text or row of ticks a field.

    Parameters
    ----------
    model : type
        Whose texts and choices of several are shown.
    long : bool
        Whether texts have several lines.
    leave_out : tuple of str
        Fields that are shown elsewhere.
    """

    changed = Signal()

    def __init__(
        self,
        model: type[BaseModel],
        *,
        long: bool = False,
        leave_out: tuple[str, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts: dict[str, QLineEdit | QPlainTextEdit] = {}
        self._ticks: dict[str, dict[str, QCheckBox]] = {}
        self._labels: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0 if long else 1, 1)
        for name, info in model.model_fields.items():
            if name in leave_out:
                continue
            choices = _several(info.annotation)
            if choices:
                self._add(name, info, self._ticks_of(name, choices, info), below=False)
            elif info.annotation is str:
                self._add(name, info, self._text_of(name, long=long), below=long)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields shown."""
        return (*self._texts, *self._ticks)

    def control(self, name: str) -> QWidget:
        """The line or box of a text."""
        return self._texts[name]

    def tick(self, name: str, choice: str) -> QCheckBox:
        """The tick of one choice of a field."""
        return self._ticks[name][choice]

    def values(self) -> dict[str, Any]:
        """Values by field."""
        found: dict[str, Any] = {}
        for name, control in self._texts.items():
            long = isinstance(control, QPlainTextEdit)
            found[name] = (control.toPlainText() if long else control.text()).strip()
        for name, ticks in self._ticks.items():
            found[name] = tuple(choice for choice, tick in ticks.items() if tick.isChecked())
        return found

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; fields that are not shown are passed over."""
        for name, control in self._texts.items():
            if name in values and values[name] != self.values()[name]:
                long = isinstance(control, QPlainTextEdit)
                (control.setPlainText if long else control.setText)(str(values[name]))
        for name, ticks in self._ticks.items():
            for choice, tick in ticks.items():
                if name in values:
                    tick.setChecked(choice in values[name])

    def set_hidden(self, names: set[str]) -> None:
        """Hide the fields that make no difference now."""
        for name, label in self._labels.items():
            label.setVisible(name not in names)
        for name, control in self._texts.items():
            control.setVisible(name not in names)

    def _add(self, name: str, info: FieldInfo, control: QWidget, *, below: bool) -> None:
        label = QLabel(info.title or name)
        tip = f"<qt>{html.escape(info.description or '', quote=False)}</qt>"
        for part in (label, control):
            part.setToolTip(tip)
        control.setAccessibleName(info.title or name)
        label.setBuddy(control)
        line = self._grid.rowCount()
        self._grid.addWidget(label, line, 0)
        if below:
            self._grid.addWidget(control, line + 1, 0)
        else:
            self._grid.addWidget(control, line, 1)
        self._labels[name] = label

    def _text_of(self, name: str, *, long: bool) -> QWidget:
        made: QLineEdit | QPlainTextEdit
        if long:
            made = QPlainTextEdit()
            made.setTabChangesFocus(True)
            made.setFixedHeight(_LINES * made.fontMetrics().lineSpacing() + 12)
        else:
            made = QLineEdit()
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        made.textChanged.connect(lambda *_: self.changed.emit())
        self._texts[name] = made
        return made

    def _ticks_of(self, name: str, choices: tuple[str, ...], info: FieldInfo) -> QWidget:
        usual = info.get_default() or ()
        ticks = self._ticks[name] = {choice: QCheckBox(choice) for choice in choices}
        for choice, tick in ticks.items():
            tick.setChecked(choice in usual)
            tick.toggled.connect(lambda *_: self.changed.emit())
        return row(*ticks.values(), None)


def _several(kind: Any) -> tuple[str, ...]:
    """The choices of a tuple of literals."""
    if get_origin(kind) is not tuple:
        return ()
    inner = get_args(kind)[0]
    return get_args(inner) if get_origin(inner) is Literal else ()
