"""What a reader's answers say: area under the curve, or share of correct choices.

References
----------
.. [1] E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44, 1988: the variance of an
   area under the curve.
.. [2] E. B. Wilson, J. Am. Stat. Assoc. 22, 1927: the interval of a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_lesion_synth.intervals import Interval, wilson
from napari_lesion_synth.selection.turing_design import REAL, Candidate, Trial, TuringDesign

__all__ = ["Answer", "Group", "TuringResult", "auc_interval", "evaluate"]

_FEWEST = 2
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: number of the trial, the response, milliseconds, and when (ISO 8601)."""

    trial: int
    response: str
    ms: int
    time: str


@dataclass(frozen=True, slots=True)
class Group:
    """The figure for some of the synthetic lesions.

    Parameters
    ----------
    zone, method : str
        Which; empty: all.
    real, synthetic : int
        Lesions that it stands on.
    figure : Interval or None
        AUC or share of correct answers, with 95 % interval; None where there are too few.
    """

    zone: str
    method: str
    real: int
    synthetic: int
    figure: Interval | None


@dataclass(frozen=True, slots=True)
class TuringResult:
    """Outcome of a test; 0.5 means that real and synthetic cannot be told apart.

    Parameters
    ----------
    task : str
        ``"rating"`` (the figures are areas under the curve: how often a real lesion is rated
        above a synthetic one) or ``"2afc"`` (shares of correct answers).
    answered, planned : int
        Trials.
    median_ms : float or None
        Time for an answer.
    overall : Group
        All lesions.
    groups : tuple of Group
        By zone, by method, and by both.
    """

    task: str
    answered: int
    planned: int
    median_ms: float | None
    overall: Group
    groups: tuple[Group, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


def evaluate(
    design: TuringDesign, trials: Sequence[Trial], answers: Sequence[Answer]
) -> TuringResult:
    """Evaluate the answers given so far.

    Parameters
    ----------
    design : TuringDesign
        The task.
    trials : sequence of Trial
        All of them.
    answers : sequence of Answer
        At most one a trial.

    Returns
    -------
    TuringResult
    """
    by_number = {trial.number: trial for trial in trials}
    given = [(by_number[answer.trial], answer.response) for answer in answers]
    group = _chosen if design.task == "2afc" else _rated
    lesions = {c for trial in trials for c in trial.shown if c.kind != REAL}
    zones = sorted({c.zone.value for c in lesions})
    methods = sorted({c.method for c in lesions})
    keys = [(zone, "") for zone in zones] + [("", method) for method in methods]
    keys += [(zone, method) for zone in zones for method in methods]
    return TuringResult(
        design.task,
        len(given),
        len(trials),
        float(np.median([answer.ms for answer in answers])) if answers else None,
        group(given, "", ""),
        tuple(group(given, zone, method) for zone, method in keys),
    )


def auc_interval(real: ArrayLike, synthetic: ArrayLike) -> Interval | None:
    """How often a real lesion is rated above a synthetic one, ties counted half.

    The interval is DeLong's on the logit scale, which keeps it within 0 and 1. Where the
    kinds are wholly apart (or all ratings the same) the variance is 0 and says nothing; Wilson's
    interval of a share of as many lesions as the smaller kind has stands in.

    Parameters
    ----------
    real, synthetic : array of float
        Ratings.

    Returns
    -------
    Interval or None
        None for fewer than 2 lesions of a kind.
    """
    a, b = np.asarray(real, float), np.asarray(synthetic, float)
    if min(a.size, b.size) < _FEWEST:
        return None
    order = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    auc = float(order.mean())
    variance = order.mean(1).var(ddof=1) / a.size + order.mean(0).var(ddof=1) / b.size
    if variance == 0:
        few = min(a.size, b.size)
        stand_in = wilson(round(auc * few), few)
        return Interval(auc, stand_in.low, stand_in.high)
    middle = np.log(auc / (1 - auc))
    reach = _Z * np.sqrt(variance) / (auc * (1 - auc))
    low, high = 1 / (1 + np.exp(-(middle - reach))), 1 / (1 + np.exp(-(middle + reach)))
    return Interval(auc, float(low), float(high))


def _belongs(lesion: Candidate, zone: str, method: str) -> bool:
    here = zone in ("", lesion.zone.value)
    return here and (lesion.kind == REAL or method in ("", lesion.method))


def _rated(given: Sequence[tuple[Trial, str]], zone: str, method: str) -> Group:
    """Area under the curve; the real lesions of the zone stand against each method."""
    ratings: dict[bool, list[float]] = {True: [], False: []}
    for trial, response in given:
        (lesion,) = trial.shown
        if _belongs(lesion, zone, method):
            ratings[lesion.kind == REAL].append(float(response))
    figure = auc_interval(ratings[True], ratings[False])
    return Group(zone, method, len(ratings[True]), len(ratings[False]), figure)


def _chosen(given: Sequence[tuple[Trial, str]], zone: str, method: str) -> Group:
    """Share of pairs of which the real lesion was found."""
    right = total = 0
    for trial, response in given:
        if all(_belongs(lesion, zone, method) for lesion in trial.shown):
            total += 1
            right += trial.shown[("left", "right").index(response)].kind == REAL
    return Group(zone, method, total, total, wilson(right, total) if total else None)
