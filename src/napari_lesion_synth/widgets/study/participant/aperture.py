"""Blurred photos with a sharp disc: it follows the cursor, or stays where somebody clicked."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QPainter, QPixmap, QRadialGradient

from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.gaze.sources.mouse import ApertureSettings

__all__ = ["Disc", "draw_disc"]


class Disc:
    """Size of the sharp disc and of the blur, on one screen.

    Parameters
    ----------
    screen : Screen
        The screen, and the eye before it.
    ratio : float
        Device pixels of a logical one.
    settings : ApertureSettings, optional
        In degrees.
    """

    def __init__(
        self, screen: Screen, ratio: float, settings: ApertureSettings | None = None
    ) -> None:
        self.settings = settings or ApertureSettings()
        degree = sum(screen.px_per_degree) / 2
        self.blur_px = self.settings.blur_deg * degree
        self.radius = self.settings.radius_deg * degree / ratio
        self.edge = min(self.settings.edge_deg * degree / ratio, self.radius)

    def box(self, at: QPointF) -> QRectF:
        """What the disc around a point takes up, logical pixels; whole ones."""
        reach = self.radius + self.edge / 2 + 1
        return QRectF(QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach).toAlignedRect())


def draw_disc(
    painter: QPainter,
    disc: Disc,
    at: QPointF,
    photos: Sequence[tuple[QRectF, QPixmap]],
    ratio: float,
) -> None:
    """Draw what is sharp around a point over the blurred photos.

    Parameters
    ----------
    painter : QPainter
        Of the window.
    disc : Disc
        How large it is.
    at : QPointF
        Its centre, logical pixels of the window.
    photos : sequence of (QRectF, QPixmap)
        The sharp photos and their places.
    ratio : float
        Device pixels of a logical one.
    """
    box = disc.box(at)
    layer = QPixmap(round(box.width() * ratio), round(box.height() * ratio))
    layer.setDevicePixelRatio(ratio)
    layer.fill(Qt.GlobalColor.transparent)
    inside = QPainter(layer)
    inside.translate(-box.topLeft())
    for rect, pixmap in photos:
        if rect.intersects(box):
            inside.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))
    inside.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    inside.fillRect(box, QBrush(_fading(disc, at)))
    inside.end()
    painter.drawPixmap(box.topLeft(), layer)


def _fading(disc: Disc, at: QPointF) -> QRadialGradient:
    """Opaque in the middle, nothing beyond the soft edge."""
    outer = disc.radius + disc.edge / 2
    gradient = QRadialGradient(at, outer)
    gradient.setColorAt(0, Qt.GlobalColor.black)
    gradient.setColorAt(max(0.0, (outer - disc.edge) / outer - 1e-3), Qt.GlobalColor.black)
    gradient.setColorAt(1, Qt.GlobalColor.transparent)
    return gradient
