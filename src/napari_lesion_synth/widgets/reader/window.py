"""The window in which a reader is asked: grey, full-screen, two pictures or one, and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QScreen
from qtpy.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.trials import RIGHT
from napari_lesion_synth.perception.limits.visibility_settings import VisibilityTrial
from napari_lesion_synth.widgets.reader.asking import asker_for
from napari_lesion_synth.widgets.reader.ready import ReadyScenes
from napari_lesion_synth.widgets.reader.words import READER_WORDS, question_of
from napari_lesion_synth.widgets.study.participant.pages import NoticePage
from napari_lesion_synth.widgets.study.participant.style import style_sheet
from napari_lesion_synth.widgets.study.participant.trial_page import Told, TrialPage
from napari_lesion_synth.widgets.study.participant.words import WORDS

__all__ = ["ReaderWindow"]


class ReaderWindow(QWidget):
    """Frameless, grey, on a screen of its own.

    Parameters
    ----------
    study : ReaderStudy
        Of the reader; its limit is written, and it is closed, with the window.
    language : str
        The reader's.
    """

    answered = Signal(object, int)
    """A `VisibilityTrial` and its answer, when that is on the disk."""
    trouble = Signal(object)
    """Something went wrong."""
    closed = Signal()

    def __init__(self, study: ReaderStudy, language: Language = "en") -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.study = study
        self._words, self._own = WORDS[language], READER_WORDS[language]
        self._question = question_of(study.settings, language)
        self.setWindowTitle(self._question)
        self.notice = NoticePage()
        self.trial = TrialPage(language, asking=partial(asker_for, language=language))
        self.scenes = ReadyScenes(study, self, self._question)
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        for page in (self.notice, self.trial):
            self._stack.addWidget(page)
        self._open: VisibilityTrial | None = None
        self._after: Callable[[], Any] = self._ask
        self._gone = False
        self.notice.went_on.connect(self._go_on)
        self.notice.stopped.connect(self.close)
        self.trial.shown.connect(self.scenes.make_ready)
        self.trial.told.connect(self._on_told)

    # --- the window ---------------------------------------------------------------------------

    def open_on(self, screen: QScreen | None = None) -> None:
        """Fill a screen, and begin."""
        screen = screen or QApplication.primaryScreen()
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.setStyleSheet(style_sheet(screen.geometry().height()))
        self.showFullScreen()
        self.activateWindow()
        self._begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Esc pauses; the rest is for the page."""
        if event.key() == Qt.Key.Key_Escape:
            if not event.isAutoRepeat():
                self.pause()
            return
        if not self._stack.currentWidget().key(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A question that is open is drawn anew."""
        super().resizeEvent(event)
        if self.trial.scene is not None and not self._gone:
            QTimer.singleShot(0, self._ask)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Keep the open question for another time, and write the limit so far."""
        self.leave()
        super().closeEvent(event)

    def leave(self) -> None:
        """Write the limit, and let the folder go."""
        if self._gone:
            return
        self._gone = True
        self.trial.end()
        self.scenes.close()
        try:
            self.study.write()
        except LesionSynthError as error:  # it follows from the answers, which are kept
            self.trouble.emit(error)
        self.study.close()
        self.closed.emit()

    def pause(self) -> None:
        """Take the pictures away; the question stays open."""
        if self._open is None:
            return
        self._open = None
        self.trial.end()
        words = self._words
        self._say(words.paused, words.resume, self._ask, self._far(), stop=words.close)

    # --- what comes ---------------------------------------------------------------------------

    def _go_on(self) -> None:
        self._after()

    def _begin(self) -> None:
        if self.study.next() is None:
            self._end()
            return
        done, _ = self.study.progress
        below = self._own.in_the_middle + (f"\n{self._far()}" if done else "")
        self._say(self._question, self._words.start, self._ask, below)

    def _ask(self) -> None:
        if self._gone:
            return
        trial = self.study.next()
        if trial is None:
            self._end()
            return
        try:
            scene = self.scenes.scene(trial)
        except LesionSynthError as error:
            self._fail(error, self._ask)
            return
        self._open = trial
        self._stack.setCurrentWidget(self.trial)
        self.setFocus()
        self.trial.ask(scene)

    def _on_told(self, told: Told) -> None:
        if self._open is not None:
            self._keep(self._open, told, self._shown(told))

    def _keep(self, trial: VisibilityTrial, told: Told, shown: dict[str, Any]) -> None:
        """Write the answer; done again where the disk was full."""
        answer = int(told.response == RIGHT)
        try:
            self.study.answer(trial, answer, told.response_time_s, shown)
        except LesionSynthError as error:
            self._fail(error, partial(self._keep, trial, told, shown))
            return
        self._open = None
        self.answered.emit(trial, answer)
        self._ask()

    def _shown(self, told: Told) -> dict[str, Any]:
        """Where the pictures were, in device pixels of the window."""
        assert self.trial.scene is not None
        ratio = self.devicePixelRatioF()
        rects = [
            [round(side * ratio) for side in (r.x(), r.y(), r.width(), r.height())]
            for r in self.trial.scene.rects
        ]
        return {"onset": told.onset_utc, "rects_px": rects, "ratio": ratio, **told.facts}

    def _end(self) -> None:
        self._open = None
        self.trial.end()
        self._say(self._own.done, self._words.close, self.close)

    def _fail(self, error: LesionSynthError, again: Callable[[], Any]) -> None:
        self._open = None
        self.trial.end()
        self.trouble.emit(error)
        words = self._words
        self._say(words.trouble, words.again, again, str(error), stop=words.close)

    def _far(self) -> str:
        done, of = self.study.progress
        return self._own.far.format(done=done, of=of)

    def _say(
        self, text: str, button: str, after: Callable[[], Any], below: str = "", stop: str = ""
    ) -> None:
        self._after = after
        self._stack.setCurrentWidget(self.notice)
        self.setFocus()
        self.notice.say(text, button, below, stop)
