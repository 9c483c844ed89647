"""The participant's window by itself, for the command line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QEventLoop
from qtpy.QtGui import QScreen
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.events import Log
from napari_lesion_synth.perception.design.layout import gaze_folder, participant_path
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.gaze.sources.lsl import LslSource
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.gaze.sources.protocol import GazeSource
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.replay import replay
from napari_lesion_synth.perception.session.enrolment import check_code
from napari_lesion_synth.perception.session.tracker_note import (
    TRACKER,
    last_tracker,
    tracker_facts,
    tracker_words,
)
from napari_lesion_synth.widgets.study.opening import gaze_source, join
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow

__all__ = [
    "gaze_words",
    "logs_until_closed",
    "open_window",
    "run_participant",
    "screen_at",
    "takes_part",
]


def takes_part(
    study_folder: str | Path,
    code: str,
    language: Language | None = None,
    screen: int | None = None,
    tracker: LslSettings | None = None,
) -> Iterator[Log]:
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
    tracker : LslSettings, optional
        How the tracker is read; by default as the last time.

    Yields
    ------
    Log
        What the operator should know, when it happens: the same as in the dock.

    Raises
    ------
    LesionSynthError
        If the session cannot begin; what goes wrong later is shown in the window, and raised
        when it is closed.
    """
    application = QApplication.instance() or QApplication(["food study"])
    study = open_study(study_folder)
    again = participant_path(study.folder, code).exists()
    place = screen_at(screen)
    window = open_window(study, code, language, place, again=again, tracker=tracker)
    source = window.recorder.source if window.recorder is not None else None
    if isinstance(source, LslSource):
        yield Log(f"tracker: {tracker_words(source.settings)}")
    said = (
        (window.validated, lambda text: Log(f"validation: {text}")),
        (window.gaze_doubted, lambda why: Log(gaze_words(why), "warning")),
        (window.drift_checked, lambda text: Log(f"check of drift: {text}")),
        (window.trouble, lambda error: Log(str(error), "warning")),
    )
    yield from logs_until_closed(window, said)
    del application  # Qt ends with it


def run_participant(study_folder: str | Path, code: str, language: Language | None = None) -> int:
    """`takes_part` on the primary screen, without a word; 0 when it is over."""
    for _ in takes_part(study_folder, code, language):
        pass
    return 0


def gaze_words(why: str) -> str:
    """What the operator is told of gaze that makes no maps."""
    return (
        f"the gaze is too poor for maps: {why}. Calibrate the tracker, then show the dots again; "
        "or go on, and every answer is marked"
    )


def logs_until_closed(
    window: Any, said: Sequence[tuple[Any, Callable[[Any], Log]]] = ()
) -> Iterator[Log]:
    """Let a window that is open be used until it is closed, and take it away.

    Parameters
    ----------
    window : QWidget
        Has signals `trouble` (of an exception), `answered` and `closed`.
    said : sequence of tuple
        Signals of the window, and what each has to tell.

    Yields
    ------
    Log
        What it has to tell, when it happens.

    Raises
    ------
    LesionSynthError
        What went wrong last, if nothing was answered after it.
    """
    loop, faults, logs, ended = QEventLoop(), list[Exception](), deque[Log](), list[bool]()

    def tell(words: Callable[[Any], Log], what: Any) -> None:
        logs.append(words(what))
        loop.quit()

    def end() -> None:
        ended.append(True)
        loop.quit()

    window.trouble.connect(faults.append)
    window.answered.connect(lambda *_: faults.clear())  # it went on after all
    window.closed.connect(end)
    for signal, words in said:
        signal.connect(partial(tell, words))
    try:
        while not ended:
            loop.exec()
            while logs:
                yield logs.popleft()
    finally:
        window.close()  # where whoever listens has stopped
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
    tracker: LslSettings | None = None,
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
    tracker : LslSettings, optional
        How the tracker is read; by default as the last time.

    Raises
    ------
    LesionSynthError
        If the session cannot begin. Where the tracker is not found, nobody was enrolled.
    """
    check_code(code)
    records = read_records(participant_path(study.folder, code)) if again else ()
    state = replay(records) if records else None
    design, sitting = (study.design, 1) if state is None else (state.design, state.sittings + 1)
    ratio = screen.devicePixelRatio()
    size = screen.geometry().size() * ratio
    raw = gaze_folder(study.folder, code) / f"raw-{sitting:02d}.f64"
    if design.viewing.gaze_source == "tracker":
        tracker = tracker or last_tracker(study, code)
    source = gaze_source(design, (size.width(), size.height()), ratio, raw, tracker)
    try:
        session = join(study, code, language, again=state is not None)
    except LesionSynthError:
        _let_go(source)
        raise
    try:
        if isinstance(source, LslSource):
            session.note(TRACKER, tracker_facts(source.settings))
        window = ParticipantWindow(session, source)
    except LesionSynthError:
        session.close()
        _let_go(source)
        raise
    try:
        window.open_on(screen)
    except LesionSynthError:
        window.close()
        window.deleteLater()
        raise
    return window


def _let_go(source: GazeSource | None) -> None:
    if source is not None:
        source.stop()


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
