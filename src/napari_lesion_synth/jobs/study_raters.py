"""How much a rating tells, from what the ratings of a study have shown of its raters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.study_answers import Asked, ratings_of
from napari_lesion_synth.perception.choice.actions import rating_gains
from napari_lesion_synth.perception.scaling.raters import fit_raters

__all__ = ["RatersKnown"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RatersKnown:
    """How much photos differ, and how consistently each rater rates.

    Parameters
    ----------
    spread : float
        Standard deviation of the photos' values.
    typical : float
        Standard deviation of a typical rater's noise, in the same unit.
    noise : mapping of str to float
        That of each rater.
    """

    spread: float = 1.0
    typical: float = 1.0
    noise: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, answers: tuple[Asked, ...]) -> Self:
        """From ratings of at least two raters.

        With fewer, a rating is taken to be as noisy as photos differ, whoever gave it.
        """
        kept = [asked for asked in answers if asked[1].repeat_of is None]
        items = tuple(dict.fromkeys(trial.stimuli[0] for _, trial, _ in kept))
        raters = tuple(dict.fromkeys(rater for rater, _, _ in kept))
        try:
            fitted = fit_raters(ratings_of(kept, items, raters))
        except ParameterError:
            return cls()
        noise = {r: each.value for r, each in zip(raters, fitted.inconsistency, strict=True)}
        between = float(np.var(fitted.mean) + np.diag(fitted.covariance).mean())
        typical = float(np.exp(np.mean(np.log(list(noise.values())))))
        return cls(np.sqrt(between), typical, noise)

    def told_by(self, rater: str | None) -> float:
        """What a rating of a rater adds to the precision of a value; None: of a typical one."""
        noise = self.typical if rater is None else self.noise.get(rater, self.typical)
        return float(1 / noise**2)

    def gains(self, told: Array) -> Array:
        """Bits that another rating, by a typical rater, is expected to tell.

        Parameters
        ----------
        told : ndarray of float64, shape (k,)
            Of each photo, the sum of `told_by` over its ratings.
        """
        return rating_gains(1 / (1 / self.spread**2 + told), self.typical)
