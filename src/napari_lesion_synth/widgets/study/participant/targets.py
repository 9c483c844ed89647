"""Targets to look at, one after the other: how far off the tracker's gaze is."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QElapsedTimer, QPointF, QRectF, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.gaze.targets import SETTLE_S, TargetLook, target_points
from napari_lesion_synth.widgets.study.participant.canvas import GROUND, INK
from napari_lesion_synth.widgets.study.participant.gaze import GazeRecorder

__all__ = ["TargetPage"]

_LOOK_S = 1.0
"""How long a target is looked at after the eye has settled."""

_TICK_MS = 16
_LARGE, _SMALL = 0.02, 0.004
"""Radii of a target at first and at last, as shares of the window's height."""


class TargetPage(QWidget):
    """Shows shrinking dots, and takes the gaze meanwhile.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    finished = Signal(object)
    """A `TargetLook` for each target."""

    def __init__(self, parent: QWidget | None = None, seconds: float = SETTLE_S + _LOOK_S) -> None:
        super().__init__(parent)
        self._ms = round(1000 * seconds)
        self._recorder: GazeRecorder | None = None
        self._left: list[tuple[float, float]] = []
        self._looks: list[TargetLook] = []
        self._ratio = 1.0
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._on_tick)

    @property
    def target(self) -> tuple[float, float] | None:
        """Where the dot is, device pixels of the screen."""
        return self._left[0] if self._left else None

    def begin(
        self, recorder: GazeRecorder, screen: Screen, ratio: float, *, middle: bool = False
    ) -> None:
        """Show the targets.

        Parameters
        ----------
        recorder : GazeRecorder
            What records the gaze.
        screen : Screen
            On which the window lies.
        ratio : float
            Device pixels of a logical one.
        middle : bool
            The middle alone, to see whether the gaze has drifted.
        """
        self._recorder, self._ratio = recorder, ratio
        points = target_points(screen)[: 1 if middle else None]
        self._left = [(float(x), float(y)) for x, y in points]
        self._looks = []
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._next()
        self._tick.start()

    def stop(self) -> None:
        """End without a result."""
        self._tick.stop()
        self._left = []
        self.unsetCursor()

    def key(self, event: QKeyEvent) -> bool:
        """Keys mean nothing here."""
        del event
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the dot."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), GROUND)
        if self.target is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        share = min(1.0, self._since.elapsed() / self._ms)
        radius = (_LARGE + (_SMALL - _LARGE) * share) * self.height()
        centre = self._in_window(self.target)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(INK)
        painter.drawEllipse(centre, radius, radius)
        painter.setBrush(GROUND)
        inner = 0.15 * radius
        painter.drawEllipse(QRectF(centre.x() - inner, centre.y() - inner, 2 * inner, 2 * inner))

    def _in_window(self, target: Sequence[float]) -> QPointF:
        corner = self.screen().geometry().topLeft()
        glob = QPointF(target[0] / self._ratio + corner.x(), target[1] / self._ratio + corner.y())
        return QPointF(self.mapFromGlobal(glob))

    def _next(self) -> None:
        assert self._recorder is not None
        self._since.start()
        self._recorder.begin()
        self.update()

    def _on_tick(self) -> None:
        self.update()
        if self._since.elapsed() < self._ms or self._recorder is None or not self._left:
            return
        self._looks.append(TargetLook(*self._left[0], self._recorder.taken()))
        self._left.pop(0)
        if self._left:
            self._next()
            return
        self.stop()
        self.finished.emit(tuple(self._looks))
