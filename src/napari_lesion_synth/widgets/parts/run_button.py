"""A button that starts a job, cancels it, and says that it is being canceled."""

from __future__ import annotations

from enum import StrEnum

from qtpy.QtCore import Signal
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QPushButton, QWidget

__all__ = ["RunButton", "RunState"]


class RunState(StrEnum):
    """What a click will do."""

    READY = "ready"
    RUNNING = "running"
    CANCELING = "canceling"


class RunButton(QPushButton):
    """Run, Cancel, Canceling…, Run.

    Parameters
    ----------
    text : str
        Name of the action, as in "Run".
    tooltip : str
        What the action does.
    parent : QWidget, optional
        Owner.
    """

    run_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, text: str = "Run", tooltip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = {
            RunState.READY: text,
            RunState.RUNNING: "Cancel",
            RunState.CANCELING: "Canceling…",
        }
        self._tips = {
            RunState.READY: tooltip,
            RunState.RUNNING: "Stop at the next step; what is finished stays. (Space)",
            RunState.CANCELING: "The job is about to stop.",
        }
        self._state = RunState.READY
        self._blocked = ""
        self._keep_width()
        self.set_state(RunState.READY)
        self.clicked.connect(self._on_clicked)

    @property
    def state(self) -> RunState:
        """What a click will do."""
        return self._state

    def set_state(self, state: RunState) -> None:
        """Show another state."""
        self._state = state
        self._show()

    def set_action(self, text: str) -> None:
        """Call the action otherwise, as in "Resume"."""
        if self._texts[RunState.READY] != text:
            self._texts[RunState.READY] = text
            self._keep_width()
            self._show()

    def set_blocked(self, reason: str) -> None:
        """Do not offer the action, for this reason; an empty one offers it again."""
        self._blocked = reason
        self._show()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Do nothing: a double click means Run, not Run and Cancel."""
        event.accept()

    def _show(self) -> None:
        ready = self._state is RunState.READY
        text = self._texts[self._state]
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(self._blocked if ready and self._blocked else self._tips[self._state])
        self.setEnabled(self._state is RunState.RUNNING or (ready and not self._blocked))

    def _keep_width(self) -> None:
        """As wide as the longest text, so that nothing beside it moves."""
        widest = 0
        for text in self._texts.values():
            self.setText(text)
            widest = max(widest, self.sizeHint().width())
        self.setMinimumWidth(widest)

    def _on_clicked(self) -> None:
        if self._state is RunState.READY:
            self.run_requested.emit()
        elif self._state is RunState.RUNNING:
            self.set_state(RunState.CANCELING)
            self.cancel_requested.emit()
