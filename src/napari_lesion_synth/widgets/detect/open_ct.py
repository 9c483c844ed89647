"""The CT that is searched: the one of the workbench, or layers of napari."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.changes import with_lesions, with_organ
from napari_lesion_synth.ct.label_counts import voxels_by_label
from napari_lesion_synth.ct.masks import read_mask
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.layer_case import case_from_layer, mask_from_layer
from napari_lesion_synth.widgets.canvas.owned import is_owned
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layer_combo import LayerCombo
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.open_case import MaskChoice, ask_label, ask_mask

__all__ = ["OpenCt"]

_BENCH, _LAYERS = "“Synthesize lesions”", "Layers of napari"
_SETTLED_MS = 50
_USUAL = {"organ": 1, "lesions": 2}
"""Labels as nnU-Net's and the public liver data sets have them."""

_NO_ORGAN = (
    "⚠ The detector searches an organ. Choose its labels, or outline it with a click in "
    "“Synthesize lesions”."
)


@dataclass(frozen=True, eq=False)
class _Mask:
    """Where a mask comes from: a layer, or a file."""

    layer: Any = None
    path: Path | None = None
    label: int | None = None

    def read(self, case: Case, frame: Frame) -> NDArray[np.bool_]:
        if self.path is not None:
            mask, _ = hear(partial(read_mask, self.path, case.volume, label=self.label))
            return mask
        return mask_from_layer(self.layer, frame, case.volume.shape, self.label)


