"""Experiments whose truth is known: runs of simulated detectors on simulated patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.run_result import RunResult
from napari_lesion_synth.evaluation.experiment.trainings import fold_count
from napari_lesion_synth.evaluation.matching import CaseResult, LesionResult, Mark, Outcome
from napari_lesion_synth.evaluation.shams.response import ShamPair


def plan_of(arms: Sequence[Any] = ("augmented", "poisson"), **changes: Any) -> ExperimentPlan:
    """A plan of simulated CTs; the first arm is the baseline."""
    first = arms[0] if isinstance(arms[0], str) else arms[0]["name"]
    content = {
        "name": "a simulated experiment",
        "data": {
            "phantoms": {
                "train": {"patients": 5, "lesions": 2, "first": 1000},
                "choose": {"patients": 4, "lesions": 2, "first": 2000},
                "test": {"patients": 40, "lesions": 3, "first": 3000},
            }
        },
        "arms": list(arms),
        "baseline": first,
        "rate": 0.5,
        "rates": [0.25, 0.5, 1.0],
        "strata": ["diameter", "zone"],
        **changes,
    }
    return ExperimentPlan.model_validate(content)


@dataclass(frozen=True)
class World:
    """A population of patients and of detectors.

    Parameters
    ----------
    gains : mapping of str to float
        By how many standard deviations of a score an arm ranks lesions higher.
    base : float
        The same for all arms.
    patients, lesions, healthy : int
        Test patients with lesions, most lesions of each, and patients without any.
    trainings : float
        Standard deviation of the arm's shift from training to training.
    between, alike : float
        Standard deviation between patients; share of a score that is the lesion's own.
    alarms : float
        False alarms per CT, of which half are at the same place in all trainings.
    shams : int
        Sites of shams in each CT.
    sham_shift : float
        By how much shams are ranked above what they replace.
    chosen : bool
        Whether there are thresholds chosen beforehand.
    facts : mapping
        Of every run.
    """

    gains: Mapping[str, float] = field(default_factory=dict)
    base: float = 1.0
    patients: int = 40
    lesions: int = 4
    healthy: int = 10
    trainings: float = 0.1
    between: float = 0.5
    alike: float = 0.7
    alarms: float = 2.0
    shams: int = 0
    sham_shift: float = 0.0
    chosen: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


def simulate(plan: ExperimentPlan, world: World, seed: int = 0) -> list[RunResult]:
    """Every run of a plan, on patients of a world."""
    return [
        _run(plan, world, seed, arm.name, fold, training)
        for arm in plan.arms
        for fold in range(fold_count(plan))
        for training in plan.seeds_of(arm)
    ]


def _run(
    plan: ExperimentPlan, world: World, seed: int, arm: str, fold: int, training: int
) -> RunResult:
    """Patients come from `seed` and the fold alone; the rest is the training's own."""
    people = np.random.default_rng([seed, fold, 1])
    own = np.random.default_rng([seed, fold, 2, training, *arm.encode()])
    shift = world.base + world.gains.get(arm, 0.0) + own.normal(0, world.trainings)
    cases, shams = [], []
    for number in range(world.patients + world.healthy):
        name = f"f{fold}p{number:03d}"
        ill = number < world.patients
        case, pairs = _case(plan, world, name, ill, shift, people, own)
        cases.append(case)
        shams += pairs
    return RunResult(
        arm,
        fold,
        training,
        plan.key,
        plan.counted_per,
        tuple(cases),
        float(special.ndtr(special.ndtri(1 - plan.rate / world.alarms))) if world.chosen else None,
        {"sensitivity": 0.5},
        tuple(shams),
        {"train": 1800.0 + 60 * training, "train_cpu": 3600.0 + 60 * training, "search_cpu": 360.0},
        {"detector": f"net-{arm}-{training}", "device": "cpu", "steps": 400, **world.facts},
    )


def _case(
    plan: ExperimentPlan,
    world: World,
    name: str,
    ill: bool,
    shift: float,
    people: np.random.Generator,
    own: np.random.Generator,
) -> tuple[CaseResult, list[ShamPair]]:
    patient = people.normal(0, world.between)
    lesions, scored = [], []
    for number in range(1, 1 + (int(people.integers(1, world.lesions + 1)) if ill else 0)):
        size, contrast = people.uniform(5, 30), -people.uniform(5, 60)
        zone = Zone.RIM if people.random() < 0.5 else Zone.INTERIOR
        easy = people.normal()
        value = shift + patient + world.alike * easy + (1 - world.alike**2) ** 0.5 * own.normal()
        score = None if value < -0.5 else float(special.ndtr(value))
        lesions.append(
            LesionResult(number, (4, 20 * number, 30), size, 12.0, contrast, zone, score, number)
        )
        if score is not None:
            scored.append((score, Outcome.HIT, number, (4.0, 20.0 * number, 30.0)))
    for k in range(people.poisson(world.alarms / 2)):
        value = 0.8 * people.normal() + 0.6 * own.normal()
        scored.append((float(special.ndtr(value)), Outcome.FALSE, None, (7.0, 30.0 * k, 90.0)))
    for _ in range(own.poisson(world.alarms / 2)):
        at = (float(own.integers(0, 12)), *(float(i) for i in own.uniform(0, 200, 2)))
        scored.append((float(special.ndtr(own.normal())), Outcome.FALSE, None, at))
    marks = tuple(
        Mark(number, outcome, lesion, score, at, 9.0, Zone.INTERIOR)
        for number, (score, outcome, lesion, at) in enumerate(
            sorted(scored, key=lambda each: -each[0]), start=1
        )
    )
    case = CaseResult(name, f"{name}-ct", "simulated", plan.hit, tuple(lesions), marks, not lesions)
    return case, [_pair(world, name, k, people, own) for k in range(world.shams)]


def _pair(
    world: World, name: str, k: int, people: np.random.Generator, own: np.random.Generator
) -> ShamPair:
    tissue = people.normal(-1.0, 1.0)
    before, after = (
        float(special.ndtr(tissue + more + 0.3 * own.normal())) for more in (0.0, world.sham_shift)
    )
    method = ("poisson", "sigmoid")[k % 2]
    return ShamPair(name, f"{name}-ct", method, ("rim", "interior")[k % 2], 12.0, after, before)
