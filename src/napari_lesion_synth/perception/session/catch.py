"""Catch trials: questions whose right answer is known, and who failed too many of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import ndimage

from napari_lesion_synth.perception.design.questions import instruction
from napari_lesion_synth.perception.design.trials import LEFT, RIGHT, Response, Trial
from napari_lesion_synth.perception.ledger.replay import ParticipantState
from napari_lesion_synth.perception.session.chooser import random_trial
from napari_lesion_synth.perception.session.situation import Situation
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = [
    "EXPECT",
    "SPOILED",
    "CatchScore",
    "catch_passed",
    "catch_score",
    "catch_trial",
    "spoiled",
]

EXPECT = "expect"
"""Among a catch trial's facts: the right answer, or the part of it that matters."""

SPOILED = "spoiled"
"""Among a catch trial's facts: place of the photo that is shown spoiled, from the left."""

_NEAR = 0.1
"""A mark on a line counts as at its end within this distance."""


@dataclass(frozen=True, slots=True)
class CatchScore:
    """How many catch trials were passed, and whether that suffices by the design."""

    passed: int
    total: int
    suffices: bool


def catch_trial(situation: Situation) -> Trial | None:
    """The catch trial for this place; None where too few photos are left."""
    base = random_trial(situation, "catch")
    if base is None or situation.slot is None:
        return None
    kind = situation.slot.catch or "instructed"
    trial = replace(base, catch=kind)
    rng = np.random.default_rng([*situation.generator["spawn_key"], situation.design.seed, 1])
    if kind == "obvious":
        return _obvious(trial, rng)
    return _instructed(trial, rng, situation.state)


def catch_passed(trial: Trial, response: Response) -> bool:
    """Whether a catch trial was answered as it should be."""
    expected: Any = trial.facts.get(EXPECT)
    if isinstance(expected, Mapping) and isinstance(response, Mapping):
        return all(response.get(key) == value for key, value in expected.items())
    if trial.kind == "vas" and isinstance(response, int | float):
        return abs(response - float(expected)) <= _NEAR
    return bool(response == expected)


def catch_score(state: ParticipantState) -> CatchScore:
    """How a participant did in the catch trials so far; without any, it suffices."""
    results = [
        catch_passed(trial, answer.response)
        for trial, answer in zip(state.trials, state.answers, strict=False)
        if trial.catch is not None
    ]
    passed, total = sum(results), len(results)
    enough = total == 0 or passed / total >= state.design.checks.catch_pass
    return CatchScore(passed, total, enough)


def spoiled(picture: Picture) -> Picture:
    """A photo that nobody finds delicious: grey, dark and blurred beyond recognition.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
    """
    grey = picture.astype(np.float32).mean(axis=2)
    soft = ndimage.gaussian_filter(grey, max(picture.shape[:2]) / 25)
    result: Picture = np.repeat((0.55 * soft)[..., None], 3, axis=2).astype(np.uint8)
    return result


def _obvious(trial: Trial, rng: np.random.Generator) -> Trial:
    """One of the photos is spoiled; in a pair, it is the same photo twice."""
    place = int(rng.integers(len(trial.stimuli)))
    if trial.kind == "best_worst":
        facts = {SPOILED: place, EXPECT: {"worst": trial.stimuli[place]}}
        return replace(trial, facts={**trial.facts, **facts})
    facts = {SPOILED: place, EXPECT: RIGHT if place == 0 else LEFT}
    return replace(trial, stimuli=(trial.stimuli[0],) * 2, facts={**trial.facts, **facts})


def _instructed(trial: Trial, rng: np.random.Generator, state: ParticipantState) -> Trial:
    """The question says what to answer."""
    expected: Any
    if trial.kind == "best_worst":
        what, expected = "ends", {"best": trial.stimuli[0], "worst": trial.stimuli[-1]}
    elif trial.kind in ("vas", "likert"):
        what = ("low", "high")[int(rng.integers(2))]
        ends = (0.0, 1.0) if trial.kind == "vas" else (1, int(trial.facts["points"]))
        expected = ends[what == "high"]
    else:
        what = expected = (LEFT, RIGHT)[int(rng.integers(2))]
    return replace(
        trial, question=instruction(what, state.language), facts={**trial.facts, EXPECT: expected}
    )
