"""The verdicts as buttons, with the reasons and their keys."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import button
from napari_lesion_synth.widgets.review.reasons import REASONS, SHORT

__all__ = ["VerdictBar"]


class VerdictBar(QWidget):
    """Accept, reject with or without a reason, undo.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    pressed = Signal(str)
    """Name of the action, as of `GalleryView.pressed_key`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accept = button(
            "✓ Accept (A)", "Accept what is selected (A)", lambda: self.pressed.emit("accept")
        )
        self.reject = button(
            "✗ Reject (R)", "Reject what is selected (R)", lambda: self.pressed.emit("reject")
        )
        self.undo = button(
            "Undo (U)", "Take the last verdict back (U)", lambda: self.pressed.emit("undo")
        )
        self.why = button("Why (1–9)", "")
        self.why.setAccessibleName("Reject for a reason")
        self.why.setMenu(self._menu())
        self.legend = QLabel()
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.legend.setWordWrap(True)
        self.legend.setMinimumHeight(2 * self.legend.fontMetrics().lineSpacing())
        line = QHBoxLayout()
        line.setSpacing(4)
        for part in (self.accept, self.reject, self.why, self.undo):
            line.addWidget(part, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        layout.addWidget(self.legend)
        words = "  ".join(f"{number}\u00a0{word}" for number, word in enumerate(SHORT, 1))
        self.legend.setText(words)
        self.legend.setAccessibleName("Keys of the reasons")
        self.legend.setToolTip(_in_full())
        self.why.setToolTip(f"Reject what is selected, for a reason: {_in_full()}")

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for number, reason in enumerate(REASONS, 1):
            action = menu.addAction(f"{number}  {reason}")
            action.triggered.connect(lambda _=False, key=str(number): self.pressed.emit(key))
        return menu

    def set_ready(self, chosen: int, undoable: bool) -> None:
        """Offer what can be done: with so many lesions chosen, and with something to take back."""
        for part in (self.accept, self.reject, self.why):
            part.setEnabled(chosen > 0)
        self.undo.setEnabled(undoable)


def _in_full() -> str:
    return ", ".join(f"{number} {reason}" for number, reason in enumerate(REASONS, 1))
