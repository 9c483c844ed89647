"""How a question of yes or no is answered; of two pictures, as a pair of photos is."""

from __future__ import annotations

from typing import ClassVar

from qtpy.QtCore import Qt

from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.trials import LEFT, RIGHT, Trial
from napari_lesion_synth.widgets.reader.words import READER_WORDS
from napari_lesion_synth.widgets.study.participant.asking import AnswerButtons, Asker, PairAsker
from napari_lesion_synth.widgets.study.participant.words import WORDS

__all__ = ["YesNoAsker", "asker_for"]


class YesNoAsker(Asker):
    """No to the left, yes to the right; the picture itself is no answer.

    Parameters
    ----------
    trial : Trial
        The question.
    language : str
        The reader's.
    """

    clicks_photos = False

    _KEYS: ClassVar = {
        Qt.Key.Key_F: LEFT,
        Qt.Key.Key_Left: LEFT,
        Qt.Key.Key_J: RIGHT,
        Qt.Key.Key_Right: RIGHT,
    }

    def __init__(self, trial: Trial, language: Language) -> None:
        super().__init__(trial, WORDS[language])
        own = READER_WORDS[language]
        self._keys = own.yes_no_keys
        self.controls = AnswerButtons([f"F   {own.no}", f"{own.yes}   J"])
        self.controls.chosen.connect(self._on_button)

    @property
    def hint(self) -> str:
        """The keys."""
        return self._keys

    def key(self, key: int, stamp: int) -> bool:
        """Answer by key."""
        response = self._KEYS.get(Qt.Key(key))
        if response is not None:
            self._give(response, stamp)
        return response is not None

    def _on_button(self, number: int, stamp: int) -> None:
        self._give((LEFT, RIGHT)[number], stamp)


def asker_for(trial: Trial, language: Language) -> Asker:
    """What takes the answer: two pictures are a pair, one is asked yes or no."""
    if len(trial.stimuli) > 1:
        return PairAsker(trial, WORDS[language])
    return YesNoAsker(trial, language)
