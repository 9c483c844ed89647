"""How many viewers it takes until a photo's map no longer depends on who they were."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.map_metrics import correlation
from napari_lesion_synth.perception.gaze.samples import Floats

__all__ = ["half_against_half", "viewers_needed"]


def half_against_half(
    maps: Floats, viewers: int, rng: np.random.Generator, draws: int = 10
) -> float:
    """Mean correlation of the map of some viewers with that of as many others.

    Parameters
    ----------
    maps : ndarray, shape (all viewers, rows, columns)
        One map a viewer of the same photo; those who did not look at it are 0 everywhere, and
        are left out.
    viewers : int
        How many make a map; twice as many are needed.
    rng : numpy.random.Generator
        Draws them.
    draws : int
        How many pairs of groups.

    Returns
    -------
    float
        NaN where there are fewer than twice as many viewers.
    """
    there = np.flatnonzero(maps.reshape(len(maps), -1).sum(axis=1) > 0)
    if viewers < 1 or draws < 1:
        raise ParameterError("a map needs at least one viewer, and a mean at least one draw")
    if len(there) < 2 * viewers:
        return float("nan")
    found = []
    for _ in range(draws):
        chosen = rng.permutation(there)[: 2 * viewers]
        one, other = maps[chosen[:viewers]].mean(axis=0), maps[chosen[viewers:]].mean(axis=0)
        found.append(correlation(one, other))
    return float(np.mean(found))


def viewers_needed(agreement: Mapping[int, float], target: float) -> int | None:
    """The fewest viewers whose map agrees with another such map as asked for.

    Parameters
    ----------
    agreement : mapping of int to float
        Correlation by number of viewers.
    target : float
        What is asked for.

    Returns
    -------
    int or None
        None where not even the largest number is enough.
    """
    enough = [viewers for viewers, value in sorted(agreement.items()) if value >= target]
    return enough[0] if enough else None
