"""A hand on mouse and keyboard: real events, in the canvas and in the dock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from docs.tour.desk import Desk, TourError
from qtpy.QtCore import QPoint, QPointF, Qt, QTimer
from qtpy.QtGui import QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMenu, QPushButton, QSlider, QTabWidget, QWidget

__all__ = ["Hand"]

_NONE = Qt.KeyboardModifier.NoModifier
_LEFT = Qt.MouseButton.LeftButton
_STEPS = 7
"""Stations of the pointer on a way."""

Voxel = Sequence[float]


class Hand:
    """Moves, clicks, drags, turns the wheel and presses keys.

    Parameters
    ----------
    desk : Desk
        Whose window it is.
    seen : callable, optional
        Called at every station of a movement, for a film of it.
    """

    def __init__(self, desk: Desk, seen: Callable[[], None] | None = None) -> None:
        self.desk = desk
        self._seen = seen
        self.place: QPoint | None = None
        """Where the pointer is on the screen."""

    def see(self, times: int = 1) -> None:
        """Let what has happened be seen."""
        for _ in range(times):
            QTest.qWait(20)
            if self._seen is not None:
                self._seen()

    # --- places -----------------------------------------------------------------------------

    def pixel(self, voxel: Voxel) -> QPoint:
        """Where a voxel of the slice that is shown lies on the canvas."""
        frame = self.desk.widget.stage.frame
        if frame is None:
            raise TourError("no CT is open")
        world = frame.to_world(voxel)
        camera, size = self.desk.viewer.scene.camera, self.desk.canvas.size()
        down, right = camera.center[-2:]
        return QPoint(
            round(size.width() / 2 + (world[-1] - right) * camera.zoom),
            round(size.height() / 2 + (world[-2] - down) * camera.zoom),
        )

    def travel(self, part: QWidget, place: QPoint | None = None) -> QPoint:
        """Move the pointer to a place in a widget, by default its middle."""
        place = part.rect().center() if place is None else place
        goal = part.mapToGlobal(place)
        start = self.place or goal
        if self._seen is not None and start != goal:
            for step in range(1, _STEPS):
                self.place = start + (goal - start) * step / _STEPS
                self.see()
        self.place = goal
        QTest.mouseMove(part, place)
        self.see()
        return place

    # --- the canvas -------------------------------------------------------------------------

    def point_at(self, voxel: Voxel) -> None:
        """Move the mouse over a voxel."""
        canvas = self.desk.canvas
        place = self.travel(canvas, self.pixel(voxel))
        QTest.mouseMove(canvas, place + QPoint(1, 0))
        QTest.mouseMove(canvas, place)
        QTest.qWait(150)

    def click_at(self, voxel: Voxel, modifier: Qt.KeyboardModifier = _NONE) -> None:
        """Click at a voxel and wait for what comes of it."""
        self.point_at(voxel)
        QTest.mouseClick(self.desk.canvas, _LEFT, modifier, self.pixel(voxel))
        self.see()
        self.desk.wait()

    def drag_voxel(self, start: Voxel, end: Voxel, steps: int = 12) -> None:
        """Drag from one voxel to another of the same slice."""
        canvas = self.desk.canvas
        self.point_at(start)
        QTest.mousePress(canvas, _LEFT, _NONE, self.pixel(start))
        for step in range(1, steps + 1):
            voxel = [a + (b - a) * step / steps for a, b in zip(start, end, strict=True)]
            place = self.pixel(voxel)
            self.place = canvas.mapToGlobal(place)
            QTest.mouseMove(canvas, place)
            QTest.qWait(60)
            self.see()
        QTest.mouseRelease(canvas, _LEFT, _NONE, self.pixel(end))
        self.desk.wait()

    def wheel_at(self, voxel: Voxel, notches: int) -> None:
        """Turn the wheel over a voxel: napari zooms."""
        canvas, place = self.desk.canvas, QPointF(self.pixel(voxel))
        event = QWheelEvent(
            place,
            canvas.mapToGlobal(place),
            QPoint(0, 0),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            _NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)
        QTest.qWait(40)

    def key(self, key: Any, modifier: Qt.KeyboardModifier = _NONE) -> None:
        """Press a key on the canvas."""
        canvas = self.desk.canvas
        canvas.setFocus()
        QTest.keyClick(canvas, key, modifier)
        self.see()
        self.desk.wait()

    # --- the dock ---------------------------------------------------------------------------

    def press(self, part: QWidget) -> None:
        """Click a button, a tab or a check box."""
        self.desk.widget.scroll.ensureWidgetVisible(part)
        QTest.qWait(30)
        place = self.travel(part, _handle_of(part))
        QTest.mouseClick(part, _LEFT, _NONE, place)
        self.see()
        self.desk.wait()

    def choose_tab(self, tabs: QTabWidget, title: str) -> None:
        """Click a tab."""
        bar = tabs.tabBar()
        number = [tabs.tabText(i) for i in range(tabs.count())].index(title)
        self.desk.widget.scroll.ensureWidgetVisible(bar)
        QTest.qWait(30)
        place = self.travel(bar, bar.tabRect(number).center())
        QTest.mouseClick(bar, _LEFT, _NONE, place)
        self.see()
        self.desk.wait()

    def choose(self, button: QPushButton, number: int, on_open: Any = None) -> None:
        """Open a button's menu and click one of its entries.

        Parameters
        ----------
        button : QPushButton
            With a menu.
        number : int
            Of the entry.
        on_open : callable, optional
            Called while the menu is open.
        """
        menu = button.menu()
        if menu is None:
            raise TourError(f"{button.text()} has no menu")
        self.travel(button)
        QTimer.singleShot(200, lambda: self._choose(menu, number, on_open))
        QTest.mouseClick(button, _LEFT)  # comes back when the menu has been closed
        self.see()
        self.desk.wait()

    def _choose(self, menu: QMenu, number: int, on_open: Any) -> None:
        action = menu.actions()[number]
        place = self.travel(menu, menu.actionGeometry(action).center())
        if on_open is not None:
            on_open()
        self.see(3)
        QTest.mouseClick(menu, _LEFT, _NONE, place)
        if menu.isVisible():  # it missed; an open menu would wait for ever
            menu.close()
            action.trigger()

    def slide(self, slider: QSlider, value: int, steps: int = 8) -> None:
        """Drag a slider's handle to a value of the slider's own; the arrow keys do the rest."""
        self.desk.widget.scroll.ensureWidgetVisible(slider)
        QTest.qWait(30)
        start, end = (_place_on(slider, v) for v in (slider.value(), value))
        self.travel(slider, start)
        QTest.mousePress(slider, _LEFT, _NONE, start)
        for step in range(1, steps + 1):
            place = start + (end - start) * step / steps
            self.place = slider.mapToGlobal(place)
            QTest.mouseMove(slider, place)
            QTest.qWait(60)
            self.see()
        QTest.mouseRelease(slider, _LEFT, _NONE, end)
        self.see()
        while slider.value() != value:  # a pixel is more than a step, or the hand was not steady
            QTest.keyClick(slider, Qt.Key.Key_Right if slider.value() < value else Qt.Key.Key_Left)
        self.see()
        self.desk.wait()


def _handle_of(part: QWidget) -> QPoint:
    """Where to click: check boxes listen at their left end, tabs in the middle."""
    return QPoint(8, part.height() // 2) if part.inherits("QCheckBox") else part.rect().center()


def _place_on(slider: QSlider, value: float) -> QPoint:
    """The middle of a horizontal slider's handle at a value."""
    knob = 14
    share = (value - slider.minimum()) / (slider.maximum() - slider.minimum())
    return QPoint(round(knob / 2 + share * (slider.width() - knob)), slider.height() // 2)
