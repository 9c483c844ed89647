"""A detection-limit map: counts in every cell, surfaces, chance, false alarms, and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.contours import DRAWS, MethodFit, fit_method
from napari_lesion_synth.evaluation.limits.design import Shortage
from napari_lesion_synth.evaluation.limits.fit import Trials
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.evaluation.limits.settings import Cell, LimitSettings
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.statistics.exact import garwood
from napari_lesion_synth.intervals import Interval, wilson

__all__ = ["CellResult", "LimitMap", "MethodDifference", "Searched", "analyse"]

_FEWEST_FITTED = 10
"""With fewer lesions of a method there is no surface."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was done, besides the insertions.

    Parameters
    ----------
    settings : LimitSettings
        The grid.
    rule : HitRule
        What a hit is.
    detector : str
        Who searched, in words.
    threshold : float
        From which score on a finding counts.
    own_threshold : bool
        Whether it is the detector's own.
    untouched : tuple of CaseResult
        The findings in each CT as it was; its known lesions are the truth.
    known_lesions : bool
        Whether the lesions that the CTs have are known. If not, findings on them are counted
        as false alarms.
    shortages : tuple of (str, Shortage)
        Where a CT had too few places.
    copies, copies_planned : int
        Copies searched, and all.
    """

    settings: LimitSettings
    rule: HitRule
    detector: str
    threshold: float
    own_threshold: bool
    untouched: tuple[CaseResult, ...]
    known_lesions: bool = True
    shortages: tuple[tuple[str, Shortage], ...] = ()
    copies: int = 0
    copies_planned: int = 0


@dataclass(frozen=True, slots=True)
class CellResult:
    """One square of the map.

    Parameters
    ----------
    cell : Cell
        Which.
    made, found, chance : int
        Lesions, those found, and places at which a finding lies without a lesion.
    share : Interval or None
        Found of made, with Wilson's interval; None: not measurable.
    measured_mm, measured_hu : float
        Medians of what the lesions measure; NaN without any.
    problem : str
        Why lesions are missing, the most frequent reason; empty where none is.
    """

    cell: Cell
    made: int
    found: int
    chance: int
    share: Interval | None
    measured_mm: float
    measured_hu: float
    problem: str


@dataclass(frozen=True, slots=True)
class MethodDifference:
    """Two methods at the same places and contrasts.

    Parameters
    ----------
    one, other : str
        The methods.
    pairs : int
        Lesions that both made.
    only_one, only_other : int
        Of them, found by one method alone.
    difference : Interval
        Share found of `one` less that of `other`; places are drawn for the interval.
    """

    one: str
    other: str
    pairs: int
    only_one: int
    only_other: int
    difference: Interval


@dataclass(frozen=True, eq=False)
class LimitMap:
    """All that a map says.

    Parameters
    ----------
    searched : Searched
        What was done.
    insertions : tuple of Insertion
        Each lesion.
    cells : tuple of CellResult
        Each square.
    fits : dict of str to MethodFit
        The surfaces, by method; not of a method with hardly any lesion.
    differences : tuple of MethodDifference
        The methods compared.
    """

    searched: Searched
    insertions: tuple[Insertion, ...]
    cells: tuple[CellResult, ...]
    fits: dict[str, MethodFit]
    differences: tuple[MethodDifference, ...]

    def cell(self, cell: Cell) -> CellResult:
        """One square."""
        return next(each for each in self.cells if each.cell == cell)

    @property
    def cts(self) -> tuple[str, ...]:
        """Pseudonyms of the CTs."""
        return tuple(result.patient for result in self.searched.untouched)

    @property
    def false_alarms(self) -> Interval:
        """False alarms per CT at the threshold in the untouched CTs, with Garwood's interval."""
        count = sum(
            len(result.marked(Outcome.FALSE, self.searched.threshold))
            for result in self.searched.untouched
        )
        return garwood(count, len(self.searched.untouched))

    @property
    def chance(self) -> Interval | None:
        """Share of the places that bear a finding without a lesion; None without a place."""
        places: dict[tuple[str, int], bool] = {}
        for row in self.insertions:
            if row.made:
                key = row.ct, row.spot
                hit = row.by_chance(self.searched.threshold)
                places[key] = places.get(key, False) or hit
        return wilson(sum(places.values()), len(places)) if places else None


