"""Who makes what: every lesion's zone, method and scene, fixed before the first is made.

The rim's quota and the shares of the methods are met exactly over the whole set, and each scene
has a seed of its own, so scenes can be made anywhere and in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import sample_id, scene_id

__all__ = ["LesionPlan", "ScenePlan", "allot", "plan_scenes"]


@dataclass(frozen=True, slots=True)
class LesionPlan:
    """What is decided about a lesion before it is made."""

    id: str
    zone: Zone
    method: str


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """Lesions that share one copy of a CT.

    Parameters
    ----------
    index : int
        Place in the set.
    case : int
        Number of the case.
    seed : int
        Root seed of the set; the scene's own stream is derived from it and `index`.
    lesions : tuple of LesionPlan
        In the order of their ids.
    """

    index: int
    case: int
    seed: int
    lesions: tuple[LesionPlan, ...]

    @property
    def id(self) -> str:
        """Name in the set."""
        return scene_id(self.index)

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of its lesions."""
        return tuple(lesion.id for lesion in self.lesions)

    def seeds(self) -> np.random.SeedSequence:
        """The scene's own source of randomness."""
        return np.random.SeedSequence(self.seed, spawn_key=(1, self.index))


def plan_scenes(
    n: int,
    *,
    cases: int,
    rim: float,
    methods: Mapping[str, float],
    per_scene: int,
    seed: int,
) -> list[ScenePlan]:
    """Divide `n` lesions among cases, scenes, zones and methods.

    Cases get equal numbers of lesions (the first ones one more where it does not come out
    even) and follow one another, so that each is read once.

    Parameters
    ----------
    n : int
        Lesions.
    cases : int
        CTs.
    rim : float
        Share at the rim: ``round(n * rim)`` lesions, exactly.
    methods : mapping of str to float
        Names and weights; shares are met to within one lesion, and mixed within each zone.
    per_scene : int
        Largest number of lesions of a scene.
    seed : int
        Root seed.

    Returns
    -------
    list of ScenePlan
    """
    n_rim = round(n * rim)
    zones = [Zone.RIM] * n_rim + [Zone.INTERIOR] * (n - n_rim)
    makers = allot(n, methods)
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))).permutation(n)
    lesions = [
        LesionPlan(sample_id(place), zones[k], makers[k]) for place, k in enumerate(order.tolist())
    ]
    return [
        ScenePlan(index, case, seed, tuple(lesions[start:stop]))
        for index, (case, start, stop) in enumerate(_scenes(n, cases, per_scene))
    ]


def _scenes(n: int, cases: int, per_scene: int) -> Iterator[tuple[int, int, int]]:
    """Case, first and last lesion of every scene."""
    start = 0
    for case in range(cases):
        end = start + n // cases + (case < n % cases)
        while start < end:
            stop = min(start + per_scene, end)
            yield case, start, stop
            start = stop


def allot(n: int, weights: Mapping[str, float]) -> list[str]:
    """A sequence of `n` names, each as often as its weight says, well mixed from the start.

    The counts are rounded by largest remainder; each turn then goes to the name that is
    furthest behind its share, so that any beginning of the sequence is balanced too.
    """
    total = sum(weights.values())
    exact = {name: n * weights[name] / total for name in sorted(weights)}
    counts = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: n - sum(counts.values())]:
        counts[name] += 1
    given = dict.fromkeys(counts, 0)
    result = []
    for turn in range(1, n + 1):
        name = max(given, key=lambda k: turn * counts[k] / n - given[k])
        given[name] += 1
        result.append(name)
    return result
