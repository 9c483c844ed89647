"""A batch while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text
from napari_lesion_synth.widgets.synthesize.set_state import lesions_in

__all__ = ["BatchRun"]

_WORDS = RunWords(
    "the batch",
    "Run",
    "Make the set in a process of its own. (Space)",
    "Lesions that are finished.",
)


class BatchRun(ChildRun):
    """Runs `generate` in a child process and shows how it goes.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_WORDS, parent)
        self._out, self._n = Path(), 0

    def start(self, arguments: Sequence[str], out: Path, n: int) -> None:
        """Start the process.

        Parameters
        ----------
        arguments : sequence of str
            Of the command line, from ``generate`` on.
        out : Path
            The set.
        n : int
            Lesions asked for.
        """
        self._out, self._n = out, n
        lesions = f"{n} lesion{'s' if n != 1 else ''}"
        self.launch(
            arguments,
            lesions,
            f"a batch of {lesions} into {out.name}.\nClosing stops it; what is finished stays, "
            "and Run goes on from there",
        )

    def end_words(self, outcome: Outcome) -> str:
        """How the batch ended, and how many lesions there are."""
        there = lesions_in(self._out)
        if outcome.end is End.DONE:
            return f"Done: {there} lesions are in {self._out}."
        text = outcome_text(outcome)
        if outcome.end in (End.CANCELED, End.CRASHED) and there:
            text += f" {there} of {self._n} lesions are there; Run goes on from there."
        return text
