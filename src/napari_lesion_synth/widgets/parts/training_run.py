"""A training while it runs in a child process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtWidgets import QWidget

from napari_lesion_synth.events import Progress
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text

__all__ = ["TrainingRun"]


class TrainingRun(ChildRun):
    """Runs a command that trains and shows how it goes.

    Parameters
    ----------
    words : RunWords
        How the run is called.
    product : str
        What is trained, as in "detector".
    again : str
        What the button is called that goes on with it.
    parent : QWidget, optional
        Owner.
    """

    def __init__(
        self, words: RunWords, product: str, again: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(words, parent)
        self._product, self._again = product, again
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
            f"Training a {self._product}",
            f"a training of a {self._product} in {out.name}.\nClosing stops it; its state stays, "
            f"and {self._again} goes on from there",
        )

    def progress_words(self, seen: Progress) -> str:
        """How far the training is."""
        self._last = seen
        return f"step {seen.done} of {seen.total}"

    def end_words(self, outcome: Outcome) -> str:
        """How the training ended, and what is there."""
        if outcome.end is End.DONE:
            return self.done_words(outcome)
        text = outcome_text(outcome)
        if outcome.end in (End.CANCELED, End.CRASHED) and self._last is not None:
            text += (
                f" {self._last.done} of {self._last.total} steps were done; nothing is lost, "
                f"{self._again} goes on."
            )
        return text

    def done_words(self, outcome: Outcome) -> str:
        """That it has ended, and where the product is."""
        del outcome
        return f"Done: the {self._product} is in {self._out}."
