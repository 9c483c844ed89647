"""A training of the generator while it runs."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.parts.child_run import RunWords
from napari_lesion_synth.widgets.parts.outcome import Outcome
from napari_lesion_synth.widgets.parts.training_run import TrainingRun

__all__ = ["GanRun"]

_WORDS = RunWords(
    "the training",
    "Train",
    "Train the generator in a process of its own, or go on with the training in this folder. "
    "(Space)",
    "Steps that are done.",
)


class GanRun(TrainingRun):
    """Runs `train gan` in a child process and shows how it goes.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_WORDS, "generator", "Train", parent)

    def done_words(self, outcome: Outcome) -> str:
        """See `TrainingRun`."""
        return f"Done: the generator of step {outcome.result.get('steps')} is in {self._out}."
