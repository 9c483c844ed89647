"""The donors to choose from, as small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from qtpy.QtCore import QAbstractListModel, QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPen, QPixmap, QResizeEvent
from qtpy.QtWidgets import (
    QLabel,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from napari_lesion_synth.ct.windows import liver_window
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.thumbnail import lesion_picture
from napari_lesion_synth.widgets.parts.pixmaps import pixmap_of

__all__ = ["DonorGallery", "DonorModel"]

_SIDE = 72
_AT_ONCE = 4
"""Pictures made in a row before the window gets its turn again."""

_ROWS = 2
"""Rows in sight before the gallery scrolls."""

_LONGEST = "88 mm, interior"


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
        blank = QPixmap(QSize(_SIDE, _SIDE) * ratio)
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
        pixels=round(_SIDE * ratio),
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


class _Marked(QStyledItemDelegate):
    """Small text, and a frame around the chosen donor, whatever the theme's colours."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.save()
            painter.setPen(QPen(option.palette.color(option.palette.ColorRole.Text), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802
        view = self.parent()
        if isinstance(view, QListView):
            return view.gridSize() - QSize(2, 2)
        return super().sizeHint(option, index)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: N802
        super().initStyleOption(option, index)
        option.font = _small(option.font)
        option.fontMetrics = QFontMetrics(option.font)


class DonorGallery(QWidget):
    """A list of donors; one can be chosen by mouse or arrow keys."""

    chosen = Signal(str)
    """Id of the donor that the user chose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self._model = DonorModel(self)
        # No layout: it would ask both children for a height, also the one out of sight.
        self._reason = QLabel("No donors.", self)
        self._reason.setWordWrap(True)
        self._reason.setAccessibleName("Why there are no donors")
        self.view = _view(self)
        self.view.setModel(self._model)
        self.view.setItemDelegate(_Marked(self.view))
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.hide()
        self.setFocusProxy(self.view)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._measure()

    def set_donors(self, donors: Sequence[Donor]) -> None:
        """Show these donors; the chosen one stays chosen if it is among them."""
        chosen = self.current
        self._quiet = True
        self._model.set_donors(donors)
        self._quiet = False
        self.view.setVisible(bool(donors))
        self._reason.setVisible(not donors)
        if chosen is not None:
            self.select(chosen)
        self.updateGeometry()

    @property
    def current(self) -> str | None:
        """Id of the chosen donor."""
        index = self.view.currentIndex()
        return self._model.donor(index.row()).id if index.isValid() else None

    @property
    def model(self) -> DonorModel:
        """The donors."""
        return self._model

    def select(self, donor: str) -> None:
        """Mark a donor as chosen and bring it into sight, without a signal."""
        row = self._model.row(donor)
        self._quiet = True
        if row is None:
            self.view.clearSelection()
            self.view.setCurrentIndex(QModelIndex())
        elif self.current != donor:
            self.view.setCurrentIndex(self._model.index(row))
        self._quiet = False

    def reason(self, text: str) -> None:
        """Say in place of the donors why there are none."""
        self._reason.setText(text)
        self.updateGeometry()

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and not self._quiet:
            self.chosen.emit(self._model.donor(index.row()).id)

    # --- size -------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """The narrower, the more rows."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """As many rows as there are, up to two; without donors, the reason."""
        count = self._model.rowCount()
        if count == 0:
            return int(self._reason.heightForWidth(width))
        cell = self.view.gridSize()
        bar = self.view.verticalScrollBar().sizeHint().width()
        across = max(1, (width - bar - 4) // cell.width())
        return int(min(_ROWS, -(-count // across)) * cell.height() + 6)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Three donors wide."""
        width = 3 * self.view.gridSize().width() + self.fontMetrics().height()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """One donor wide."""
        return QSize(self.view.gridSize().width(), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fill the room with what is in sight."""
        super().resizeEvent(event)
        self.view.setGeometry(self.rect())
        self._reason.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take up another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._measure()

    def event(self, event: QEvent) -> bool:
        """Take up another screen."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._model.set_ratio(self.devicePixelRatioF())
        return bool(super().event(event))

    def _measure(self) -> None:
        metrics = QFontMetrics(_small(self.view.font()))
        letters = metrics.horizontalAdvance(_LONGEST)
        cell = QSize(max(_SIDE, letters) + 8, _SIDE + metrics.height() + 12)
        if self.view.gridSize() != cell:
            self.view.setGridSize(cell)
            self.updateGeometry()


def _small(font: QFont) -> QFont:
    """The font under a picture: three donors go side by side in a dock."""
    small = QFont(font)
    small.setPointSizeF(max(6.0, 0.9 * font.pointSizeF()))
    return small


def _view(parent: QWidget) -> QListView:
    view = QListView(parent)
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setMovement(QListView.Movement.Static)
    view.setUniformItemSizes(True)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setIconSize(QSize(_SIDE, _SIDE))
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setSelectionMode(QListView.SelectionMode.SingleSelection)
    view.setAccessibleName("Donors")
    view.setToolTip("Real lesions to transplant. Click or arrow keys: use one.")
    return view
