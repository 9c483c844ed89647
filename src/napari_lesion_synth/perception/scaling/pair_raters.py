"""Raters who compare: how sharply each sees a difference, and which side they prefer.

A rater's differences are multiplied by their sharpness: 1 for the typical rater, near 0 for one
who does not look. Logarithms of the sharpness, and side biases, are drawn from normal
distributions around 0, so that a rater with few answers stays close to the typical one. Utilities
and traits are fitted in turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import (
    Z95,
    Posterior,
    Prior,
    RaterTraits,
    fit_utilities,
)

__all__ = ["PairRaters", "fit_pair_raters"]

Array = NDArray[np.float64]

_SPREADS = np.array([0.5, 0.4])
"""Of the logarithm of the sharpness, and of the side bias, between raters."""

_ROUNDS, _SETTLED, _STEPS = 30, 1e-3, 30


@dataclass(frozen=True, eq=False)
class PairRaters:
    """Utilities, and traits of the raters.

    Parameters
    ----------
    posterior : Posterior
        Utilities for the typical rater.
    traits : RaterTraits
        For another fit.
    sharpness, side : tuple of Interval
        Of each rater.
    """

    posterior: Posterior
    traits: RaterTraits
    sharpness: tuple[Interval, ...]
    side: tuple[Interval, ...]


def fit_pair_raters(
    comparisons: Comparisons, prior: Prior | None = None, settings: ScalingSettings | None = None
) -> PairRaters:
    """Utilities, sharpness and side bias of each rater.

    Parameters
    ----------
    comparisons : Comparisons
        Of any raters.
    prior, settings :
        As in `fit_utilities`. The common side bias is left out: each rater has their own.
    """
    settings = (settings or ScalingSettings()).model_copy(update={"side_bias": False})
    raters = len(comparisons.raters)
    unknowns, width = np.zeros((raters, 2)), np.tile(_SPREADS, (raters, 1))
    for _ in range(_ROUNDS):
        traits = RaterTraits(np.exp(unknowns[:, 0]), unknowns[:, 1])
        posterior = fit_utilities(comparisons, prior, settings, traits=traits)
        before = unknowns
        found = [_traits(comparisons, r, posterior, before[r]) for r in range(raters)]
        unknowns = np.array([peak for peak, _ in found]).reshape(-1, 2)
        width = np.array([w for _, w in found]).reshape(-1, 2)
        if np.abs(unknowns - before).max(initial=0.0) < _SETTLED:
            break
    low, high = unknowns - Z95 * width, unknowns + Z95 * width
    sharp = np.exp(np.stack([unknowns[:, 0], low[:, 0], high[:, 0]], axis=1))
    side = np.stack([unknowns[:, 1], low[:, 1], high[:, 1]], axis=1)
    return PairRaters(
        posterior,
        RaterTraits(np.exp(unknowns[:, 0]), unknowns[:, 1]),
        tuple(Interval(*map(float, row)) for row in sharp),
        tuple(Interval(*map(float, row)) for row in side),
    )


def _traits(
    comparisons: Comparisons, rater: int, posterior: Posterior, start: Array
) -> tuple[Array, Array]:
    """Log sharpness and side bias of one rater at their peak, and their standard deviations."""
    own = comparisons.only(comparisons.rater == rater)
    apart = posterior.mean[own.first] - posterior.mean[own.second]
    left = np.where(own.first_left, 1.0, -1.0)
    at = start.copy()
    height, slopes, bends = _around(at, apart, left, own.outcome, posterior.link)
    for _ in range(_STEPS):
        step, share = np.linalg.solve(bends, slopes), 1.0
        while True:
            tried = at + share * np.clip(step, -1, 1)
            found = _around(tried, apart, left, own.outcome, posterior.link)
            if found[0] >= height or share < 1e-3:
                break
            share /= 2
        if share < 1e-3:
            break
        at, (height, slopes, bends) = tried, found
        if np.abs(step).max() < 1e-6:
            break
    return at, np.sqrt(np.diag(np.linalg.inv(bends)))


def _around(
    at: Array, apart: Array, left: Array, outcome: Array, link: Link
) -> tuple[float, Array, Array]:
    """Logarithm of the posterior of a rater's traits, its slopes, and its expected bend."""
    sharp = np.exp(at[0])
    value, slope, bend = link.terms(sharp * apart + at[1] * left, outcome)
    ways = np.stack([sharp * apart, left])
    height = float(value.sum() - ((at / _SPREADS) ** 2).sum() / 2)
    slopes = ways @ slope - at / _SPREADS**2
    return height, slopes, (ways * np.maximum(bend, 0)) @ ways.T + np.diag(_SPREADS**-2.0)
