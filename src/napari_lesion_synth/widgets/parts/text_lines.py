"""Read-only text that is a few lines high, whatever the font."""

from __future__ import annotations

import math

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

__all__ = ["TextLines"]


class TextLines(QPlainTextEdit):
    """Text to read and to copy; it scrolls where it is longer.

    Parameters
    ----------
    lines : int
        Height.
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as the lines and what the style puts around them."""
        style = self.viewportMargins() + self.contentsMargins()
        around = 2 * self.document().documentMargin() + style.top() + style.bottom()
        height = self._lines * self.fontMetrics().lineSpacing() + around
        return QSize(super().sizeHint().width(), math.ceil(height))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Never less high than that."""
        return QSize(0, self.sizeHint().height())
