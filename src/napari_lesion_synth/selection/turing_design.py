"""The plan of a visual Turing test: which lesions are shown, in which order, blinded.

Real and synthetic lesions are paired by zone and size before anything is shown, so that neither
of the two tells them apart; the rating task shows the same lesions one by one.

References
----------
.. [1] The two tasks are those of readers' studies of generated images: ratings on a scale give
   an area under the curve, two-alternative forced choice a share of correct answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import linear_sum_assignment

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.selection.view import LesionView

__all__ = [
    "REAL",
    "SYNTHETIC",
    "Candidate",
    "Trial",
    "TuringDesign",
    "candidates_of",
    "candidates_of_table",
    "digest_of",
    "plan_trials",
]

REAL, SYNTHETIC = "real", "synthetic"
_AROUND_MM = 8.0


class TuringDesign(BaseModel):
    """What a reader is asked, and how the lesions are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int = Field(
        20, ge=2, le=500, title="Lesions", description="Real lesions, and as many synthetic ones."
    )
    task: Literal["rating", "2afc"] = Field(
        "rating",
        title="Task",
        description="rating: each lesion from 1 (surely synthetic) to 10 (surely real); "
        "2afc: which of two is the real one.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of the choice and the order.")
    level_hu: float | None = Field(
        None,
        ge=-1000,
        le=1000,
        title="Level (HU)",
        description="Middle of the display window; empty: 15 HU below each CT's parenchyma.",
    )
    width_hu: float = Field(
        150, ge=10, le=4000, title="Width (HU)", description="Width of the display window."
    )
    plane: Literal["axial", "coronal", "sagittal", "all"] = Field(
        "axial", title="Plane", description="Cut through the lesion; all: three side by side."
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lesion that may be shown.

    Parameters
    ----------
    id : str
        Of the donor or the sample.
    kind : str
        ``"real"`` or ``"synthetic"``.
    zone : Zone
        Where it lies.
    method : str
        How it was made; ``"real"`` for a real one.
    diameter_mm : float
        Equivalent diameter.
    """

    id: str
    kind: str
    zone: Zone
    method: str
    diameter_mm: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One question.

    Parameters
    ----------
    number : int
        From 0, in the order in which they are asked.
    shown : tuple of Candidate
        One lesion, or the left and the right one.
    fov_mm : float
        Side of the square that is shown of each, so that the margin with which a lesion was cut
        out does not give it away.
    """

    number: int
    shown: tuple[Candidate, ...]
    fov_mm: float


def candidates_of(views: Sequence[LesionView]) -> list[Candidate]:
    """The candidates among views; those with method ``"real"`` are real."""
    return [
        Candidate(
            view.id,
            REAL if view.method == REAL else SYNTHETIC,
            view.zone,
            view.method,
            view.diameter_mm,
        )
        for view in views
    ]


def candidates_of_table(table: pd.DataFrame) -> list[Candidate]:
    """The lesions of a generated set as candidates, without reading their patches."""
    columns = table[["id", "zone", "method", "diameter_mm"]]
    return [
        Candidate(str(name), SYNTHETIC, Zone(str(zone)), str(method), float(diameter))
        for name, zone, method, diameter in columns.itertuples(index=False, name=None)
    ]


def plan_trials(
    real: Sequence[Candidate], synthetic: Sequence[Candidate], design: TuringDesign
) -> tuple[Trial, ...]:
    """Choose, pair and shuffle.

    Zones are as balanced as the lesions allow, methods within each zone too. Every synthetic
    lesion is paired with a real one of its zone so that the sizes of all pairs differ least.

    Parameters
    ----------
    real, synthetic : sequence of Candidate
        From which to choose; their order does not matter.
    design : TuringDesign
        How many, and the task.

    Returns
    -------
    tuple of Trial
        ``2 n`` for ratings, ``n`` for pairs.

    Raises
    ------
    ParameterError
        If there are too few lesions.
    """
    rng = np.random.default_rng(np.random.SeedSequence([design.seed, 0x70B1]))
    shares = _share(real, synthetic, design.n)
    pairs: list[tuple[Candidate, Candidate]] = []
    for zone, count in shares.items():
        pool = sorted((c for c in real if c.zone is zone), key=lambda c: c.id)
        made = sorted((c for c in synthetic if c.zone is zone), key=lambda c: c.id)
        pairs += _matched(pool, _balanced(made, count, rng), rng)
    if design.task == "rating":
        singles = [(lesion,) for pair in pairs for lesion in pair]
        order = rng.permutation(len(singles))
        return tuple(_trial(k, singles[place]) for k, place in enumerate(order))
    order = rng.permutation(len(pairs))
    # Half of the real ones on each side.
    swapped = rng.permutation(np.arange(len(pairs)) % 2 == 1)
    return tuple(
        _trial(k, pairs[place][::-1] if swapped[k] else pairs[place])
        for k, place in enumerate(order)
    )


def _trial(number: int, shown: Sequence[Candidate]) -> Trial:
    largest = max(lesion.diameter_mm for lesion in shown)
    return Trial(number, tuple(shown), round(largest + 2 * _AROUND_MM, 1))


def digest_of(design: TuringDesign, trials: Sequence[Trial]) -> str:
    """Identity of a plan, which does not tell what is real."""
    content = {"design": design.model_dump(), "trials": [asdict(trial) for trial in trials]}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _share(real: Sequence[Candidate], synthetic: Sequence[Candidate], n: int) -> dict[Zone, int]:
    """Number of pairs in each zone: equal, as far as there are lesions."""
    most = {
        zone: min(sum(c.zone is zone for c in real), sum(c.zone is zone for c in synthetic))
        for zone in Zone
    }
    total = sum(most.values())
    if total < n:
        raise ParameterError(
            f"only {total} pairs of a real and a synthetic lesion of the same zone can be made, "
            f"and {n} were asked for ("
            + ", ".join(
                f"{zone.value}: {sum(c.zone is zone for c in real)} real, "
                f"{sum(c.zone is zone for c in synthetic)} synthetic"
                for zone in Zone
            )
            + ")",
            remedy="Ask for fewer, or add lesions of the zone that has fewest",
        )
    shares = dict.fromkeys(Zone, 0)
    for _ in range(n):
        zone = min((z for z in Zone if shares[z] < most[z]), key=lambda z: shares[z])
        shares[zone] += 1
    return shares


def _balanced(made: list[Candidate], count: int, rng: np.random.Generator) -> list[Candidate]:
    """Take from each method in turn, at random."""
    by_method: dict[str, list[Candidate]] = {}
    for place in rng.permutation(len(made)):
        by_method.setdefault(made[place].method, []).append(made[place])
    queues = [by_method[name] for name in sorted(by_method)]
    queues = [queues[place] for place in rng.permutation(len(queues))]
    chosen: list[Candidate] = []
    while len(chosen) < count:
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return chosen


def _matched(
    pool: list[Candidate], made: list[Candidate], rng: np.random.Generator
) -> list[tuple[Candidate, Candidate]]:
    """Pairs (real, synthetic) whose sizes differ least in all."""
    if not made:
        return []
    pool = [pool[place] for place in rng.permutation(len(pool))]
    sizes = [np.log([c.diameter_mm for c in group]) for group in (pool, made)]
    rows, columns = linear_sum_assignment(np.abs(sizes[0][:, None] - sizes[1][None, :]))
    return [(pool[i], made[j]) for i, j in zip(rows, columns, strict=True)]
