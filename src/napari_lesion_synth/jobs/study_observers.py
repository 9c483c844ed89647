"""Simulated participants of a study: what they like, how they answer, where they look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.jobs.study_limit_settings import read_limit_settings
from napari_lesion_synth.jobs.study_looks import Looks
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.observers.doses import DoseEffect, DoseTruth
from napari_lesion_synth.perception.observers.utility import Effect, ObserverTraits, UtilityObserver
from napari_lesion_synth.perception.stimuli.plates.folder import TRUTH_CSV, read_truth

__all__ = ["Crowd", "LookingObserver", "crowd_of", "true_attractiveness"]

_TASTE, _TRUTH, _PERSON = 0x7A57, 0x7247, 0x9E45
_WORST_CHANGE = 1.8
"""Utility that the strongest change of a simulated transform costs."""


class Crowd(BaseModel):
    """What simulated participants are like, all together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, title="Seed", description="Of what they like and answer.")
    taste: float = Field(
        0.4,
        ge=0,
        le=5,
        title="Taste",
        description="Standard deviation of one's own liking of a photo, where that between photos "
        "is 1.",
    )
    lapse: float = Field(
        0.02, ge=0, le=1, title="Lapses", description="Share of answers that are given blindly."
    )
    careless: int = Field(
        0, ge=0, title="Careless", description="How many of them answer without looking at all."
    )


@dataclass(frozen=True)
class _People:
    """Everybody's utilities and what changes do to photos."""

    study: Study
    crowd: Crowd
    utilities: Mapping[str, float]
    truths: Mapping[str, DoseTruth]
    codes: tuple[str, ...]


def true_attractiveness(study: Study) -> dict[str, float] | None:
    """Attractiveness that rendered plates are said to have; None for photos of real dishes."""
    folder = study.folder / study.design.stimuli
    if not (folder / TRUTH_CSV).exists():
        return None
    truth = read_truth(folder)
    return {name: truth[name] for name in study.stimuli.ids if name in truth}


def crowd_of(
    study: Study, crowd: Crowd, codes: tuple[str, ...]
) -> Callable[[str], UtilityObserver]:
    """Maker of the simulated participants of a study.

    Rendered plates are liked as their truth says, other photos as chance does.

    Parameters
    ----------
    study : Study
        The study.
    crowd : Crowd
        What they are like.
    codes : tuple of str
        All of them, the careless ones last.

    Returns
    -------
    callable
        From a code to the participant.
    """
    ids = study.stimuli.ids
    truth = true_attractiveness(study)
    if truth is not None and len(truth) == len(ids):
        values = np.array([truth[name] for name in ids])
        values = (values - values.mean()) / (values.std() or 1.0)
    else:
        values = np.random.default_rng([crowd.seed, _TRUTH]).standard_normal(len(ids))
    limits = read_limit_settings(study.folder)
    people = _People(
        study,
        crowd,
        dict(zip(ids, values.tolist(), strict=True)),
        {} if limits is None else _truths(study, limits, codes, crowd.seed),
        codes,
    )
    return lambda code: _observer(people, code)


class LookingObserver(UtilityObserver):
    """A simulated participant whose gaze is recorded: by a simulation, and called so.

    Parameters
    ----------
    looks : Looks
        Where they look, and where that is kept.
    **more
        As for `UtilityObserver`.
    """

    def __init__(
        self,
        utilities: Mapping[str, float],
        traits: ObserverTraits,
        seed: tuple[int, ...],
        effect: Effect | None,
        looks: Looks,
    ) -> None:
        super().__init__(utilities, traits, seed, effect)
        self.looks = looks

    def answer(self, trial: Trial, onset_utc: str = "") -> Answer:
        """Answer a question; the gaze is on the disk before the answer is given."""
        answer = super().answer(trial, onset_utc)
        seen = self.looks.at(trial, answer, self.rng(trial.number).spawn(1)[0])
        return replace(answer, gaze_source="simulated", shown=seen.shown, quality=seen.quality)


def _observer(people: _People, code: str) -> UtilityObserver:
    crowd, place = people.crowd, people.codes.index(code)
    rng = np.random.default_rng([crowd.seed, _PERSON, place])
    careless = place >= len(people.codes) - crowd.careless
    traits = ObserverTraits(
        noise=float(rng.lognormal(0, 0.15)),
        lapse=1.0 if careless else crowd.lapse,
        side_bias=float(rng.normal(0, 0.1)),
        fatigue=0.1,
        base_s=float(rng.uniform(0.8, 1.6)),
    )
    own = np.random.default_rng([crowd.seed, _TASTE, place]).normal(
        0, crowd.taste, len(people.utilities)
    )
    utilities = {
        name: common + float(taste)
        for (name, common), taste in zip(people.utilities.items(), own, strict=True)
    }
    effect = _effect(people, code)
    seed = (crowd.seed, _PERSON, place)
    if people.study.design.viewing.gaze_source == "none":
        return UtilityObserver(utilities, traits, seed, effect)
    looks = Looks(people.study, code, np.random.default_rng([*seed, 1]))
    return LookingObserver(utilities, traits, seed, effect, looks)


def _effect(people: _People, code: str) -> Effect | None:
    if not people.truths:
        return None
    categories = {stimulus.id: stimulus.category for stimulus in people.study.stimuli}
    return DoseEffect(people.truths, categories, code)


def _truths(
    study: Study, limits: LimitSettings, codes: tuple[str, ...], seed: int
) -> dict[str, DoseTruth]:
    """How much worse changes make photos: not at all at 0, and ever faster from there."""
    categories = {stimulus.id: stimulus.category for stimulus in study.stimuli}
    found = {}
    for number, name in enumerate(limits.transforms):
        ends = [arm.end for arm in limits.arms if arm.transform == name]
        low, high = min(*ends, 0.0), max(*ends, 0.0)
        rng = np.random.default_rng([seed, _TRUTH, number])
        found[name] = DoseTruth.drawn(_worse(low, high), (low, high), (categories, codes), rng)
    return found


def _worse(low: float, high: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def curve(magnitude: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.where(magnitude > 0, magnitude / (high or 1.0), magnitude / (low or -1.0))
        return np.asarray(-_WORST_CHANGE * np.abs(share) ** 1.5)

    return curve
