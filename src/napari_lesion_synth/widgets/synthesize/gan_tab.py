"""GAN: the generator in use, its parameters, a walk through its noise, and its training."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QSize
from qtpy.QtGui import QHideEvent, QResizeEvent, QShowEvent

from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.synthesize.gan_training import GanTraining
from napari_lesion_synth.widgets.synthesize.latent_walk import LatentWalk
from napari_lesion_synth.widgets.synthesize.method_tab import MethodTab
from napari_lesion_synth.widgets.synthesize.model_row import ModelRow
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["GanTab"]


class GanTab(MethodTab):
    """Model, parameters, walk and training."""

    names = ("delta_hu", "edge_mm", "texture_hu", "strength", "irregularity", "latent_mix")
    advanced = (
        "elongation",
        "rotation_deg",
        "offset_voxels",
        "host_structure",
        "shape_seed",
        "latent_seed",
        "latent_seed_2",
    )

    def build(self) -> None:
        """Lay the tab out."""
        models = self.loader.models
        self.model = ModelRow(self.bench, models)
        self.zone = note(name="Zone of the lesion")
        self.walk = LatentWalk(self.method, self.bench, self.stage, self.on_error)
        self.section = Section("Train a model", expanded=False)
        self.training: GanTraining | None = None
        for part in (self.model, self.zone, self.form, self.walk, self.section):
            self.box.addWidget(part)
        self.section.toggled.connect(self._on_unfolded)
        self.model.train_wanted.connect(lambda: self.section.set_expanded(True))
        self._show_zone(None)

    def close_tab(self) -> None:
        """Stop listening; a training ends."""
        self.walk.stop()
        self.model.close_row()
        if self.training is not None:
            self.training.close_training()

    def show_site(self, placed: PlacedSite | None) -> None:
        """Show the parameters, and the zone that the generator is asked for."""
        super().show_site(placed)
        mine = placed is not None and placed.method == self.method
        self.walk.setEnabled(mine)
        if not mine:
            self.walk.stop()
        self._show_zone(placed if mine else None)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for texts and pictures at the width that there is; a tab widget asks for no more."""
        size, layout = super().minimumSizeHint(), self.layout()
        if self.isHidden() or layout is None:
            return size
        needed = layout.heightForWidth(max(self.width(), size.width()))
        return QSize(size.width(), max(size.height(), needed))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another width needs another height."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Have a generator when the tab is looked at, and not before: it needs PyTorch."""
        super().showEvent(event)
        self.loader.models.ensure()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody sees the walk any more."""
        super().hideEvent(event)
        self.walk.stop()

    def open_training(self) -> GanTraining:
        """The training, unfolded."""
        self.section.set_expanded(True)
        assert self.training is not None
        return self.training

    def _on_unfolded(self, on: bool) -> None:
        if not on or self.training is not None:
            return
        self.training = GanTraining(self.bench, self.loader)
        self.training.trained.connect(self.loader.models.offer_trained)
        self.training.use_wanted.connect(self._use)
        self.section.set_content(self.training)

    def _use(self, path: Path) -> None:
        models = self.loader.models
        models.trained = path
        models.open(path, origin="trained")

    def _show_zone(self, placed: PlacedSite | None) -> None:
        if placed is None:
            self.zone.setText("The generator makes what belongs in the zone of the site.")
            return
        site = placed.site
        self.zone.setText(
            f"Zone: {site.zone} (the site's), centre {site.depth_mm:.0f} mm below the capsule"
        )
