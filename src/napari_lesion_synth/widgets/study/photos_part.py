"""Which photos a study uses: a folder, or dishes that are rendered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.jobs.study_new import NewStudy
from napari_lesion_synth.perception.stimuli.plates.settings import PlateSettings
from napari_lesion_synth.perception.stimuli.survey import ScanRules, Survey, survey
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.study.text_rows import TextRows
from napari_lesion_synth.wording import counted

__all__ = ["PhotosPart"]

_SETTLED_MS = 400
FOLDER, PLATES = 0, 1


class PhotosPart(QWidget):
    """A folder of photos that is looked through, or settings of rendered dishes.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    changed = Signal()
    """Other photos are wanted, or a folder was looked through."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.found: Survey | None = None
        self.kind = QComboBox()
        self.kind.addItems(["A folder of photos", "Rendered dishes, to try things out"])
        self.kind.setAccessibleName("Where photos come from")
        self.line = QLineEdit()
        self.line.setPlaceholderText("Folder; its subfolders are the dishes")
        self.line.setAccessibleName("Folder of photos")
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.browse = button("Browse…", "Look for a folder of photos", self._browse)
        self._folder = QWidget()
        self.table = TextRows(ScanRules)
        self.rules = ParameterForm(ScanRules)
        self.copy = QCheckBox("&Copy the photos into the study")
        self.copy.setToolTip(NewStudy.model_fields["copy_photos"].description or "")
        inside = QVBoxLayout(self._folder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(row(self.line, self.browse, stretch=0))
        inside.addWidget(self.table)
        inside.addWidget(self.rules)
        inside.addWidget(self.copy)
        self._plates = QWidget()
        self.dishes = TextRows(PlateSettings)
        self.plates = ParameterForm(PlateSettings)
        below = QVBoxLayout(self._plates)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.dishes)
        below.addWidget(self.plates)
        self.said = note(name="What the folder holds")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.kind, self._folder, self._plates, self.said):
            layout.addWidget(part)
        self._looker = LatestOnly("photos", self)
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._connect()
        self._on_kind()

    def _connect(self) -> None:
        self._looker.finished.connect(self._on_looked)
        self._looker.failed.connect(self._on_failed)
        self._settled.timeout.connect(self.look)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.line.textChanged.connect(lambda *_: self._settled.start())
        self.rules.edited.connect(lambda *_: self._settled.start())
        self.table.changed.connect(self._settled.start)
        self.plates.value_changed.connect(lambda *_: self._on_plates())
        self.dishes.changed.connect(self._on_plates)

    @property
    def folder(self) -> Path | None:
        """The folder of photos; None where dishes are to be rendered, or none was given."""
        text = self.line.text().strip()
        if self.kind.currentIndex() == PLATES or not text:
            return None
        return Path(text).expanduser().absolute()

    @property
    def scan(self) -> ScanRules:
        """Which photos can be used."""
        return ScanRules(**self.table.values(), **self.rules.values())

    def plate_settings(self) -> PlateSettings | None:
        """Which dishes to render; None where photos are in a folder.

        Raises
        ------
        ValidationError
            If no dish is chosen.
        """
        if self.kind.currentIndex() != PLATES:
            return None
        return PlateSettings(**self.dishes.values(), **self.plates.values())

    def set_folder(self, folder: str | Path) -> None:
        """Use a folder of photos."""
        self.kind.setCurrentIndex(FOLDER)
        self.line.setText(str(folder))

    def look(self) -> None:
        """Look through the folder."""
        folder = self.folder
        if folder is None:
            return
        self.said.setText("Looking through the folder…")
        self._looker.submit(partial(survey, folder, self.scan))

    def close_part(self) -> None:
        """End the thread."""
        self._settled.stop()
        self._looker.close()

    def _on_kind(self, *_: object) -> None:
        plates = self.kind.currentIndex() == PLATES
        self._folder.setVisible(not plates)
        self._plates.setVisible(plates)
        self.found = None
        self._looker.forget()
        if plates:
            self._on_plates()
        else:
            self.said.setText("")
            self._settled.start()
            self.changed.emit()

    def _on_plates(self) -> None:
        dishes = len(self.dishes.values()["dishes"])
        views = int(self.plates.values()["azimuths"]) * len(PlateSettings().elevations)
        self.said.setText(
            f"{counted(dishes * views, 'picture')}: {_dishes(dishes)}, each "
            f"from {counted(views, 'angle')}. Their attractiveness is known."
        )
        self.changed.emit()

    def _on_looked(self, _number: int, found: Survey) -> None:
        self.found = found
        lines = [_holds(found), *(f"✗ {fault}" for fault in found.faults)]
        lines += [f"⚠ {text}" for text in found.notes]
        self.said.setText("\n".join(lines))
        self.changed.emit()

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.found = None
        self.said.setText(f"✗ {error}")
        self.changed.emit()

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of photos", self.line.text())
        if chosen:
            self.set_folder(chosen)


def _holds(found: Survey) -> str:
    names = [name for name in found.stimuli.categories if name]
    dishes = f" of {_dishes(len(names))}" if names else ""
    return f"✓ {counted(len(found.stimuli), 'photo')}{dishes} can be used."


def _dishes(n: int) -> str:
    return "1 dish" if n == 1 else f"{n} dishes"
