"""A site that follows the mouse, at the pace at which its previews are made."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer

from napari_lesion_synth.errors import SiteError
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["Drag"]

Voxel = tuple[float, float, float]


class Drag(QObject):
    """Moves one site; the newest place waits until the preview of the one before is painted.

    The mouse moves faster than lesions are made, and Python cannot make one while Qt paints: if
    every move were painted, few previews would ever be ready.

    Parameters
    ----------
    bench : Workbench
        Whose sites they are.
    waiting : callable
        Whether a preview is being made.
    parent : QObject, optional
        Owner.
    """

    def __init__(
        self, bench: Workbench, waiting: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bench, self._waiting = bench, waiting
        self._gesture = 0
        self._next: tuple[int, Voxel] | None = None
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._move)

    @property
    def pending(self) -> bool:
        """Whether a place waits."""
        return self._next is not None

    def begin(self) -> None:
        """A site was taken hold of: its moves are one step."""
        self._gesture += 1
        self._next = None

    def to(self, number: int, center: Voxel) -> None:
        """The mouse has carried a site to a voxel (z, y, x)."""
        self._next = (number, center)
        if not self._waiting():
            self._move()

    def go_on(self) -> None:
        """A preview is there: move on once it is painted."""
        self._soon.start()

    def end(self) -> None:
        """The site was let go, at the last place."""
        self._move()
        self._bench.history.seal()

    def forget(self) -> None:
        """Move nothing any more."""
        self._next = None
        self._soon.stop()

    def _move(self) -> None:
        wanted, self._next = self._next, None
        if wanted is None or self._bench.scene.find(wanted[0]) is None:
            return
        number, center = wanted
        try:
            self._bench.move(number, center, gesture=("drag", self._gesture))
        except SiteError as error:
            self._bench.message.emit(str(error))
