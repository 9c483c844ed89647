"""The best and the worst of several photos."""

from __future__ import annotations

from qtpy.QtCore import Qt

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.widgets.study.participant.asking import AnswerButtons, Asker
from napari_lesion_synth.widgets.study.participant.words import Words

__all__ = ["BestWorstAsker"]


class BestWorstAsker(Asker):
    """First the best, then the worst; the best once more takes it back."""

    def __init__(self, trial: Trial, words: Words) -> None:
        super().__init__(trial, words)
        self._best: int | None = None
        self.controls = AnswerButtons([str(k + 1) for k in range(len(trial.stimuli))])
        self.controls.chosen.connect(self.click)

    @property
    def hint(self) -> str:
        """What is chosen now."""
        return self.words.best if self._best is None else self.words.worst

    def key(self, key: int, stamp: int) -> bool:
        """Choose by digit, from left to right."""
        place = key - int(Qt.Key.Key_1)
        if not 0 <= place < len(self.trial.stimuli):
            return False
        self.click(place, stamp)
        return True

    def click(self, place: int, stamp: int) -> None:
        """Choose a photo."""
        if self._best is None or place == self._best:
            self._best = place if self._best is None else None
            marks = {} if self._best is None else {place: self.words.best_mark}
            self.marked.emit(marks, self.hint)
            return
        names = self.trial.stimuli
        self.marked.emit(
            {self._best: self.words.best_mark, place: self.words.worst_mark}, self.hint
        )
        self._give({"best": names[self._best], "worst": names[place]}, stamp)
