"""Donors as a list model, with pictures that are made when they come into sight."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from qtpy.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, QTimer
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.ct.windows import liver_window
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.thumbnail import lesion_picture
from napari_lesion_synth.widgets.parts.pixmaps import pixmap_of

__all__ = ["SIDE", "DonorModel"]

SIDE = 72
"""Of a picture, in device-independent pixels."""

_AT_ONCE = 4
"""Pictures made in a row before the window gets its turn again."""


class DonorModel(QAbstractListModel):
    """Donors with pictures that are made when they come into sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._donors: list[Donor] = []
        self._pictures: dict[int, QIcon] = {}
        self._waiting: dict[int, None] = {}
        self._blank = QIcon()
        self._ratio = 1.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._make_some)
        self.set_ratio(1.0)

    def set_donors(self, donors: Sequence[Donor]) -> None:
        """Show other donors."""
        self.beginResetModel()
        self._donors = list(donors)
        self._forget()
        self.endResetModel()

    def set_ratio(self, ratio: float) -> None:
        """Make pictures for a screen of so many pixels to a device-independent one."""
        self._ratio = ratio
        blank = QPixmap(QSize(SIDE, SIDE) * ratio)
        blank.setDevicePixelRatio(ratio)
        blank.fill(QColor(0, 0, 0, 0))
        self._blank = _icon(blank)
        self._forget()

    def _forget(self) -> None:
        self._pictures.clear()
        self._waiting.clear()
        self._timer.stop()

    @property
    def made(self) -> int:
        """How many pictures were made."""
        return len(self._pictures)

    def donor(self, row: int) -> Donor:
        """The donor of a row."""
        return self._donors[row]

    def row(self, donor: str) -> int | None:
        """The row of a donor's id."""
        return next((row for row, one in enumerate(self._donors) if one.id == donor), None)

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Number of donors."""
        return 0 if parent is not None and parent.isValid() else len(self._donors)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A donor's picture, line of text, and tooltip."""
        donor = self._donors[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{donor.diameter_mm:.0f} mm, {donor.zone.value}"
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(donor)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{donor.diameter_mm:.0f} mm, {donor.zone.value}, patient {donor.patient}"
        return None

    def _picture(self, row: int) -> QIcon:
        if row not in self._pictures:
            self._waiting[row] = None
            self._timer.start()
        return self._pictures.get(row, self._blank)

    def _make_some(self) -> None:
        for row in list(self._waiting)[:_AT_ONCE]:
            del self._waiting[row]
            self._pictures[row] = _icon(_thumbnail(self._donors[row], self._ratio))
            index = self.index(row)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
        if not self._waiting:
            self._timer.stop()


def _icon(picture: QPixmap) -> QIcon:
    """A picture that a selection does not tint: its greys are tissue."""
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(picture, mode)
    return icon


def _thumbnail(donor: Donor, ratio: float) -> QPixmap:
    """The axial slice in which the lesion is largest."""
    z = int(donor.mask.sum(axis=(1, 2)).argmax())
    level = slice(z, z + 1)
    picture = lesion_picture(
        donor.hu[level],
        donor.mask[level],
        donor.spacing,
        window=liver_window(donor.organ_hu),
        pixels=round(SIDE * ratio),
    )
    return pixmap_of(picture, ratio)


def _tooltip(donor: Donor) -> str:
    contrast = float(np.mean(donor.hu[donor.mask])) - donor.organ_hu
    return (
        f"<qt><b>{escape(donor.id)}</b><br>patient {escape(donor.patient)}<br>"
        f"{donor.diameter_mm:.1f} mm, {donor.zone.value}, centre {donor.depth_mm:.0f} mm below the "
        f"capsule<br>contrast {contrast:+.0f} HU to parenchyma of {donor.organ_hu:.0f} HU"
        "<br><i>Click or arrow keys: use this donor.</i></qt>"
    )
