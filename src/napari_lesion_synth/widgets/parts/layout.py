"""Small helpers for laying controls out in a narrow dock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

__all__ = ["button", "column", "form", "menu_button", "note", "row"]

_MENU_STYLE = """
QPushButton { padding-right: 22px; }
QPushButton::menu-indicator { subcontrol-origin: padding; subcontrol-position: right center;
    right: 6px; }
"""


def button(
    text: str, tip: str, call: Callable[[], Any] | None = None, *, checkable: bool = False
) -> QPushButton:
    """A push button that may shrink, with its tooltip and its accessible name."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.setAccessibleName(text.replace("&", "").replace("\u2026", ""))
    made.setAccessibleDescription(tip)
    made.setCheckable(checkable)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    if call is not None:
        made.clicked.connect(lambda *_: call())
    return made


def menu_button(text: str, tip: str) -> QPushButton:
    """A button for a menu: its arrow stands behind the text, not over its end."""
    made = button(text, tip)
    made.setStyleSheet(_MENU_STYLE)
    return made


def note(text: str = "", name: str = "") -> QLabel:
    """A line of text that wraps instead of widening the dock, and can be copied."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if name:
        label.setAccessibleName(name)
    return label


def row(*parts: QWidget | None, stretch: int | None = None) -> QWidget:
    """Widgets side by side; `None` is a spring."""
    widget = QWidget()
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    for number, part in enumerate(parts):
        if part is None:
            layout.addStretch(1)
        else:
            layout.addWidget(part, 1 if number == stretch else 0)
    return widget


def column(*parts: QWidget) -> QWidget:
    """Widgets below one another."""
    widget = QWidget()
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(4, 2, 4, 4)
    layout.setSpacing(5)
    for part in parts:
        layout.addWidget(part)
    return widget


def form(rows: Sequence[tuple[str, QWidget]]) -> QWidget:
    """Labelled rows; each label is its control's buddy and gives it its name."""
    widget = QWidget()
    layout = QFormLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setVerticalSpacing(4)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    for text, control in rows:
        label = QLabel(text)
        label.setBuddy(control)
        label.setToolTip(control.toolTip())
        if not control.accessibleName():
            control.setAccessibleName(text)
        layout.addRow(label, control)
    return widget
