"""Which transforms a study of limits tries, and over which range: `LimitSettings` as a form."""

from __future__ import annotations

import html
from collections.abc import Sequence

from pydantic import ValidationError
from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.perception.limits.equivalence import judgements_needed
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS
from napari_lesion_synth.perception.transforms.transform import Transform
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.layout import column, note
from napari_lesion_synth.wording import counted

__all__ = ["LimitsPart"]

_NUMBERS = ("levels", "random_share", "margin_share")
_USUAL = LimitSettings()


class LimitsPart(QWidget):
    """Whether limits are asked for, and a row for each transform.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wanted = QCheckBox("Ask how &strong augmentations may be")
        self.wanted.setToolTip(
            "<qt>Instead of comparing photos, people choose between a photo and its changed self. "
            "The result is a policy for trainings.</qt>"
        )
        self.rows = {name: _Row(each) for name, each in TRANSFORMS.items()}
        self.form = ParameterForm(LimitSettings, _NUMBERS)
        self.said = note(name="What the limits need")
        self.said.hide()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for number, row in enumerate(self.rows.values()):
            row.add_to(grid, number)
            row.changed.connect(self._on_changed)
        transforms = QWidget()
        transforms.setLayout(grid)
        self._inside = column(transforms, self.form, self.said)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.wanted)
        layout.addWidget(self._inside)
        self.wanted.toggled.connect(self._on_changed)
        self.form.value_changed.connect(self._on_changed)
        self.set_settings(None)

    def settings(self) -> LimitSettings | None:
        """What is tried; None where no limits are asked for.

        Raises
        ------
        ParameterError
            If that cannot be tried; the message says why.
        """
        if not self.wanted.isChecked():
            return None
        tried = {name: row.ends for name, row in self.rows.items() if row.tick.isChecked()}
        ends = {name: pair for name, pair in tried.items() if pair != _plausible(TRANSFORMS[name])}
        try:
            return LimitSettings.model_validate(
                {"transforms": tuple(tried), "ends": ends, **self.form.values()}
            )
        except ValidationError as error:
            text = "choose at least one" if not tried else faults_text(error, most=3)
            raise ParameterError(
                f"the transforms cannot be tried: {text}", remedy="Change the limits"
            ) from error

    def set_settings(self, settings: LimitSettings | None) -> None:
        """Show what is tried; None: no limits are asked for."""
        shown = settings or _USUAL
        self.wanted.setChecked(settings is not None)
        for name, row in self.rows.items():
            row.set_tried(shown.ends.get(name), tried=name in shown.transforms)
        self.form.set_values(shown.model_dump(include=set(_NUMBERS)))
        self._on_changed()

    def set_read_only(self, read_only: bool) -> None:
        """Let the limits be read, and not changed."""
        for part in (self.wanted, self._inside):
            part.setEnabled(not read_only)

    def say(self, judgements: int) -> None:
        """Say whether so many judgements suffice for what is tried."""
        try:
            settings = self.settings()
        except ParameterError:
            settings = None
        self.said.setText("" if settings is None else _needs(settings, judgements))
        self.said.setVisible(settings is not None)

    def _on_changed(self, *_: object) -> None:
        self._inside.setVisible(self.wanted.isChecked())
        self.changed.emit()


class _Row(QObject):
    """A transform: a tick, and the ends of what is tried."""

    changed = Signal()

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self._transform = transform
        self.tick = QCheckBox(transform.title)
        tip = f"<qt>{html.escape(transform.text)}</qt>"
        self.low = self._box("weakest", tip, transform.least, 0)
        self.high = self._box("strongest", tip, 0, transform.most)
        self.unit = QLabel(transform.unit)
        self.tick.setToolTip(tip)
        # napari's style draws the box wider than the tick's size hint has it
        self.tick.setMinimumWidth(self.tick.fontMetrics().horizontalAdvance(transform.title) + 40)
        self.tick.toggled.connect(self._on_ticked)
        for box in (self.low, self.high):
            box.valueChanged.connect(lambda *_: self.changed.emit())

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest magnitude."""
        return self.low.value(), self.high.value()

    def set_tried(self, ends: Sequence[float] | None = None, *, tried: bool = False) -> None:
        """Show whether it is tried, and over which range; None: the plausible one."""
        for box, end in zip(
            (self.low, self.high), ends or _plausible(self._transform), strict=True
        ):
            box.setValue(end)
        self.tick.setChecked(tried)
        self._on_ticked()

    def add_to(self, grid: QGridLayout, number: int) -> None:
        """Lay the row out."""
        for place, part in enumerate((self.tick, self.low, self.high, self.unit)):
            grid.addWidget(part, number, place)

    def _box(self, which: str, tip: str, least: float, most: float) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(least, most)
        box.setDecimals(2)
        box.setSingleStep((self._transform.high - self._transform.low) / 20)
        box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setKeyboardTracking(False)
        box.setAccessibleName(f"{self._transform.title}, {which}")
        box.setToolTip(tip)
        return box

    def _on_ticked(self, *_: object) -> None:
        tried = self.tick.isChecked()
        self.low.setVisible(tried and self._transform.signed)
        self.high.setVisible(tried)
        self.unit.setVisible(tried)
        self.changed.emit()


def _plausible(transform: Transform) -> tuple[float, float]:
    return transform.low, transform.high


def _needs(settings: LimitSettings, judgements: int) -> str:
    arms = len(settings.arms)
    needed = judgements_needed(settings.margin_share)
    each = judgements // arms
    sign = "✓" if each >= needed else "⚠"
    return (
        f"{sign} {counted(arms, 'direction')}, each with some {each} judgements. To show that a "
        f"share of choices lies within {settings.margin_share:g} of one half takes some {needed}."
    )
