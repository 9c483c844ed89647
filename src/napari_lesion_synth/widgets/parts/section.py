"""A section of a long page that folds away."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

__all__ = ["Section", "SectionHeader"]

# A heading, not a push button: no background but under the mouse, and the text at the left.
_STYLE = """
SectionHeader { text-align: left; padding: 4px; border: 1px solid transparent; }
SectionHeader:!hover { background: transparent; }
SectionHeader:focus { border: 1px solid palette(mid); }
"""


class SectionHeader(QPushButton):
    """The button that folds a section: an arrow and a title across the whole width.

    Space and Enter turn it; the right and left arrow keys open and close it.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setStyleSheet(_STYLE)
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self.setAccessibleName(title)
        self.toggled.connect(self._show_state)
        self._show_state(False)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title = title
        self.setAccessibleName(title)
        self._show_state(self.isChecked())

    @property
    def title(self) -> str:
        """The title without the arrow."""
        return self._title

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Fold and unfold."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            self.setChecked(key == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def _show_state(self, expanded: bool) -> None:
        arrow = "▾" if expanded else "▸"
        self.setText(f"{arrow}  {self._title}".replace("&", "&&"))
        does = "Fold" if expanded else "Unfold"
        self.setToolTip(f"{does} “{self._title}” (Space; the left and right arrow keys)")
        self.setAccessibleDescription("unfolded" if expanded else "folded")


class Section(QWidget):
    """A titled section whose content folds away.

    Whether it is unfolded is kept through a change of its content, of its title and of what it
    needs.

    Parameters
    ----------
    title : str
        Above the content, always seen.
    expanded : bool
        Whether the content shows at first.
    """

    toggled = Signal(bool)
    """Whether the content shows now."""

    def __init__(self, title: str, *, expanded: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = SectionHeader(title)
        self._need = QLabel()
        self._need.setWordWrap(True)
        self._need.setContentsMargins(4, 0, 0, 2)
        self._need.setAccessibleName(f"What {title} needs")
        self._need.hide()
        self._content: QWidget | None = None
        self._blocked = False
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(4, 2, 0, 4)
        inner.addWidget(self._need)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self._body)
        self.setAccessibleName(title)
        self.setFocusProxy(self.header)
        self.header.setChecked(expanded)
        self._body.setVisible(expanded)
        self.header.toggled.connect(self._on_toggled)

    @property
    def title(self) -> str:
        """What stands in the header."""
        return self.header.title

    def set_title(self, title: str) -> None:
        """Show another title."""
        self.header.set_title(title)
        self.setAccessibleName(title)
        self._need.setAccessibleName(f"What {title} needs")

    def set_content(self, widget: QWidget) -> None:
        """Show a widget below the header, in place of the one before, which is deleted."""
        if self._content is not None:
            self._content.setParent(None)
            self._content.deleteLater()
        self._content = widget
        self._body.layout().addWidget(widget)
        widget.setEnabled(not self._blocked)

    @property
    def content(self) -> QWidget | None:
        """The widget below the header."""
        return self._content

    @property
    def expanded(self) -> bool:
        """Whether the content shows."""
        return bool(self.header.isChecked())

    def set_expanded(self, expanded: bool) -> None:
        """Fold or unfold the content."""
        self.header.setChecked(expanded)

    def set_need(self, text: str, *, block: bool = False) -> None:
        """Say at the top of the content what is missing.

        Parameters
        ----------
        text : str
            A sentence, such as "Open a CT first."; empty: nothing is missing.
        block : bool
            Whether the content is of no use until then: it is disabled.
        """
        self._need.setText(text)
        self._need.setVisible(bool(text))
        self._blocked = block and bool(text)
        if self._content is not None:
            self._content.setEnabled(not self._blocked)

    @property
    def need(self) -> str:
        """The sentence that says what is missing; empty: nothing."""
        return str(self._need.text())

    def _on_toggled(self, expanded: bool) -> None:
        self._body.setVisible(expanded)
        self.toggled.emit(expanded)
