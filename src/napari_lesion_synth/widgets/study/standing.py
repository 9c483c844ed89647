"""How a study stands while it runs: ranking with intervals, and what is left to ask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.jobs.study_answers import (
    Group,
    best_worst_of,
    comparisons_of,
    grouped,
    ratings_of,
)
from napari_lesion_synth.jobs.study_shared import shared_answers
from napari_lesion_synth.perception.design.planned import Planned, planned
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.scaling.best_worst import fit_best_worst
from napari_lesion_synth.perception.scaling.ratings import mean_ratings
from napari_lesion_synth.perception.scaling.scale01 import attractiveness
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import fit_utilities

__all__ = ["Ranking", "Standing", "standing_of"]

_DRAWS = 1000
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Photos, the most attractive first.

    Parameters
    ----------
    items : tuple of str
        Ids.
    value, low, high : ndarray, shape (k,)
        Attractiveness from 0 to 1 with its 95 % interval; NaN where an end is not known.
    text : str
        How photos were judged, and what 0 and 1 stand for.
    """

    items: tuple[str, ...]
    value: Array
    low: Array
    high: Array
    text: str

    @property
    def median_width(self) -> float:
        """Median width of the intervals that are known; NaN where none is."""
        widths = (self.high - self.low)[np.isfinite(self.high - self.low)]
        return float(np.median(widths)) if len(widths) else float("nan")


@dataclass(frozen=True, eq=False)
class Standing:
    """A study at one moment.

    Parameters
    ----------
    participants, finished : int
        How many have begun, and have no question left.
    answers : int
        Judgements that count so far, hidden repeats among them.
    each : Planned
        What each participant is asked.
    people : int
        How many participants are planned; those who count, where they are more.
    left_out : dict of str to str
        Codes whose answers do not count, and why.
    ranking : Ranking or None
        None as long as there is nothing to rank.
    """

    participants: int
    finished: int
    answers: int
    each: Planned
    people: int
    left_out: dict[str, str]
    ranking: Ranking | None

    @property
    def left(self) -> int:
        """Judgements that are still to be given."""
        return max(0, self.people * self.each.judgements - self.answers)


def standing_of(study: Study) -> Standing:
    """Read all ledgers, and rank the photos of the largest group of answers.

    Quick rather than final: raters are taken as alike, and their agreement is not looked at.
    """
    cohort = gather(study, skip_damaged=True)
    groups = [group for group in grouped(cohort) if len(group.items) > 1 and group.first]
    return Standing(
        participants=len(cohort.people),
        finished=sum(person.finished for person in cohort),
        answers=sum(len(person.state.judged) for person in cohort.used),
        each=planned(study.design, study.stimuli.categories),
        people=max(study.design.counts.participants, len(cohort.used)),
        left_out=cohort.left_out,
        ranking=_ranking(groups[0]) if groups else None,
    )


def _ranking(group: Group) -> Ranking | None:
    if group.way.kind in ("vas", "likert"):
        means = mean_ratings(ratings_of(group.first, group.items, group.raters))
        ends = [(i.value, i.low, i.high) for i in means.value]
        value, low, high = np.array(
            [[np.nan if x is None else x for x in row] for row in ends], np.float64
        ).T
        return _sorted(group, value, low, high, "0 and 1: the ends of the rating scale.")
    if group.way.kind == "mixed":
        posterior = shared_answers(group, ScalingSettings()).posterior
    elif group.way.kind == "best_worst":
        posterior = fit_best_worst(best_worst_of(group.first, group.items, group.raters))
    else:
        posterior = fit_utilities(comparisons_of(group.first, group.items, group.raters))
    found = attractiveness(posterior, np.random.default_rng(0), draws=_DRAWS)
    return _sorted(group, found.value, found.low, found.high, found.anchors)


def _sorted(group: Group, value: Array, low: Array, high: Array, anchors: str) -> Ranking:
    order = np.argsort(-np.nan_to_num(value, nan=-1.0), kind="stable")
    items = tuple(group.items[k] for k in order)
    text = f"{group.way.text}. {anchors}"
    return Ranking(items, value[order], low[order], high[order], text)
