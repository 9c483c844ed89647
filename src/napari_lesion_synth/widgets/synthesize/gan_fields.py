"""What a training is asked for: lesions, CTs, settings, device and folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.open_case import ask_ct, ask_mask, dicom_folder_of
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder
from napari_lesion_synth.widgets.preferences import read_preferences

__all__ = ["GanFields"]

_FIRST = ("mode", "steps")
_FOLDED = (
    "batch",
    "seed",
    "learning_rate",
    "width",
    "latent",
    "grid",
    "l1_weight",
    "adversarial_weight",
    "r1_gamma",
    "ema",
    "augment_target",
    "places",
    "holdout",
    "look_every",
)
_OF_CASE, _OF_LIBRARY = "Lesions of this CT", "Donor library"


class GanFields(QWidget):
    """Controls for a training.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    lessons_changed = Signal()
    """Other lesions are to be learnt from."""
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hosts: tuple[CaseFiles, ...] = ()
        self._library: Path | None = None
        self.source = Choice()
        self.source.addItems([_OF_CASE, _OF_LIBRARY])
        self.source.setToolTip("Which real lesions the generator is to learn from.")
        self.library = button(
            "Choose\u2026",
            "Open a folder of donors that napari-lesion-synth extract-donors made",
            self.ask_library,
        )
        self.library.setAccessibleName("Choose the donor library")
        self.count = note(name="Lesions to learn from")
        self.host_words = note(name="CTs to practise in")
        self.add_host = button(
            "&Add CT\u2026", "One more CT with its organ's mask, to practise in", self.ask_host
        )
        self.drop_hosts = button("Remove", "Practise in the open CT alone", self.clear_hosts)
        self.form = ParameterForm(GanSettings, _FIRST, advanced=_FOLDED)
        self.device = Choice()
        self.device.addItems(["auto", "cpu", "cuda"])
        preferred = read_preferences().device
        if self.device.findText(preferred) < 0:
            self.device.addItem(preferred)
        self.device.setCurrentText(preferred)
        self.device.setToolTip(str(GanSettings.model_fields["device"].description))
        self.folder = OutputFolder(stem="generator", holds="the training is kept in")
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        learn = form([("Learn from", row(self.source, self.library, stretch=0))])
        self.source.setAccessibleName("Learn from")
        for part in (
            learn,
            self.count,
            row(self.host_words, self.add_host, self.drop_hosts, stretch=0),
            self.form,
            form([("Device", self.device), ("Folder", self.folder)]),
        ):
            layout.addWidget(part)

    def _connect(self) -> None:
        self.source.currentIndexChanged.connect(self._on_source)
        self.form.value_changed.connect(lambda *_: self.changed.emit())
        self.device.currentIndexChanged.connect(lambda *_: self.changed.emit())
        self.folder.changed.connect(self.changed)

    # --- what is chosen -------------------------------------------------------------------------

    @property
    def from_library(self) -> bool:
        """Whether the lesions are those of a library."""
        return bool(self.source.currentText() == _OF_LIBRARY)

    @property
    def donors(self) -> Path | None:
        """The library; None without one, and where the lesions are the open CT's."""
        return self._library if self.from_library else None

    def set_library(self, folder: Path | None) -> None:
        """Learn from a library; None: from the open CT."""
        self._library = folder if folder is not None else self._library
        self.source.setCurrentText(_OF_CASE if folder is None else _OF_LIBRARY)
        self._on_source()

    def settings(self) -> GanSettings:
        """The settings of the training."""
        return GanSettings(**self.form.values(), device=self.device.currentText())

    def set_settings(self, **values: Any) -> None:
        """Show settings."""
        if "device" in values:
            self.device.setCurrentText(values.pop("device"))
        self.form.set_values(values)
        self.changed.emit()

    # --- what the user does ---------------------------------------------------------------------

    def ask_library(self) -> None:
        """Ask for a donor library."""
        start = self._library or read_preferences().donors
        chosen = QFileDialog.getExistingDirectory(self, "Donor library", str(start or ""))
        if chosen:
            self.set_library(Path(chosen))

    def ask_host(self) -> None:
        """Ask for one more CT, and its organ."""
        ct = ask_ct(self)
        organ = None if ct is None else ask_mask(self, "Organ's mask in that CT", preferred=1)
        if ct is not None and organ is not None:
            where = dicom_folder_of(ct) or ct
            self.set_hosts((*self.hosts, _host(where, organ.path, organ.label)))

    def clear_hosts(self) -> None:
        """Practise in the open CT alone."""
        self.set_hosts(())

    def set_hosts(self, hosts: tuple[CaseFiles, ...]) -> None:
        """Practise in these CTs too."""
        self.hosts = hosts
        self._show()
        self.changed.emit()

    def _on_source(self, *_: Any) -> None:
        self._show()
        self.lessons_changed.emit()
        self.changed.emit()

    def _show(self) -> None:
        self.library.setVisible(self.from_library)
        self.library.setToolTip(str(self._library or "Choose the folder of a donor library."))
        self.drop_hosts.setVisible(bool(self.hosts))
        names = ", ".join(Path(host.ct).name for host in self.hosts)
        self.host_words.setText(
            f"Practises in this CT and {len(self.hosts)} more: {names}"
            if names
            else "Practises in the healthy organ of this CT."
        )


def _host(ct: Path, organ: Path, label: int | None) -> CaseFiles:
    return CaseFiles(ct=str(ct), organ=str(organ), organ_label=label)
