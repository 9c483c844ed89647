"""Stepping through the findings and judging them, as buttons with their keys."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QHBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import button

__all__ = ["JudgeBar"]


class JudgeBar(QWidget):
    """Previous, next, accept, reject, undo.

    Parameters
    ----------
    act : callable
        Takes the name of an action, as of `key_table.ACTIONS`.
    """

    def __init__(self, act: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.previous = button("◂ P", "Previous finding (P)", lambda: act("previous"))
        self.next = button("N ▸", "Next finding (N)", lambda: act("next"))
        self.accept = button("✓ Accept (A)", "It is a lesion (A)", lambda: act("accept"))
        self.reject = button(
            "✗ Reject (R)",
            "It is none: a hard negative of the next training (R)",
            lambda: act("reject"),
        )
        self.undo = button("Undo (U)", "Take the last verdict back (U)", lambda: act("undo"))
        self.previous.setAccessibleName("Previous finding")
        self.next.setAccessibleName("Next finding")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part, stretch in (
            (self.previous, 0), (self.next, 0), (self.accept, 1), (self.reject, 1), (self.undo, 1),
        ):  # fmt: skip
            layout.addWidget(part, stretch)
        self.set_ready(rows=0, finding=False, undoable=False)

    def set_ready(self, *, rows: int, finding: bool, undoable: bool) -> None:
        """Offer what can be done: with so many rows, and with a finding chosen."""
        self.previous.setEnabled(rows > 0)
        self.next.setEnabled(rows > 0)
        self.accept.setEnabled(finding)
        self.reject.setEnabled(finding)
        self.undo.setEnabled(undoable)
