"""The state of a participant, from their ledger: each line leads from one state to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Any

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.ledger import records as kinds
from napari_lesion_synth.perception.ledger.ledger import Record

__all__ = ["ParticipantState", "advance", "clock_jumps", "replay"]

REOPENED = "reopened"
"""Mark of an answer whose question had been on the screen before the program ended."""


@dataclass(frozen=True)
class ParticipantState:
    """Where a participant stands.

    Parameters
    ----------
    code : str
        Their pseudonym.
    number : int
        Of the enrolment, from 0.
    language : str
        ``"ja"`` or ``"en"``.
    design : StudyDesign
        As it was when they began.
    header : dict
        The other facts of the first line.
    consent : dict or None
        Version and hash of the text that they agreed to.
    covariates : dict or None
        What was asked beforehand.
    trials : tuple of Trial
        All that were shown; `trials[k].number` is `k`.
    answers : tuple of Answer
        `answers[k]` answers `trials[k]`; the last trial may be without one.
    rested_before : int
        Number of the trial before which the last break ended.
    paused : bool
        Whether the participant has paused.
    open_marks : tuple of str
        What will be marked on the answer to the open trial.
    ended : str
        ``""``, ``"declined"``, ``"withdrawn"``, or why it is finished.
    sittings : int
        How often the study was opened.
    sitting_s : float
        Seconds of this sitting, pauses left out, up to the last line.
    """

    code: str
    number: int
    language: Language
    design: StudyDesign
    header: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, str] | None = None
    covariates: dict[str, Any] | None = None
    trials: tuple[Trial, ...] = ()
    answers: tuple[Answer, ...] = ()
    rested_before: int = 0
    paused: bool = False
    open_marks: tuple[str, ...] = ()
    ended: str = ""
    sittings: int = 0
    sitting_s: float = 0.0
    last_mono: float = 0.0

    @property
    def open_trial(self) -> Trial | None:
        """The question that waits for its answer."""
        return self.trials[-1] if len(self.trials) > len(self.answers) else None

    @property
    def judged(self) -> list[tuple[Trial, Answer]]:
        """Trials with their answers; practice and catch trials left out."""
        return [(t, a) for t, a in zip(self.trials, self.answers, strict=False) if t.counts]

    @property
    def shown(self) -> list[tuple[str, ...]]:
        """Photos of all trials so far."""
        return [trial.stimuli for trial in self.trials]


def replay(records: Iterable[Record]) -> ParticipantState:
    """The state after all lines of a participant's ledger.

    Raises
    ------
    InputError
        If the lines do not tell one participant's story; the message has the line's number.
    """
    lines = iter(records)
    first = next(lines, None)
    if first is None or first["kind"] != kinds.BEGUN:
        raise InputError("the ledger does not begin with a participant's first line")
    return reduce(advance, lines, begun(first))


def begun(record: Record) -> ParticipantState:
    """The state after the first line."""
    own = ("n", "t", "mono", "kind", "code", "number", "language", "design")
    with _story(record):
        return ParticipantState(
            record["code"],
            int(record["number"]),
            record["language"],
            StudyDesign.model_validate(record["design"]),
            {key: value for key, value in record.items() if key not in own},
            last_mono=float(record["mono"]),
        )


def advance(state: ParticipantState, record: Record) -> ParticipantState:
    """The state after one more line.

    Raises
    ------
    InputError
        If the line cannot follow.
    """
    with _story(record):
        step = _STEPS.get(record["kind"])
        after = state if step is None else step(state, record)
        return _timed(state, after, record)


@contextmanager
def _story(record: Record) -> Iterator[None]:
    """A line that cannot be understood becomes an error that names it."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"line {int(record['n']) + 1} of the ledger cannot follow what is before it ({error})",
            remedy="Bring back the file from a copy",
        ) from error


def _timed(before: ParticipantState, after: ParticipantState, record: Record) -> ParticipantState:
    mono = float(record["mono"])
    if record["kind"] == kinds.OPENED:
        return replace(after, last_mono=mono, sitting_s=0.0)
    passed = 0.0 if before.paused else max(mono - before.last_mono, 0.0)
    return replace(after, last_mono=mono, sitting_s=after.sitting_s + passed)


def _opened(state: ParticipantState, record: Record) -> ParticipantState:  # noqa: ARG001
    return replace(_marked(state, REOPENED), sittings=state.sittings + 1)


def _trial(state: ParticipantState, record: Record) -> ParticipantState:
    trial = Trial.from_json(record["trial"])
    if state.open_trial is not None or trial.number != len(state.trials):
        raise ValueError(f"trial {trial.number} comes out of turn")
    return replace(state, trials=(*state.trials, trial), open_marks=())


def _answered(state: ParticipantState, record: Record) -> ParticipantState:
    answer = Answer.from_json(record["answer"])
    if state.open_trial is None or answer.trial != state.open_trial.number:
        raise ValueError(f"trial {answer.trial} is answered out of turn")
    return replace(state, answers=(*state.answers, answer), open_marks=())


def _marked(state: ParticipantState, mark: str) -> ParticipantState:
    if state.open_trial is None or mark in state.open_marks:
        return state
    return replace(state, open_marks=(*state.open_marks, mark))


def _consented(state: ParticipantState, record: Record) -> ParticipantState:
    return replace(
        state, consent={name: record[name] for name in ("language", "version", "sha256")}
    )


def _paused(state: ParticipantState, record: Record) -> ParticipantState:  # noqa: ARG001
    return replace(_marked(state, kinds.PAUSED), paused=True)


_STEPS: dict[str, Callable[[ParticipantState, Record], ParticipantState]] = {
    kinds.OPENED: _opened,
    kinds.CONSENTED: _consented,
    kinds.DECLINED: lambda state, _: replace(state, ended=kinds.DECLINED),
    kinds.WITHDRAWN: lambda state, _: replace(state, ended=kinds.WITHDRAWN),
    kinds.COVARIATES: lambda state, record: replace(state, covariates=dict(record["values"])),
    kinds.TRIAL: _trial,
    kinds.ANSWERED: _answered,
    kinds.RESTED: lambda state, record: replace(state, rested_before=int(record["before"])),
    kinds.PAUSED: _paused,
    kinds.RESUMED: lambda state, _: replace(state, paused=False),
    kinds.FINISHED: lambda state, record: replace(state, ended=str(record["reason"])),
}
"""Lines of other kinds change nothing."""


def clock_jumps(records: Iterable[Record], tolerance_s: float = 2.0) -> list[tuple[int, float]]:
    """Where the time of day was set while a program ran.

    Parameters
    ----------
    records : iterable of mapping
        Lines of a ledger.
    tolerance_s : float
        Smaller differences between the two clocks are passed over.

    Returns
    -------
    list of tuple of int and float
        Number ``n`` of the first line after each jump, and by how many seconds the clock jumped.
    """
    jumps = []
    before: tuple[float, float] | None = None
    for record in records:
        now = (datetime.fromisoformat(record["t"]).timestamp(), float(record["mono"]))
        if before is not None and record["kind"] != kinds.OPENED:
            jump = (now[0] - before[0]) - (now[1] - before[1])
            if abs(jump) > tolerance_s:
                jumps.append((int(record["n"]), jump))
        before = now
    return jumps
