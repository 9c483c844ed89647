"""How each kind of question is answered: by keys, by clicks on photos, by buttons below them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from napari_lesion_synth.perception.design.trials import LEFT, RIGHT, TIE, Response, Trial
from napari_lesion_synth.widgets.study.participant.words import Words

__all__ = ["AnswerButtons", "Asker", "LikertAsker", "PairAsker", "ViewAsker"]


class AnswerButtons(QWidget):
    """Buttons side by side, in the middle of their row; keys stay with the window.

    Parameters
    ----------
    texts : sequence of str
        One a button.
    ends : tuple of str
        Before the first and behind the last.
    """

    chosen = Signal(int, int)
    """Number of a button, and the time stamp of the event that pressed it, ms."""

    def __init__(
        self,
        texts: Sequence[str],
        ends: tuple[str, str] = ("", ""),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        before, behind = QLabel(ends[0]), QLabel(ends[1])
        before.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(before, 1)
        self.buttons: list[QPushButton] = []
        self._stamp = 0
        for number, text in enumerate(texts):
            made = QPushButton(text)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.setAccessibleName(text)
            made.installEventFilter(self)
            made.clicked.connect(partial(self._on_clicked, number))
            layout.addWidget(made)
            self.buttons.append(made)
        layout.addWidget(behind, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Note when a button was let go: that is the answer's time."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            self._stamp = int(event.timestamp())
        return bool(super().eventFilter(watched, event))

    def _on_clicked(self, number: int, _checked: bool = False) -> None:
        self.chosen.emit(number, self._stamp)


class Asker(QObject):
    """What takes the answer to one question. Made anew for each trial.

    Parameters
    ----------
    trial : Trial
        The question.
    words : Words
        In the participant's language.
    """

    answered = Signal(object, int)
    """Response, and the time stamp of the event that gave it, ms; 0: now."""
    marked = Signal(object, str)
    """Words on photos by place, and the hint below them."""

    clicks_photos = True
    """Whether a click on a photo means something; with bubbles it does not."""

    def __init__(self, trial: Trial, words: Words) -> None:
        super().__init__()
        self.trial, self.words = trial, words
        self.controls: QWidget | None = None

    @property
    def hint(self) -> str:
        """What stands below the photos."""
        return ""

    def key(self, key: int, stamp: int) -> bool:
        """A key was pressed; whether it was meant for the question."""
        del key, stamp
        return False

    def click(self, place: int, stamp: int) -> None:
        """A photo was clicked."""

    def _give(self, response: Response, stamp: int) -> None:
        self.answered.emit(response, stamp)


class PairAsker(Asker):
    """Left or right, or no difference where that is allowed."""

    _KEYS: ClassVar = {
        Qt.Key.Key_F: LEFT,
        Qt.Key.Key_Left: LEFT,
        Qt.Key.Key_J: RIGHT,
        Qt.Key.Key_Right: RIGHT,
        Qt.Key.Key_Space: TIE,
    }

    def __init__(self, trial: Trial, words: Words) -> None:
        super().__init__(trial, words)
        self._allowed = [LEFT, TIE, RIGHT] if trial.facts.get("ties") else [LEFT, RIGHT]
        texts = {LEFT: "F   ←", RIGHT: "→   J", TIE: words.tie}
        self.controls = AnswerButtons([texts[r] for r in self._allowed])
        self.controls.chosen.connect(self._on_button)

    @property
    def hint(self) -> str:
        """The keys."""
        return self.words.pair_keys

    def key(self, key: int, stamp: int) -> bool:
        """Answer by key."""
        response = self._KEYS.get(Qt.Key(key))
        if response not in self._allowed:
            return False
        self._give(response, stamp)
        return True

    def click(self, place: int, stamp: int) -> None:
        """Answer by a click on the photo."""
        self._give(LEFT if place == 0 else RIGHT, stamp)

    def _on_button(self, number: int, stamp: int) -> None:
        self._give(self._allowed[number], stamp)


class LikertAsker(Asker):
    """One of some steps, from 1."""

    clicks_photos = False

    def __init__(self, trial: Trial, words: Words, ends: tuple[str, str]) -> None:
        super().__init__(trial, words)
        self._points = int(trial.facts["points"])
        self.controls = AnswerButtons([str(k + 1) for k in range(self._points)], ends)
        self.controls.chosen.connect(lambda number, stamp: self._give(number + 1, stamp))

    @property
    def hint(self) -> str:
        """The keys."""
        return self.words.likert_help

    def key(self, key: int, stamp: int) -> bool:
        """Answer by digit; 0 is 10."""
        number = key - int(Qt.Key.Key_0)
        number = 10 if number == 0 else number
        if not 1 <= number <= min(self._points, 10):
            return False
        self._give(number, stamp)
        return True


class ViewAsker(Asker):
    """Nothing is asked: the participant goes on, or time does."""

    clicks_photos = False

    def __init__(self, trial: Trial, words: Words) -> None:
        super().__init__(trial, words)
        if trial.mode == "self-paced":
            self.controls = AnswerButtons([words.view_next])
            self.controls.chosen.connect(lambda _number, stamp: self._give(None, stamp))

    def key(self, key: int, stamp: int) -> bool:
        """Go on."""
        if key != Qt.Key.Key_Space or self.trial.mode != "self-paced":
            return False
        self._give(None, stamp)
        return True