def analyse(
    rows: Sequence[Insertion], searched: Searched, *, seed: int = 0, draws: int = DRAWS
) -> LimitMap:
    """Count, fit and compare.

    Parameters
    ----------
    rows : sequence of Insertion
        What became of every lesion.
    searched : Searched
        What was done.
    seed : int
        Of the draws of places.
    draws : int
        How many.

    Raises
    ------
    ParameterError
        If there is no CT, or an insertion does not belong to the grid.
    """
    if not searched.untouched:
        raise ParameterError("no CT was searched: there is nothing to analyse")
    settings = searched.settings
    known = {*settings.cells}
    if strange := [row for row in rows if row.cell not in known]:
        raise ParameterError(
            f"a lesion of {strange[0].diameter_mm:g} mm and {strange[0].contrast_hu:g} HU at the "
            f"{strange[0].band} is not on the grid",
            remedy="Give the settings that the map was made with",
        )
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    bands = [band.name for band in settings.bands]
    grid = settings.diameters_mm, settings.contrasts_hu
    fits = {}
    for method in settings.methods:
        trials = Trials.of(rows, method, bands, searched.threshold, grid)
        if trials.made.sum() >= _FEWEST_FITTED:
            fits[method] = fit_method(trials, rng, draws=draws)
    return LimitMap(
        searched,
        tuple(rows),
        _cells(rows, searched),
        fits,
        tuple(
            _difference(one, other, rows, searched.threshold, rng)
            for one, other in combinations(settings.methods, 2)
        ),
    )


def _cells(rows: Sequence[Insertion], searched: Searched) -> tuple[CellResult, ...]:
    held: dict[Cell, list[Insertion]] = {cell: [] for cell in searched.settings.cells}
    for row in rows:
        held[row.cell].append(row)
    short = {
        (shortage.band, shortage.diameter_mm): shortage.problem
        for _, shortage in searched.shortages
    }
    return tuple(
        _cell(cell, own, searched.threshold, short.get((cell.band, cell.diameter_mm), ""))
        for cell, own in held.items()
    )


def _cell(cell: Cell, rows: Sequence[Insertion], threshold: float, short: str) -> CellResult:
    made = [row for row in rows if row.made]
    reasons = [row.problem for row in rows if not row.made]
    problem = max(reasons, key=reasons.count) if reasons else short
    found = sum(row.found(threshold) for row in made)
    return CellResult(
        cell,
        len(made),
        found,
        sum(row.by_chance(threshold) for row in made),
        wilson(found, len(made)) if made else None,
        float(np.median([row.measured_mm for row in made])) if made else float("nan"),
        float(np.median([row.measured_hu for row in made])) if made else float("nan"),
        problem,
    )


def _difference(
    one: str, other: str, rows: Sequence[Insertion], threshold: float, rng: np.random.Generator
) -> MethodDifference:
    found: dict[str, dict[tuple[str, int, float], bool]] = {one: {}, other: {}}
    for row in rows:
        if row.made and row.method in found:
            found[row.method][row.ct, row.spot, row.contrast_hu] = row.found(threshold)
    both = sorted(found[one].keys() & found[other].keys())
    pairs = [(found[one][key], found[other][key]) for key in both]
    return MethodDifference(
        one,
        other,
        len(pairs),
        sum(a and not b for a, b in pairs),
        sum(b and not a for a, b in pairs),
        _over_places([key[:2] for key in both], [float(a) - float(b) for a, b in pairs], rng),
    )


def _over_places(
    owners: Sequence[tuple[str, int]], values: Sequence[float], rng: np.random.Generator
) -> Interval:
    """The mean, with whole places drawn again."""
    names = sorted({*owners})
    if not names:
        return Interval(float("nan"))
    number = {name: k for k, name in enumerate(names)}
    index = np.array([number[owner] for owner in owners])
    sums = np.bincount(index, np.asarray(values), minlength=len(names))
    sizes = np.bincount(index, minlength=len(names))
    if len(names) < 2:
        return Interval(float(np.mean(values)))
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=2000)
    low, high = np.quantile((weights @ sums) / (weights @ sizes), [0.025, 0.975])
    return Interval(float(np.mean(values)), float(low), float(high))
