"""One question on the screen: photos, the way to answer, and what of it is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from qtpy.QtCore import QRectF, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent, QMouseEvent, QPixmap, QResizeEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.perception.design.questions import SCALE_ENDS
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.trials import Response, Trial
from napari_lesion_synth.widgets.study.participant.aperture import Disc
from napari_lesion_synth.widgets.study.participant.asking import (
    Asker,
    LikertAsker,
    PairAsker,
    ViewAsker,
)
from napari_lesion_synth.widgets.study.participant.best_worst import BestWorstAsker
from napari_lesion_synth.widgets.study.participant.canvas import PhotoCanvas
from napari_lesion_synth.widgets.study.participant.pointing import Pointing
from napari_lesion_synth.widgets.study.participant.scales import VasAsker
from napari_lesion_synth.widgets.study.participant.timing import EventClock
from napari_lesion_synth.widgets.study.participant.words import WORDS

__all__ = ["Scene", "Told", "TrialPage"]


@dataclass(frozen=True)
class Scene:
    """A question with all that is drawn of it.

    Parameters
    ----------
    trial : Trial
        The question.
    rects : sequence of QRectF
        Places of the photos, logical pixels of the window.
    pixmaps, sharp : sequence of QPixmap
        The photos; `sharp` is what the disc uncovers, where `pixmaps` are blurred.
    disc : Disc or None
        The disc.
    """

    trial: Trial
    rects: Sequence[QRectF]
    pixmaps: Sequence[QPixmap]
    sharp: Sequence[QPixmap] = ()
    disc: Disc | None = None


@dataclass(frozen=True)
class Told:
    """An answer, and when.

    Parameters
    ----------
    response : str, float, int, dict or None
        The answer.
    onset_s : float
        First appearance of the photos, `time.perf_counter`.
    onset_utc : str
        The same by the time of day.
    at_s : float
        When the answer was given.
    facts : dict
        Frame intervals and the like.
    """

    response: Response
    onset_s: float
    onset_utc: str
    at_s: float
    facts: dict[str, Any]

    @property
    def times_s(self) -> tuple[float, float, float]:
        """Appearance of the photos, their end for the participant, and the answer."""
        seen_s = self.facts.get("seen_s")
        return self.onset_s, self.at_s if seen_s is None else self.onset_s + seen_s, self.at_s

    @property
    def response_time_s(self) -> float:
        """From the appearance to the answer."""
        return max(0.0, self.at_s - self.onset_s)


class TrialPage(QWidget):
    """Shows one question at a time.

    Parameters
    ----------
    language : str
        The participant's.
    pointing : Pointing, optional
        Takes the mouse where it stands for the gaze.
    asking : callable, optional
        Makes what takes the answer to a trial, in place of `asker_of`.
    """

    shown = Signal()
    """The photos have appeared."""
    told = Signal(object)
    """The answer: `Told`."""

    def __init__(
        self,
        language: Language,
        pointing: Pointing | None = None,
        parent: QWidget | None = None,
        *,
        asking: Callable[[Trial], Asker] | None = None,
    ) -> None:
        super().__init__(parent)
        self._asking = asking or partial(asker_of, language=language)
        self._words = WORDS[language]
        self._pointing = pointing
        self._clock = EventClock()
        self.canvas = PhotoCanvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.scene: Scene | None = None
        self.asker: Asker | None = None
        self.onset_s: float | None = None
        self._onset_utc = ""
        self._open = False
        self._hidden_s: float | None = None
        self._fixed = QTimer(self, singleShot=True)
        self._fixed.setTimerType(Qt.TimerType.PreciseTimer)
        self._fixed.timeout.connect(self._on_time)
        self.canvas.appeared.connect(self._on_appeared)
        self.canvas.pressed.connect(self._on_pressed)
        self.canvas.moved.connect(self._on_moved)

    @property
    def accepts(self) -> bool:
        """Whether an answer would be taken now."""
        return self._open

    def ask(self, scene: Scene) -> None:
        """Show a question."""
        self.end()
        self.scene, trial = scene, scene.trial
        self.asker = self._asking(trial)
        self.asker.answered.connect(self._on_answered)
        self.asker.marked.connect(self._on_marked)
        controls = self.asker.controls
        if controls is not None:
            controls.setParent(self)
            self._place_controls()
            controls.setVisible(trial.mode == "self-paced")
        self.canvas.disc = scene.disc
        self.canvas.question = trial.question
        self.canvas.numbered = trial.kind == "best_worst"
        self.canvas.hint = self._hint(before=trial.mode == "fixed")
        hidden = trial.mode == "fixed" and scene.disc is None
        self.canvas.setCursor(Qt.CursorShape.BlankCursor if hidden else Qt.CursorShape.ArrowCursor)
        self.canvas.show_photos(scene.rects, scene.pixmaps, scene.sharp)

    def end(self) -> None:
        """Take the question away, answered or not."""
        self._fixed.stop()
        self._open, self.onset_s, self._hidden_s = False, None, None
        if self._pointing is not None:
            self._pointing.end()
        if self.asker is not None:
            if self.asker.controls is not None:
                self.asker.controls.hide()
                self.asker.controls.deleteLater()
            self.asker.deleteLater()
        self.asker = self.scene = None
        self.canvas.unsetCursor()
        self.canvas.clear_photos()

    # --- input --------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """A key that the window got; whether it was meant for the question."""
        if event.isAutoRepeat() and not isinstance(self.asker, VasAsker):
            return True
        if not self._open or self.asker is None:
            return False
        return self.asker.key(event.key(), int(event.timestamp()))

    def _on_pressed(self, place: int, event: QMouseEvent) -> None:
        stamp = int(event.timestamp())
        bubbles = self._pointing is not None and self._pointing.clicks
        if self._pointing is not None and self.onset_s is not None:
            self._pointing.pressed(self._clock.seconds(stamp), event.position())
        if place < 0 or bubbles or not self._open or self.asker is None:
            return
        if self.asker.clicks_photos and event.button() == Qt.MouseButton.LeftButton:
            self.asker.click(place, stamp)

    def _on_moved(self, event: QMouseEvent) -> None:
        if self._pointing is not None and self.onset_s is not None:
            self._pointing.moved(self._clock.seconds(int(event.timestamp())), event.position())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the controls below the photos."""
        super().resizeEvent(event)
        self._place_controls()

    # --- what happens -------------------------------------------------------------------------

    def _on_appeared(self) -> None:
        if self.scene is None:
            return
        self.onset_s = self.canvas.frames.first
        self._onset_utc = datetime.now(UTC).isoformat(timespec="milliseconds")
        trial = self.scene.trial
        if trial.mode == "fixed":
            self._fixed.start(round(1000 * (trial.seconds or 0)))
        else:
            self._open = True
        if self._pointing is not None:
            self._pointing.begin(self.canvas)
        self.shown.emit()

    def _on_time(self) -> None:
        """The photos have been seen long enough."""
        if self.scene is None or self.asker is None:
            return
        self._hidden_s = time.perf_counter()
        if self._pointing is not None:
            self._pointing.end()
        if self.scene.trial.kind == "view":
            self._open = True
            self._on_answered(None, 0)
            return
        self.canvas.cover()
        self.canvas.unsetCursor()
        self.canvas.set_hint(self._hint(before=False))
        if self.asker.controls is not None:
            self.asker.controls.show()
        self._open = True

    def _on_answered(self, response: Response, stamp: int) -> None:
        if not self._open or self.onset_s is None:
            return
        self._open = False
        at = self._clock.seconds(stamp)
        facts: dict[str, Any] = {"frames": self.canvas.frames.facts()}
        if self.canvas.swap_s is not None:
            facts["swap_ms"] = round(1000 * self.canvas.swap_s, 2)
        if self._hidden_s is not None:
            facts["seen_s"] = round(self._hidden_s - self.onset_s, 4)
        facts["timed_by"] = "event" if stamp > 0 else "program"
        self.told.emit(Told(response, self.onset_s, self._onset_utc, at, facts))

    def _on_marked(self, marks: dict[int, str], hint: str) -> None:
        self.canvas.set_marks(marks)
        self.canvas.set_hint(hint)

    def _hint(self, *, before: bool) -> str:
        if self.asker is None:
            return ""
        parts = [self._words.wait if before else self.asker.hint]
        if self._pointing is not None:
            parts.insert(0, self._words.bubbles if self._pointing.clicks else self._words.aperture)
        return "        ".join(part for part in (*parts, self._words.escape) if part)

    def _place_controls(self) -> None:
        if self.asker is None or self.asker.controls is None:
            return
        top, height = round(0.785 * self.height()), round(0.145 * self.height())
        self.asker.controls.setGeometry(0, top, self.width(), height)
        self.asker.controls.raise_()


def asker_of(trial: Trial, language: Language) -> Asker:
    """What takes the answer to a question.

    Parameters
    ----------
    trial : Trial
        The question.
    language : str
        The participant's.
    """
    words, ends = WORDS[language], SCALE_ENDS[language]
    if trial.kind in ("pair", "twoafc"):
        return PairAsker(trial, words)
    if trial.kind == "vas":
        return VasAsker(trial, words, ends)
    if trial.kind == "likert":
        return LikertAsker(trial, words, ends)
    if trial.kind == "best_worst":
        return BestWorstAsker(trial, words)
    return ViewAsker(trial, words)
