"""Who people are in an export: under their codes, or so that nobody can be told.

Without codes, participants are numbered in an order drawn anew, which is kept nowhere. Ages,
months and languages are made as coarse as it takes until at least `k` participants agree in all of
them (k-anonymity [1]_); how coarse, and which k was reached, is stated with the data. What people
answered is not made coarser, apart from hunger and the last meal: it is what the data are for.

References
----------
.. [1] L. Sweeney, "k-anonymity: a model for protecting privacy", Int. J. Uncertainty, Fuzziness
   and Knowledge-Based Systems 10, 2002.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.perception.design.answers_before import AGE_BANDS
from napari_lesion_synth.perception.export.people import Person
from napari_lesion_synth.perception.export.tables import Cell
from napari_lesion_synth.wording import counted

__all__ = ["Identities", "Identity", "anonymous", "by_code"]

WANTED_K = 3
_HUNGER_STEP, _MEAL_STEP = 10, 30

_WIDER = dict.fromkeys(AGE_BANDS[:3], "18-39") | dict.fromkeys(AGE_BANDS[3:], "40+")


@dataclass(frozen=True, slots=True)
class Identity:
    """What an export says of who somebody is.

    Parameters
    ----------
    label : str
        Code, or number.
    language, age_band, began : str
        Empty where dropped.
    covariates : dict
        Hunger and last meal.
    """

    label: str
    language: str
    age_band: str
    began: str
    covariates: Mapping[str, Cell]


@dataclass(frozen=True)
class Identities:
    """Everybody in an export.

    Parameters
    ----------
    of : dict of str to Identity
        By code.
    anonymous : bool
        Whether codes were dropped.
    statement : str
        What was done about privacy, in sentences.
    k : int or None
        At least so many participants agree in language, age and time; None with codes.
    """

    of: Mapping[str, Identity]
    anonymous: bool
    statement: str
    k: int | None = None

    def ordered(self, people: Sequence[Person]) -> list[tuple[Identity, Person]]:
        """Identities with their participants, by label: the order tells nothing else."""
        pairs = [(self.of[person.code], person) for person in people]
        return sorted(pairs, key=lambda pair: pair[0].label)


def by_code(people: Sequence[Person]) -> Identities:
    """Everybody under their code, with what they told."""
    found = {
        person.code: Identity(
            person.code,
            person.state.language,
            str(_told(person).get("age_band") or ""),
            person.began_utc[:10],
            {name: _told(person).get(name) for name in _COVARIATES},
        )
        for person in people
    }
    words = (
        "Participants are under their codes, with the day on which they began: these data are "
        "personal, and not for publication."
    )
    return Identities(found, anonymous=False, statement=words)


def anonymous(people: Sequence[Person], rng: np.random.Generator, k: int = WANTED_K) -> Identities:
    """Everybody under a number that leads to nobody.

    Parameters
    ----------
    people : sequence of Person
        The participants.
    rng : numpy.random.Generator
        Draws the numbers; from fresh entropy, so that nobody can draw them again.
    k : int
        Participants who are to agree in language, age and time, at least. With fewer participants
        than that, all of it is dropped.
    """
    numbers = rng.permutation(len(people)) + 1
    digits = max(2, len(str(len(people))))
    known = [
        (person.state.language, str(_told(person).get("age_band") or ""), person.began_utc)
        for person in people
    ]
    rows, words = _coarsened(known, k)
    reached = min(Counter(rows).values()) if rows else 0
    found = {
        person.code: Identity(
            f"{number:0{digits}d}", *row, {name: _coarse(person, name) for name in _COVARIATES}
        )
        for person, number, row in zip(people, numbers, rows, strict=True)
    }
    statement = (
        "Codes were dropped and participants numbered in an order drawn at random, which was not "
        "kept. The time of day was dropped: times count from each participant's first trial. "
        f"Hunger was rounded to {_HUNGER_STEP}, the last meal to {_MEAL_STEP} minutes, notes in "
        f"free text and the size of the pupil were left out. {words} In language, age and time "
        f"each participant agrees with at least {reached - 1} other"
        f"{'' if reached == 2 else 's'} (k = {reached}, of {counted(len(people), 'participant')}). "
        "Somebody who knows other things of a participant, such as single answers, may still "
        "recognise them."
    )
    return Identities(found, anonymous=True, statement=statement, k=reached)


_COVARIATES = ("hunger", "minutes_since_meal")

Known = tuple[str, str, str]


def _coarsened(known: Sequence[Known], k: int) -> tuple[list[Known], str]:
    """Language, age and time, made coarser step by step until `k` agree."""
    steps = (
        ("Time was rounded to months.", lambda v: (v[0], v[1], v[2][:7])),
        ("Time was rounded to years.", lambda v: (v[0], v[1], v[2][:4])),
        (
            "Time was rounded to years, and ages to two bands.",
            lambda v: (v[0], _WIDER.get(v[1], v[1]), v[2][:4]),
        ),
        ("Time was rounded to years, and ages were dropped.", lambda v: (v[0], "", v[2][:4])),
        ("Times and ages were dropped.", lambda v: (v[0], "", "")),
    )
    for words, step in steps:
        rows: list[Known] = [step(value) for value in known]
        if not rows or min(Counter(rows).values()) >= k:
            return rows, words
    return [("", "", "")] * len(known), "Times, ages and languages were dropped."


def _told(person: Person) -> Mapping[str, Cell]:
    return person.state.covariates or {}


def _coarse(person: Person, name: str) -> Cell:
    value = _told(person).get(name)
    if not isinstance(value, int | float):
        return None
    step = _HUNGER_STEP if name == "hunger" else _MEAL_STEP
    return int(round(value / step) * step)
