"""The lesions of a cell, one a row; the current one is looked at."""

from __future__ import annotations

import math

from qtpy.QtCore import QModelIndex, Signal
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.detect.evaluate_table import FigureTable
from napari_lesion_synth.widgets.detect.evaluate_view import Place, ShownTable
from napari_lesion_synth.widgets.detect.rows import MISSED, score_text

__all__ = ["LimitTable"]

_COLUMNS = ("What", "CT", "mm", "Zone", "Score", "Slice")
_TIPS = (
    "Found or missed at this threshold",
    "In which CT",
    "Equivalent diameter in mm, as measured",
    "At the organ's rim, or in its interior, by its own outline",
    "Of the finding that hits it, at whatever threshold",
    "Slice, as napari counts them",
)


class LimitTable(FigureTable):
    """Lesions that were put in; the current one is looked at.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    chosen = Signal(object)
    """The `Place` that became the current one by the user's doing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Lesions of the cell", parent)
        self.places: tuple[Place, ...] = ()
        self._quiet = False
        self.setToolTip("Click: show it in napari. Arrow keys: the next one, the one before.")
        self.show_places(())

    @property
    def current(self) -> Place | None:
        """The one that is looked at."""
        place = self.currentIndex().row()
        return self.places[place] if 0 <= place < len(self.places) else None

    def show_places(self, places: tuple[Place, ...]) -> None:
        """Show others; the one that was looked at stays so if it is still among them."""
        before = self.current
        self._quiet = True
        self.places = places
        words = tuple(place.words for place in places)
        self.show_table(ShownTable(_COLUMNS, _TIPS, tuple(map(_cells, places))), words)
        if before is not None and before in places:
            self.selectRow(places.index(before))
        self._quiet = False

    def currentChanged(self, now: QModelIndex, before: QModelIndex) -> None:  # noqa: N802
        """Tell."""
        super().currentChanged(now, before)
        place = self.current
        if place is not None and not self._quiet:
            self.chosen.emit(place)


def _cells(place: Place) -> tuple[str, ...]:
    return (
        "△ missed" if place.kind == MISSED else "● found",
        place.case,
        f"{place.diameter_mm:.1f}",
        "" if place.zone is None else place.zone.value,
        "" if math.isnan(place.score) else score_text(place.score),
        f"{place.center[0]:.0f}",
    )
