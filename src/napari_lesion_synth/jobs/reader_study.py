"""A reader's answers in a folder, from the first question to the limit.

Every answer is a line of a file that only grows, and is on the disk before the next question
comes. All questions follow from the settings and the answers: a reader whose program was killed
goes on with the question that was open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.dataset.append_only import append_lines, read_lines
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import writing
from napari_lesion_synth.locks import claim
from napari_lesion_synth.perception.limits.reader_limit import ReaderLimit
from napari_lesion_synth.perception.limits.visibility import VisibilityRun
from napari_lesion_synth.perception.limits.visibility_settings import (
    LesionPictures,
    VisibilitySettings,
    VisibilityTrial,
)

__all__ = ["ANSWERS", "ReaderStudy"]

ANSWERS = "answers.jsonl"
"""What was answered, a line a question."""

_LOCK = "reader.lock"


class ReaderStudy:
    """Questions, pictures and answers of one reader. Close it, or use it in a `with`.

    Parameters
    ----------
    folder : Path
        Exists; `ANSWERS` lies in it, or will.
    settings : VisibilitySettings
        What is asked.
    pictures : LesionPictures
        What is shown.
    name, band : str
        What the curve is called, and the depth that it is of; empty: all.
    facts : mapping, optional
        How the pictures are made, of JSON types.
    notes : tuple of str
        What a reader of the limit has to know besides.

    Raises
    ------
    DatasetError
        If another program has the folder open, or it holds answers to other questions.
    """

    def __init__(
        self,
        folder: Path,
        settings: VisibilitySettings,
        pictures: LesionPictures,
        *,
        name: str = "reader",
        band: str = "",
        facts: Mapping[str, Any] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.folder, self.settings, self.pictures = folder, settings, pictures
        self._name, self._band, self._notes = name, band, notes
        self._facts = dict(facts or {})
        self._lock: BinaryIO | None = _claimed(folder / _LOCK)
        try:
            self.run = VisibilityRun(settings, _answers_in(folder / ANSWERS, settings))
        except DatasetError:
            self.close()
            raise

    def __enter__(self) -> ReaderStudy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def progress(self) -> tuple[int, int]:
        """How many questions are answered, of how many."""
        return len(self.run.answers), self.settings.trials

    def next(self) -> VisibilityTrial | None:
        """The question that is open; None when all are answered."""
        return self.run.next()

    def upcoming(self) -> tuple[VisibilityTrial, ...]:
        """The questions that may follow the open one: one for each answer to it."""
        run = self.run
        trial = run.next()
        if trial is None:
            return ()
        after = (run.answered(trial, answer).next() for answer in (0, 1))
        return tuple(dict.fromkeys(each for each in after if each is not None))

    def shown(self, trial: VisibilityTrial) -> tuple[NDArray[np.uint8], ...]:
        """Pictures of a question, from left to right: two, or one where the answer is yes or no.

        Raises
        ------
        LesionSynthError
            If its lesion cannot be made.
        """
        made = self.pictures.pair(trial.diameter_mm, trial.contrast_hu, trial.seed)
        with_lesion, without = made
        if self.settings.task == "yes-no":
            return (with_lesion if trial.place == 1 else without,)
        return (with_lesion, without) if trial.place == 0 else (without, with_lesion)

    def answer(
        self,
        trial: VisibilityTrial,
        answer: int,
        seconds: float | None = None,
        shown: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the answer to the open question; it is on the disk when this returns.

        Parameters
        ----------
        trial : VisibilityTrial
            The open question.
        answer : int
            The place that was chosen; or 1 for yes, 0 for no.
        seconds : float, optional
            That it took.
        shown : mapping, optional
            Where on the screen the pictures were, of JSON types.

        Raises
        ------
        ParameterError
            If it is no answer to that question.
        StorageError
            If it cannot be written; the question stays open.
        """
        after = self.run.answered(trial, answer)
        line = {
            "trial": trial.to_json(),
            "answer": answer,
            "seconds": None if seconds is None else round(seconds, 4),
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "shown": dict(shown or {}),
        }
        append_lines(self.folder / ANSWERS, [line])
        self.run = after

    def limit(self) -> ReaderLimit:
        """The limit by the answers so far.

        Raises
        ------
        ParameterError
            If there are none.
        """
        found = self.run.limit(self._name, self._band, self._facts)
        return found.model_copy(update={"notes": (*found.notes, *self._notes)})

    def write(self) -> ReaderLimit | None:
        """Write the limit by the answers so far; None where there are none.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        if not self.run.answers:
            return None
        limit = self.limit()
        limit.write(self.folder)
        return limit

    def close(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _claimed(path: Path) -> BinaryIO:
    with writing(path):
        file = path.open("ab+")
    if not claim(file):
        file.close()
        raise DatasetError(
            "another window or program asks this reader",
            where=path.parent,
            remedy="Close it first, or choose another folder",
        )
    return file


def _answers_in(
    path: Path, settings: VisibilitySettings
) -> tuple[tuple[VisibilityTrial, int], ...]:
    """Answers in their order; a line that was cut short is a question that is asked again."""
    answers: list[tuple[VisibilityTrial, int]] = []
    for line in read_lines(path):
        try:
            trial, answer = VisibilityTrial.from_json(line["trial"]), int(line["answer"])
        except (KeyError, TypeError, ValueError):
            continue
        known = trial.diameter_mm in settings.diameters_mm and answer in (0, 1)
        if trial.number != len(answers) or not known:
            raise DatasetError(
                f"line {len(answers) + 1} answers another question than the one that was asked",
                where=path,
                remedy="Begin anew in another folder; this file was changed by something else",
            )
        answers.append((trial, answer))
    return tuple(answers)
