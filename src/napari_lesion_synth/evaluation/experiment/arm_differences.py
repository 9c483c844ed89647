"""Arms against each other: differences, with intervals and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.measures import (
    DRAWS,
    Estimate,
    Measures,
    difference,
    rate_key,
)
from napari_lesion_synth.evaluation.statistics.mcnemar import McNemar, majority, mcnemar
from napari_lesion_synth.evaluation.statistics.multiplicity import Family, holm
from napari_lesion_synth.evaluation.statistics.p_value import LEVEL
from napari_lesion_synth.evaluation.statistics.permutation import (
    Permuted,
    permute_trainings,
    swap_patients,
)

__all__ = ["Difference", "Shown", "arm_difference", "family_of"]


class Shown(StrEnum):
    """What a difference shows, of other patients."""

    GAIN = "gain"
    HARM = "harm"
    GAIN_ALONE = "gain by itself"
    HARM_ALONE = "harm by itself"
    NOTHING = "nothing shown"
    UNKNOWN = "no interval"


@dataclass(frozen=True, eq=False)
class Difference:
    """One arm less another.

    Parameters
    ----------
    arm, against : str
        Names of the two.
    rate : float
        False alarms per CT at which the tests were made.
    estimates : mapping of str to Estimate
        By name, see `measures.Measures`.
    patients : Permuted or None
        Patients swapped between the two, trainings of the same seeds side by side; None where
        the two have no seed in common, or there is no lesion.
    trainings : Permuted or None
        Trainings swapped; None where there is no lesion.
    lesions : McNemar or None
        Lesion by lesion; None where there is no lesion.
    """

    arm: str
    against: str
    rate: float
    estimates: Mapping[str, Estimate]
    patients: Permuted | None
    trainings: Permuted | None
    lesions: McNemar | None

    @property
    def main(self) -> Estimate:
        """Of the sensitivities within the rate."""
        return self.estimates[rate_key(self.rate)]

    @property
    def p(self) -> float:
        """Of the test over patients; NaN where there is none."""
        return math.nan if self.patients is None else self.patients.p

    def shows(self, family: Family) -> Shown:
        """What may be said of it, among all comparisons of the family.

        A gain or a harm is one where the interval excludes zero and the p-value, adjusted for
        the number of comparisons, is within the level; where only the interval does, it is one
        by itself.
        """
        low, high = self.main.patients.low, self.main.patients.high
        if low is None or high is None:
            return Shown.UNKNOWN
        adjusted = family[self.arm].adjusted
        holds = not math.isnan(adjusted) and adjusted <= LEVEL
        if low > 0:
            return Shown.GAIN if holds else Shown.GAIN_ALONE
        if high < 0:
            return Shown.HARM if holds else Shown.HARM_ALONE
        return Shown.NOTHING

    def beyond_trainings(self) -> bool:
        """Whether the interval that takes other trainings in excludes zero too."""
        low, high = self.main.whole.low, self.main.whole.high
        return low is not None and high is not None and (low > 0 or high < 0)


def arm_difference(
    one: ArmFigures, other: ArmFigures, measures: Measures, rate: float
) -> Difference:
    """Compare two arms; `rate` is one of the rates of `measures`."""
    mine, theirs = ([t.results for t in arm.trainings] for arm in (one, other))
    found = difference(mine, theirs, measures.figure)
    lesions = one.curves[0].lesions
    return Difference(
        one.name,
        other.name,
        rate,
        dict(zip(measures.names, found, strict=True)),
        _over_patients(one, other, rate) if lesions else None,
        _over_trainings(one, other, rate) if lesions else None,
        _by_lesion(one, other, rate) if lesions else None,
    )


def family_of(differences: Sequence[Difference], missing: Sequence[str], what: str) -> Family:
    """Adjust the p-values over patients for their number.

    Parameters
    ----------
    differences : sequence of Difference
        Those that were made.
    missing : sequence of str
        Arms whose comparison is planned and cannot be made yet: they count all the same.
    what : str
        What the comparisons have in common, in words.
    """
    p_values = {each.arm: each.p for each in differences}
    return holm({**p_values, **dict.fromkeys(missing, math.nan)}, what)


def _over_patients(one: ArmFigures, other: ArmFigures, rate: float) -> Permuted | None:
    """Seeds that both have; trainings are compared side by side."""
    mine, theirs = ({t.seed: t.results for t in arm.trainings} for arm in (one, other))
    common = sorted(mine.keys() & theirs.keys())
    if not common:
        return None
    try:
        (found,) = swap_patients(
            [mine[seed] for seed in common],
            [theirs[seed] for seed in common],
            lambda counts: counts.sensitivities([rate]),
            np.random.default_rng(DRAWS),
        )
    except ParameterError:  # no lesion, no figure
        return None
    return found


def _over_trainings(one: ArmFigures, other: ArmFigures, rate: float) -> Permuted:
    mine, theirs = (arm.at(rate).by_training for arm in (one, other))
    return permute_trainings(mine, theirs, np.random.default_rng(DRAWS))


def _by_lesion(one: ArmFigures, other: ArmFigures, rate: float) -> McNemar:
    """At the thresholds chosen beforehand; where there are none, within the rate."""
    within = None if one.operating is not None and other.operating is not None else rate
    mine, theirs = (
        majority([training.found(within) for training in arm.trainings]) for arm in (one, other)
    )
    return mcnemar(mine, theirs)
