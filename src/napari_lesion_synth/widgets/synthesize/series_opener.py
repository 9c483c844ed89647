"""From a file or a folder to a CT: which series, and whether it has to be made regular."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.ct.dicom import Series, list_series
from napari_lesion_synth.ct.suitability import suitability
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.open_case import ask_ct, ask_ct_folder, dicom_folder_of
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
        self._file: Path | None = None
        self.dialog: SeriesDialog | None = None

    def close(self) -> None:
        """End the thread."""
        self._lister.close()

    def ask_file(self) -> None:
        """Ask for a file and open it."""
        path = ask_ct(self._parent)
        if path is None:
            return
        folder = dicom_folder_of(path)
        if folder is None:
            self.open(path)
        else:
            self.open(folder, path)

    def ask_folder(self) -> None:
        """Ask for a folder of DICOM files and open it."""
        folder = ask_ct_folder(self._parent)
        if folder is not None:
            self.open(folder)

    def open(self, path: Path, file: Path | None = None) -> None:
        """Open a file, or a folder: of several series the user chooses one.

        Parameters
        ----------
        path : Path
            A CT's file, or a folder of DICOM files.
        file : Path, optional
            File of the folder whose series is the likely one.
        """
        self._loader.ask_first(partial(self._look_into, path, file))

    def _look_into(self, path: Path, file: Path | None) -> None:
        if not path.is_dir():
            self._loader.open_files(path)
            return
        self._folder, self._file = path, file
        self._loader.busy.emit(f"Looking for series in {path.name}")
        self._lister.submit(partial(list_series, path))

    def _on_listed(self, _number: int, series: tuple[Series, ...]) -> None:
        self._loader.busy.emit("")
        folder = self._folder
        if folder is None:
            return
        if len(series) == 1 and not suitability(series[0]).resample:
            self._open(series[0], resample=False)  # if it is of no use, the reader says why
            return
        self.dialog = SeriesDialog(series, self._parent, file=self._file)
        self.dialog.chosen.connect(self._on_chosen)
        self.dialog.open()

    def _on_chosen(self, series: Series) -> None:
        assert self.dialog is not None
        self._open(series, resample=self.dialog.resample)

    def _open(self, series: Series, *, resample: bool) -> None:
        assert self._folder is not None
        self._loader.open_files(self._folder, series=series.uid, resample=resample)

    def _on_failed(self, _number: int, error: Exception) -> None:
        self._loader.busy.emit("")
        self._on_error(error)
