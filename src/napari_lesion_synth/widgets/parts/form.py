"""A form made from a parameter model alone: one labelled control a field."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.controls import Control, NumberControl, control_for
from napari_lesion_synth.widgets.parts.fields import Field, SwitchField, fields_of
from napari_lesion_synth.widgets.parts.section import Section

__all__ = ["ParameterForm"]

# napari gives every number box room for two buttons, which these do not have.
_STYLE = "NumberBox { min-width: 3.2em; padding: 1px 3px; } QToolButton { padding: 1px; }"


class ParameterForm(QWidget):
    """Controls for the fields of a model.

    Labels, ranges, steps and help come from the model's fields (see
    `napari_lesion_synth.widgets.parts.fields`). Rules between fields are the caller's business:
    it hears of a value and may answer with `set_values`.

    Parameters
    ----------
    model : type
        Parameter model.
    names : sequence of str, optional
        Fields to show, in this order; default: all. What no control fits is left out.
    advanced : sequence of str
        Fields to fold away below the others.

    Raises
    ------
    ValueError
        If the model has no field of such a name.
    """

    value_changed = Signal(str, object)
    """Field and value, at every change by the user, while sliding too."""
    edited = Signal(str)
    """Field whose gesture is over: one slide, one typed number, one choice."""
    released = Signal(str)
    """Field that the user wants to be drawn again."""

    def __init__(
        self,
        model: type[BaseModel],
        names: Sequence[str] | None = None,
        *,
        advanced: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        wanted = model.model_fields if names is None else names
        shown = [name for name in wanted if name not in advanced]
        plain, folded = fields_of(model, shown), fields_of(model, advanced)
        self._rows: dict[str, _Row] = {}
        self._pinned: frozenset[str] = frozenset()
        self.setStyleSheet(_STYLE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._grid(plain))
        self.advanced: Section | None = None
        if folded:
            inside = QWidget()
            inside.setLayout(self._grid(folded))
            self.advanced = Section("Advanced", expanded=False)
            self.advanced.set_content(inside)
            layout.addWidget(self.advanced)

    def _grid(self, fields: Sequence[Field]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for number, field in enumerate(fields):
            row = _Row(field)
            row.add_to(grid, number)
            row.control.changed.connect(partial(self.value_changed.emit, field.name))
            row.control.finished.connect(partial(self.edited.emit, field.name))
            row.release.clicked.connect(partial(self._on_release, field.name))
            self._rows[field.name] = row
        return grid

    @property
    def names(self) -> tuple[str, ...]:
        """The fields shown, in order."""
        return tuple(self._rows)

    def control(self, name: str) -> Control:
        """The control of a field."""
        return self._rows[name].control

    def label(self, name: str) -> QWidget:
        """The widget that shows a field's label: bold where the field is pinned."""
        return self._rows[name].label

    def release_button(self, name: str) -> QToolButton:
        """The button of a pinned field that lets it be drawn again."""
        return self._rows[name].release

    def values(self) -> dict[str, Any]:
        """Values by field."""
        return {name: row.control.value() for name, row in self._rows.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values, as Python or JSON has them, without a signal.

        Fields that the form does not show are passed over.
        """
        for name, value in values.items():
            if name in self._rows:
                self._rows[name].control.set_value(value)

    def set_auto(self, name: str, number: float) -> None:
        """Show what "auto" amounts to in an optional number."""
        control = self.control(name)
        assert isinstance(control, NumberControl)
        control.set_auto(number)

    @property
    def pinned(self) -> frozenset[str]:
        """The fields marked as fixed by the user."""
        return self._pinned

    def set_pinned(self, names: Collection[str]) -> None:
        """Mark the fields that the user fixed: a bold label, and a button to release each."""
        self._pinned = frozenset(names) & set(self._rows)
        for name, row in self._rows.items():
            row.set_pinned(name in self._pinned)

    def set_hidden(self, names: Collection[str]) -> None:
        """Hide the fields that make no difference now, and show all others."""
        for name, row in self._rows.items():
            row.set_shown(name not in names)

    def _on_release(self, name: str, _checked: bool = False) -> None:
        self.released.emit(name)
        self.control(name).setFocus()  # its button is about to go


class _Row:
    """A field's label, its control, and the button that releases it."""

    def __init__(self, field: Field) -> None:
        self.control = control_for(field)
        self._pinned, self._shown = False, True
        self._own_label = not isinstance(field, SwitchField)
        if self._own_label:
            self.label: QWidget = QLabel(field.label)
            self.label.setBuddy(self.control)
            self.label.setToolTip(f"<qt>{html.escape(field.help, quote=False)}</qt>")
        else:
            self.label = self.control.check
        self.release = QToolButton()
        self.release.setText("↺")
        self.release.setAutoRaise(True)
        self.release.setMaximumWidth(self.release.fontMetrics().averageCharWidth() * 3)
        self.release.setAccessibleName(f"Draw {field.label} again")
        self.release.setToolTip(
            f"<qt>You fixed {html.escape(field.label)}. Press to let it be drawn again.</qt>"
        )
        kept = self.release.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # or every pin would shift the row
        self.release.setSizePolicy(kept)
        self.release.hide()

    def add_to(self, grid: QGridLayout, number: int) -> None:
        if self._own_label:
            grid.addWidget(self.label, number, 0)
            grid.addWidget(self.control, number, 1)
        else:
            grid.addWidget(self.control, number, 0, 1, 2)
        grid.addWidget(self.release, number, 2)

    def set_pinned(self, pinned: bool) -> None:
        if pinned == self._pinned:
            return
        self._pinned = pinned
        font = self.label.font()
        font.setBold(pinned)
        self.label.setFont(font)
        self.label.setAccessibleDescription("fixed by you" if pinned else "")
        self.release.setVisible(pinned and self._shown)

    def set_shown(self, shown: bool) -> None:
        if shown == self._shown:
            return
        self._shown = shown
        self.control.setVisible(shown)
        self.label.setVisible(shown)
        self.release.setVisible(shown and self._pinned)
        kept = self.release.sizePolicy()
        kept.setRetainSizeWhenHidden(shown)
        self.release.setSizePolicy(kept)