class OpenCt(QWidget):
    """Which CT, which organ, and which known lesions.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose layers.
    open_workbench : callable
        Opens "Synthesize lesions", where CTs are read from files and organs outlined.
    on_error : callable
        Takes what went wrong.
    """

    changed = Signal()
    """Another CT, organ or set of known lesions is there, or none."""

    def __init__(
        self,
        viewer: Any,
        open_workbench: Callable[[], Any],
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._viewer, self._on_error = viewer, on_error
        self.case: Case | None = None
        self.frame: Frame | None = None
        self.name = ""
        self._bench_widget: weakref.ref[Any] | None = None
        self._masks: dict[str, _Mask] = {}
        self.source = Choice()
        self.source.addItems([_BENCH, _LAYERS])
        self.source.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.source.setToolTip("Which CT to search.")
        self.ct = LayerCombo(viewer, _is_ct, "a layer with the CT…")
        self.ct.setToolTip("A CT that napari shows; the layer is never changed.")
        self.organ = LayerCombo(viewer, _is_labels, "a labels layer…")
        self.organ.setToolTip("The organ that is searched, on the CT's grid.")
        self.lesions = LayerCombo(viewer, _is_labels, "none known")
        self.lesions.setToolTip("Known lesions, to compare the findings with.")
        self.organ_file = button("File…", "Open the organ's mask from a file", self._ask_organ)
        self.organ_file.setAccessibleName("Organ's mask from a file")
        self.lesions_file = button(
            "File…", "Open the known lesions' labels from a file", self._ask_lesions
        )
        self.lesions_file.setAccessibleName("Known lesions from a file")
        self.workbench = button(
            "Open a CT, &outline the organ…",
            "Open “Synthesize lesions”: it reads CTs from files, and outlines an organ from one "
            "click in it",
            open_workbench,
        )
        self.facts = note(name="The CT that is searched")
        self._lay_out()
        self._worker = LatestOnly("reading layers", self)
        self._worker.finished.connect(self._on_read)
        self._worker.failed.connect(self._on_failed)
        self._soon = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._soon.timeout.connect(self.look_again)
        self._connect()
        self.look_again()

    def _lay_out(self) -> None:
        self._layers = form(
            [
                ("CT", self.ct),
                ("Organ", row(self.organ, self.organ_file, stretch=0)),
                ("Lesions", row(self.lesions, self.lesions_file, stretch=0)),
            ]
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            form([("Search in", self.source)]),
            self._layers,
            self.facts,
            row(self.workbench, None),
        ):
            layout.addWidget(part)

    def _connect(self) -> None:
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed):
            event.connect(self._on_layers)
        self.source.activated.connect(self._on_source)
        self.ct.activated.connect(self._on_ct)
        self.organ.activated.connect(partial(self._on_mask, "organ"))
        self.lesions.activated.connect(partial(self._on_mask, "lesions"))

    def close_section(self) -> None:
        """Stop listening, and end the thread."""
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed):
            event.disconnect(self._on_layers)
        self._leave_bench()
        self._soon.stop()
        self._worker.close()
        for combo in (self.ct, self.organ, self.lesions):
            combo.disconnect_viewer()

    @property
    def working(self) -> bool:
        """Whether layers are being read."""
        return self._worker.awaiting

    @property
    def of_bench(self) -> bool:
        """Whether the CT is the workbench's."""
        return bool(self.source.currentIndex() == 0)

    # --- the workbench ------------------------------------------------------------------------

    def look_again(self) -> None:
        """See whether a workbench has come, or has gone."""
        found = _workbench_in(self._viewer)
        known = self._bench_widget() if self._bench_widget is not None else None
        if found is not known:
            self._leave_bench()
            if found is not None:
                self._bench_widget = weakref.ref(found)
                found.bench.case_changed.connect(self._on_bench)
                found.bench.working_changed.connect(self._on_bench)
                if self.ct.layer is None:
                    self.source.setCurrentIndex(0)
        if found is None and self.of_bench and any(self.ct.layers):
            self.source.setCurrentIndex(1)
        self._show()

    def _leave_bench(self) -> None:
        known = self._bench_widget() if self._bench_widget is not None else None
        self._bench_widget = None
        if known is not None:
            known.bench.case_changed.disconnect(self._on_bench)
            known.bench.working_changed.disconnect(self._on_bench)

    def fresh(self) -> tuple[Case, Frame] | None:
        """The CT as it is now, with the lesions that were kept in the workbench; None: none."""
        if not self.of_bench:
            return None if self.case is None or self.frame is None else (self.case, self.frame)
        widget = self._bench_widget() if self._bench_widget is not None else None
        if widget is None or widget.bench.case is None or widget.stage.frame is None:
            return None
        return with_kept(widget.bench), widget.stage.frame

    def _on_bench(self, *_: Any) -> None:
        self._show()

    def _on_layers(self, _event: Any = None) -> None:
        self._soon.start()

    def _on_source(self, *_: Any) -> None:
        self._show()

    # --- layers -------------------------------------------------------------------------------

    def _on_ct(self, *_: Any) -> None:
        self._masks = {}
        self.organ.choose(None)
        self.lesions.choose(None)
        self._read()

    def _on_mask(self, what: str, *_: Any) -> None:
        layer = (self.organ if what == "organ" else self.lesions).layer
        self._masks.pop(what, None)
        if layer is not None:
            label = None
            present = voxels_by_label(np.asarray(layer.data))
            if len(present) > 1:
                chosen = ask_label(self, layer.name, present, preferred=_USUAL[what])
                if chosen is None:
                    return
                label = chosen.label
            self._masks[what] = _Mask(layer, None, label)
        self._read()

    def _ask_organ(self) -> None:
        self._take_file("organ", ask_mask(self, "Organ's mask", preferred=_USUAL["organ"]))

    def _ask_lesions(self) -> None:
        self._take_file("lesions", ask_mask(self, "Known lesions", preferred=_USUAL["lesions"]))

    def _take_file(self, what: str, found: MaskChoice | None) -> None:
        if found is not None:
            (self.organ if what == "organ" else self.lesions).choose(None)
            self._masks[what] = _Mask(None, found.path, found.label)
            self._read()

    def _read(self) -> None:
        layer, masks = self.ct.layer, dict(self._masks)
        if layer is None:
            self._worker.forget()
            self._take(None, None)
            return
        try:
            frame = Frame.of_layer(layer)
        except Exception as error:  # a slot's error would end on the console
            self._take(None, None)
            self._on_error(error)
            return
        self.facts.setText(f"Reading layer {layer.name}…")
        self._worker.submit(partial(_case_of, layer, frame, masks))

    def _on_read(self, _number: int, found: tuple[Case, Frame, str]) -> None:
        self._take(*found)

    def _on_failed(self, _number: int, error: Exception) -> None:
        self._take(None, None)
        self.facts.setText(f"⚠ {error}")
        self._on_error(error)

    def _take(self, case: Case | None, frame: Frame | None, warning: str = "") -> None:
        self.case, self.frame = case, frame
        self.name = "" if self.ct.layer is None else self.ct.layer.name
        self._show(warning)

    # --- what is shown ------------------------------------------------------------------------

    def _show(self, warning: str = "") -> None:
        self._layers.setVisible(not self.of_bench)
        now = self.fresh() if not self.of_bench else self._bench_now()
        if now is None:
            self.facts.setText(
                "No CT is open in “Synthesize lesions”." if self.of_bench else "Choose a CT."
            )
        else:
            case, name = now[0], self._bench_name() if self.of_bench else self.name
            parts = [warning, _described(case, name)]
            parts += [_NO_ORGAN] if case.organ is None else []
            self.facts.setText("\n".join(part for part in parts if part))
        self.changed.emit()

    def _bench_now(self) -> tuple[Case, Frame] | None:
        """As `fresh`, but without the kept lesions: that copies the CT."""
        widget = self._bench_widget() if self._bench_widget is not None else None
        if widget is None or widget.bench.case is None or widget.stage.frame is None:
            return None
        return widget.bench.case, widget.stage.frame

    def _bench_name(self) -> str:
        widget = self._bench_widget() if self._bench_widget is not None else None
        return "" if widget is None else str(widget.loader.name)

    @property
    def open_cases(self) -> tuple[tuple[Case, Frame], ...]:
        """Every CT that is known here, with where it lies: the workbench's, and that of layers."""
        bench = self._bench_now()
        found = [] if bench is None else [bench]
        if self.case is not None and self.frame is not None:
            found.append((self.case, self.frame))
        return tuple(found)

    @property
    def now(self) -> Case | None:
        """The CT that is chosen, as far as it is known without work."""
        found = self._bench_now() if self.of_bench else self.fresh()
        return None if found is None else found[0]


