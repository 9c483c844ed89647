"""What a job said, line by line; not there while it has said nothing."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.parts.text_lines import TextLines

__all__ = ["MessageLog"]

_LINES = 4
_KEPT = 500


class MessageLog(TextLines):
    """Read-only lines, the newest in view.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_LINES, parent)
        self.setMaximumBlockCount(_KEPT)
        self.setAccessibleName("Messages of the run")
        self.setToolTip("What the run had to say, the newest last. (Ctrl+C copies)")
        self.hide()

    def add(self, text: str, *, warning: bool = False) -> None:
        """Append a line."""
        self.appendPlainText(f"Warning: {text}" if warning else text)
        self.show()

    def clear(self) -> None:
        """Forget all lines."""
        super().clear()
        self.hide()
