"""What the gallery shows, and in which order."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.widgets.parts.layout import button
from napari_lesion_synth.widgets.review.query import ANY, Query, SortKey, Which

__all__ = ["FilterBar"]

_TYPED_MS = 150
_MOST = 1e9

_SORTS = {
    SortKey.ID: "as made",
    SortKey.METHOD: "method",
    SortKey.ZONE: "zone",
    SortKey.SIZE: "size",
    SortKey.RANK: "score: rank",
    SortKey.ERROR: "score: error",
    SortKey.VERDICT: "verdict",
    SortKey.REASON: "reason",
}
_WHICH = {
    Which.ALL: "All verdicts",
    Which.ACCEPTED: "✓ Accepted",
    Which.REJECTED: "✗ Rejected",
    Which.OPEN: "· No verdict",
    Which.MINE: "Decided by you",
    Which.NOT_MINE: "Not decided by you",
}


class FilterBar(QWidget):
    """Search, order and filters; what is rarely wanted folds away.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal(object)
    """The `Query`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLineEdit()
        self.text.setPlaceholderText("Search id")
        self.text.setClearButtonEnabled(True)
        _name(self.text, "Search id", "Part of a lesion's id.")
        self.sort = _box("Sort by", "What the lesions are sorted by.")
        for key, words in _SORTS.items():
            self.sort.addItem(f"Sort: {words}", key)
        self.falling = QToolButton()
        self.falling.setCheckable(True)
        self.which = _box("Verdict to show", "Lesions by what was decided of them.")
        for key, words in _WHICH.items():
            self.which.addItem(words, key)
        self.method = _box("Method to show", "Method of the lesions shown.", "All methods")
        self.zone = _box("Zone to show", "Zone of the lesions shown.", "All zones")
        self.reason = _box("Reason to show", "Why they were rejected, or fail.", "All reasons")
        self.size = _Range("Size", "mm", decimals=0)
        self.rank = _Range("Rank", "", decimals=2, step=0.05)
        self.error = _Range("Error", "", decimals=4, step=0.01)
        self.more = button("More filters", "Method, zone, reason, size and score", checkable=True)
        self.clear_button = button("Show all", "Take every filter away", self.clear)
        self._typed = QTimer(self, interval=_TYPED_MS, singleShot=True)
        self._lay_out()
        self._connect()
        self._show_direction()
        self._offer_all()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.text, 1)
        top.addWidget(self.which, 1)
        below = QHBoxLayout()
        below.addWidget(self.sort, 1)
        for part in (self.falling, self.more, self.clear_button):
            below.addWidget(part)
        self._rest = QWidget()
        rest = QGridLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setSpacing(4)
        for column, part in enumerate((self.method, self.zone, self.reason)):
            rest.addWidget(part, 0, column)
            rest.setColumnStretch(column, 1)
        for column, part in enumerate((self.size, self.rank, self.error)):
            rest.addWidget(part, 1, column)
        self._rest.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addLayout(below)
        layout.addWidget(self._rest)

    def _connect(self) -> None:
        self.more.toggled.connect(self._rest.setVisible)
        self.text.textChanged.connect(lambda _: self._typed.start())
        self._typed.timeout.connect(self._tell)
        self.falling.toggled.connect(self._show_direction)
        self.falling.toggled.connect(self._tell)
        for box in self._boxes():
            box.currentIndexChanged.connect(self._tell)
        for part in (self.size, self.rank, self.error):
            part.changed.connect(self._tell)

    def _boxes(self) -> tuple[QComboBox, ...]:
        return (self.sort, self.which, self.method, self.zone, self.reason)

    def query(self) -> Query:
        """What is chosen."""
        return Query(
            text=self.text.text().strip(),
            method=self.method.currentData() or "",
            zone=self.zone.currentData() or "",
            reason=self.reason.currentData() or "",
            which=Which(self.which.currentData()),
            size_mm=self.size.value(),
            rank=self.rank.value(),
            error=self.error.value(),
            sort=SortKey(self.sort.currentData()),
            falling=self.falling.isChecked(),
        )

    def clear(self) -> None:
        """Show everything; the order stays."""
        parts = (*self._boxes(), self.text)
        for part in parts:
            part.blockSignals(True)
        for box in (self.which, self.method, self.zone, self.reason):
            box.setCurrentIndex(0)
        self.text.clear()
        for part in parts:
            part.blockSignals(False)
        for one in (self.size, self.rank, self.error):
            one.clear()
        self._tell()

    def offer(
        self, *, methods: Iterable[str], zones: Iterable[str], reasons: Iterable[str]
    ) -> None:
        """Offer these to choose from; what is chosen and still there stays chosen."""
        chosen = self.query()
        for box, names in ((self.method, methods), (self.zone, zones), (self.reason, reasons)):
            _refill(box, sorted(names))
        if chosen != self.query():
            self._tell()

    def _offer_all(self) -> None:
        """Nothing is to be taken away where everything is shown."""
        query = self.query()
        self.clear_button.setEnabled(query != Query(sort=query.sort, falling=query.falling))

    def _show_direction(self, *_: object) -> None:
        down = self.falling.isChecked()
        self.falling.setText("▼" if down else "▲")
        said = "Largest first" if down else "Smallest first"
        _name(self.falling, said, f"{said}; click to turn the order round.")

    def _tell(self, *_: object) -> None:
        self._offer_all()
        self.changed.emit(self.query())


class _Range(QWidget):
    """Two numbers, each of which may be left open."""

    changed = Signal()

    def __init__(self, name: str, unit: str, *, decimals: int, step: float = 1.0) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        label = QLabel(f"{name} ({unit})" if unit else name)
        layout.addWidget(label, 0, 0, 1, 2)
        self.low, self.high = (_open_number(decimals, step) for _ in range(2))
        label.setBuddy(self.low)
        for column, (box, end) in enumerate(((self.low, "at least"), (self.high, "at most"))):
            box.setSpecialValueText("from" if end == "at least" else "to")
            _name(box, f"{name} {end}", f"{name} {end}; at its lowest value: any.")
            box.valueChanged.connect(self.changed)
            layout.addWidget(box, 1, column)

    def value(self) -> tuple[float, float]:
        low, high = self.low.value(), self.high.value()
        return (low if low >= 0 else ANY[0], high if high >= 0 else ANY[1])

    def clear(self) -> None:
        for box in (self.low, self.high):
            box.blockSignals(True)
            box.setValue(box.minimum())
            box.blockSignals(False)


def _open_number(decimals: int, step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(-step, _MOST)  # below zero: any
    box.setSingleStep(step)
    box.setValue(-step)
    box.setKeyboardTracking(False)
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box


def _box(name: str, tip: str, everything: str = "") -> QComboBox:
    box = QComboBox()
    if everything:
        box.addItem(everything, "")
    _name(box, name, tip)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box


def _name(widget: QWidget, name: str, tip: str) -> None:
    widget.setAccessibleName(name)
    widget.setToolTip(tip)


def _refill(box: QComboBox, names: list[str]) -> None:
    if names == [box.itemData(k) for k in range(1, box.count())]:
        return
    chosen = box.currentData()
    box.blockSignals(True)
    while box.count() > 1:
        box.removeItem(1)
    for name in names:
        box.addItem(name, name)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
