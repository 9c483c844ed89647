"""A participant's sitting as a row of places: which trial is a check, where a break comes.

What is shown at each place is decided when it comes; the row itself follows from the design, the
photos' categories and the participant's number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.order import balanced_order
from napari_lesion_synth.perception.design.sections import CatchKind
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import MIXED_KINDS, TrialKind

__all__ = ["Role", "Slot", "catch_kinds", "plan_slots", "study_rng"]

Role: TypeAlias = Literal["practice", "main", "catch", "repeat", "mirror"]

_EARLIEST_REPEAT = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a sitting.

    Parameters
    ----------
    number : int
        Of its trial, from 0; practice counts.
    block : str
        ``"practice"``, a category, or a number from 1.
    role : str
        What the trial is for.
    category : str or None
        From which photos are taken; None: from all.
    catch : str or None
        Kind of the catch trial.
    ask : str or None
        Kind of the trial, where kinds are mixed and it is no matter of gain: in practice and
        catch trials, so that there are both. None: whichever is chosen.
    rest_before : bool
        Whether a break comes first.
    """

    number: int
    block: str
    role: Role
    category: str | None = None
    catch: CatchKind | None = None
    rest_before: bool = False
    ask: TrialKind | None = None

    @property
    def practice(self) -> bool:
        """Whether the trial is left out of every analysis."""
        return self.role == "practice"


def study_rng(design: StudyDesign, *path: int) -> np.random.Generator:
    """A generator of the study's own; another `path`, other numbers."""
    return np.random.default_rng(np.random.SeedSequence(design.seed, spawn_key=path))


def catch_kinds(design: StudyDesign) -> tuple[CatchKind, ...]:
    """The kinds of catch trials that the judgement allows: a rating has no obvious answer."""
    kind = design.judgement.kind
    if kind == "view":
        return ()
    return tuple(k for k in design.checks.catch_kinds if k != "obvious" or kind not in _RATINGS)


def plan_slots(
    design: StudyDesign, categories: Mapping[str, Sequence[str]], participant: int
) -> tuple[Slot, ...]:
    """The places of a participant's trials.

    Parameters
    ----------
    design : StudyDesign
        How many, which checks, which breaks.
    categories : mapping of str to sequence of str
        Ids of the photos of each category.
    participant : int
        Number of the participant, from 0.

    Returns
    -------
    tuple of Slot
        Practice first.
    """
    rng = study_rng(design, 1, participant)
    blocks = _blocks(design, sorted(categories), participant)
    total = sum(length for _, length in blocks)
    roles = _roles(design, total, rng)
    kinds = _catches(design)
    mixed = design.judgement.kind == "mixed"
    slots = [
        Slot(
            *(number, "practice", "practice", blocks[0][0]),
            ask=MIXED_KINDS[number % 2] if mixed else None,
        )
        for number in range(design.counts.practice)
    ]
    catches, place = int(rng.integers(max(len(kinds), 1))), 0
    for category, length in blocks:
        for inside in range(length):
            role = roles[place]
            rest = place > 0 and inside % design.counts.block_size == 0
            name = category if category is not None else str(place // design.counts.block_size + 1)
            catch, ask = None, None
            if role == "catch":
                (catch, ask), catches = kinds[catches % len(kinds)], catches + 1
            slots.append(Slot(len(slots), name, role, category, catch, rest, ask))
            place += 1
    return tuple(slots)


_RATINGS = ("vas", "likert")
_PAIRED = ("paired", "mixed")
_PAIR, _RATING = MIXED_KINDS


def _catches(design: StudyDesign) -> list[tuple[CatchKind, TrialKind | None]]:
    """Kinds of catch trials in turn; where kinds are mixed, pairs and ratings have their share."""
    kinds = catch_kinds(design)
    if design.judgement.kind != "mixed":
        return [(kind, None) for kind in kinds]
    turns: list[tuple[CatchKind, TrialKind | None]] = [
        ("obvious", _PAIR), ("instructed", _RATING), ("instructed", _PAIR),
    ]  # fmt: skip
    return [turn for turn in turns if turn[0] in kinds]


def _blocks(
    design: StudyDesign, categories: Sequence[str], participant: int
) -> list[tuple[str | None, int]]:
    """Category and number of trials of each block, in order."""
    trials = design.counts.trials
    if design.order.blocks == "mixed":
        return [(None, trials)]
    if trials < len(categories):
        raise ParameterError(
            f"{trials} trials are too few for {len(categories)} categories",
            remedy="Ask for more trials, or mix the categories",
        )
    order = balanced_order(len(categories), participant, study_rng(design, 0))
    share, rest = divmod(trials, len(categories))
    return [(categories[k], share + (place < rest)) for place, k in enumerate(order)]


def _roles(design: StudyDesign, total: int, rng: np.random.Generator) -> list[Role]:
    """What each trial after the practice is for."""
    checks = design.checks
    roles: list[Role] = ["main"] * total
    catches = round(checks.catch_share * total) if catch_kinds(design) else 0
    for place in _scattered(range(1, total), catches, rng):
        roles[place] = "catch"
    earliest = max(design.order.spacing + 1, _EARLIEST_REPEAT)
    free = [place for place in range(earliest, total) if roles[place] == "main"]
    # Something has to be there to be repeated.
    count = min(round(checks.repeat_share * total), max(len(free) - earliest, 0))
    mirrored = round(checks.mirrored_share * count) if design.judgement.kind in _PAIRED else 0
    places = _scattered(free, count, rng)
    swapped = {places[k] for k in rng.permutation(count)[:mirrored]}
    for place in places:
        roles[place] = "mirror" if place in swapped else "repeat"
    return roles


def _scattered(places: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    """One place from each of `count` equal stretches."""
    count = min(count, len(places))
    edges = np.linspace(0, len(places), count + 1).astype(int)
    return [places[int(rng.integers(low, high))] for low, high in pairwise(edges)]
