"""A training of a detector while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtWidgets import QWidget

from napari_lesion_synth.events import Progress
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text

__all__ = ["DetectorRun"]

_WORDS = RunWords(
    "the training",
    "Train",
    "Train the detector in a process of its own, or go on with the training in this folder. "
    "(Space)",
    "Steps of both stages that are done.",
)


class DetectorRun(ChildRun):
    """Runs `train detector` in a child process and shows how it goes.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_WORDS, parent)
        self._out = Path()
        self._last: Progress | None = None

    def start(self, arguments: Sequence[str], out: Path) -> None:
        """Start the process.

        Parameters
        ----------
        arguments : sequence of str
            Of the command line, from ``train`` on.
        out : Path
            Folder of the training.
        """
        self._out, self._last = out, None
        self.launch(
            arguments,
            "Training a detector",
            f"a training of a detector in {out.name}.\nClosing stops it; its state stays, and "
            "Resume goes on from there",
        )

    def progress_words(self, seen: Progress) -> str:
        """How far the training is."""
        self._last = seen
        words = f"{seen.text[:1].upper()}{seen.text[1:]}; " if seen.text else ""
        return f"{words}{seen.done} of {seen.total} in all"

    def end_words(self, outcome: Outcome) -> str:
        """How the training ended, and what is there."""
        if outcome.end is End.DONE:
            return f"Done: the detector is in {self._out}."
        text = outcome_text(outcome)
        if outcome.end in (End.CANCELED, End.CRASHED) and self._last is not None:
            text += (
                f" {self._last.done} of {self._last.total} steps were done; nothing is lost, "
                "Resume goes on."
            )
        return text
