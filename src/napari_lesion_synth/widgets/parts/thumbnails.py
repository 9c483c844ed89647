"""Small pictures of a set, loaded when they come into view and forgotten when there are many."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from qtpy.QtCore import QObject, QRect, Qt, QTimer, Signal
from qtpy.QtGui import QIcon, QImage, QPixmap

from napari_lesion_synth.dataset.layout import thumb_path

__all__ = ["Thumbnails", "untinted"]

_KEPT = 600
_WAITING = 120
"""Requests beyond so many are for pictures that have scrolled out of view."""

_AT_ONCE = 8
"""Loaded in a row before the window gets its turn again."""


class Thumbnails(QObject):
    """A bounded store of pictures by sample id.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    """

    loaded = Signal(list)
    """Ids whose pictures are there now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = Path()
        self._side, self._ratio = 72, 1.0
        self._kept: OrderedDict[str, QIcon | None] = OrderedDict()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._load_some)

    def open(self, folder: Path) -> None:
        """Serve another set."""
        self._folder = folder
        self.forget()

    def forget(self) -> None:
        """Drop everything loaded and asked for."""
        self._kept.clear()
        self._waiting.clear()
        self._timer.stop()

    def set_size(self, side: int, ratio: float) -> None:
        """Side of a picture in device-independent pixels, and the screen's pixel ratio."""
        if (side, ratio) != (self._side, self._ratio):
            self._side, self._ratio = side, ratio
            self.forget()

    def get(self, sample: str) -> QIcon | None:
        """The picture if it is there; otherwise it is asked for, and `loaded` tells."""
        if sample in self._kept:
            self._kept.move_to_end(sample)
            return self._kept[sample]
        self._waiting[sample] = None
        self._waiting.move_to_end(sample)
        while len(self._waiting) > _WAITING:
            self._waiting.popitem(last=False)
        self._timer.start()
        return None

    def path(self, sample: str) -> Path:
        """File of a picture."""
        return thumb_path(self._folder, sample)

    @property
    def kept(self) -> int:
        """Number of pictures in memory."""
        return len(self._kept)

    @property
    def pending(self) -> bool:
        """Whether pictures are about to be loaded."""
        return bool(self._waiting)

    def _load_some(self) -> None:
        done: list[str] = []
        while self._waiting and len(done) < _AT_ONCE:
            sample, _ = self._waiting.popitem()  # what came into view last is in view now
            self._kept[sample] = self._load(sample)
            done.append(sample)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if not self._waiting:
            self._timer.stop()
        if done:
            self.loaded.emit(done)

    def _load(self, sample: str) -> QIcon | None:
        """The first plane, the axial one; the others stand to its right."""
        image = QImage(str(self.path(sample)))
        if image.isNull():
            return None
        side = min(image.width(), image.height())
        pixels = round(self._side * self._ratio)
        plane = image.copy(QRect(0, 0, side, side)).scaled(
            pixels,
            pixels,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        picture = QPixmap.fromImage(plane)
        picture.setDevicePixelRatio(self._ratio)
        return untinted(picture)


def untinted(picture: QPixmap) -> QIcon:
    """An icon that looks the same when its item is selected: tissue is judged by its grey."""
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon
