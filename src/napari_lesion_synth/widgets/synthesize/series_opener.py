"""From a file or a folder to a CT: which series, and whether it has to be made regular."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_lesion_synth.ct.dicom import Series, list_series
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.open_case import ask_ct
from napari_lesion_synth.widgets.parts.series_dialog import SeriesDialog
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader

__all__ = ["SeriesOpener"]


class SeriesOpener(QObject):
    """Asks for a CT and has it opened.

    Parameters
    ----------
    parent : QWidget
        Owner of the dialogs.
    loader : CaseLoader
        Reads the CT.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(
        self, parent: QWidget, loader: CaseLoader, on_error: Callable[[Exception], None]
    ) -> None:
        super().__init__(parent)
        self._parent, self._loader, self._on_error = parent, loader, on_error
        self._lister = LatestOnly("listing series", self)
        self._lister.finished.connect(self._on_listed)
        self._lister.failed.connect(self._on_failed)
        self._folder: Path | None = None
        self.dialog: SeriesDialog | None = None

    def close(self) -> None:
        """End the thread."""
        self._lister.close()

    def ask_file(self) -> None:
        """Ask for a file and open it."""
        path = ask_ct(self._parent)
        if path is not None:
            self.open(Path(path))

    def ask_folder(self) -> None:
        """Ask for a folder of DICOM files and open it."""
        chosen = QFileDialog.getExistingDirectory(self._parent, "Folder of DICOM files")
        if chosen:
            self.open(Path(chosen))

    def open(self, path: Path) -> None:
        """Open a file, or a folder: of several series the user chooses one."""
        if not path.is_dir():
            self._loader.open_files(path)
            return
        self._folder = path
        self._loader.busy.emit(f"Looking for series in {path.name}")
        self._lister.submit(partial(list_series, path))

    def _on_listed(self, _number: int, series: tuple[Series, ...]) -> None:
        self._loader.busy.emit("")
        folder = self._folder
        if folder is None:
            return
        self.dialog = SeriesDialog(series, self._parent)
        if len(series) == 1 and self.dialog.plain:
            self._open(series[0], False)
            return
        self.dialog.opened.connect(self._open)
        self.dialog.open()

    def _open(self, series: Series, resample: bool) -> None:
        assert self._folder is not None
        more: dict[str, Any] = {"series": series.uid, "resample": resample}
        self._loader.open_files(self._folder, **more)

    def _on_failed(self, _number: int, error: Exception) -> None:
        self._loader.busy.emit("")
        self._on_error(error)
