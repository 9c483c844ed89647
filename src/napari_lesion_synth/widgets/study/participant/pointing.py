"""The mouse in place of the gaze: it moves the sharp disc, and its places are recorded."""

from __future__ import annotations

import time

from qtpy.QtCore import QObject, QPointF, Qt, QTimer
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.perception.gaze.sources.mouse import MouseSource
from napari_lesion_synth.widgets.study.participant.canvas import PhotoCanvas

__all__ = ["Pointing"]

_EVERY_MS = 8
"""About 120 Hz; movements in between come as events."""


class Pointing(QObject):
    """Feeds a `MouseSource` from a canvas.

    Parameters
    ----------
    source : MouseSource
        Where the places go, logical pixels of the screen.
    parent : QObject, optional
        Owner.
    """

    def __init__(self, source: MouseSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self._canvas: PhotoCanvas | None = None
        self._last: tuple[float, float] | None = None
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)

    @property
    def clicks(self) -> bool:
        """Whether clicks uncover, not movements."""
        return self.source.name == "bubble_click"

    def begin(self, canvas: PhotoCanvas) -> None:
        """Photos have appeared on this canvas."""
        self._canvas, self._last = canvas, None
        if not self.clicks:
            self._look()
            self._timer.start()

    def end(self) -> None:
        """They are gone."""
        self._timer.stop()
        self._canvas = None

    def moved(self, at: float, point: QPointF) -> None:
        """The mouse moved over the canvas: `time.perf_counter`, and the place on it."""
        if not self.clicks and self._canvas is not None:
            self._canvas.move_disc(QPointF(point))
            self._last = None
            self.source.moved(at, *_on_screen(self._canvas, point))

    def pressed(self, at: float, point: QPointF) -> None:
        """A button was pressed on the canvas."""
        if self._canvas is None:
            return
        if self.clicks:
            self._canvas.move_disc(QPointF(point))
        self.source.clicked(at, *_on_screen(self._canvas, point))

    def _look(self) -> None:
        """Where the cursor is now, though no event came."""
        if self._canvas is None or not self._canvas.isVisible():
            return
        point = QPointF(self._canvas.mapFromGlobal(QCursor.pos()))
        place = _on_screen(self._canvas, point)
        if place == self._last or not self._canvas.rect().contains(point.toPoint()):
            return  # held on by the source
        self._last = place
        self._canvas.move_disc(point)
        self.source.moved(time.perf_counter(), *place)


def _on_screen(widget: QWidget, point: QPointF) -> tuple[float, float]:
    """Logical pixels from the top left of the widget's screen."""
    glob = widget.mapToGlobal(point)
    screen = widget.screen()
    corner = screen.geometry().topLeft() if screen is not None else glob.toPoint() * 0
    return float(glob.x() - corner.x()), float(glob.y() - corner.y())
