"""Opening a case in the dock widget: files, layers, samples; its organ and its known lesions.

Whatever takes longer than a blink runs in a thread; the newest request wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom, read_case, reread_case
from napari_lesion_synth.anatomy.changes import with_lesions, with_organ
from napari_lesion_synth.ct.masks import read_mask
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.sample_data import sample_case
from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.layer_case import case_from_layer, mask_from_layer
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.synthesize.donor_loader import DonorLoader
from napari_lesion_synth.widgets.synthesize.model_loader import ModelLoader
from napari_lesion_synth.widgets.synthesize.organ_brush import OrganBrush
from napari_lesion_synth.widgets.synthesize.preparing import Donors, measured
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["CaseLoader"]

Then = Callable[[Any], None]
AskFirst = Callable[..., None]


class CaseLoader(QObject):
    """Opens cases for one workbench and shows them on its stage.

    Parameters
    ----------
    bench : Workbench
        Takes the case.
    stage : Stage
        Shows it.
    on_error : callable
        Takes what went wrong.
    """

    busy = Signal(str)
    """What is going on, in words; empty when nothing is."""
    opened = Signal()
    """A case, an organ, lesions or donors have arrived."""
    warned = Signal(str)

    def __init__(
        self, bench: Workbench, stage: Stage, on_error: Callable[[Exception], None]
    ) -> None:
        super().__init__(stage)
        self._bench, self._stage, self._on_error = bench, stage, on_error
        self._worker = LatestOnly("opening", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._then: tuple[int, Then] | None = None
        self._otherwise: Callable[[], None] | None = None
        self.name = ""
        self.sample: str | None = None
        self.layer_name: str | None = None
        self.lender = DonorLoader(bench, on_error, self)
        self.lender.busy.connect(self.busy)
        self.lender.arrived.connect(self.opened)
        self.lender.warned.connect(self.warned)
        self.models = ModelLoader(bench, self)
        self.models.busy.connect(self.busy)
        self.ask_first: AskFirst = _at_once
        """Takes what opens something else, and what to do otherwise; asks where work is lost."""
        self.organ_edited = False
        self.lesions_edited = False
        self.brush = OrganBrush(self)
        self.brush.rested.connect(self._take_painted)

    def close(self) -> None:
        """End the thread; what it still does is dropped."""
        self.brush.close()
        self.lender.close()
        self.models.close()
        self._worker.close()

    @property
    def working(self) -> bool:
        """Whether something is being read or measured."""
        return self._then is not None or self.lender.working or self.models.working

    @property
    def donors(self) -> Donors:
        """The donors in use, and where they come from."""
        return self.lender.donors

    @property
    def window(self) -> tuple[float, float] | None:
        """Level and width in HU through which the CT is seen; None without one."""
        ct = self._stage.case_layers.ct
        if ct is None:
            return None
        low, high = (float(limit) for limit in ct.contrast_limits)
        return (low + high) / 2, high - low

    def set_window(self, window: tuple[float, float] | None) -> None:
        """Show the CT as a project file says."""
        ct = self._stage.case_layers.ct
        if window is not None and ct is not None:
            level, width = window
            ct.contrast_limits = (level - width / 2, level + width / 2)

    # --- opening ----------------------------------------------------------------------------

    def open_files(self, ct: Path, then: Callable[[], None] | None = None, **more: Any) -> None:
        """Read a CT, with masks if given, as by `read_case`."""

        def read() -> tuple[Case, tuple[str, ...]]:
            return hear(lambda: measured(read_case(ct, **more)))

        self._run(f"Reading {ct.name}", read, partial(self._show_read, then=then))

    def reopen(self, inputs: dict[str, Any], then: Callable[[], None] | None = None) -> None:
        """Read a case again from its `Case.inputs`, as a project file keeps them."""

        def read() -> tuple[Case, tuple[str, ...]]:
            return hear(lambda: measured(reread_case(inputs)))

        self._run(
            "Reading the project's CT", read, partial(self._show_read, then=then, learn=False)
        )

    def open_sample(self, name: str, then: Callable[[], None] | None = None) -> None:
        """Open ``"real"``, the shipped part of a CT, or ``"phantom"``."""

        def make() -> tuple[Case, tuple[str, ...]]:
            case = sample_case() if name == "real" else phantom(seed=0, lesions=6)
            return measured(case), ()

        self._run("Opening the sample", make, partial(self._show_read, sample=name, then=then))

    def _show_read(
        self,
        result: tuple[Case, tuple[str, ...]],
        sample: str | None = None,
        then: Callable[[], None] | None = None,
        learn: bool = True,
    ) -> None:
        case, warnings = result
        frame = Frame.of_volume(case.volume)
        self._show(case, frame, case.patient, sample=sample, learn=learn)
        for text in warnings:
            self.warned.emit(text)
        if then is not None:
            then()

    def open_layer(self, layer: Any) -> None:
        """Work on an Image layer that napari holds; the layer is never changed.

        Raises
        ------
        InputError
            If it is no greyscale CT.
        GeometryError
            If it has another number of axes, or is turned.
        """
        frame = Frame.of_layer(layer)

        def make() -> tuple[Case, tuple[str, ...]]:
            return hear(lambda: measured(case_from_layer(layer, frame)))

        def show(result: tuple[Case, tuple[str, ...]]) -> None:
            self._show(result[0], frame, layer.name, foreign=layer)
            self.layer_name = layer.name
            for text in result[1]:
                self.warned.emit(text)

        self._run(f"Reading layer {layer.name}", make, show)

    def _show(
        self,
        case: Case,
        frame: Frame,
        name: str,
        *,
        foreign: Any = None,
        sample: str | None = None,
        learn: bool = True,
    ) -> None:
        self.name, self.sample, self.layer_name = name, sample, None
        self.organ_edited = self.lesions_edited = False
        self.lender.forget()
        self._stage.forget()
        self._stage.preview.clear()
        self._bench.open(case)
        self._stage.show_case(case, frame, name, foreign)
        self.brush.listen_to(self._stage.case_layers.organ)
        self.opened.emit()
        if learn:
            self.lender.find()

    # --- the organ --------------------------------------------------------------------------

    def set_organ_file(self, path: Path, label: int | None = None) -> None:
        """Take the organ from a mask file."""
        case = self._bench.require_case()

        def read() -> Case:
            mask, texts = hear(lambda: read_mask(path, case.volume, label=label))
            for text in texts:
                self.warned.emit(text)
            return measured(with_organ(case, mask, str(path.resolve())))

        def show(changed: Case) -> None:
            if changed.inputs:
                changed = replace(changed, inputs={**changed.inputs, "organ_label": label})
            self.organ_edited = not changed.inputs
            self.take_anatomy(changed)

        self._run(f"Reading {path.name}", read, show)

    def set_organ_layer(self, layer: Any, label: int | None = None) -> None:
        """Take the organ from a Labels layer."""
        self.set_organ_mask(partial(self._mask_of, layer, label), f"Reading layer {layer.name}")

    def set_organ_mask(
        self,
        make: Callable[[], NDArray[np.bool_]],
        words: str,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Take the organ from a mask that a call makes, in the thread.

        Parameters
        ----------
        make : callable
            Gives the mask, (z, y, x).
        words : str
            What is going on, for the user.
        otherwise : callable, optional
            Called where it fails, before the error is shown.
        """
        case = self._bench.require_case()

        def work() -> Case:
            return measured(with_organ(case, make()))

        def show(changed: Case) -> None:
            self.organ_edited = True
            self.take_anatomy(changed)

        self._run(words, work, show, otherwise)

    def _mask_of(self, layer: Any, label: int | None) -> NDArray[np.bool_]:
        case, frame = self._bench.require_case(), self._stage.frame
        assert frame is not None
        return mask_from_layer(layer, frame, case.volume.shape, label)

    def take_anatomy(self, case: Case, *, painted: bool = False) -> None:
        """Work on with another organ or other known lesions."""
        first = not self._bench.ready
        gone = self._bench.change_anatomy(case)
        self._stage.forget()
        if case.organ is not None and not painted:
            self._stage.case_layers.show_organ(case.organ.mask)
            self.brush.listen_to(self._stage.case_layers.organ)
            self._stage.sites.update(self._bench.scene)
        if first and case.organ is not None:
            self._stage.set_window(self._stage.window_name)
            if self._stage.tool.mode is Mode.OFF:
                self._stage.set_mode(Mode.PLACE)
        self._stage.want_preview()
        if gone:
            names = ", ".join(map(str, gone))
            self.warned.emit(f"Lesion {names} lies outside the new organ and was removed")
        self.opened.emit()
        self.lender.learn()

    def _take_painted(self) -> None:
        case, mask = self._bench.case, self._stage.case_layers.organ_mask()
        if case is None or case.organ is None:
            return
        if mask is None:
            self._on_error(
                InputError("nothing of the organ is left", remedy="Undo with Ctrl+Z on the layer")
            )
            return
        if np.array_equal(mask, case.organ.mask):
            return

        def work() -> Case:
            return measured(with_organ(case, mask))

        def show(changed: Case) -> None:
            self.organ_edited = True
            self.take_anatomy(changed, painted=True)

        self._run("Measuring the organ", work, show)

    # --- known lesions and donors -----------------------------------------------------------

    def set_lesions_file(self, path: Path, label: int | None = None) -> None:
        """Take the known lesions from a label file."""
        case = self._bench.require_case()

        def read() -> Case:
            mask, _ = hear(lambda: read_mask(path, case.volume, label=label))
            return measured(with_lesions(case, mask, str(path.resolve())))

        def show(changed: Case) -> None:
            if changed.inputs:
                changed = replace(changed, inputs={**changed.inputs, "lesion_label": label})
            self.lesions_edited = not changed.inputs
            self.take_anatomy(changed)

        self._run(f"Reading {path.name}", read, show)

    def set_lesions_layer(self, layer: Any, label: int | None = None) -> None:
        """Take the known lesions from a Labels layer."""
        case = self._bench.require_case()

        def work() -> Case:
            return measured(with_lesions(case, self._mask_of(layer, label)))

        def show(changed: Case) -> None:
            self.lesions_edited = True
            self.take_anatomy(changed)

        self._run(f"Reading layer {layer.name}", work, show)

    # --- the thread -------------------------------------------------------------------------

    def _run(
        self,
        words: str,
        call: Callable[[], Any],
        then: Then,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        number = self._worker.submit(call)
        self._then, self._otherwise = (number, then), otherwise
        self.busy.emit(words)

    def _on_finished(self, number: int, result: Any) -> None:
        if self._then is None or number != self._then[0]:
            return
        then, self._then = self._then[1], None
        self.busy.emit("")
        try:
            then(result)
        except Exception as error:  # in a slot nobody else would hear of it
            self._on_error(error)

    def _on_failed(self, number: int, error: Exception) -> None:
        if self._then is None or number != self._then[0]:
            return
        self._then = None
        self.busy.emit("")
        if self._otherwise is not None:
            self._otherwise()
        self._on_error(error)


def _at_once(go_on: Callable[[], None], _otherwise: Callable[[], None] | None = None) -> None:
    go_on()
