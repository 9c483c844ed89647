"""A participant who answers by a hidden utility of each photo.

Choices follow Thurstone's case V [1]_: the difference of two utilities plus normal noise decides.
Harder choices take longer, as in a drift-diffusion model [2]_.

References
----------
.. [1] L. L. Thurstone, "A law of comparative judgment", Psychol. Rev. 34, 1927.
.. [2] J. Palmer, A. C. Huk, M. N. Shadlen, "The effect of stimulus strength on the speed and
   accuracy of a perceptual decision", J. Vision 5, 2005: mean decision time
   ``(a / k x) tanh(a k x)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import ndtr

from napari_lesion_synth.perception.design.answers_before import AGE_BANDS, asked_before
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import (
    LEFT,
    RIGHT,
    TIE,
    Answer,
    Response,
    Trial,
    possible_responses,
)
from napari_lesion_synth.perception.session.catch import EXPECT, SPOILED

__all__ = ["ObserverTraits", "UtilityObserver"]

Effect = Callable[[Trial, int], float]
"""From a trial and a place in it to what is added to the utility of the photo there."""

_SPOILED_UTILITY = -8.0
_BOUND, _DRIFT = 0.9, 0.8
"""Of the decision: its mean time is 0.8 s for equal photos, 0.3 s at a difference of 3."""


class ObserverTraits(BaseModel):
    """What a simulated participant is like."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    noise: float = Field(
        1.0, gt=0, le=100, title="Noise", description="Standard deviation of a comparison's noise."
    )
    lapse: float = Field(
        0.02, ge=0, le=1, title="Lapses", description="Share of answers that are given blindly."
    )
    side_bias: float = Field(
        0.0, ge=-10, le=10, title="Side bias", description="What being on the left adds to utility."
    )
    fatigue: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Fatigue",
        description="Growth of the noise per 100 trials: 0.5 means half as much again.",
    )
    indifference: float = Field(
        0.3, ge=0, le=10, title="Indifference", description="Differences below are called a tie."
    )
    rating_shift: float = Field(
        0.0, ge=-10, le=10, title="Rating shift", description="Added to utilities in ratings."
    )
    rating_noise: float = Field(
        0.5, ge=0, le=10, title="Rating noise", description="Standard deviation in ratings."
    )
    rating_spread: float = Field(
        1.5, gt=0, le=100, title="Rating spread", description="Utilities that fill the scale."
    )
    base_s: float = Field(
        0.6,
        gt=0,
        le=60,
        title="Base time (s)",
        description="Time of an answer without thought.",
    )


class UtilityObserver:
    """A simulated participant.

    Every answer follows from the seed and the trial's number alone: whoever is interrupted and
    asked again answers the same.

    Parameters
    ----------
    utilities : mapping of str to float
        Utility of each photo, by id; a spread of about 1 fits the traits' defaults.
    traits : ObserverTraits, optional
        What the participant is like.
    seed : int or sequence of int
        Of all that is drawn.
    effect : callable, optional
        What a trial itself adds to a photo's utility: a transform, say.
    """

    def __init__(
        self,
        utilities: Mapping[str, float],
        traits: ObserverTraits | None = None,
        seed: int | tuple[int, ...] = 0,
        effect: Effect | None = None,
    ) -> None:
        self.utilities = dict(utilities)
        self.traits = traits or ObserverTraits()
        self._seed = (seed,) if isinstance(seed, int) else tuple(seed)
        self._effect = effect

    def rng(self, trial: int) -> np.random.Generator:
        """The generator of one trial's answer."""
        return np.random.default_rng([*self._seed, trial, 0x0B5])

    def covariates(self, design: StudyDesign) -> dict[str, Any]:
        """What the participant says beforehand."""
        rng = self.rng(2**31)
        drawn: dict[str, Any] = {
            "hunger": int(rng.integers(0, 101)),
            "minutes_since_meal": int(rng.integers(10, 600)),
            "age_band": AGE_BANDS[int(rng.integers(len(AGE_BANDS)))],
        }
        return {name: drawn[name] for name in asked_before(design)}

    def answer(self, trial: Trial, onset_utc: str = "") -> Answer:
        """Answer a question of any kind."""
        rng, traits = self.rng(trial.number), self.traits
        # Drawn in any case, so that one answer's luck does not depend on another's lapse.
        lapse, noise = rng.uniform() < traits.lapse, rng.standard_normal(len(trial.stimuli))
        worth = self._worth(trial)
        tired = 1 + traits.fatigue * trial.number / 100
        if lapse:
            response = _blind(trial, rng)
        elif trial.catch == "instructed":
            response = trial.facts[EXPECT]
        else:
            response = self._judged(trial, worth, noise * tired)
        seconds = self._seconds(worth, rng) if trial.seconds is None else trial.seconds + 0.4
        return Answer(trial.number, response, round(seconds, 4), onset_utc)

    def _worth(self, trial: Trial) -> NDArray[np.float64]:
        """Utility of each photo of a trial, without noise."""
        worth = np.array([self.utilities[name] for name in trial.stimuli])
        if self._effect is not None:
            worth += [self._effect(trial, place) for place in range(len(worth))]
        if (place := trial.facts.get(SPOILED)) is not None:
            worth[place] = _SPOILED_UTILITY
        return worth

    def _judged(
        self, trial: Trial, worth: NDArray[np.float64], noise: NDArray[np.float64]
    ) -> Response:
        traits = self.traits
        if trial.kind == "view":
            return None
        if trial.kind in ("vas", "likert"):
            felt = worth[0] + traits.rating_shift + traits.rating_noise * noise[0]
            value = float(ndtr(felt / traits.rating_spread))
            if trial.kind == "vas":
                return round(value, 4)
            points = int(trial.facts["points"])
            return min(int(value * points), points - 1) + 1
        # Each photo carries half of the variance of a difference.
        felt_all = worth + traits.noise * noise / np.sqrt(2)
        if trial.kind == "best_worst":
            order = np.argsort(felt_all)
            return {"best": trial.stimuli[order[-1]], "worst": trial.stimuli[order[0]]}
        difference = felt_all[0] - felt_all[1] + traits.side_bias
        if trial.facts.get("ties") and abs(difference) < traits.indifference:
            return TIE
        return LEFT if difference > 0 else RIGHT

    def _seconds(self, worth: NDArray[np.float64], rng: np.random.Generator) -> float:
        apart = float(np.sort(worth)[-1] - np.sort(worth)[-2]) if len(worth) > 1 else 1.0
        drift = _DRIFT * max(apart, 1e-6)
        decision = _BOUND / drift * np.tanh(_BOUND * drift)
        return float(self.traits.base_s + decision * rng.lognormal(0.0, 0.35))


def _blind(trial: Trial, rng: np.random.Generator) -> Response:
    """An answer without looking."""
    possible = possible_responses(trial)
    if not possible:
        return round(float(rng.uniform()), 4)
    return possible[int(rng.integers(len(possible)))]
