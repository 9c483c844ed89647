"""The band of each zone: two thresholds that can be moved while the verdicts follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.widgets.parts.layout import button, note
from napari_lesion_synth.widgets.review.band_plot import BandPlot, axis_top
from napari_lesion_synth.widgets.review.collection import Collection

if TYPE_CHECKING:
    from napari_lesion_synth.selection.band import Band

__all__ = ["BandSection"]

_LARGEST = 99_999.0
_SOON_MS = 25
"""A handle that is dragged sends more events than verdicts are worth being shown for."""

_NO_SCORES = (
    "This set has no scores yet. Under Score, give an auto-encoder and press Score; until then "
    "every verdict is yours."
)


class BandSection(QWidget):
    """Thresholds of one zone at a time, with a histogram.

    Parameters
    ----------
    lesions : Collection
        Whose verdicts follow the thresholds.
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()
    """The verdicts have changed."""
    save_requested = Signal()

    def __init__(self, lesions: Collection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lesions = lesions
        self._saved: dict[str, Band] = {}
        self._top = 1.0
        self.zone = QComboBox()
        self.zone.setAccessibleName("Zone of the band")
        self.zone.setToolTip("Zone whose band is shown; each has its own.")
        self.low = _Threshold(
            "Low",
            "Smallest error that passes: below it a lesion is smoother "
            "or simpler than real ones are.",
        )
        self.high = _Threshold(
            "High",
            "Largest error that passes: above it a lesion looks like "
            "nothing that the auto-encoder knows.",
        )
        self.save = button(
            "Save band",
            "Write the band and the verdicts that follow from it into the set's scores",
            self.save_requested.emit,
        )
        self.reset = button("Reset", "The band as it was saved last", self._reset)
        self.plot = BandPlot()
        self.state = note(_NO_SCORES, "State of the band")
        self._soon = QTimer(self, interval=_SOON_MS, singleShot=True)
        self._lay_out()
        self.zone.currentIndexChanged.connect(self._show_zone)
        self.low.valueChanged.connect(self._on_box)
        self.high.valueChanged.connect(self._on_box)
        self.plot.moved.connect(self._on_moved)
        self._soon.timeout.connect(self._follow)
        self.refresh()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.zone)
        for text, box in (("&Low", self.low), ("&High", self.high)):
            label = QLabel(text)
            label.setBuddy(box)
            line.addWidget(label)
            line.addWidget(box, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(3)
        layout.addLayout(line)
        buttons = QHBoxLayout()
        buttons.addWidget(self.state, 1)
        buttons.addWidget(self.reset)
        buttons.addWidget(self.save)
        layout.addLayout(buttons)
        layout.addWidget(self.plot, 1)

    # --- what is shown ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Other scores: show their bands."""
        limits = self._lesions.limits
        self._saved = dict(limits)
        chosen = self.zone.currentData()
        self.zone.blockSignals(True)
        self.zone.clear()
        for name in sorted(limits, reverse=True):
            self.zone.addItem(name, name)
        self.zone.setCurrentIndex(max(0, self.zone.findData(chosen)))
        self.zone.blockSignals(False)
        for part in (self.zone, self.low, self.high):
            part.setEnabled(bool(limits))
        self.plot.setVisible(bool(limits))
        self._show_zone()

    @property
    def unsaved(self) -> bool:
        """Whether a threshold was moved since the scores were read or saved."""
        return dict(self._lesions.limits) != self._saved

    def follow_lesions(self) -> None:
        """There are more lesions, or other verdicts: count anew."""
        self._draw()

    def _show_zone(self, *_: object) -> None:
        band = self._band
        if band is None:
            self.state.setText(_NO_SCORES)
            self._offer_saving()
            return
        own = self._lesions.zone == self.zone.currentData()
        errors = self._lesions.error[own]
        self._top = axis_top(np.asarray(band.errors), errors[np.isfinite(errors)])
        self._set_boxes(band.low, band.high)
        self._draw()
        self.plot.set_band(band.low, band.high)

    @property
    def _band(self) -> Band | None:
        return self._lesions.limits.get(self.zone.currentData() or "")

    def _draw(self) -> None:
        band = self._band
        if band is None:
            return
        lesions = self._lesions
        own = (lesions.zone == self.zone.currentData()) & np.isfinite(lesions.error)
        passing = own & (lesions.passes == 1)
        failing = own & (lesions.passes == 0)
        real = np.asarray(band.errors)
        errors = (real, lesions.error[passing], lesions.error[failing])
        self.plot.show_errors(*errors, self._top, (band.low, band.high))
        self.plot.set_band(band.low, band.high)
        self.state.setText(self._words(band, int(passing.sum()), int(own.sum())))
        self.state.setToolTip(f"The band stands on {band.note}.")
        self._offer_saving()

    def _words(self, band: Band, passing: int, total: int) -> str:
        real = np.asarray(band.errors)
        inside = int(band.inside(real).sum())
        share = f" ({100 * passing / total:.0f} %)" if total else ""
        return f"{passing} of {total} pass{share}; so do {inside} of {real.size} real ones."

    def _offer_saving(self) -> None:
        self.save.setEnabled(self.unsaved)
        self.reset.setEnabled(self.unsaved)

    # --- moving -------------------------------------------------------------------------------

    def _set_boxes(self, low: float, high: float) -> None:
        for box, value in ((self.low, low), (self.high, high)):
            box.blockSignals(True)
            box.setValue(min(value, _LARGEST))
            box.blockSignals(False)

    def _on_box(self, *_: object) -> None:
        low, high = self.low.value(), self.high.limit()
        if low > high:  # the one that was moved takes the other along
            low = high = self.sender().value()
            self._set_boxes(low, high)
        self._move(low, high)
        self.plot.set_band(low, high)

    def _on_moved(self, low: float, high: float) -> None:
        self._set_boxes(low, high)
        self._move(low, high)

    def _move(self, low: float, high: float) -> None:
        band = self._band
        if band is None:
            return
        self._lesions.set_limits(self.zone.currentData(), moved(band, low, high))
        self._offer_saving()
        if not self._soon.isActive():
            self._soon.start()

    def _follow(self) -> None:
        self._draw()
        self.changed.emit()

    def _reset(self) -> None:
        for name, band in self._saved.items():
            self._lesions.set_limits(name, band)
        self._show_zone()
        self.changed.emit()


def moved(band: Band, low: float, high: float) -> Band:
    """A band with other ends; its quantiles are the shares of real lesions below them."""
    if (low, high) == (band.low, band.high):
        return band
    real = np.asarray(band.errors)
    below = float((real < low).mean()) if real.size else 0.0
    upto = float((real <= high).mean()) if real.size else 1.0
    return replace(band, low=low, high=high, quantiles=(below, upto))


class _Threshold(QDoubleSpinBox):
    """A number in HU; the largest stands for no limit."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setRange(0.0, _LARGEST)
        self.setDecimals(2)
        self.setSingleStep(0.1)
        self.setKeyboardTracking(False)
        self.setAccessibleName(f"{name} threshold")
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def textFromValue(self, value: float) -> str:  # noqa: N802
        """The number, or that there is none."""
        return "no limit" if value >= _LARGEST else super().textFromValue(value)

    def limit(self) -> float:
        """The number; infinite where there is no limit."""
        value = float(self.value())
        return np.inf if value >= _LARGEST else value
