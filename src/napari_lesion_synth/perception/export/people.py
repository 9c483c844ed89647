"""Who took part in a study, whose answers count, and why others' do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.sections import GazeSource
from napari_lesion_synth.perception.design.settings import sha256_of
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.ledger.ledger import Record, read_records
from napari_lesion_synth.perception.ledger.records import DECLINED, OPENED, TRIAL, WITHDRAWN
from napari_lesion_synth.perception.ledger.replay import ParticipantState, replay
from napari_lesion_synth.perception.session.catch import CatchScore, catch_score

__all__ = ["Cohort", "Person", "gather"]

SIMULATED = "is simulated, and people took part"

_LONGEST_DELAY_S = 600.0
"""What is longer is no delay, but a clock that was set."""


@dataclass(frozen=True)
class Person:
    """A participant, from their ledger.

    Parameters
    ----------
    code : str
        Their pseudonym.
    state : ParticipantState
        Where they stand.
    records : tuple of mapping
        All lines of their ledger.
    """

    code: str
    state: ParticipantState
    records: tuple[Record, ...]

    @property
    def simulated(self) -> bool:
        """Whether this is no person."""
        return bool(self.state.header.get("simulated"))

    @property
    def answered(self) -> list[tuple[Trial, Answer]]:
        """All trials with their answers, practice and catch trials among them."""
        return list(zip(self.state.trials, self.state.answers, strict=False))

    @cached_property
    def catch(self) -> CatchScore:
        """How they did in the catch trials."""
        return catch_score(self.state)

    @property
    def finished(self) -> bool:
        """Whether no question is left."""
        return bool(self.state.ended) and self.state.ended not in (DECLINED, WITHDRAWN)

    @property
    def left_out(self) -> str:
        """Why their answers do not count by the design, as a clause; empty where they do."""
        if self.state.ended == DECLINED:
            return "did not agree to take part"
        if not self.state.judged:
            return "gave no answer that counts"
        if not self.catch.suffices:
            return f"passed {self.catch.passed} of {self.catch.total} catch trials"
        return ""

    @property
    def began_utc(self) -> str:
        """When they began."""
        return str(self.records[0]["t"])

    @cached_property
    def onsets_s(self) -> dict[int, float]:
        """When the photos of each trial appeared, from the first trial's; never going back.

        Within a sitting by the clock that only runs, however the time of day was set meanwhile;
        between sittings by the time of day.
        """
        stated = {trial.number: answer.onset_utc for trial, answer in self.answered}
        found: dict[int, float] = {}
        passed, last_mono, last_utc = 0.0, 0.0, _utc(self.records[0])
        for record in self.records:
            mono, utc = float(record["mono"]), _utc(record)
            apart = utc - last_utc if record["kind"] == OPENED else mono - last_mono
            passed, last_mono, last_utc = passed + max(apart, 0.0), mono, utc
            if record["kind"] == TRIAL:
                number = int(record["trial"]["number"])
                found[number] = passed + _delay(utc, stated.get(number, ""))
        first = min(found.values(), default=0.0)
        return {number: round(seconds - first, 6) for number, seconds in found.items()}


@dataclass(frozen=True)
class Cohort:
    """The participants of a study.

    Simulated participants count only where nobody else took part: they are never pooled with
    people.

    Parameters
    ----------
    study : Study
        The study.
    people : tuple of Person
        All who have begun, in the order of their numbers.
    """

    study: Study
    people: tuple[Person, ...]

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people)

    @property
    def simulated(self) -> bool:
        """Whether all are simulated."""
        return bool(self.people) and all(person.simulated for person in self.people)

    def why_left_out(self, person: Person) -> str:
        """Why a participant's answers do not count; empty where they do."""
        if person.simulated and not self.simulated:
            return SIMULATED
        return person.left_out

    @cached_property
    def used(self) -> tuple[Person, ...]:
        """Those whose answers count."""
        return tuple(person for person in self.people if not self.why_left_out(person))

    @property
    def left_out(self) -> dict[str, str]:
        """Code of each of the others, and why."""
        found = {person.code: self.why_left_out(person) for person in self.people}
        return {code: why for code, why in found.items() if why}

    @property
    def gaze_sources(self) -> tuple[GazeSource, ...]:
        """What recorded gaze, of those whose answers count; sorted."""
        found = {answer.gaze_source for person in self.used for _, answer in person.answered}
        return tuple(sorted(found - {"none"}))

    @property
    def sha256(self) -> str:
        """Identity of all that has been answered: results of other answers are stale."""
        return sha256_of(
            [
                [person.state.number, [answer.to_json() for answer in person.state.answers]]
                for person in self.people
            ]
        )


def _utc(record: Record) -> float:
    return datetime.fromisoformat(record["t"]).timestamp()


def _delay(asked_utc: float, onset_utc: str) -> float:
    """Seconds from when a question was written down to its photos' appearance."""
    try:
        delay = datetime.fromisoformat(onset_utc).timestamp() - asked_utc
    except ValueError:
        return 0.0
    return delay if 0 <= delay < _LONGEST_DELAY_S else 0.0


def gather(study: Study, *, skip_damaged: bool = False) -> Cohort:
    """Read all participants' ledgers, without writing to them.

    Parameters
    ----------
    study : Study
        The study.
    skip_damaged : bool
        Pass over ledgers that are damaged; else they are errors.

    Raises
    ------
    InputError
        If a ledger is damaged; the message names file and line. A last line that was cut short
        is no damage.
    """
    people = []
    for code in study.codes:
        try:
            person = _read(study, code)
        except InputError:
            if not skip_damaged:
                raise
            continue
        if person is not None:
            people.append(person)
    return Cohort(study, tuple(sorted(people, key=lambda person: person.state.number)))


def _read(study: Study, code: str) -> Person | None:
    path = participant_path(study.folder, code)
    records = tuple(read_records(path))
    if not records:
        return None  # a beginning that was cut short before its first line
    try:
        return Person(code, replay(records), records)
    except InputError as error:
        raise InputError(error.what, where=path, remedy=error.remedy) from error
