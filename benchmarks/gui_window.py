"""A napari window with the dock widget "Synthesize lesions", and clocks that watch its canvas.

Two moments count for every change: `drawn`, when the canvas has been painted with it, and `seen`,
when Qt has put the whole window together and handed it to the screen. A software renderer needs
tens of milliseconds for the second; a graphics card next to none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import napari
from qtpy.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

SIZE = (1400, 900)
PATIENCE_S = 120.0
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

Voxel = tuple[float, float, float]


@dataclass
class Shown:
    """When something was drawn and seen, by `time.perf_counter`."""

    drawn: float
    seen: float = 0.0


class Canvas(QObject):
    """Hears of every frame of a viewer's canvas."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        # napari has no public way to its canvas' widget and to the end of a frame.
        canvas = viewer.window._qt_viewer.canvas
        self.native: QWidget = canvas.native
        self.on_frame: Callable[[], None] | None = None
        self._wanted: Callable[[], bool] | None = None
        self._loop: QEventLoop | None = None
        self._found: Shown | None = None
        self._events = canvas._scene_canvas.events
        self._events.draw.connect(self._on_drawn, position="last")
        self.native.frameSwapped.connect(self._on_seen)

    def close(self) -> None:
        """Hear of nothing any more."""
        self._events.draw.disconnect(self._on_drawn)
        self.native.frameSwapped.disconnect(self._on_seen)

    def _on_drawn(self, _event: Any) -> None:
        if self.on_frame is not None:
            self.on_frame()
        if self._found is None and self._wanted is not None and self._wanted():
            self._found = Shown(time.perf_counter())

    def _on_seen(self) -> None:
        if self._found is not None and self._loop is not None:
            self._found.seen = time.perf_counter()
            self._loop.quit()

    def wait_for(self, do: Callable[[], Any], wanted: Callable[[], bool]) -> Shown:
        """Do something, and wait for the first frame on which it is there."""
        self._found, self._wanted, self._loop = None, wanted, QEventLoop()
        QTimer.singleShot(round(1000 * PATIENCE_S), self._loop.quit)
        QTimer.singleShot(0, do)
        self._loop.exec()
        found, self._found, self._wanted, self._loop = self._found, None, None, None
        if found is None:
            raise RuntimeError(f"nothing was drawn within {PATIENCE_S:.0f} s")
        return found

    def pixels(self) -> bytes:
        """What the canvas shows."""
        image = self.native.grabFramebuffer()
        return bytes(image.constBits().asarray(image.sizeInBytes()))


class Bench:
    """One viewer with the dock widget."""

    def __init__(self, viewer: Any, widget: SynthesizeWidget, dock: Any) -> None:
        self.viewer, self.widget, self.dock = viewer, widget, dock
        self.bench, self.stage = widget.bench, widget.stage
        self.canvas = Canvas(viewer)

    @classmethod
    def open(cls) -> Bench:
        viewer = show_viewer()
        widget = SynthesizeWidget(viewer)
        made = cls(viewer, widget, add_dock(viewer, widget))
        QTest.qWait(500)
        return made

    def close(self) -> None:
        self.viewer.window.remove_dock_widget(self.dock)
        QTest.qWait(50)
        self.viewer.close()

    # --- the case ---------------------------------------------------------------------------

    def read(self, files: dict[str, Any]) -> Shown:
        """Open a CT; until it is drawn."""
        more = dict(files)
        ct = more.pop("ct")

        def there() -> bool:
            shown = self.stage.case_layers.ct
            return shown is not None and shown in self.viewer.layers

        return self.canvas.wait_for(lambda: self.widget.open_case(ct, **more), there)

    def rest(self, pause_ms: int = 150) -> None:
        """Wait until nothing is read, rendered or measured any more, and what follows is drawn."""
        while self.widget.loader.working or not self.stage.renderer.idle:
            QTest.qWait(10)
        QTest.qWait(pause_ms)

    def scroll_to(self, section: str) -> None:
        self.widget.sections[section].set_expanded(True)
        QTest.qWait(100)
        place = self.widget.sections[section].pos().y()
        self.widget.scroll.verticalScrollBar().setValue(place)
        QTest.qWait(100)

    # --- what is on the canvas --------------------------------------------------------------

    def placed_shown(self) -> Any:
        """The site whose lesion the canvas shows; None where there is none."""
        rendered = self.stage.rendered
        return None if rendered is None or self.stage.preview.box is None else rendered.placed

    # --- the mouse --------------------------------------------------------------------------

    def pixel(self, voxel: Voxel) -> QPoint:
        """Where a voxel of the slice that is shown lies on the canvas."""
        world = self.stage.frame.to_world(voxel)
        camera = self.viewer.scene.camera
        down, right = camera.center[-2:]
        size = self.canvas.native.size()
        return QPoint(
            round(size.width() / 2 + (world[-1] - right) * camera.zoom),
            round(size.height() / 2 + (world[-2] - down) * camera.zoom),
        )

    def mouse(self, kind: QEvent.Type, voxel: Voxel, *, held: bool = False) -> None:
        """Send a mouse event to the canvas, as Qt makes it of the window system's."""
        place = QPointF(self.pixel(voxel))
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
        buttons = LEFT if held else Qt.MouseButton.NoButton
        native = self.canvas.native
        event = QMouseEvent(kind, place, native.mapToGlobal(place), button, buttons, NONE)
        QApplication.sendEvent(native, event)

    def click(self, voxel: Voxel) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, voxel, held=True)
        self.mouse(QEvent.Type.MouseButtonRelease, voxel)


def show_viewer() -> Any:
    """An empty napari window on the screen."""
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    QTest.qWait(500)
    return viewer


def add_dock(viewer: Any, widget: QWidget) -> Any:
    return viewer.window.add_dock_widget(widget, name="Synthesize lesions", area="right")


def renderer() -> str:
    """Who draws: the name of the OpenGL implementation."""
    from vispy.gloo import gl

    return str(gl.glGetParameter(gl.GL_RENDERER))


def sample_files(name: str, folder: Path, data: Path) -> dict[str, Any] | None:
    """Files of a case and how to read them: a real CT or the phantom; None if it is not here."""
    if name != "phantom":
        ct, labels = data / f"{name}_ct.nii.gz", str(data / f"{name}_label.nii.gz")
        more = {"organ": labels, "organ_label": 1, "lesions": labels, "lesion_label": 2}
        return {"ct": str(ct), **more} if ct.exists() else None
    from napari_lesion_synth.anatomy.cases import phantom

    return written(phantom(seed=0, lesions=6), folder)


def written(case: Any, folder: Path) -> dict[str, Any]:
    """A case in files."""
    from napari_lesion_synth.ct.write import write_mask, write_volume

    return {
        "ct": str(write_volume(folder / "ct.nii.gz", case.volume)),
        "organ": str(write_mask(folder / "organ.nii.gz", case.organ.mask, case.volume)),
        "lesions": str(write_mask(folder / "lesions.nii.gz", case.lesions, case.volume)),
    }
