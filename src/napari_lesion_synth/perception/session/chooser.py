"""Who chooses the next photos: one protocol, and chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from napari_lesion_synth.perception.design.feasible import photos_in, shown_at_once
from napari_lesion_synth.perception.design.order import side_first, sided, spaced
from napari_lesion_synth.perception.design.random_design import (
    pair_sequence,
    set_sequence,
    single_sequence,
    stretch,
)
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.slots import study_rng
from napari_lesion_synth.perception.design.trials import (
    KIND_OF,
    MIXED_KINDS,
    Response,
    Trial,
    TrialKind,
)
from napari_lesion_synth.perception.session.situation import Situation

__all__ = ["PLACE", "Chooser", "RandomChooser", "random_trial"]

PLACE = "place"
"""Among a trial's facts: its place in the participant's random design."""

Group = tuple[str, ...]


class Chooser(Protocol):
    """Chooses photos for the trials that are neither practice nor checks."""

    def next(self, situation: Situation) -> Trial | None:
        """The next question.

        The same situation gives the same question: what chance decides comes from
        `situation.rng`. Photos are taken from `situation.allowed` as long as they suffice.

        Parameters
        ----------
        situation : Situation
            What is known; `situation.trial` makes the trial.

        Returns
        -------
        Trial or None
            None when it is enough: the stopping rule says so.
        """
        ...

    def prepare(self, situation: Situation, trial: Trial, responses: Sequence[Response]) -> None:
        """Compute ahead while a question is on the screen; called in another thread.

        Parameters
        ----------
        situation : Situation
            Before the answer; ``situation.answered(trial, response)`` is the one after it, for
            which `next` will be asked.
        trial : Trial
            The question.
        responses : sequence
            The answers that it may get; empty where there is a continuum of them.
        """
        ...


class RandomChooser:
    """A balanced random design, laid out for all participants together.

    Each participant goes through a stretch of the study's sequence of pairs, sets or photos (see
    `random_design`), in an order that keeps showings of a photo apart.
    """

    def __init__(self) -> None:
        self._plans: dict[tuple[str, int, str | None], list[Group]] = {}

    def next(self, situation: Situation) -> Trial | None:
        """The next question; None when every photo was seen as often as it may be.

        Where kinds are mixed, chance decides the kind, too.
        """
        if situation.design.judgement.kind == "mixed":
            return random_trial(situation, "random")
        plan = self._plan(situation)
        mine = [t for t in situation.state.trials if t.chosen_by == "random" and t.counts]
        category = situation.slot.category if situation.slot else None
        used = {t.facts.get(PLACE) for t in mine if t.facts.get("category") == category}
        free = [place for place in range(len(plan)) if place not in used]
        place = _first_fit(situation, plan, free)
        if place is None:
            return random_trial(situation, "random", {PLACE: -1, "category": category})
        return situation.trial(plan[place], "random", {PLACE: place, "category": category})

    def prepare(self, situation: Situation, trial: Trial, responses: Sequence[Response]) -> None:
        """Nothing: chance needs no time."""

    def _plan(self, situation: Situation) -> list[Group]:
        category = situation.slot.category if situation.slot else None
        key = (situation.design.sha256, situation.state.number, category)
        if key not in self._plans:
            self._plans[key] = _laid_out(situation, category)
        return self._plans[key]


def random_trial(
    situation: Situation, chosen_by: str, facts: dict[str, object] | None = None
) -> Trial | None:
    """Photos drawn from those that are allowed; None where too few may still be seen."""
    rng = situation.rng()
    kind = _kind(situation, rng)
    count = photos_in(situation.design, kind)
    most, seen = situation.design.order.most_exposures, situation.exposures
    names = situation.allowed
    if len(names) < count:  # rather too early than too often
        names = tuple(n for n in situation.pool if most is None or seen[n] < most)
    if len(names) < count:
        return None
    drawn = [names[k] for k in rng.choice(len(names), count, replace=False)]
    if count == 2 and not side_first(situation.leads[drawn[0]], situation.leads[drawn[1]], rng):
        drawn.reverse()
    return situation.trial(drawn, chosen_by, facts, kind)


def _kind(situation: Situation, rng: np.random.Generator) -> TrialKind:
    """What the place asks for; where kinds are mixed and it asks for none, either."""
    if situation.design.judgement.kind != "mixed":
        return KIND_OF[situation.design.judgement.kind]
    asked = situation.slot.ask if situation.slot is not None else None
    return asked or MIXED_KINDS[int(rng.integers(len(MIXED_KINDS)))]


def _first_fit(situation: Situation, plan: Sequence[Group], free: Sequence[int]) -> int | None:
    """The first of the free places whose photos are allowed; else the longest ago seen."""
    allowed = set(situation.allowed)
    fitting = next((place for place in free if allowed.issuperset(plan[place])), None)
    if fitting is not None:
        return fitting
    most, seen = situation.design.order.most_exposures, situation.exposures
    last = {name: k for k, names in enumerate(situation.state.shown) for name in names}
    possible = [
        place for place in free if most is None or all(seen[name] < most for name in plan[place])
    ]
    return min(
        possible, key=lambda place: max(last.get(name, -1) for name in plan[place]), default=None
    )


def _laid_out(situation: Situation, category: str | None) -> list[Group]:
    """A participant's stretch of the study's sequence."""
    design, names = situation.design, situation.pool
    number = situation.state.number
    # The same for all participants, though a category's blocks may differ by one trial.
    mains = sum(slot.role == "main" for slot in situation.slots)
    categories = sorted(situation.stimuli.categories)
    length = mains if category is None else mains // len(categories)
    index = 0 if category is None else 1 + categories.index(category)
    groups = stretch(_sequence(design, names, study_rng(design, 3, index)), number, length)
    rng = study_rng(design, 4, index, number)
    if shown_at_once(design) == 2:
        groups = list(sided([(group[0], group[1]) for group in groups], rng))
    return [groups[k] for k in spaced(groups, design.order.spacing, rng)]


def _sequence(
    design: StudyDesign, names: Sequence[str], rng: np.random.Generator
) -> Iterator[Group]:
    at_once = shown_at_once(design)
    if at_once == 1:
        return single_sequence(names, rng)
    return pair_sequence(names, rng) if at_once == 2 else set_sequence(names, at_once, rng)
