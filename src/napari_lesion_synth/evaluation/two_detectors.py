"""Two detectors on the same CTs: how much they differ, and how sure that is.

With two patients or more, the interval of a difference draws patients, the same ones for both.
With one patient it is Tango's for paired lesions, taken as independent; figures that are no share
of lesions have none then. None of them is corrected for how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.evaluation.afroc import afroc
from napari_lesion_synth.evaluation.assessment import Assessment, Basis
from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.operating import at_threshold
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, paired_difference
from napari_lesion_synth.evaluation.statistics.mcnemar import (
    Found,
    McNemar,
    found_at,
    found_within,
    mcnemar,
)
from napari_lesion_synth.intervals import Interval

__all__ = ["Difference", "TwoDetectors", "compare"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of one detector less that of the other.

    Parameters
    ----------
    figure : str
        Which, as in ``"lesions found at the threshold"``.
    interval : Interval
        The difference, with its 95 % interval.
    basis : Basis
        What that rests on.
    """

    figure: str
    interval: Interval
    basis: Basis


@dataclass(frozen=True, slots=True)
class TwoDetectors:
    """One detector beside another.

    Parameters
    ----------
    one, other : str
        What they are called.
    differences : tuple of Difference
        Figure by figure.
    by_lesion : McNemar or None
        Lesion by lesion, each detector at its own threshold; None without lesions.
    """

    one: str
    other: str
    differences: tuple[Difference, ...]
    by_lesion: McNemar | None


def compare(one: Assessment, other: Assessment, *, seed: int = 0) -> TwoDetectors:
    """Compare two detectors.

    Parameters
    ----------
    one, other : Assessment
        Of the same CTs, by one rule.
    seed : int
        Of the draws of patients.

    Raises
    ------
    ParameterError
        If they are not of the same patients and lesions, or not by one rule.
    """
    lesions = one.curve.lesions > 0
    by_lesion = mcnemar(_at(one), _at(other)) if lesions else None
    drawn = _by_lesions(one, other) if one.one_patient and lesions else ()
    return TwoDetectors(one.name, other.name, (*drawn, *_drawn(one, other, seed, drawn)), by_lesion)


def _drawn(
    one: Assessment, other: Assessment, seed: int, known: tuple[Difference, ...]
) -> Iterator[Difference]:
    """Differences on the same draws, but for those that are known already."""
    names = {each.figure for each in known}
    for mine, theirs in zip(_figures(one), _figures(other), strict=True):
        (figures, first), (_, second) = mine, theirs
        if set(figures) <= names:
            continue
        found = paired_difference(first, second, np.random.default_rng(seed))
        for name, interval in zip(figures, found, strict=True):
            if interval.low is None or interval.low == interval.high:  # the draws all agree
                yield Difference(name, Interval(interval.value), Basis.NONE)
            else:
                yield Difference(name, interval, Basis.PATIENTS)


def _figures(whole: Assessment) -> Iterator[tuple[tuple[str, ...], Figure]]:
    told = at_threshold(whole.results, whole.point.threshold)
    counts = whole.curve.counts
    yield tuple(_at_rate(rate) for rate in RATES), counts.sensitivities(RATES)
    yield (_AT_POINT,), told.sensitivity
    yield ("CPM (mean of the seven)",), counts.cpm(RATES)
    yield (
        (f"area under the {'AFROC' if whole.healthy else 'AFROC1'}",),
        afroc(whole.results, healthy_only=whole.healthy > 0).figure,
    )
    yield ("false alarms per CT at the threshold",), told.false_per_ct


_AT_POINT = "lesions found at the threshold"


def _at_rate(rate: float) -> str:
    return f"lesions found at {rate_name(rate)} false alarms per CT"


def _by_lesions(one: Assessment, other: Assessment) -> tuple[Difference, ...]:
    """Differences of shares of lesions, for lesions that are taken as independent."""
    pairs = [
        (_at_rate(r), found_within(one.results, r), found_within(other.results, r)) for r in RATES
    ]
    pairs.append((_AT_POINT, _at(one), _at(other)))
    return tuple(
        Difference(name, mcnemar(mine, theirs).difference, Basis.TANGO)
        for name, mine, theirs in pairs
    )


def _at(whole: Assessment) -> Found:
    return found_at(whole.results, whole.point.threshold)
