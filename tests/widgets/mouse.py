"""Real mouse events on napari's canvas, at a voxel of the case."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from napari_lesion_synth.widgets.canvas.frame import Frame

__all__ = ["Mouse"]

_NONE = Qt.KeyboardModifier.NoModifier
_LEFT = Qt.MouseButton.LeftButton
_BETWEEN_MS = 25
"""vispy leaves out moves that follow one another within 10 ms."""


class Mouse:
    """A hand on the mouse over the canvas of one viewer, which shows the last two axes."""

    def __init__(self, viewer: Any, frame: Frame) -> None:
        self.viewer, self.frame = viewer, frame
        self._held = Qt.MouseButton.NoButton
        # napari has no public way to its canvas' widget; only tests go there.
        self.canvas: QWidget = viewer.window._qt_viewer.canvas.native

    def show(self, voxel: Any) -> None:
        """Turn to the slice of a voxel."""
        world = self.frame.to_world(voxel)
        first = self.viewer.dims.ndim - len(world)
        for axis, place in enumerate(world):
            self.viewer.dims.set_point(first + axis, place)
        QTest.qWait(30)

    def pixel(self, voxel: Any) -> QPoint:
        """Where a voxel of the slice that is shown lies on the canvas."""
        world = self.frame.to_world(voxel)
        camera = self.viewer.scene.camera
        down, right = camera.center[-2:]
        size = self.canvas.size()
        return QPoint(
            round(size.width() / 2 + (world[-1] - right) * camera.zoom),
            round(size.height() / 2 + (world[-2] - down) * camera.zoom),
        )

    def click(self, voxel: Any, modifier: Qt.KeyboardModifier = _NONE) -> None:
        """Click at a voxel."""
        self.move(voxel)
        QTest.mouseClick(self.canvas, _LEFT, modifier, self.pixel(voxel))
        QTest.qWait(30)

    def press(self, voxel: Any) -> None:
        """Press the button at a voxel."""
        self.move(voxel)
        QTest.mousePress(self.canvas, _LEFT, _NONE, self.pixel(voxel))
        self._held = _LEFT

    def move(self, voxel: Any) -> None:
        """Move, with the button as it is.

        The event goes to the canvas directly: moving the screen's own pointer, as QTest does,
        is not heard of by a window that another one covers.
        """
        place = QPointF(self.pixel(voxel))
        over = self.canvas.mapToGlobal(place)
        kind = QEvent.Type.MouseMove
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(kind, place, over, none, self._held, _NONE)
        QApplication.sendEvent(self.canvas, event)
        QTest.qWait(_BETWEEN_MS)

    def release(self, voxel: Any) -> None:
        """Let the button go."""
        QTest.mouseRelease(self.canvas, _LEFT, _NONE, self.pixel(voxel))
        self._held = Qt.MouseButton.NoButton
        QTest.qWait(30)

    def drag(self, start: Any, end: Any, steps: int = 6) -> None:
        """Drag from one voxel to another of the same slice."""
        self.press(start)
        for step in range(1, steps + 1):
            self.move([a + (b - a) * step / steps for a, b in zip(start, end, strict=True)])
        self.release(end)

    def wheel(self, voxel: Any, notches: int) -> None:
        """Turn the wheel over a voxel."""
        place = QPointF(self.pixel(voxel))
        event = QWheelEvent(
            place,
            self.canvas.mapToGlobal(place),
            QPoint(0, 0),
            QPoint(0, 120 * notches),
            _LEFT,
            _NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)
        QTest.qWait(20)
