"""The gallery: a grid of lesions, with the keys by which they are judged."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QModelIndex, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent, QKeySequence
from qtpy.QtWidgets import QAbstractItemView, QListView, QSizePolicy, QWidget

from napari_lesion_synth.widgets.review.cells import CellPainter, cell_size
from napari_lesion_synth.widgets.review.gallery_model import GalleryModel

__all__ = ["GalleryView"]

_LETTERS = {Qt.Key.Key_A: "accept", Qt.Key.Key_R: "reject", Qt.Key.Key_U: "undo"}
_MORE = {
    Qt.Key.Key_Space: "before",
    Qt.Key.Key_D: "difference",
    Qt.Key.Key_O: "outline",
    Qt.Key.Key_Question: "help",
}
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_WITH_PAD = Qt.KeyboardModifier.KeypadModifier


class GalleryView(QListView):
    """Equal cells of which only those in view are asked for.

    Parameters
    ----------
    model : GalleryModel
        What it shows.
    parent : QWidget, optional
        Owner.
    """

    pressed_key = Signal(str)
    """Name of an action: accept, reject, undo, before, difference, outline, help; or a digit."""
    current_changed = Signal(str)
    """Id of the current lesion; empty: none."""

    def __init__(self, model: GalleryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Lesions of the set")
        self.setToolTip("")
        self.painter = CellPainter(self)
        self.setItemDelegate(self.painter)
        self.setModel(model)
        self._lesions = model
        self._fit()

    # --- what is chosen -----------------------------------------------------------------------

    @property
    def current(self) -> str:
        """Id of the current lesion; empty: none."""
        index = self.currentIndex()
        return self._lesions.id_at(index.row()) if index.isValid() else ""

    def chosen(self) -> list[int]:
        """Places that are selected, in order; the current one where none is."""
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        current = self.currentIndex()
        return places or ([current.row()] if current.isValid() else [])

    def show_place(self, place: int) -> None:
        """Make one lesion the current one, alone selected and in view."""
        index = self._lesions.index(place)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def show_id(self, sample: str) -> bool:
        """As `show_place`; False if the lesion is not shown."""
        index = self._lesions.index_of(sample)
        if index.isValid():
            self.show_place(index.row())
        return index.isValid()

    def repaint_cells(self, *_: object) -> None:
        """Pictures have come, or verdicts have changed.

        The model's own `dataChanged` would have Qt go through all of its items.
        """
        self.viewport().update()

    def currentChanged(self, now: QModelIndex, before: QModelIndex) -> None:  # noqa: N802
        """Tell."""
        super().currentChanged(now, before)
        self.current_changed.emit(self._lesions.id_at(now.row()) if now.isValid() else "")

    # --- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Judge; what is no key of ours is Qt's: arrows, Home, End, Ctrl+A."""
        name = _action(event)
        if name:
            self.pressed_key.emit(name)
            event.accept()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Do nothing: letters are verdicts here."""

    # --- how large ----------------------------------------------------------------------------

    def resizeEvent(self, event: QEvent) -> None:  # noqa: N802
        """As many columns as fit."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self._fit)

    def _fit(self) -> None:
        size = cell_size(self.viewport().width(), self.font())
        if size != self.gridSize():
            current = self.currentIndex()
            self.painter.size = size
            self.setGridSize(size)
            self.setMinimumHeight(size.height() * 2 // 3)
            if current.isValid():
                self.scrollTo(current)


def _action(event: QKeyEvent) -> str:
    """Name of what a key does; empty: nothing of ours."""
    if event.modifiers() & ~_WITH_PAD not in _PLAIN:
        return "undo" if event.matches(QKeySequence.StandardKey.Undo) else ""
    key = event.key()
    if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
        return str(key - Qt.Key.Key_0)
    return _LETTERS.get(key) or _MORE.get(key) or ""