def with_kept(bench: Any) -> Case:
    """The workbench's case, with the lesions that were kept in it."""
    case: Case = bench.require_case()
    commits = bench.scene.commits
    if not commits:
        return case
    known = np.zeros(case.volume.shape, bool) if case.lesions is None else case.lesions.copy()
    for commit in commits:
        known[commit.sample.bbox] |= commit.sample.mask
    volume = replace(case.volume, hu=bench.working.copy())
    return replace(case, volume=volume, lesions=known, inputs={})


def _case_of(layer: Any, frame: Frame, masks: dict[str, _Mask]) -> tuple[Case, Frame, str]:
    case, texts = hear(partial(case_from_layer, layer, frame))
    if "organ" in masks:
        case = with_organ(case, masks["organ"].read(case, frame))
    if "lesions" in masks:
        case = with_lesions(case, masks["lesions"].read(case, frame))
    _ = case.volume.sha256  # by which verdicts are kept; nobody is to wait for it later
    return case, frame, "\n".join(f"⚠ {text}" for text in texts)


def _workbench_in(viewer: Any) -> Any:
    from napari_lesion_synth.widgets.synthesize import SynthesizeWidget

    for widget in dict(viewer.window.dock_widgets).values():
        if isinstance(widget, SynthesizeWidget):
            return widget
    return None


def _described(case: Case, name: str) -> str:
    z, y, x = case.volume.shape
    organ = "" if case.organ is None else f"; organ {case.organ.volume_ml:,.0f} ml"
    lesions = "" if case.lesions is None else "; lesions are known"
    return f"{name or case.patient}: {x} × {y} × {z} voxels{organ}{lesions}"


def _is_ct(layer: Any) -> bool:
    return type(layer).__name__ == "Image" and not is_owned(layer) and layer.ndim in (2, 3)


def _is_labels(layer: Any) -> bool:
    return type(layer).__name__ == "Labels" and not is_owned(layer)
