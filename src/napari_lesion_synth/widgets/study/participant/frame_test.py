"""How evenly the screen can be painted, measured before the first question."""

from __future__ import annotations

from qtpy.QtCore import QObject, QTimer, Signal

from napari_lesion_synth.widgets.study.participant.canvas import PhotoCanvas

__all__ = ["FrameTest"]

_PAINTS = 40
_MOST_MS = 1500


class FrameTest(QObject):
    """Paints the empty canvas again and again, and takes the time.

    Parameters
    ----------
    canvas : PhotoCanvas
        What is painted.
    """

    finished = Signal(object)
    """Facts as `FrameTimes.facts` has them."""

    def __init__(self, canvas: PhotoCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas, self._left = canvas, 0
        self._again = QTimer(self, interval=0)
        self._again.timeout.connect(self._on_tick)
        self._end = QTimer(self, interval=_MOST_MS, singleShot=True)
        self._end.timeout.connect(self._finish)

    def start(self) -> None:
        """Begin; it takes a second or so."""
        self._canvas.frames.clear()
        self._left = _PAINTS
        self._again.start()
        self._end.start()

    def stop(self) -> None:
        """End without a result."""
        self._again.stop()
        self._end.stop()

    def _on_tick(self) -> None:
        if self._left == 0:
            self._finish()
            return
        self._left -= 1
        self._canvas.repaint()

    def _finish(self) -> None:
        if not self._again.isActive():
            return
        self.stop()
        self.finished.emit(self._canvas.frames.facts())
