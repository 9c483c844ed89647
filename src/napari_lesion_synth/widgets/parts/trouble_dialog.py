"""A dialog that says what went wrong, where, and what to do next."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QFontDatabase, QGuiApplication, QShowEvent
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QStyle,
    QWidget,
)

from napari_lesion_synth.widgets.parts.trouble_text import Trouble

__all__ = ["TroubleDialog"]

_WIDTH, _WIDE = 64, 100
"""Characters in a line of the dialog, without and with the report."""

_LINES = 12


class TroubleDialog(QDialog):
    """What went wrong, where, and what to do next; a report behind a button.

    Parameters
    ----------
    trouble : Trouble
        What to show.
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, trouble: Trouble, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trouble = trouble
        self.times = 1
        self.setWindowTitle("A fault of the program" if trouble.fault else "That did not work")
        self.setAccessibleName(self.windowTitle())
        self.setAccessibleDescription(f"{trouble.what} {trouble.where} {trouble.remedy}")
        self.what = _text(trouble.what, "What went wrong")
        font = self.what.font()
        font.setBold(True)
        self.what.setFont(font)
        self.where = _path(trouble.where)
        self.remedy = _text(trouble.remedy, "What to do")
        self.details = self._make_details(trouble.details)
        self.buttons = self._make_buttons()
        layout = QGridLayout(self)
        layout.addWidget(self._make_icon(), 0, 0, 4, 1, Qt.AlignmentFlag.AlignTop)
        for row, part in enumerate((self.what, self.where, self.remedy)):
            part.setVisible(bool(part.text()))
            layout.addWidget(part, row, 1)
        layout.addWidget(self.details, 4, 0, 1, 2)
        layout.addWidget(self.buttons, 5, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(4, 1)
        # the default keeps the height that the texts would take in the narrowest dialog
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._fit()

    def _make_icon(self) -> QLabel:
        kind = QStyle.StandardPixmap
        icon = kind.SP_MessageBoxCritical if self.trouble.fault else kind.SP_MessageBoxWarning
        side = 2 * self.fontMetrics().height()
        label = QLabel()
        label.setPixmap(self.style().standardIcon(icon).pixmap(side, side))
        label.setAccessibleName("Fault" if self.trouble.fault else "Warning")
        return label

    def _make_details(self, text: str) -> QPlainTextEdit:
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setTabChangesFocus(True)
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        view.setStyleSheet(f'font-family: "{family}", monospace;')
        view.setMinimumHeight(_LINES * view.fontMetrics().lineSpacing())
        view.setAccessibleName("Report")
        view.setToolTip("What Copy report copies: no names of files, persons or computers in it")
        view.hide()
        return view

    def _make_buttons(self) -> QDialogButtonBox:
        role = QDialogButtonBox.ButtonRole
        box = QDialogButtonBox()
        self.details_button = QPushButton("&Details")
        self.details_button.setCheckable(True)
        self.details_button.setToolTip("Show or hide the report for the program's authors (Alt+D)")
        self.details_button.toggled.connect(self._show_details)
        self.copy_button = QPushButton("&Copy report")
        self.copy_button.setToolTip(
            "Copy versions and the error, without names of files, persons or computers (Alt+C)"
        )
        self.copy_button.clicked.connect(self.copy_report)
        self.close_button = QPushButton("Close")
        self.close_button.setToolTip("Close this message (Esc)")
        self.close_button.setDefault(True)
        for button in (self.details_button, self.copy_button):
            button.setAutoDefault(False)
            box.addButton(button, role.ActionRole)
        box.addButton(self.close_button, role.RejectRole)
        for button in (self.details_button, self.copy_button, self.close_button):
            button.setAccessibleName(button.text().replace("&", ""))
        box.rejected.connect(self.reject)
        return box

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.trouble.details)
        self.copy_button.setText("&Copied")

    def again(self) -> None:
        """The same happened once more while this is open."""
        self.times += 1
        self.what.setText(f"{self.trouble.what} ({self.times} times)")
        self._fit()
        self.raise_()

    def _show_details(self, on: bool) -> None:
        self.details.setVisible(on)
        self._fit()

    def _fit(self) -> None:
        """As wide as its lines, and as high as they need: Qt guesses badly where texts wrap."""
        letters = _WIDTH if self.details.isHidden() else _WIDE
        width = letters * self.fontMetrics().averageCharWidth()
        self.setMinimumWidth(min(width, self.layout().totalMinimumSize().width()))
        self.resize(width, self.layout().totalHeightForWidth(width))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Fit again in the style of the window."""
        super().showEvent(event)
        self._fit()


def _text(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
    label.setAccessibleName(name)
    return label


def _path(path: str) -> QLabel:
    """A file or folder; a line of it may end after each folder."""
    label = _text(path.replace("\\", "\\\u200b"), "Where")
    if "\u200b" in label.text():  # not to be copied along
        label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    return label
