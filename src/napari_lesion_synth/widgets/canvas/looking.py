"""The figures of the lesions: first of the one that is shown, then of the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.workbench.look import Look, look_at
from napari_lesion_synth.widgets.workbench.rendering import Rendered, render
from napari_lesion_synth.widgets.workbench.scene import PlacedSite
from napari_lesion_synth.widgets.workbench.workbench import Workbench

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Looking"]

_AFTER_MS = 150


class Looking(QObject):
    """Measures lesions in a thread while nothing else is to be done.

    Parameters
    ----------
    bench : Workbench
        Whose lesions they are.
    shown : callable
        Gives the lesion on the canvas, or None.
    busy : callable
        Whether a preview is being made, which matters more.
    on_error : callable
        Takes what should never go wrong.
    parent : QObject, optional
        Owner.
    """

    looked = Signal(object)
    """A `Look` at the lesion shown."""
    known = Signal()
    """The contrast of one more lesion is known."""

    def __init__(
        self,
        bench: Workbench,
        shown: Callable[[], Rendered | None],
        busy: Callable[[], bool],
        on_error: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bench, self._shown, self._busy, self._on_error = bench, shown, busy, on_error
        self._contrasts: dict[int, tuple[PlacedSite, float]] = {}
        self._closed = False
        self._worker = LatestOnly("lesion look", self)
        self._worker.finished.connect(self._on_looked)
        self._worker.failed.connect(self._on_failed)
        self._timer = QTimer(self, interval=_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self._look)

    def close(self) -> None:
        """End the thread; nothing is told any more."""
        self._closed = True
        self._timer.stop()
        self._worker.close()

    def forget(self) -> None:
        """Another case, or another organ: nothing is known of its lesions."""
        self._worker.forget()
        self._contrasts.clear()

    def soon(self) -> None:
        """Look when the lesion has rested for a moment."""
        self._timer.start()

    def contrast_of(self, number: int) -> float | None:
        """Contrast of a site's lesion as last seen; None where it is not known."""
        found = self._contrasts.get(number)
        return None if found is None else found[1]

    def _look(self) -> None:
        rendered = self._shown()
        if self._busy():
            self._timer.start()
        elif rendered is not None and not self._closed:
            self._worker.submit(partial(look_at, self._bench.require_case(), rendered))

    def _on_looked(self, _number: int, look: Look) -> None:
        if self._closed:
            return
        placed = look.rendered.placed
        self._contrasts[placed.id] = (placed, look.appearance.contrast_hu)
        if self._shown() is look.rendered:
            self.looked.emit(look)
        self.known.emit()
        self._measure_another()

    def _measure_another(self) -> None:
        bench = self._bench
        if not bench.ready or self._busy():
            return
        for placed in bench.scene.sites:
            found = self._contrasts.get(placed.id)
            if found is None or found[0] is not placed:
                donor = bench.donors.get(placed.donor or "")
                case, model = bench.require_case(), bench.model
                self._worker.submit(partial(_looked_at, case, placed, donor, model))
                return

    def _on_failed(self, _number: int, error: Exception) -> None:
        if not self._closed and not isinstance(error, LesionSynthError):
            self._on_error(error)  # why a lesion cannot be made is said where it is selected


def _looked_at(
    case: Case, placed: PlacedSite, donor: Donor | None, model: GeneratorModel | None
) -> Look:
    return look_at(case, render(case, placed, donor, model))
