"""A command line to look at and to copy."""

from __future__ import annotations

from qtpy.QtGui import QFontDatabase, QGuiApplication, QTextOption
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.text_lines import TextLines

__all__ = ["CommandText"]

_LINES = 4


class CommandText(QWidget):
    """Shows a command in a monospaced font, wrapped, with a button that copies it.

    Parameters
    ----------
    title : str
        What the command does.
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel(title, self)
        self.label.setWordWrap(True)
        self.copy_button = QPushButton("Copy", self)
        self.copy_button.setAccessibleName(f"Copy: {title}")
        self.copy_button.setToolTip("Copy the command, to run it in a terminal. (Space)")
        self.copy_button.clicked.connect(self.copy)
        self.view = TextLines(_LINES, self)
        self.view.setAccessibleName(title)
        self.view.setToolTip("The same run as a command; works without napari. (Ctrl+C copies)")
        # a style sheet sets the family of a whole window, and overrules a font of the widget
        family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        self.view.setStyleSheet(f'font-family: "{family}", monospace;')
        self.view.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.label.setBuddy(self.view)
        top = QHBoxLayout()
        top.addWidget(self.label, 1)
        top.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.view)

    @property
    def text(self) -> str:
        """The command."""
        return self.view.toPlainText()

    def set_text(self, command: str) -> None:
        """Show another command."""
        if command != self.text:
            self.view.setPlainText(command)
        self.copy_button.setEnabled(bool(command))

    def copy(self) -> None:
        """Put the command on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)
