"""The donors to choose from, as small pictures."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from qtpy.QtGui import QFont, QFontMetrics, QPainter, QPen, QResizeEvent
from qtpy.QtWidgets import (
    QLabel,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.widgets.parts.donor_model import SIDE, DonorModel

__all__ = ["DonorGallery"]

_ROWS = 2
"""Rows in sight before the gallery scrolls."""

_LONGEST = "88 mm, interior"


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
        cell = QSize(max(SIDE, letters) + 8, SIDE + metrics.height() + 12)
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
    view.setIconSize(QSize(SIDE, SIDE))
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setSelectionMode(QListView.SelectionMode.SingleSelection)
    view.setAccessibleName("Donors")
    view.setToolTip("Real lesions to transplant. Click or arrow keys: use one.")
    return view
