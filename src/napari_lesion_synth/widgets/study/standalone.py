"""The participant's window by itself, for the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QCoreApplication
from qtpy.QtGui import QScreen
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.perception.design.layout import gaze_folder, participant_path
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.widgets.study.opening import gaze_source, join
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow

__all__ = ["open_window", "run_participant", "screen_at", "until_closed"]


def run_participant(
    study_folder: str | Path,
    code: str,
    language: Language | None = None,
    screen: int | None = None,
) -> int:
    """Let a participant take part, from where they are to where they stop.

    Parameters
    ----------
    study_folder : path
        The study.
    code : str
        The participant's; one who has begun goes on.
    language : str, optional
        ``"ja"`` or ``"en"``, for a new participant; by default the study's first.
    screen : int, optional
        Number of the screen, from 0; by default the primary one.

    Returns
    -------
    int
        0.

    Raises
    ------
    LesionSynthError
        If the session cannot begin; what goes wrong later is shown in the window, and raised
        when it is closed.
    """
    application = QApplication.instance() or QApplication(["food study"])
    study = open_study(study_folder)
    again = participant_path(study.folder, code).exists()
    until_closed(application, open_window(study, code, language, screen_at(screen), again=again))
    return 0


def until_closed(application: QCoreApplication, window: Any) -> None:
    """Let a window that is open be used until it is closed, and take it away.

    Parameters
    ----------
    application : QCoreApplication
        The program's.
    window : QWidget
        Has signals `trouble` (of an exception), `answered` and `closed`.

    Raises
    ------
    LesionSynthError
        What went wrong last, if nothing was answered after it.
    """
    faults: list[Exception] = []
    window.trouble.connect(faults.append)
    window.answered.connect(lambda *_: faults.clear())  # it went on after all
    window.closed.connect(application.quit)
    application.exec()
    window.deleteLater()
    if faults:
        raise faults[-1]


def open_window(
    study: Study,
    code: str,
    language: Language | None,
    screen: QScreen,
    *,
    again: bool,
) -> ParticipantWindow:
    """Open the window of a participant on a screen.

    Parameters
    ----------
    study : Study
        The study.
    code : str
        The participant's.
    language : str or None
        For a new participant.
    screen : QScreen
        Where.
    again : bool
        Whether the participant has begun before.

    Raises
    ------
    LesionSynthError
        If the session cannot begin.
    """
    session = join(study, code, language, again=again)
    try:
        ratio = screen.devicePixelRatio()
        size = screen.geometry().size() * ratio
        raw = gaze_folder(study.folder, code) / f"raw-{session.state.sittings:02d}.f64"
        source = gaze_source(session.state.design, (size.width(), size.height()), ratio, raw)
        window = ParticipantWindow(session, source)
    except LesionSynthError:
        session.close()
        raise
    try:
        window.open_on(screen)
    except LesionSynthError:
        window.close()
        window.deleteLater()
        raise
    return window


def screen_at(number: int | None) -> QScreen:
    """A screen by its number; None: the primary one.

    Raises
    ------
    ParameterError
        If there is none of this number.
    """
    if number is None:
        return QApplication.primaryScreen()
    screens = QApplication.screens()
    if not 0 <= number < len(screens):
        raise ParameterError(
            f"there is no screen {number}", remedy=f"There are: 0 to {len(screens) - 1}"
        )
    return screens[number]
