"""Poisson: the donors, and what is done to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtWidgets import QFileDialog

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.parts.donor_gallery import DonorGallery
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.synthesize.method_tab import MethodTab
from napari_lesion_synth.widgets.synthesize.preparing import donor_text
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["PoissonTab"]

_NO_DONORS = (
    "No donors. Poisson blending transplants real lesions: give the CT's lesion labels under "
    "Case, open a donor library, or try the phantom's simulated lesions."
)


class PoissonTab(MethodTab):
    """The donor gallery above the parameters."""

    names = ("rotation_deg", "scale", "mirror", "mixed_gradients")
    advanced = (
        "contrast_gain",
        "contrast_transfer",
        "margin_mm",
        "align_capsule",
        "match_noise",
        "capsule_mm",
        "offset_voxels",
    )

    def build(self) -> None:
        """Lay the tab out."""
        self.gallery = DonorGallery()
        self.gallery.reason(_NO_DONORS)
        self.gallery.chosen.connect(self._on_donor)
        self.source = note(name="Where the donors come from")
        self.library = button(
            "Donor &library\u2026",
            "Open a folder of donors that napari-lesion-synth extract-donors made",
            self._on_library,
        )
        self.phantom = button(
            "Phantom's lesions",
            "Use simulated lesions as donors, to try the method; not for training a detector",
            self.loader.lender.borrow_phantom,
        )
        self.box.addWidget(self.source)
        self.box.addWidget(self.gallery)
        self.box.addWidget(row(self.library, self.phantom, None))
        self.box.addWidget(self.form)
        self.bench.donors_changed.connect(self._on_donors)
        self._on_donors()

    def close_tab(self) -> None:
        """Stop listening."""
        self.bench.donors_changed.disconnect(self._on_donors)

    def show_site(self, placed: PlacedSite | None) -> None:
        """Show the site's donor and parameters."""
        super().show_site(placed)
        donor = None if placed is None else self.bench.donors.get(placed.donor or "")
        if placed is not None and donor is not None:
            self.gallery.select(donor.id)
            self.form.set_auto("scale", placed.site.diameter_mm / donor.diameter_mm)

    def _on_donors(self, *_: Any) -> None:
        donors = list(self.bench.donors.values())
        self.gallery.set_donors(donors)
        if not donors:
            self.gallery.reason(_NO_DONORS)
        self.source.setText(donor_text(len(donors), self.loader.donors.source))
        self.source.setVisible(bool(donors))
        current = self.bench.scene.current
        if current is not None and current.donor is not None:
            self.gallery.select(current.donor)

    def _on_donor(self, donor: str) -> None:
        current = self.bench.scene.current
        if current is None or current.method != self.method:
            return  # a kept lesion of another method is only looked at
        try:
            self.bench.set_donor(donor)
        except LesionSynthError as error:
            self.on_error(error)

    def _on_library(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Donor library")
        if folder:
            self.loader.lender.open_library(Path(folder))
