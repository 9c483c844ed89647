"""Lesions as a reader of the visual Turing test sees them: fixed window, no labels, no names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QElapsedTimer, QPoint, QSize, Qt, Signal
from qtpy.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPixmap
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_lesion_synth.ct.planes import Plane, cut, planes_of
from napari_lesion_synth.ct.windows import Window
from napari_lesion_synth.selection.turing_design import TuringDesign
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.widgets.parts.pixmaps import pixmap_of

__all__ = ["BlindPictures", "around_of", "pictures_of", "planes_shown", "window_of"]

_PIXELS = 320
"""Side of a cut before it is scaled to the widget; the same for all, so that nothing tells."""

_GROUND = QColor(0, 0, 0)
_BEYOND = 0
_AROUND_MM = (3.0, 8.0)
_GAP, _BETWEEN = 4, 24


class BlindPictures(QWidget):
    """One lesion, or two beside one another, with a clock that runs while they are seen.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    key = Signal(str)
    """``"1"`` to ``"10"``, ``"left"``, ``"right"`` or ``"pause"``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: list[list[QPixmap]] = []
        self._hidden = False
        self._clock = QElapsedTimer()
        self._before_ms = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(140)
        self.setAccessibleName("Lesions to judge")

    def show_lesions(
        self, views: Sequence[LesionView], fov_mm: float, around_mm: float, design: TuringDesign
    ) -> None:
        """Show the next question; the clock starts when it is painted.

        Parameters
        ----------
        views : sequence of LesionView
            One lesion, or the left and the right one.
        fov_mm : float
            Side of each picture.
        around_mm : float
            Tissue to show around a lesion, as `around_of` found it.
        design : TuringDesign
            Planes and window.
        """
        self._groups = [
            [pixmap_of(grey) for grey in pictures_of(view, fov_mm, around_mm, design)]
            for view in views
        ]
        self._clock.invalidate()
        self._before_ms = 0
        self._hidden = False
        self.setAccessibleDescription("two lesions" if len(views) > 1 else "one lesion")
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._groups = []
        self.update()

    def set_hidden(self, hidden: bool) -> None:
        """Cover the lesions and stop the clock, or go on."""
        if hidden and not self._hidden:
            self._before_ms = self.elapsed_ms
            self._clock.invalidate()
        self._hidden = hidden
        self.update()

    @property
    def elapsed_ms(self) -> int:
        """For how long the question has been seen."""
        now = int(self._clock.elapsed()) if self._clock.isValid() else 0
        return self._before_ms + now

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Answer."""
        name = _answer(event)
        if name and not event.isAutoRepeat():
            self.key.emit(name)
        elif not name:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        """As large as a cut is."""
        return QSize(_PIXELS, _PIXELS)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the lesions."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        if self._hidden or not self._groups:
            painter.setPen(QColor(200, 200, 200))
            text = "Paused. P or Go on shows the lesion again." if self._hidden else ""
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, text)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        columns = sum(len(group) for group in self._groups)
        gaps = _BETWEEN * (len(self._groups) - 1)
        gaps += _GAP * (columns - len(self._groups))
        if self.width() >= self.height() or len(self._groups) * len(self._groups[0]) == 1:
            self._paint_row(painter, columns, gaps)
        else:
            self._paint_rows(painter)
        if not self._clock.isValid():
            self._clock.start()

    def _paint_row(self, painter: QPainter, columns: int, gaps: int) -> None:
        """All beside one another."""
        side = max(1, min((self.width() - gaps) // columns, self.height()))
        place = QPoint((self.width() - columns * side - gaps) // 2, (self.height() - side) // 2)
        for group in self._groups:
            for picture in group:
                painter.drawPixmap(place.x(), place.y(), side, side, picture)
                place += QPoint(side + _GAP, 0)
            place += QPoint(_BETWEEN - _GAP, 0)

    def _paint_rows(self, painter: QPainter) -> None:
        """In a high widget planes stand below one another; the two lesions stay left and right."""
        rows, columns = len(self._groups[0]), len(self._groups)
        gap = _BETWEEN if columns > 1 else 0
        side = min((self.width() - gap * (columns - 1)) // columns, self.height() // rows - _GAP)
        side = max(1, side)
        left = (self.width() - columns * side - gap * (columns - 1)) // 2
        top = (self.height() - rows * (side + _GAP)) // 2
        for column, group in enumerate(self._groups):
            for row, picture in enumerate(group):
                x, y = left + column * (side + gap), top + row * (side + _GAP)
                painter.drawPixmap(x, y, side, side, picture)


def planes_shown(design: TuringDesign, shape: tuple[int, ...]) -> tuple[Plane, ...]:
    """The planes of a design; single slices have the axial one alone."""
    there = planes_of(shape)
    if design.plane == "all":
        return there
    wanted = Plane[design.plane.upper()]
    return (wanted,) if wanted in there else there[:1]


def window_of(view: LesionView, design: TuringDesign) -> Window:
    """The window of a lesion; real and synthetic ones get theirs by the same rule."""
    from napari_lesion_synth.selection.crops import parenchyma_hu

    level = design.level_hu
    if level is None:
        level = parenchyma_hu(view) - 15.0
    return Window("fixed", float(level), design.width_hu)


def around_of(views: Iterable[LesionView], design: TuringDesign) -> float:
    """How much tissue around a lesion all lesions of a test have, in mm.

    Real and synthetic lesions are cut out with different margins. What is shown of a lesion must
    follow from its size alone.
    """
    return float(np.clip(min((_around(v, design) for v in views), default=0.0), *_AROUND_MM))


def _around(view: LesionView, design: TuringDesign) -> float:
    center = np.argwhere(view.mask).mean(axis=0)
    planes = planes_shown(design, view.mask.shape)
    axes = {axis for plane in planes for axis in range(3) if axis != plane}
    reach = [
        min(center[axis], view.mask.shape[axis] - 1 - center[axis]) * view.spacing[axis]
        for axis in axes
    ]
    return float(min(reach)) - view.diameter_mm / 2


def pictures_of(
    view: LesionView, fov_mm: float, around_mm: float, design: TuringDesign
) -> list[NDArray[np.uint8]]:
    """Grey values of the cuts through a lesion's centre, without its label."""
    z, y, x = (float(c) for c in np.argwhere(view.mask).mean(axis=0))
    window, pictures = window_of(view, design), []
    share = min(1.0, (view.diameter_mm + 2 * around_mm) / fov_mm)
    edge = round(_PIXELS * (1 - share) / 2)
    whole = np.ones(view.mask.shape, bool)
    for plane in planes_shown(design, view.mask.shape):
        grey, there = (
            cut(array, view.spacing, plane, (z, y, x), fov_mm=fov_mm, pixels=_PIXELS)
            for array in (view.hu, whole)
        )
        levels = np.full((_PIXELS, _PIXELS), _BEYOND, np.uint8)
        inner = slice(edge, _PIXELS - edge)
        levels[inner, inner] = window.apply(grey)[inner, inner]
        levels[there < 0.5] = _BEYOND
        pictures.append(levels)
    return pictures


def _answer(event: QKeyEvent) -> str:
    key = event.key()
    if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
        return str(key - Qt.Key.Key_0)
    return {
        Qt.Key.Key_0: "10",
        Qt.Key.Key_Left: "left",
        Qt.Key.Key_Right: "right",
        Qt.Key.Key_P: "pause",
    }.get(key, "")
