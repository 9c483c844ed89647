"""The window in which a participant goes through a session.

What comes next is the session's business: the window shows the session's phase, hands on what the
participant does, and shows the phase again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QScreen
from qtpy.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.perception.design.answers_before import asked_before
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.gaze.sources.mouse import MouseSource
from napari_lesion_synth.perception.gaze.sources.protocol import GazeSource
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.widgets.study.participant.dots import Dots
from napari_lesion_synth.widgets.study.participant.frame_test import FrameTest
from napari_lesion_synth.widgets.study.participant.gaze import GazeRecorder
from napari_lesion_synth.widgets.study.participant.pages import (
    ConsentPage,
    CovariatesPage,
    NoticePage,
)
from napari_lesion_synth.widgets.study.participant.pointing import Pointing
from napari_lesion_synth.widgets.study.participant.scenes import Scenes
from napari_lesion_synth.widgets.study.participant.style import style_sheet
from napari_lesion_synth.widgets.study.participant.targets import TargetPage
from napari_lesion_synth.widgets.study.participant.trial_page import Told, TrialPage
from napari_lesion_synth.widgets.study.participant.words import WORDS

__all__ = ["ParticipantWindow"]

_ENDS = (Phase.DONE, Phase.DECLINED, Phase.WITHDRAWN)


class ParticipantWindow(Dots, QWidget):
    """Frameless, grey, on a screen of its own.

    Parameters
    ----------
    session : Session
        Of the participant; closed with the window.
    source : GazeSource, optional
        What records the gaze.
    """

    phase_shown = Signal(object)
    """The `Phase` that the participant has before them now."""
    trial_shown = Signal(object)
    """The `Trial` whose photos have appeared."""
    answered = Signal(object, object)
    """A `Trial` and its `Answer`, when the answer is on the disk."""
    validated = Signal(str)
    """How good the tracker's gaze is, in words."""
    gaze_doubted = Signal(str)
    """Why the tracker's gaze would make no maps; the participant is told to call the operator."""
    drift_checked = Signal(str)
    """How far the tracker's gaze has drifted since, in words."""
    trouble = Signal(object)
    """Something went wrong; the participant is told to call the operator."""
    closed = Signal()

    def __init__(self, session: Session, source: GazeSource | None = None) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.session = session
        self.words = WORDS[session.state.language]
        self.recorder = GazeRecorder(source, self) if source is not None else None
        pointing = Pointing(source, self) if isinstance(source, MouseSource) else None
        self.setWindowTitle(session.study.design.name)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.consent = ConsentPage(self.words)
        self.covariates = CovariatesPage(self.words, asked_before(session.state.design))
        self.notice = NoticePage()
        self.trial = TrialPage(session.state.language, pointing)
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.targets = TargetPage()
        for page in (self.consent, self.covariates, self.notice, self.targets, self.trial):
            self._stack.addWidget(page)
        aperture = isinstance(source, MouseSource)
        self.scenes = Scenes(session, self, aperture=aperture)
        self._test = FrameTest(self.trial.canvas, self)
        self._announced: Phase | None = None
        self._after: Callable[[], None] = self.show_phase
        self._instead: Callable[[], None] = self._on_stop
        self._tested = self._gone = False
        self._connect()

    def _connect(self) -> None:
        self.consent.agreed.connect(lambda text: self._do(partial(self.session.agree, text)))
        self.consent.declined.connect(lambda: self._do(self.session.decline))
        self.covariates.told.connect(lambda told: self._do(partial(self.session.tell, told)))
        self.notice.went_on.connect(self._go_on)
        self.notice.stopped.connect(self._on_instead)
        self.trial.shown.connect(self._on_shown)
        self.trial.told.connect(self._on_told)
        self._test.finished.connect(self._on_tested)
        self.targets.finished.connect(self._on_targets)

    # --- the window ---------------------------------------------------------------------------

    def open_on(self, screen: QScreen | None = None) -> None:
        """Fill a screen, and begin.

        Raises
        ------
        InputError
            If there is nothing to record the gaze from.
        """
        if self.recorder is not None:
            self.recorder.start()
        screen = screen or QApplication.primaryScreen()
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.setStyleSheet(style_sheet(screen.geometry().height()))
        self.showFullScreen()
        self.activateWindow()
        self.show_phase()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Esc pauses; the rest is for the page."""
        if event.key() == Qt.Key.Key_Escape:
            if not event.isAutoRepeat():
                self.pause()
            return
        page = self._stack.currentWidget()
        if page is self.covariates or not page.key(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A trial that is open is drawn anew; its photos appear again."""
        super().resizeEvent(event)
        if self.trial.scene is not None and not self._gone:
            QTimer.singleShot(0, self._ask_again)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Keep the open question for another time."""
        self.leave()
        super().closeEvent(event)

    def leave(self) -> None:
        """Stop recording, and let the ledger go."""
        if self._gone:
            return
        self._gone = True
        self._test.stop()
        self.targets.stop()
        self.trial.end()
        self.scenes.close()
        if self.recorder is not None:
            self.recorder.stop()
        try:
            self.session.pause()
        except LesionSynthError as error:  # the question is kept without that line, too
            self.trouble.emit(error)
        self.session.close()
        self.closed.emit()

    # --- phases -------------------------------------------------------------------------------

    def show_phase(self) -> None:
        """Show what the participant has before them."""
        if self._gone:
            return
        phase = self.session.phase
        if phase.asks and phase is self._announced:
            self._ask()
        else:
            self._pages()[phase]()
        self.phase_shown.emit(phase)

    def pause(self) -> None:
        """Pause; the question stays open."""
        if self.session.phase in (*_ENDS, Phase.PAUSED):
            return
        self._test.stop()
        self.targets.stop()
        self.trial.end()
        self._do(self.session.pause)

    def _pages(self) -> dict[Phase, Callable[[], None]]:
        words = self.words
        return {
            Phase.CONSENT: self._show_consent,
            Phase.COVARIATES: lambda: self._turn_to(self.covariates),
            Phase.PRACTICE: lambda: self._announce(words.practice),
            Phase.TRIALS: lambda: self._announce(self._before_trials()),
            Phase.BREAK: self._show_break,
            Phase.PAUSED: self._show_pause,
            Phase.TIME_UP: lambda: self._end(words.time_up),
            Phase.DONE: lambda: self._end(words.done),
            Phase.DECLINED: lambda: self._end(words.declined),
            Phase.WITHDRAWN: lambda: self._end(words.withdrawn),
        }

    def _before_trials(self) -> str:
        return self.words.practice_over if self._announced is Phase.PRACTICE else ""

    def _show_consent(self) -> None:
        self._turn_to(self.consent)
        try:
            self.consent.show_text(self.session.consent_text())
        except LesionSynthError as error:
            self._fail(error, self.show_phase)

    def _announce(self, text: str) -> None:
        phase = self.session.phase

        def begin() -> None:
            self._announced = phase
            self.show_phase()

        question = self.session.state.open_trial
        below = question.question if question is not None else self._usual_question()
        self._say(text or below, self.words.start, begin, below if text else "")

    def _usual_question(self) -> str:
        from napari_lesion_synth.perception.design.questions import question

        return question(self.session.state.design, self.session.state.language)

    def _show_break(self) -> None:
        def go_on() -> None:
            self.session.end_break()
            if self.recorder is not None:
                self.recorder.moved = True  # who comes back sits differently

        self._say(self.words.rest, self.words.resume, partial(self._do, go_on))
        seconds = self.session.state.design.counts.break_s
        self.notice.hold(seconds, self.words.rest_wait, self.words.rest_over)

    def _show_pause(self) -> None:
        def go_on() -> None:
            self.session.resume()
            self._announced = self.session.phase

        after = partial(self._do, go_on)
        self._say(self.words.paused, self.words.resume, after, stop=self.words.withdraw)

    def _go_on(self) -> None:
        self._after()

    def _on_instead(self) -> None:
        self._instead()

    def _on_stop(self) -> None:
        """Asked once more, since it is for good."""
        if self.notice.text.text() == self.words.withdraw_sure:
            self._do(self.session.withdraw)
            return
        self._say(
            self.words.withdraw_sure,
            self.words.withdraw_no,
            self.show_phase,
            stop=self.words.withdraw,
        )

    def _end(self, text: str) -> None:
        self._say(text, self.words.close, self.close)

    def _say(
        self,
        text: str,
        button: str,
        after: Callable[[], Any],
        below: str = "",
        stop: str = "",
        instead: Callable[[], Any] | None = None,
    ) -> None:
        self._after, self._instead = after, instead or self._on_stop
        self._turn_to(self.notice)
        self.notice.say(text, button, below, stop)

    def _turn_to(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        self.setFocus()

    # --- questions ----------------------------------------------------------------------------

    def _ask(self) -> None:
        if not self._tested:
            self._turn_to(self.trial)
            self._test.start()
            return
        if self._looks_at_targets():
            return
        try:
            trial = self.session.next_trial()
            scene = None if trial is None else self.scenes.scene(trial)
        except LesionSynthError as error:
            self._fail(error, self.show_phase)
            return
        if scene is None:
            QTimer.singleShot(0, self.show_phase)
            return
        if self.recorder is not None:
            self.recorder.begin()
        self._turn_to(self.trial)
        self.trial.ask(scene)

    def _ask_again(self) -> None:
        scene = self.trial.scene
        if scene is not None and not self._gone:
            self.trial.ask(self.scenes.scene(scene.trial))

    def _on_tested(self, facts: dict[str, Any]) -> None:
        self._tested = True
        rate = round(self.screen().refreshRate(), 2)
        self._do(partial(self.session.note, "paint intervals", {**facts, "screen_hz": rate}))

    def _on_shown(self) -> None:
        if self.trial.scene is None:
            return
        self.trial_shown.emit(self.trial.scene.trial)
        self.scenes.make_ready()

    def _on_told(self, told: Told) -> None:
        assert self.trial.scene is not None
        trial = self.trial.scene.trial
        shown = {**self.scenes.shown(self.trial.scene.rects).to_json(), **told.facts}
        self._do(partial(self._keep, trial, told, shown))

    def _keep(self, trial: Trial, told: Told, shown: dict[str, Any]) -> None:
        """Write gaze and answer; done again where the disk was full."""
        quality: dict[str, Any] = {}
        marks: tuple[str, ...] = ()
        if self.recorder is not None:
            state = self.session.state
            figures, marks = self.recorder.keep(
                self.session.study.folder, state.code, trial.number, told.times_s
            )
            quality = figures.to_json()
        answer = Answer(
            trial=trial.number,
            response=told.response,
            response_time_s=round(told.response_time_s, 4),
            onset_utc=told.onset_utc,
            shown=shown,
            gaze_source="none" if self.recorder is None else self.recorder.source.name,
            quality=quality,
            marks=marks,
        )
        self.session.answer(answer)
        self.answered.emit(trial, self.session.state.answers[-1])

    # --- trouble ------------------------------------------------------------------------------

    def _do(self, step: Callable[[], Any], then: Callable[[], Any] | None = None) -> None:
        """Take a step of the session and show what comes then; offer it again if it fails."""
        try:
            step()
        except LesionSynthError as error:
            self._fail(error, partial(self._do, step, then))
            return
        (then or self.show_phase)()

    def _fail(self, error: LesionSynthError, again: Callable[[], Any]) -> None:
        self.trial.end()
        self.trouble.emit(error)
        self._say(self.words.trouble, self.words.again, again, str(error))
