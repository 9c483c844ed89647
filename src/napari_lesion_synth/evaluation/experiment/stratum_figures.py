"""Arms by groups of lesions: sensitivity in each, and the difference from the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.measures import Estimate, difference, estimate
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure
from napari_lesion_synth.evaluation.strata import (
    Stratum,
    all_strata,
    by_conspicuity,
    by_contrast,
    by_diameter,
    by_zone,
)

__all__ = ["StratumFigures", "in_stratum", "named_stratum", "stratum_figures"]


@dataclass(frozen=True, eq=False)
class StratumFigures:
    """One group of lesions.

    Parameters
    ----------
    by, name : str
        What lesions are grouped by, and which group it is.
    planned : bool
        Whether the plan named this grouping.
    lesions, patients : int
        How many lesions, in how many patients.
    arms : mapping of str to Estimate
        Sensitivity of each arm within the plan's rate; all false alarms count.
    differences : mapping of str to Estimate
        Each arm less the baseline; empty where there is no baseline yet.
    """

    by: str
    name: str
    planned: bool
    lesions: int
    patients: int
    arms: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]


def in_stratum(stratum: Stratum | None, rate: float) -> Callable[[Sequence[CaseResult]], Figure]:
    """Metric of a training: its sensitivity within a rate, among the lesions of a group."""

    def metric(results: Sequence[CaseResult]) -> Figure:
        chosen = results if stratum is None else stratum.of(results)
        return Counts.of(chosen).sensitivities([rate])

    return metric


def named_stratum(name: str | None) -> Stratum | None:
    """The group of lesions that a goal names; None for all lesions."""
    groups = (by_zone(), by_diameter(), by_contrast(), by_conspicuity())
    return next((each for group in groups for each in group if each.name == name), None)


def stratum_figures(
    arms: Sequence[ArmFigures], baseline: ArmFigures | None, rate: float, planned: Sequence[str]
) -> tuple[StratumFigures, ...]:
    """Every group that holds a lesion.

    Parameters
    ----------
    arms : sequence of ArmFigures
        On the same CTs.
    baseline : ArmFigures or None
        With which the others are compared.
    rate : float
        False alarms per CT.
    planned : sequence of str
        Groupings that the plan named.
    """
    if not arms:
        return ()
    results = arms[0].trainings[0].results
    return tuple(
        _figures(stratum, arms, baseline, rate, stratum.by in planned)
        for stratum in all_strata(results)
    )


def _figures(
    stratum: Stratum,
    arms: Sequence[ArmFigures],
    baseline: ArmFigures | None,
    rate: float,
    planned: bool,
) -> StratumFigures:
    metric = in_stratum(stratum, rate)
    results = {arm.name: [t.results for t in arm.trainings] for arm in arms}
    first = arms[0].trainings[0].results
    others = [arm.name for arm in arms if baseline is not None and arm.name != baseline.name]
    return StratumFigures(
        stratum.by,
        stratum.name,
        planned,
        stratum.lesions(first),
        len({case.patient for case in first if any(map(stratum.holds, case.lesions))}),
        {name: estimate(each, metric)[0] for name, each in results.items()},
        {}
        if baseline is None
        else {
            name: difference(results[name], results[baseline.name], metric)[0] for name in others
        },
    )
