"""Pictures of a lesion: three planes through it, and a strip of what each method makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_lesion_synth.ct.planes import Plane, cut, planes_of
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.ct.windows import Window
from napari_lesion_synth.widgets.parts.method_strip import MethodStrip
from napari_lesion_synth.widgets.parts.pixmaps import pixmap_of

__all__ = ["MethodStrip", "PlanesView", "pixmap_of"]

_GAP = 3
_BARS_MM = (1, 2, 5, 10, 20, 50, 100)
_LINES = 9
"""Height of the planes at most, in lines of text."""

# On the picture, not on the theme: these lie on grey tissue.
_INK = QColor(240, 240, 240)
_SHADE = QColor(0, 0, 0, 170)
_OUTLINE = QColor(255, 209, 71)
_NOWHERE = 38


@dataclass(frozen=True, eq=False)
class _Scene:
    """What is shown."""

    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    spacing: Triple
    window: Window

    @property
    def fov_mm(self) -> float:
        """Side of a plane, which holds the whole box."""
        sides = [n * s for n, s in zip(self.mask.shape, self.spacing, strict=True)]
        return max(sides[1:] if self.mask.shape[0] == 1 else sides)

    def center(self, plane: Plane) -> Triple:
        """The box's middle, in the slice of the lesion's centre."""
        middle = [(n - 1) / 2 for n in self.mask.shape]
        if self.mask.any():
            places = np.flatnonzero(self.mask.any(axis=tuple({0, 1, 2} - {int(plane)})))
            middle[plane] = float(places.mean())
        z, y, x = middle
        return z, y, x


class PlanesView(QWidget):
    """Axial, coronal and sagittal plane through a lesion, side by side and to scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: _Scene | None = None
        self._outlined = False
        self._panels: list[tuple[Plane, QPixmap, list[QLineF]]] = []
        self._drawn_at: tuple[int, float] = (0, 0.0)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Planes through the lesion")
        self.setToolTip(
            "<qt>Axial, coronal and sagittal plane through the lesion's centre, as radiologists "
            "hang them: the patient's right is on the left, the head is up.</qt>"
        )
        self.clear()

    def show_planes(
        self,
        hu: NDArray[np.int16],
        mask: NDArray[np.bool_],
        spacing: Triple,
        window: Window,
        *,
        outline: bool = True,
    ) -> None:
        """Show a box of the CT.

        Parameters
        ----------
        hu : ndarray of int16, shape (z, y, x)
            The box, with the lesion; a single slice shows the axial plane alone.
        mask : ndarray of bool
            The lesion in it.
        spacing : tuple of float
            mm, (z, y, x).
        window : Window
            Display window.
        outline : bool
            Whether the lesion is outlined.
        """
        self._scene, self._outlined = _Scene(hu, mask, spacing, window), outline
        names = ", ".join(plane.name.lower() for plane in planes_of(mask.shape))
        self.setAccessibleDescription(f"{names}; {window.name} window")
        self._stale()

    def set_outline(self, shown: bool) -> None:
        """Draw the lesion's outline or not."""
        self._outlined = shown
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._scene = None
        self.setAccessibleDescription("nothing to show")
        self._stale()

    def _stale(self) -> None:
        self._panels = []
        self.updateGeometry()
        self.update()

    # --- size -------------------------------------------------------------------------------

    @property
    def _count(self) -> int:
        return 3 if self._scene is None else len(planes_of(self._scene.mask.shape))

    def _side(self, width: int) -> int:
        fitting = (width - (self._count - 1) * _GAP) // self._count
        return max(1, min(fitting, _LINES * self.fontMetrics().height()))

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Square planes."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Side of a plane."""
        return self._side(width)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for all planes at their largest."""
        side = _LINES * self.fontMetrics().height()
        return QSize(self._count * (side + _GAP) - _GAP, side)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A few lines of text."""
        line = self.fontMetrics().height()
        return QSize(3 * line, 3 * line)

    # --- drawing ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the planes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self._side(self.width())
        if self._scene is None:
            self._paint_nothing(painter, side)
            return
        self._prepare(side)
        left = (self.width() - self._count * (side + _GAP) + _GAP) / 2
        for number, (plane, picture, outline) in enumerate(self._panels):
            corner = QPointF(left + number * (side + _GAP), 0.0)
            painter.save()
            painter.translate(corner)
            painter.setClipRect(QRectF(0, 0, side, side))
            painter.drawPixmap(0, 0, picture)
            if self._outlined:
                painter.setPen(QPen(_OUTLINE, 1.2))
                painter.drawLines(outline)
            self._write(painter, plane.name.capitalize(), QPointF(4, self._line))
            if number == 0:
                self._paint_bar(painter, side)
            painter.restore()

    @property
    def _line(self) -> float:
        return float(self.fontMetrics().ascent() + 2)

    def _paint_nothing(self, painter: QPainter, side: int) -> None:
        color = self.palette().color(self.foregroundRole())
        color.setAlphaF(0.35)
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        left = (self.width() - self._count * (side + _GAP) + _GAP) / 2
        for number in range(self._count):
            corner = QPointF(left + number * (side + _GAP) + 0.5, 0.5)
            painter.drawRect(QRectF(corner.x(), corner.y(), side - 1, side - 1))

    def _prepare(self, side: int) -> None:
        """Cut the planes for a size, unless they are there."""
        ratio = self.devicePixelRatioF()
        if self._panels and self._drawn_at == (side, ratio):
            return
        scene, pixels = self._scene, max(1, round(side * ratio))
        assert scene is not None
        self._drawn_at, self._panels = (side, ratio), []
        for plane in planes_of(scene.mask.shape):
            center, fov = scene.center(plane), scene.fov_mm
            grey = scene.window.apply(
                cut(scene.hu, scene.spacing, plane, center, fov_mm=fov, pixels=pixels)
            )
            whole = np.ones(scene.mask.shape, bool)
            there = cut(whole, scene.spacing, plane, center, fov_mm=fov, pixels=pixels)
            grey[there < 0.5] = _NOWHERE
            lesion = cut(scene.mask, scene.spacing, plane, center, fov_mm=fov, pixels=pixels)
            outline = _boundary(lesion >= 0.5, ratio)
            self._panels.append((plane, pixmap_of(grey, ratio), outline))

    def _paint_bar(self, painter: QPainter, side: int) -> None:
        """Draw the longest round length that takes up to a third of a plane."""
        assert self._scene is not None
        per_mm = side / self._scene.fov_mm
        fitting = [mm for mm in _BARS_MM if mm * per_mm <= side / 3]
        length = fitting[-1] if fitting else _BARS_MM[0]
        bar = QLineF(6, side - 5, 6 + length * per_mm, side - 5)
        for color, width in ((_SHADE, 4.0), (_INK, 2.0)):
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(bar)
        self._write(painter, f"{length} mm", QPointF(6, side - 10))

    def _write(self, painter: QPainter, text: str, at: QPointF) -> None:
        """Write on the picture, with a dark rim that parts the letters from bright tissue."""
        path = QPainterPath()
        font = self.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() * 0.85))
        path.addText(at, font, text)
        painter.strokePath(path, QPen(_SHADE, 2.5))
        painter.fillPath(path, _INK)


def _boundary(inside: NDArray[np.bool_], ratio: float) -> list[QLineF]:
    """The sides of the pixels between inside and outside."""
    lines = []
    padded = np.pad(inside, 1)
    for row, column in np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1]) / ratio:
        lines.append(QLineF(column, row, column, row + 1 / ratio))
    for row, column in np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1]) / ratio:
        lines.append(QLineF(column, row, column + 1 / ratio, row))
    return lines
