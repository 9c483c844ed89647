"""A visual Turing test on disk: answers as they come, and what follows from them.

The folder holds ``turing.json`` (the design, and a hash of the plan) and ``answers.csv`` (one
line a trial, on the disk before the next is shown). Neither tells which lesion is real; that
follows from the same lesions and the same seed when the test is opened again.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from napari_lesion_synth.errors import DatasetError, ParameterError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.selection.turing_design import (
    REAL,
    Candidate,
    Trial,
    TuringDesign,
    digest_of,
    plan_trials,
)
from napari_lesion_synth.selection.turing_result import Answer, TuringResult, evaluate

__all__ = ["ANSWERS_CSV", "LEFT", "RIGHT", "TURING_JSON", "TuringTest", "responses"]

TURING_JSON = "turing.json"
ANSWERS_CSV = "answers.csv"
LEFT, RIGHT = "left", "right"

_COLUMNS = ("trial", "response", "ms", "time")


def responses(design: TuringDesign) -> tuple[str, ...]:
    """The answers that a reader can give."""
    if design.task == "2afc":
        return (LEFT, RIGHT)
    return tuple(str(rating) for rating in range(1, 11))


@dataclass(frozen=True, eq=False)
class TuringTest:
    """One reader's test; made by `open`.

    Parameters
    ----------
    folder : Path
        Where the answers are kept.
    design : TuringDesign
        The task.
    trials : tuple of Trial
        All questions, in order.
    """

    folder: Path
    design: TuringDesign
    trials: tuple[Trial, ...]

    @classmethod
    def open(
        cls,
        folder: str | Path,
        design: TuringDesign,
        real: Sequence[Candidate],
        synthetic: Sequence[Candidate],
    ) -> TuringTest:
        """Begin a test, or go on with one that was interrupted.

        Parameters
        ----------
        folder : path
            Made where there is none; one reader, one folder.
        design : TuringDesign
            The task.
        real, synthetic : sequence of Candidate
            The lesions to choose from.

        Raises
        ------
        ParameterError
            If there are too few lesions.
        DatasetError
            If the folder holds a test with another design or other lesions.
        StorageError
            If it cannot be written.
        """
        path = Path(folder)
        trials = plan_trials(real, synthetic, design)
        content: dict[str, object] = {
            "design": design.model_dump(),
            "plan": digest_of(design, trials),
        }
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
        file = path / TURING_JSON
        if file.exists():
            _require_same(file, content)
        else:
            write_atomic(file, (json.dumps(content, indent=1) + "\n").encode(), durable=True)
        return cls(path, design, trials)

    @property
    def answers(self) -> dict[int, Answer]:
        """What was answered, by the trial's number; a line cut short by a crash does not count."""
        path = self.folder / ANSWERS_CSV
        if not path.exists():
            return {}
        valid, found = set(responses(self.design)), dict[int, Answer]()
        lines = path.read_bytes().splitlines(keepends=True)
        for line in lines:
            cells = next(csv.reader([line.decode(errors="replace").strip()]), [])
            if not line.endswith(b"\n") or len(cells) != len(_COLUMNS) or cells[1] not in valid:
                continue
            with contextlib.suppress(ValueError):
                number = int(cells[0])
                if 0 <= number < len(self.trials):
                    found.setdefault(number, Answer(number, cells[1], int(cells[2]), cells[3]))
        return found

    @property
    def next(self) -> Trial | None:
        """The first question without an answer; None at the end."""
        answered = self.answers
        return next((trial for trial in self.trials if trial.number not in answered), None)

    def answer(self, trial: Trial | int, response: int | str, ms: float) -> None:
        """Keep one answer; it is on the disk when this returns.

        Parameters
        ----------
        trial : Trial or int
            The question, or its number.
        response : int or str
            A rating from 1 to 10, or ``"left"`` or ``"right"``: where the real lesion is.
        ms : float
            Time from showing the lesions to the answer.

        Raises
        ------
        ParameterError
            If the answer is none of `responses`, or the question has one already.
        StorageError
            If it cannot be written.
        """
        number = trial.number if isinstance(trial, Trial) else trial
        if str(response) not in responses(self.design):
            raise ParameterError(
                f"{response!r} is no answer to this task",
                remedy=f"Answer {', '.join(responses(self.design))}",
            )
        if not 0 <= number < len(self.trials) or number in self.answers:
            raise ParameterError(f"question {number} does not exist, or was answered already")
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._append((str(number), str(response), str(round(ms)), now))

    def result(self) -> TuringResult:
        """What the answers so far say."""
        return evaluate(self.design, self.trials, list(self.answers.values()))

    def table(self) -> pd.DataFrame:
        """Every question with its truth and its answer, for a spreadsheet.

        Returns
        -------
        DataFrame
            Lesions of pairs have the prefixes ``left_`` and ``right_``. Unanswered questions
            have empty cells.
        """
        answers = self.answers
        sides = ("left_", "right_") if self.design.task == "2afc" else ("",)
        rows = []
        for trial in self.trials:
            row: dict[str, object] = {"trial": trial.number}
            for side, lesion in zip(sides, trial.shown, strict=True):
                row |= {
                    f"{side}id": lesion.id,
                    f"{side}kind": lesion.kind,
                    f"{side}zone": lesion.zone.value,
                    f"{side}method": lesion.method,
                    f"{side}diameter_mm": round(lesion.diameter_mm, 2),
                }
            answer = answers.get(trial.number)
            row |= {
                "response": answer.response if answer else "",
                "ms": answer.ms if answer else "",
                "time": answer.time if answer else "",
            }
            if self.design.task == "2afc":
                right = (LEFT, RIGHT)[[c.kind for c in trial.shown].index(REAL)]
                row["correct"] = int(answer.response == right) if answer else ""
            rows.append(row)
        return pd.DataFrame(rows)

    def export(self, path: str | Path) -> None:
        """Write `table` as a CSV file.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        text = self.table().to_csv(index=False, lineterminator="\n")
        write_atomic(Path(path), text.encode())

    def _append(self, cells: tuple[str, ...]) -> None:
        path = self.folder / ANSWERS_CSV
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        with writing(path), path.open("ab+") as file:
            size = file.seek(0, os.SEEK_END)
            if size == 0:
                writer.writerow(_COLUMNS)
            else:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    text.write("\n")  # a line cut short must not swallow this one
            writer.writerow(cells)
            file.write(text.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())


def _require_same(file: Path, content: dict[str, object]) -> None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"the test's description is damaged ({error})",
            where=file,
            remedy="Choose another folder",
        ) from error
    if found != content:
        other = "design" if found.get("design") != content["design"] else "lesions"
        raise DatasetError(
            f"the folder holds a test with another {other}"
            if other == "design"
            else "the folder holds a test with other lesions",
            where=file.parent,
            remedy="Give the same design and lesions to go on with it, or choose another folder",
        )
