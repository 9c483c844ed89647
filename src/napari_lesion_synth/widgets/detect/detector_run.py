"""A training of a detector while it runs."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_lesion_synth.events import Progress
from napari_lesion_synth.widgets.parts.child_run import RunWords
from napari_lesion_synth.widgets.parts.training_run import TrainingRun

__all__ = ["DetectorRun"]

_WORDS = RunWords(
    "the training",
    "Train",
    "Train the detector in a process of its own, or go on with the training in this folder. "
    "(Space)",
    "Steps of both stages that are done.",
)


class DetectorRun(TrainingRun):
    """Runs `train detector` in a child process and shows how it goes.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_WORDS, "detector", "Resume", parent)

    def progress_words(self, seen: Progress) -> str:
        """How far the training is, over both stages."""
        super().progress_words(seen)
        words = f"{seen.text[:1].upper()}{seen.text[1:]}; " if seen.text else ""
        return f"{words}{seen.done} of {seen.total} in all"
