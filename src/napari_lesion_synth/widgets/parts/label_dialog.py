"""Which label of a mask is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qtpy.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

__all__ = ["LabelChoice", "LabelDialog"]

_LETTERS = 44


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """What was chosen.

    Parameters
    ----------
    label : int or None
        The label; None: everything that is not 0.
    """

    label: int | None = None


class LabelDialog(QDialog):
    """Offers the labels of a mask, and all of them together.

    Parameters
    ----------
    name : str
        Of the file or layer.
    labels : mapping of int to int, or sequence of int
        The labels, with their numbers of voxels if these are known; without 0.
    parent : QWidget, optional
        Owner.
    preferred : int, optional
        The label that is offered first; default: all of them.
    """

    def __init__(
        self,
        name: str,
        labels: Mapping[int, int] | Sequence[int],
        parent: QWidget | None = None,
        *,
        preferred: int | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Which label?")
        self.setAccessibleName("Which label?")
        title = QLabel(f"{name.replace('&', '&&')} holds {len(labels)} labels. &Take:")
        title.setWordWrap(True)
        self.combo = QComboBox()
        self.combo.setAccessibleName("Label")
        self.combo.setToolTip("Which voxels of the mask to take (arrow keys)")
        counted = labels if isinstance(labels, Mapping) else dict.fromkeys(labels)
        known = [count for count in counted.values() if count is not None]
        everything = sum(known) if len(known) == len(counted) else None
        self.combo.addItem(_words("everything that is not 0", everything), None)
        for label, count in counted.items():
            self.combo.addItem(_words(f"label {label}", count), label)
        self.combo.setCurrentIndex(max(0, self.combo.findData(preferred)) if preferred else 0)
        title.setBuddy(self.combo)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        for kind, tip in ((standard.Ok, "Take it (Enter)"), (standard.Cancel, "Leave it (Esc)")):
            button = buttons.button(kind)
            button.setToolTip(tip)
            button.setAccessibleName(button.text().replace("&", ""))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (title, self.combo, buttons):
            layout.addWidget(part)
        self.setMinimumWidth(_LETTERS * self.fontMetrics().averageCharWidth())
        self.combo.setFocus()

    @property
    def choice(self) -> LabelChoice:
        """What is chosen now."""
        return LabelChoice(self.combo.currentData())


def _words(text: str, count: int | None) -> str:
    return text if count is None else f"{text}: {count:,} voxels"
