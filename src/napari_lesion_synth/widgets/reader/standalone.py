"""The reader's window by itself, for the command line."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication

from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.widgets.reader.window import ReaderWindow
from napari_lesion_synth.widgets.study.standalone import logs_until_closed, screen_at

__all__ = ["run_reader"]


def run_reader(study: ReaderStudy, language: Language = "en", screen: int | None = None) -> None:
    """Ask a reader, from where they are to where they stop.

    Parameters
    ----------
    study : ReaderStudy
        Of the reader.
    language : str
        ``"ja"`` or ``"en"``.
    screen : int, optional
        Number of the screen, from 0; by default the primary one.

    Raises
    ------
    LesionSynthError
        If there is no such screen; what goes wrong later is shown in the window, and raised
        when it is closed.
    """
    application = QApplication.instance() or QApplication(["reader"])
    place = screen_at(screen)
    window = ReaderWindow(study, language)
    window.open_on(place)
    for _ in logs_until_closed(window):
        pass
    del application  # Qt ends with it
