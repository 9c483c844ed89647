"""Small pictures of three planes, decoded in a thread and forgotten when there are many."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtGui import QImage, QPixmap

from napari_lesion_synth.dataset.layout import thumb_path

__all__ = ["PlaneThumbs"]

_KEPT = 1500
"""Pictures of 216 x 72 pixels: 90 MB."""

_WAITING = 200
"""Requests beyond so many are for pictures that have scrolled out of view."""

_GATHER_MS = 15
"""Pictures are fetched from the thread so often: the view is painted once for many, and no signal
crosses threads, which would crash where it met the end of this object."""


class PlaneThumbs(QObject):
    """A bounded store of pictures by sample id.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    """

    loaded = Signal(list)
    """Ids whose pictures are there now, or known to be missing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = Path()
        self._round = 0
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._asked: set[str] = set()
        self._queue = _Queue()
        self._gather = QTimer(self, interval=_GATHER_MS)
        self._gather.timeout.connect(self._take)
        self.destroyed.connect(self._queue.close)

    def open(self, folder: Path) -> None:
        """Serve another set."""
        self._folder = folder
        self.forget()

    def forget(self) -> None:
        """Drop everything loaded and asked for."""
        self._round += 1  # answers to what was asked before are not for us
        self._kept.clear()
        self._asked.clear()
        self._queue.clear()

    def get(self, sample: str) -> QPixmap | None:
        """The picture if it is there; otherwise it is asked for, and `loaded` tells."""
        if sample in self._kept:
            self._kept.move_to_end(sample)
            return self._kept[sample]
        if sample not in self._asked:
            self._asked.add(sample)
            path = str(self.path(sample))
            self._asked -= self._queue.put((self._round, sample), path)
            if not self._gather.isActive():
                self._gather.start()
        return None

    def missing(self, sample: str) -> bool:
        """Whether there is no such picture on the disk."""
        return sample in self._kept and self._kept[sample] is None

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
        return bool(self._asked)

    def close(self) -> None:
        """End the thread."""
        self._gather.stop()
        self._queue.close()

    def _take(self) -> None:
        done = []
        for (number, sample), image in self._queue.results():
            if number == self._round:
                self._asked.discard(sample)
                self._kept[sample] = None if image.isNull() else QPixmap.fromImage(image)
                done.append(sample)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if not self._asked:
            self._gather.stop()
        if done:
            self.loaded.emit(done)


_Ask = tuple[int, str]


class _Queue:
    """Requests for one thread, the newest first; what is read while scrolling is seen last."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: OrderedDict[_Ask, str] = OrderedDict()
        self._done: list[tuple[_Ask, QImage]] = []
        self._closed = False
        threading.Thread(target=self._work, name="lesion thumbnails", daemon=True).start()

    def put(self, ask: _Ask, path: str) -> set[str]:
        """Add a request; gives the ids of those that were dropped for it."""
        dropped = set()
        with self._changed:
            self._waiting[ask] = path
            while len(self._waiting) > _WAITING:
                (_, sample), _path = self._waiting.popitem(last=False)
                dropped.add(sample)
            self._changed.notify()
        return dropped

    def clear(self) -> None:
        with self._changed:
            self._waiting.clear()
            self._done.clear()

    def results(self) -> list[tuple[_Ask, QImage]]:
        with self._changed:
            done, self._done = self._done, []
            return done

    def close(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                ask, path = self._waiting.popitem()
            image = QImage(path)
            with self._changed:
                if self._closed:
                    return
                self._done.append((ask, image))
