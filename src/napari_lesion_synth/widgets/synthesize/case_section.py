"""Case: the CT, its organ, and its known lesions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QMenu, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.label_counts import voxels_by_label
from napari_lesion_synth.ct.windows import WINDOWS
from napari_lesion_synth.widgets.canvas.case_layers import AUTO_WINDOW
from napari_lesion_synth.widgets.canvas.owned import is_owned
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.canvas.status_line import without_capsule
from napari_lesion_synth.widgets.parts.layer_combo import LayerCombo
from napari_lesion_synth.widgets.parts.layout import button, form, menu_button, note, row
from napari_lesion_synth.widgets.parts.open_case import ask_label, ask_mask
from napari_lesion_synth.widgets.preferences import read_preferences
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.synthesize.organ_click import OrganClicks
from napari_lesion_synth.widgets.synthesize.preparing import donor_text
from napari_lesion_synth.widgets.synthesize.series_opener import SeriesOpener
from napari_lesion_synth.widgets.synthesize.total_organ import TotalOrgan
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["CaseSection"]

_USUAL_ORGAN, _USUAL_LESIONS = 1, 2
"""Labels as nnU-Net's and the public liver data sets have them."""


class CaseSection(QWidget):
    """Opening a case.

    Parameters
    ----------
    bench : Workbench
        Takes it.
    stage : Stage
        Shows it.
    loader : CaseLoader
        Reads it.
    on_error : callable
        Takes what went wrong.
    """

    project_wanted = Signal()

    def __init__(
        self,
        bench: Workbench,
        stage: Stage,
        loader: CaseLoader,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._bench, self._stage, self._loader = bench, stage, loader
        self._on_error = on_error
        self.opener = SeriesOpener(self, loader, on_error)
        self.clicks = OrganClicks(self, bench, stage, loader, on_error)
        self.total = TotalOrgan(self, bench, loader, on_error)
        self._build_open()
        self._build_organ()
        self._build_lesions()
        self.facts = note(name="The CT")
        self.organ_facts = note(name="The organ")
        self.lesion_facts = note(name="Known lesions")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        layout.addWidget(row(self.open, self.samples, None))
        layout.addWidget(form([("CT layer", self.layer), ("Window", self.window)]))
        layout.addWidget(self.facts)
        layout.addWidget(form([("Organ", self.organ_layer)]))
        layout.addWidget(row(self.click, self.organ_file, None))
        layout.addWidget(row(self.total.button, None))
        layout.addWidget(self.total.reason)
        layout.addWidget(self.organ_facts)
        layout.addWidget(form([("Lesions", self.lesions_layer)]))
        layout.addWidget(row(self.lesions_file, None))
        layout.addWidget(self.lesion_facts)
        bench.case_changed.connect(self._on_case)
        bench.donors_changed.connect(self._on_case)
        stage.mode_changed.connect(self._on_mode)
        self._on_case()

    def _build_open(self) -> None:
        self.open = menu_button(
            "Open &CT", "Open a CT: a folder of DICOM files, or a NIfTI, MHA or NRRD file"
        )
        menu = QMenu(self.open)
        menu.addAction("File (NIfTI, MHA, NRRD, DICOM)\u2026", self.opener.ask_file)
        menu.addAction("Folder of DICOM files\u2026", self.opener.ask_folder)
        menu.addSeparator()
        menu.addAction("Project\u2026", self.project_wanted.emit)
        self.open.setMenu(menu)
        self.samples = menu_button("&Sample", "Try it without a CT of your own")
        menu = QMenu(self.samples)
        menu.addAction("Liver CT, 3 mm (real)", partial(self._open_sample, "real"))
        menu.addAction(
            "Abdominal CT phantom with lesions (simulated)",
            partial(self._open_sample, "phantom"),
        )
        self.samples.setMenu(menu)
        self.layer = LayerCombo(self._stage.viewer, _is_ct, "a layer of napari\u2026")
        self.layer.setToolTip("Work on a CT that napari shows already; the layer is never changed")
        self.layer.activated.connect(self._on_layer)
        self.window = QComboBox()
        self.window.addItems([AUTO_WINDOW, *(window.name for window in WINDOWS)])
        self.window.setToolTip(
            "Range of HU from black to white; auto liver follows the liver's own level"
        )
        self.window.setCurrentText(read_preferences().window)
        self._stage.set_window(self.window.currentText())
        self.window.activated.connect(self._on_window)

    def _build_organ(self) -> None:
        self.organ_layer = LayerCombo(self._stage.viewer, _is_labels, "a labels layer\u2026")
        self.organ_layer.setToolTip("Take the organ from a Labels layer on the CT's grid")
        self.organ_layer.activated.connect(self._on_organ_layer)
        self.click = button(
            "&Click the organ",
            "Click in the organ to have it outlined; a second click adds what was missed, a click "
            "with Alt takes away. Then napari's brush on the layer Organ refines it.",
            checkable=True,
        )
        self.click.clicked.connect(self.clicks.switch)
        self.organ_file = button(
            "&Mask file\u2026", "Open the organ's mask, drawn on this CT", self._on_organ_file
        )

    def _build_lesions(self) -> None:
        self.lesions_layer = LayerCombo(self._stage.viewer, _is_labels, "a labels layer\u2026")
        self.lesions_layer.setToolTip(
            "Known lesions: donors for Poisson, and places to keep clear of"
        )
        self.lesions_layer.activated.connect(self._on_lesions_layer)
        self.lesions_file = button(
            "&Lesion labels\u2026",
            "Open the labels of known lesions, drawn on this CT",
            self._on_lesions_file,
        )

    def close_section(self) -> None:
        """Stop listening to the workbench and the viewer."""
        self._bench.case_changed.disconnect(self._on_case)
        self._bench.donors_changed.disconnect(self._on_case)
        self.clicks.close()
        self.total.close()
        self.opener.close()
        for combo in (self.layer, self.organ_layer, self.lesions_layer):
            combo.disconnect_viewer()

    # --- what the user does -----------------------------------------------------------------

    def _try(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)

    def _open_sample(self, name: str) -> None:
        self._loader.ask_first(partial(self._loader.open_sample, name))

    def _on_layer(self, *_: Any) -> None:
        layer = self.layer.layer
        if layer is not None:
            go_on = partial(self._try, partial(self._loader.open_layer, layer))
            self._loader.ask_first(go_on, self._show_open_layer)

    def _show_open_layer(self) -> None:
        """The layer that is worked on, if one is; not the one that was not opened after all."""
        name = self._loader.layer_name
        self.layer.choose(next((x for x in self.layer.layers if x.name == name), None))

    def _on_window(self, *_: Any) -> None:
        self._stage.set_window(self.window.currentText())

    def _on_organ_layer(self, *_: Any) -> None:
        self._take_layer(self.organ_layer.layer, self._loader.set_organ_layer, _USUAL_ORGAN)

    def _on_lesions_layer(self, *_: Any) -> None:
        self._take_layer(self.lesions_layer.layer, self._loader.set_lesions_layer, _USUAL_LESIONS)

    def _take_layer(
        self, layer: Any, take: Callable[[Any, int | None], None], preferred: int
    ) -> None:
        """Take a mask from a layer; of several labels the user chooses."""
        if layer is None or self._bench.case is None:
            return
        present = voxels_by_label(np.asarray(layer.data))
        label = None
        if len(present) > 1:
            chosen = ask_label(self, layer.name, present, preferred=preferred)
            if chosen is None:
                return
            label = chosen.label
        self._try(lambda: take(layer, label))

    def _on_organ_file(self) -> None:
        found = ask_mask(self, "Organ's mask", preferred=_USUAL_ORGAN)
        if found is not None:
            self._try(lambda: self._loader.set_organ_file(found.path, found.label))

    def _on_lesions_file(self) -> None:
        found = ask_mask(self, "Lesion labels", preferred=_USUAL_LESIONS)
        if found is not None:
            self._try(lambda: self._loader.set_lesions_file(found.path, found.label))

    # --- what is shown ----------------------------------------------------------------------

    def _on_mode(self, mode: str) -> None:
        self.click.setChecked(mode == "organ")

    def _on_case(self) -> None:
        case = self._bench.case
        for part in (
            self.organ_layer,
            self.click,
            self.organ_file,
            self.lesions_layer,
            self.lesions_file,
        ):
            part.setEnabled(case is not None)
        self.lesions_layer.setEnabled(self._bench.ready)
        self.lesions_file.setEnabled(self._bench.ready)
        self.total.set_case(case)
        if case is None:
            self.facts.setText("Open a CT, choose a layer, or take a sample.")
            self.organ_facts.setText("")
            self.lesion_facts.setText("")
            return
        z, y, x = case.volume.shape
        dz, dy, dx = case.volume.spacing
        self.facts.setText(
            f"{self._loader.name or case.patient}: {x} \u00d7 {y} \u00d7 {z} voxels "
            f"of {dx:.2f} \u00d7 {dy:.2f} \u00d7 {dz:.2f} mm"
        )
        organ = case.organ
        self.organ_facts.setText(
            "No organ yet: click in it, or give its mask."
            if organ is None
            else f"{organ.volume_ml:,.0f} ml, {_depth_of(organ)}"
        )
        self.lesion_facts.setText(
            donor_text(len(self._bench.donors), self._loader.donors.source)
            or "No known lesions, so no donors for Poisson."
        )


def _is_ct(layer: Any) -> bool:
    return type(layer).__name__ == "Image" and not is_owned(layer) and layer.ndim in (2, 3)


def _is_labels(layer: Any) -> bool:
    return type(layer).__name__ == "Labels" and not is_owned(layer)


def _depth_of(organ: Organ) -> str:
    deepest = organ.max_depth_mm
    if without_capsule(organ, deepest):
        return "fills the picture: no capsule in it, all of it interior"
    return f"up to {deepest:.0f} mm deep"
