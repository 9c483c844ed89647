"""What an experiment's runs took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.evaluation.experiment.run_result import RunResult

__all__ = ["CPU", "ArmCost", "arm_costs", "part_hours"]

CPU = "_cpu"
"""At the end of a name: time of processors, not on the clock."""

_SHARED = "prepare"
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ArmCost:
    """Hours of an arm's runs.

    Parameters
    ----------
    arm : str
        Name.
    runs : int
        How many there are.
    median, least, most : float
        Processor hours of a run, without what is prepared for all arms of a fold together.
    clock : float
        Median hours on the clock.
    total : float
        Processor hours of all runs.
    """

    arm: str
    runs: int
    median: float
    least: float
    most: float
    clock: float
    total: float


def part_hours(run: RunResult, *, cpu: bool, shared: bool = False) -> dict[str, float]:
    """Hours of a run's parts, by name: its own, or those that it shares with other arms."""
    return {
        name.removesuffix(CPU): seconds / _HOUR
        for name, seconds in sorted(run.seconds.items())
        if name.endswith(CPU) == cpu and name.startswith(_SHARED) == shared
    }


def arm_costs(runs: Sequence[RunResult], arms: Sequence[str]) -> tuple[ArmCost, ...]:
    """Costs of the arms that have runs, in the order given; unknown times are left out."""
    found = []
    for arm in arms:
        own = [run for run in runs if run.arm == arm]
        cpu = [sum(part_hours(run, cpu=True).values()) for run in own]
        clock = [sum(part_hours(run, cpu=False).values()) for run in own]
        if own:
            found.append(
                ArmCost(
                    arm,
                    len(own),
                    float(np.median(cpu)),
                    min(cpu),
                    max(cpu),
                    float(np.median(clock)),
                    sum(cpu),
                )
            )
    return tuple(found)
