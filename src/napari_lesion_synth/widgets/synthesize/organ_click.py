"""The organ from clicks: each one is added to those before, and the organ is outlined anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject

from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.workbench.workbench import Workbench

if TYPE_CHECKING:
    from napari_lesion_synth.anatomy.click import ClickSegmenter

__all__ = ["OrganClicks"]

Voxel = tuple[int, int, int]


class OrganClicks(QObject):
    """Remembers the clicks in one CT, and has the organ outlined from them.

    Parameters
    ----------
    parent : QObject
        Owner.
    bench, stage, loader
        The workbench, its canvas, and what gives them the organ.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(
        self,
        parent: QObject,
        bench: Workbench,
        stage: Stage,
        loader: CaseLoader,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__(parent)
        self._bench, self._stage, self._loader = bench, stage, loader
        self._on_error = on_error
        self._segmenter: ClickSegmenter | None = None
        self.inside: tuple[Voxel, ...] = ()
        self.outside: tuple[Voxel, ...] = ()
        self._last: NDArray[np.bool_] | None = None
        self._past: list[tuple[tuple[Voxel, ...], tuple[Voxel, ...]]] = []
        stage.organ_clicked.connect(self._on_click)

    def close(self) -> None:
        """Forget everything."""
        self._segmenter = None

    def switch(self, on: bool) -> None:
        """Make clicks mark the organ, or place lesions again."""
        ready = self._bench.ready
        self._stage.set_mode(Mode.ORGAN if on else Mode.PLACE if ready else Mode.OFF)

    @property
    def current(self) -> tuple[tuple[Voxel, ...], tuple[Voxel, ...]]:
        """Clicks inside and outside in the CT that is open."""
        return (self.inside, self.outside) if self._is_current() else ((), ())

    @property
    def can_undo(self) -> bool:
        """Whether a click can be taken back."""
        return bool(self._past) and self._is_current()

    def undo(self) -> None:
        """Take the last click back."""
        if not self.can_undo:
            return
        self.inside, self.outside = self._past.pop()
        if self.inside:
            self._outline()
        else:
            self._bench.message.emit("No click is left; the organ stays as it was")

    def _is_current(self) -> bool:
        case = self._bench.case
        known = self._segmenter
        return case is not None and known is not None and known.volume is case.volume

    def _on_click(self, voxel: Any, remove: bool) -> None:
        case = self._bench.case
        if case is None:
            return
        if not self._is_current():
            from napari_lesion_synth.anatomy.click import ClickSegmenter

            self._segmenter = ClickSegmenter(case.volume)
            self.inside, self.outside, self._past = (), (), []
            self._last = None
        z, y, x = (round(float(v)) for v in voxel)
        self._past.append((self.inside, self.outside))
        if remove:
            self.outside = (*self.outside, (z, y, x))
        else:
            self.inside = (*self.inside, (z, y, x))
        if self.inside:
            self._outline()
        else:
            self._bench.message.emit("Click in the organ first; Alt takes away from it")

    def _outline(self) -> None:
        assert self._segmenter is not None
        segment = partial(self._segmenter.segment, self.inside, self.outside)
        organ = self._bench.require_case().organ
        now = None if organ is None else organ.mask
        call = partial(self._merged, segment, self._last, now)
        self._loader.set_organ_mask(call, "Outlining the organ", self.forget_last)

    def _merged(
        self,
        segment: Callable[[], NDArray[np.bool_]],
        last: NDArray[np.bool_] | None,
        now: NDArray[np.bool_] | None,
    ) -> NDArray[np.bool_]:
        """What the clicks change, on top of the organ as the brush or a mask left it."""
        found = segment()
        self._last = found
        if now is None:
            return found
        if last is None:
            return now | found
        return (now & (found | ~last)) | (found & ~last)

    def forget_last(self) -> None:
        """Drop the click that could not be used."""
        if self._past:
            self.inside, self.outside = self._past.pop()
