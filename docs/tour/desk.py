"""A napari window with the dock widget, to be used as a person uses it, and photographed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import napari
import numpy as np
from docs.tour.pictures import draw_pointer
from PIL import Image
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtGui import QImage, QPainter, QPixmap
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

__all__ = ["Desk", "TourError"]

_PATIENCE_S = 120
_RESTS = 12
"""Nothing at work at so many looks in a row counts as finished."""


class TourError(RuntimeError):
    """The workbench did not do what the tour tells."""


class Desk:
    """One window with one workbench.

    Parameters
    ----------
    size : tuple of int
        Width and height of the window in pixels.
    theme : str
        napari's: ``"dark"`` or ``"light"``.
    folder : Path
        Where the tour may write.
    layer_list : bool
        Whether napari's own docks are shown.
    """

    def __init__(
        self,
        size: tuple[int, int],
        theme: str,
        folder: Path,
        *,
        layer_list: bool = True,
    ) -> None:
        self.folder = folder
        self.viewer = napari.Viewer(show=True)
        self.viewer.theme = theme
        self.widget = SynthesizeWidget(self.viewer)
        self.viewer.window.add_dock_widget(
            self.widget, name="Synthesize lesions (Lesion Synth)", area="right"
        )
        self.faults: list[str] = []
        for stage_or_loader in (self.widget.stage, self.widget.loader):
            _overhear(stage_or_loader, self.faults)
        self.main = self._main_window()
        if not layer_list:
            for dock in self.main.findChildren(QDockWidget):
                if dock.objectName() in ("layer list", "layer controls"):
                    dock.hide()
        self.widget.batch.set_settings({"out": folder / "set-1", "workers": 1})
        self.main.resize(*size)
        self.wait()

    def _main_window(self) -> QMainWindow:
        window = self.widget.window()
        if not isinstance(window, QMainWindow):
            raise TourError("the dock widget is in no main window")
        return window

    @property
    def canvas(self) -> QWidget:
        """The widget that napari draws on."""
        for part in self.main.centralWidget().findChildren(QWidget):
            if part.inherits("QOpenGLWidget"):
                return part
        raise TourError("napari's canvas was not found")

    def close(self) -> None:
        """Take the window away."""
        self.widget.cheat_sheet.close()
        self.widget.close_workbench()
        self.viewer.close()
        QTest.qWait(50)

    # --- time -------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether anything is read, rendered or written."""
        widget = self.widget
        return widget.loader.working or not widget.stage.renderer.idle or not widget.saving.idle

    def wait(self) -> None:
        """Wait until nothing is at work any more.

        Raises
        ------
        TourError
            If that takes too long, or something went wrong on the way.
        """
        end, rests = time.monotonic() + _PATIENCE_S, 0
        while rests < _RESTS:
            QTest.qWait(30)
            rests = 0 if self.busy else rests + 1
            if time.monotonic() > end:
                raise TourError(f"still at work: {self.widget.status.text()}")
        if self.faults:
            raise TourError("; ".join(self.faults))

    def wait_for(self, what: str, condition: Any, patience_s: float = _PATIENCE_S) -> None:
        """Wait until a condition holds."""
        end = time.monotonic() + patience_s
        while not condition():
            QTest.qWait(30)
            if time.monotonic() > end:
                raise TourError(f"waited in vain for {what}")

    # --- what is looked at ------------------------------------------------------------------

    def look_at(self, voxel: Any, across_mm: float) -> None:
        """Show the slice of a voxel, in the middle, with so many millimetres across the canvas."""
        self.widget.stage.jump_to_voxel(voxel)
        self.viewer.scene.camera.zoom = self.canvas.width() / across_mm
        QTest.qWait(80)

    def scroll_to(self, section: str) -> None:
        """Bring a section of the dock to the top."""
        scroll, part = self.widget.scroll, self.widget.sections[section]
        QTest.qWait(30)
        top = part.mapTo(scroll.widget(), QPoint(0, 0)).y()
        scroll.verticalScrollBar().setValue(top)
        QTest.qWait(60)

    # --- pictures ---------------------------------------------------------------------------

    def window(self, cursor: QPoint | None = None) -> Image.Image:
        """The whole window, with dialogs and menus over it, and perhaps a mouse pointer."""
        QApplication.processEvents()
        shot = self.main.grab()
        painter = QPainter(shot)
        for other in QApplication.topLevelWidgets():
            if other is not self.main and other.isVisible() and _floats(other):
                painter.drawPixmap(
                    self.main.mapFromGlobal(other.mapToGlobal(QPoint())), other.grab()
                )
        if cursor is not None:
            draw_pointer(painter, self.main.mapFromGlobal(cursor))
        painter.end()
        return picture_of(shot)

    def part(self, part: QWidget, margin: int = 0) -> Image.Image:
        """What the window shows of one of its widgets."""
        corner = part.mapTo(self.main, QPoint(-margin, -margin))
        box = QRect(corner.x(), corner.y(), part.width() + 2 * margin, part.height() + 2 * margin)
        box = box.intersected(self.main.rect())
        image = self.window()
        return image.crop((box.left(), box.top(), box.right() + 1, box.bottom() + 1))

    def alone(self, other: QWidget) -> Image.Image:
        """A window of its own, as the sheet of keys."""
        return picture_of(other.grab())

    def dock(self) -> Image.Image:
        """The dock widget as it is scrolled now."""
        return self.part(self.widget)

    def section(self, *names: str) -> Image.Image:
        """Sections of the dock in their whole length, however far the dock is scrolled."""
        page = self.widget.scroll.widget()
        whole = picture_of(page.grab())
        parts = [self.widget.sections[name] for name in names]
        top = min(part.mapTo(page, QPoint(0, 0)).y() for part in parts)
        bottom = max(part.mapTo(page, QPoint(0, part.height())).y() for part in parts)
        return whole.crop((0, max(0, top - 2), page.width(), bottom + 4))


def _overhear(part: Any, faults: list[str]) -> None:
    """Note what goes wrong: the tour shows what works."""
    usual = part._on_error

    def hear(error: Exception) -> None:
        faults.append(str(error))
        usual(error)

    part._on_error = hear


def _floats(widget: QWidget) -> bool:
    kind = widget.windowType()
    return kind in (Qt.WindowType.Dialog, Qt.WindowType.Popup)


def picture_of(pixmap: QPixmap) -> Image.Image:
    """A Qt picture as RGB."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes()) if hasattr(bits, "setsize") else None
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    width = image.width()
    return Image.fromarray(rows[:, : 3 * width].reshape(image.height(), width, 3).copy())
