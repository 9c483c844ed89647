"""Which methods make the lesions of a set, and how large a share each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QLabel, QWidget

__all__ = ["MethodWeights"]

_LARGEST = 1000.0


@dataclass(frozen=True, slots=True)
class _Line:
    """The controls of one method."""

    box: QCheckBox
    weight: QDoubleSpinBox
    share: QLabel
    reason: QLabel


class MethodWeights(QWidget):
    """A check box and a weight for each method.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[str, _Line] = {}
        self._available: dict[str, str | None] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(2, 1)

    def set_available(self, available: Mapping[str, str | None]) -> None:
        """Offer methods.

        Parameters
        ----------
        available : mapping of str to str or None
            Names, each with the reason why it cannot be used now, or None. A choice made before
            comes back when the reason is gone.
        """
        for name in available:
            if name not in self._lines:
                self._lines[name] = self._new_line(name)
        self._available = dict(available)
        self._show()
        self.changed.emit()

    def weights(self) -> dict[str, float]:
        """Weights of the methods that are chosen and can be used, by name."""
        return {
            name: line.weight.value()
            for name, line in self._lines.items()
            if line.box.isChecked() and self._usable(name)
        }

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Choose these methods and no others."""
        for name, line in self._lines.items():
            line.box.setChecked(name in weights)
            if name in weights:
                line.weight.setValue(weights[name])

    def _usable(self, name: str) -> bool:
        return name in self._available and self._available[name] is None

    def _new_line(self, name: str) -> _Line:
        box = QCheckBox(name, self)
        box.setAccessibleName(f"Use {name}")
        box.setToolTip(f"Make lesions with the method {name}. (Space)")
        weight = QDoubleSpinBox(self, minimum=0.1, maximum=_LARGEST, decimals=1, value=1.0)
        weight.setAccessibleName(f"Weight of {name}")
        weight.setToolTip(
            f"Weight of {name}: shares of the methods are as their weights. (Up, Down)"
        )
        share, reason = QLabel(self), QLabel(self)
        share.setToolTip(f"Share of the lesions that {name} makes.")
        reason.setWordWrap(True)
        row = self._grid.rowCount()
        self._grid.addWidget(box, row, 0)
        self._grid.addWidget(weight, row, 1)
        self._grid.addWidget(share, row, 2)
        self._grid.addWidget(reason, row + 1, 0, 1, 3)
        box.toggled.connect(self._on_changed)
        weight.valueChanged.connect(self._on_changed)
        return _Line(box, weight, share, reason)

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        weights = self.weights()
        total = sum(weights.values())
        for name, line in self._lines.items():
            usable = self._usable(name)
            for widget in (line.box, line.weight, line.share):
                widget.setVisible(name in self._available)
            line.box.setEnabled(usable)
            line.weight.setEnabled(name in weights)
            line.share.setText(f"{weights[name] / total:.0%}" if name in weights else "")
            reason = self._available.get(name)
            line.reason.setText(f"{name}: {reason}" if reason else "")
            line.reason.setVisible(bool(reason))
