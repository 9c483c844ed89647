"""What each participant is asked, by what it is for; and whether the checks can say anything."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.slots import catch_kinds, plan_slots
from napari_lesion_synth.wording import counted

__all__ = ["Planned", "attention_doubt", "catches_needed", "planned"]

_FEWEST = 3
"""Of two catch trials, one right guess is half."""

_MOST_SHARE = 0.5
"""Of catch trials among all, by the design's own limit."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The trials of one participant.

    Parameters
    ----------
    practice : int
        Before it counts.
    catches : int
        Whose right answer is known.
    repeats : int
        Judgements that were asked before, as they were or mirrored.
    new : int
        Judgements of what was not asked before.
    """

    practice: int
    catches: int
    repeats: int
    new: int

    @property
    def trials(self) -> int:
        """All but practice: what the design calls trials."""
        return self.new + self.repeats + self.catches

    @property
    def judgements(self) -> int:
        """What counts as an answer of the study: new ones and repeats."""
        return self.new + self.repeats


def planned(design: StudyDesign, categories: Mapping[str, Sequence[str]]) -> Planned:
    """What each participant is asked.

    Parameters
    ----------
    design : StudyDesign
        How many, and which checks.
    categories : mapping of str to sequence of str
        Ids of the photos of each category.
    """
    roles = [slot.role for slot in plan_slots(design, categories, 0)]
    return Planned(
        practice=roles.count("practice"),
        catches=roles.count("catch"),
        repeats=roles.count("repeat") + roles.count("mirror"),
        new=roles.count("main"),
    )


def catches_needed(pass_rate: float) -> int | None:
    """How many catch trials it takes until a single slip excludes nobody.

    Parameters
    ----------
    pass_rate : float
        Share of right answers below which a participant is excluded.

    Returns
    -------
    int or None
        At least 3, so that guessing does not pass easily. None where no number is enough.
    """
    if pass_rate >= 1:
        return None
    return max(_FEWEST, math.ceil(1 / (1 - pass_rate) - 1e-9))


def attention_doubt(design: StudyDesign, categories: Mapping[str, Sequence[str]]) -> str:
    """Why the catch trials of a design exclude people on too little; empty where they do not.

    A design without catch trials excludes nobody by them, and is not doubted.
    """
    checks = design.checks
    if checks.catch_share == 0 or not catch_kinds(design):
        return ""
    there = planned(design, categories)
    needed = catches_needed(checks.catch_pass)
    if needed is None:
        return (
            f"at a pass rate of {checks.catch_pass:g} a single wrong answer to a catch trial "
            "excludes a participant: lower the pass rate"
        )
    if there.catches >= needed:
        return ""
    if there.catches == 0:
        what = "no catch trial is planned, since their share of the trials is less than one"
    elif (there.catches - 1) / there.catches < checks.catch_pass:
        what = (
            f"with {counted(there.catches, 'catch trial')} and a pass rate of "
            f"{checks.catch_pass:g}, a single wrong answer excludes a participant"
        )
    else:
        what = f"{counted(there.catches, 'catch trial')} hardly tell attention from guessing"
    share = math.ceil(100 * needed / there.trials) / 100
    more = f"a share of {share:g}" if share <= _MOST_SHARE else f"at least {2 * needed} trials"
    return f"{what}: plan {needed} or more for each ({more}), or none"
