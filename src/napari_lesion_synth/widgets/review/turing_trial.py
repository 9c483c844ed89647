"""One question of the visual Turing test after the other."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Signal
from qtpy.QtGui import QHideEvent
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_lesion_synth.selection.turing import LEFT, RIGHT, TuringTest, responses
from napari_lesion_synth.selection.turing_design import Candidate, Trial
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.widgets.parts.layout import button, note
from napari_lesion_synth.widgets.review.turing_pictures import BlindPictures, around_of

__all__ = ["TuringTrials", "Views", "key_of"]

Views = Mapping[tuple[str, str], LesionView]

_ASKED = {
    "rating": "How real does it look? 1: surely synthetic, 10: surely real (keys 1 to 9, 0 for 10)",
    "2afc": "Which of the two is the real lesion? (keys ← and →)",
}


def key_of(lesion: Candidate) -> tuple[str, str]:
    """Under which a lesion's view is kept."""
    return lesion.kind, lesion.id


class TuringTrials(QWidget):
    """Shows the questions of a test, takes the answers, and keeps the time.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    ended = Signal()
    """All questions are answered, or the reader wants to see the result so far."""
    failed = Signal(object)
    """An answer could not be written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.test: TuringTest | None = None
        self.trial: Trial | None = None
        self._views: Views = {}
        self._around_mm = 0.0
        self._paused = False
        self.question = note(name="Question")
        self.pictures = BlindPictures()
        self.bar = QProgressBar()
        self.bar.setFormat("%v of %m")
        self.bar.setAccessibleName("Questions answered")
        self.pause = button("Pause (P)", "Cover the lesions and stop the clock", self.toggle_pause)
        self.stop = button("Stop", "Show the result so far; Begin goes on later", self.ended.emit)
        self.answers: dict[str, QPushButton] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(3)
        self._lay_out()
        self.pictures.key.connect(self._on_key)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.pause)
        foot.addWidget(self.stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self.question)
        layout.addWidget(self.pictures, 1)
        layout.addLayout(self._grid)
        layout.addLayout(foot)

    def begin(self, test: TuringTest, views: Views) -> None:
        """Ask the questions of a test that have no answer yet."""
        self.test, self._views = test, views
        self._around_mm = around_of(views.values(), test.design)
        self.question.setText(_ASKED[test.design.task])
        self.bar.setRange(0, len(test.trials))
        for made in self.answers.values():
            made.deleteLater()
        self.answers = {}
        for column, response in enumerate(responses(test.design)):
            words = {LEFT: "← Left is real", RIGHT: "Right is real →"}.get(response, response)
            made = button(words, f"Answer: {words}", lambda r=response: self.answer(r))
            if test.design.task == "rating":
                made.setMinimumWidth(1)
            self.answers[response] = made
            self._grid.addWidget(made, 0, column)
        self._set_paused(False)
        self._ask()

    def answer(self, response: str) -> None:
        """Give an answer to what is shown."""
        if self.test is None or self.trial is None or self._paused:
            return
        if response not in self.answers:
            return
        try:
            self.test.answer(self.trial, response, self.pictures.elapsed_ms)
        except Exception as error:  # whatever it is, the reader has to know before going on
            self._set_paused(True)
            self.failed.emit(error)
            return
        self._ask()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        self._set_paused(not self._paused)

    @property
    def paused(self) -> bool:
        """Whether the lesions are covered."""
        return self._paused

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody looks: the clock stops."""
        super().hideEvent(event)
        if self.trial is not None:
            self._set_paused(True)

    def _ask(self) -> None:
        assert self.test is not None
        self.trial = self.test.next
        self.bar.setValue(len(self.test.answers))
        if self.trial is None:
            self.pictures.clear()
            self.ended.emit()
            return
        shown = [self._views[key_of(lesion)] for lesion in self.trial.shown]
        design = self.test.design
        self.pictures.show_lesions(shown, self.trial.fov_mm, self._around_mm, design)
        self.pictures.setFocus()

    def _set_paused(self, paused: bool) -> None:
        self._paused = paused
        self.pictures.set_hidden(paused)
        self.pause.setText("Go on (P)" if paused else "Pause (P)")
        for made in self.answers.values():
            made.setEnabled(not paused)
        if not paused:
            self.pictures.setFocus()

    def _on_key(self, name: str) -> None:
        if name == "pause":
            self.toggle_pause()
        else:
            self.answer(name)
