"""The answers of a study as arrays, those that belong together.

Kind of the judgement, viewing and source of the gaze stay with every answer. What differs in one
of them is scaled by itself, unless pooling is asked for. Where the design mixes pairs and ratings,
which share one posterior then, both together are a group, and each by itself is one as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from napari_lesion_synth.perception.design.sections import GazeSource
from napari_lesion_synth.perception.design.trials import (
    LEFT,
    MIXED_KINDS,
    RIGHT,
    TIE,
    Answer,
    Trial,
    TrialKind,
)
from napari_lesion_synth.perception.export.people import Cohort
from napari_lesion_synth.perception.scaling.best_worst import BestWorst
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings

__all__ = [
    "Asked",
    "Group",
    "Way",
    "best_worst_of",
    "comparisons_of",
    "grouped",
    "ratings_of",
]

Asked = tuple[str, Trial, Answer]
"""A rater's name, a question and its answer."""

_OUTCOME = {LEFT: 1.0, RIGHT: 0.0, TIE: 0.5}

_GAZE_WORDS: dict[GazeSource, str] = {
    "none": "gaze not recorded",
    "tracker": "eye tracker",
    "mouse_aperture": "mouse aperture",
    "bubble_click": "bubble clicks",
    "simulated": "simulated gaze",
    "replay": "replayed gaze",
}


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """How photos were judged and viewed.

    Parameters
    ----------
    kind : str
        Of the trials; ``"mixed"``: pairs and ratings.
    mode : str
        ``"self-paced"``, ``"fixed"`` or ``"pooled"``.
    seconds : float
        For how long photos were seen; 0 where people decided.
    gaze : str
        What recorded the gaze, or ``"pooled"``.
    category : str
        Where each category is compared only with itself; empty: all together.
    shown : int
        Photos in a trial; 0 where that differs.
    """

    kind: TrialKind | Literal["mixed"]
    mode: str
    seconds: float
    gaze: str
    category: str = ""
    shown: int = 2

    @property
    def text(self) -> str:
        """In words."""
        viewing = f"seen for {self.seconds:g} s" if self.seconds else self.mode
        gaze = _GAZE_WORDS.get(self.gaze, self.gaze)  # type: ignore[call-overload]
        kind = "pairs and ratings together" if self.kind == "mixed" else self.kind
        parts = [kind.replace("_", "-"), viewing, str(gaze), self.category]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Group:
    """Answers that belong together.

    Parameters
    ----------
    way : Way
        What they have in common.
    items : tuple of str
        The photos that could be shown.
    answers : tuple of (str, Trial, Answer)
        Each with its rater; hidden repeats are among them.
    """

    way: Way
    items: tuple[str, ...]
    answers: tuple[Asked, ...]

    @property
    def first(self) -> tuple[Asked, ...]:
        """Without hidden repeats, which say how reliable answers are, and nothing new."""
        return tuple(asked for asked in self.answers if asked[1].repeat_of is None)

    @property
    def raters(self) -> tuple[str, ...]:
        """Who answered, in order of appearance."""
        return tuple(dict.fromkeys(rater for rater, _, _ in self.answers))


def grouped(cohort: Cohort, *, pooled: bool = False) -> tuple[Group, ...]:
    """The answers that count, by how they were given; the largest group first.

    Pairs and ratings of a mixed design come first, together: nothing else pools them.

    Changed photos, whose answers tell of transforms, are left out.

    Parameters
    ----------
    cohort : Cohort
        The participants.
    pooled : bool
        Take viewing modes and sources of gaze together.
    """
    stimuli = cohort.study.stimuli
    found: dict[Way, list[Asked]] = {}
    for person in cohort.used:
        alone = person.state.design.order.blocks == "category"
        for trial, answer in person.state.judged:
            if trial.kind in ("view", "twoafc"):
                continue
            category = stimuli.by_id(trial.stimuli[0]).category if alone else ""
            way = Way(
                trial.kind,
                "pooled" if pooled else trial.mode,
                0.0 if pooled else trial.seconds or 0.0,
                "pooled" if pooled else answer.gaze_source,
                category,
                len(trial.stimuli),
            )
            asked = (person.code, trial, answer)
            found.setdefault(way, []).append(asked)
            if person.state.design.judgement.kind == "mixed" and trial.kind in MIXED_KINDS:
                found.setdefault(replace(way, kind="mixed", shown=0), []).append(asked)
    groups = [
        Group(way, stimuli.categories[way.category] if way.category else stimuli.ids, tuple(own))
        for way, own in found.items()
        if way.kind != "mixed" or len({trial.kind for _, trial, _ in own}) > 1
    ]
    return tuple(sorted(groups, key=lambda group: (-len(group.answers), group.way)))


def comparisons_of(
    answers: Iterable[Asked], items: Sequence[str], raters: Sequence[str]
) -> Comparisons:
    """Pairs, the left photo first.

    Parameters
    ----------
    answers : iterable of (str, Trial, Answer)
        Pairs of these photos; others are passed over.
    items : sequence of str
        All photos.
    raters : sequence of str
        All raters.
    """
    number = {name: k for k, name in enumerate(items)}
    who = {name: k for k, name in enumerate(raters)}
    rows = [
        (number[left], number[right], _OUTCOME[str(answer.response)], who[rater])
        for rater, trial, answer in answers
        if trial.kind == "pair"
        for left, right in (trial.stimuli,)
        if left in number and right in number and left != right
    ]
    return Comparisons.of(
        tuple(items),
        [row[:2] for row in rows],
        [row[2] for row in rows],
        rater=[row[3] for row in rows],
        raters=tuple(raters),
    )


def ratings_of(answers: Sequence[Asked], items: Sequence[str], raters: Sequence[str]) -> Ratings:
    """Ratings from 0 to 1; steps of a Likert scale are taken as equally far apart."""
    number = {name: k for k, name in enumerate(items)}
    who = {name: k for k, name in enumerate(raters)}
    rows = [
        (number[trial.stimuli[0]], _rating(trial, answer), who[rater])
        for rater, trial, answer in answers
        if trial.kind in ("vas", "likert") and trial.stimuli[0] in number
    ]
    steps = any(trial.kind == "likert" for _, trial, _ in answers)
    return Ratings(
        tuple(items),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.int64),
        tuple(raters),
        "likert" if steps else "vas",
    )


def best_worst_of(
    answers: Iterable[Asked], items: Sequence[str], raters: Sequence[str]
) -> BestWorst:
    """Best and worst of several photos; all trials show equally many."""
    number = {name: k for k, name in enumerate(items)}
    who = {name: k for k, name in enumerate(raters)}
    rows = [
        ([number[name] for name in trial.stimuli], answer.response, who[rater])
        for rater, trial, answer in answers
        if trial.kind == "best_worst" and isinstance(answer.response, dict)
    ]

    def chosen(which: str) -> list[int]:
        return [number[response[which]] for _, response, _ in rows if isinstance(response, dict)]

    return BestWorst(
        tuple(items),
        np.array([row[0] for row in rows], np.int64),
        np.array(chosen("best"), np.int64),
        np.array(chosen("worst"), np.int64),
        np.array([row[2] for row in rows], np.int64),
        tuple(raters),
    )


def _rating(trial: Trial, answer: Answer) -> float:
    value = float(answer.response)  # type: ignore[arg-type]
    if trial.kind == "vas":
        return value
    return (value - 1) / (int(trial.facts["points"]) - 1)
