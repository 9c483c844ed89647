"""How far the raters of a group agree: with themselves, with each other, with one scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_answers import Asked, Group, comparisons_of, ratings_of
from napari_lesion_synth.perception.choice.check import check_model
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.scaling.agreement import (
    alpha,
    concordance,
    icc,
    raters_needed,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings
from napari_lesion_synth.perception.scaling.pair_raters import fit_pair_raters
from napari_lesion_synth.perception.scaling.retest import retest_correlation, retest_pairs
from napari_lesion_synth.perception.scaling.screening import (
    Screened,
    screen_comparisons,
    screen_ratings,
)
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.transitivity import circular_triads
from napari_lesion_synth.perception.scaling.utilities import Posterior, Prior, fit_utilities

__all__ = ["RaterRow", "pair_figures", "rater_rows", "rating_figures"]

Array = NDArray[np.float64]

TARGETS = (0.8, 0.9)


@dataclass(frozen=True, slots=True)
class RaterRow:
    """A rater beside the others.

    Parameters
    ----------
    rater : str
        The code.
    answers : int
        How many count.
    likelihood, score : float or None
        See `screening.Screened`.
    inspect : bool
        Whether somebody should look at these answers.
    traits : dict of str to Interval
        What is estimated of the rater.
    """

    rater: str
    answers: int
    likelihood: float | None
    score: float | None
    inspect: bool
    traits: dict[str, Interval]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "rater": self.rater,
            "answers": self.answers,
            "likelihood": self.likelihood,
            "score": self.score,
            "inspect": self.inspect,
            **{name: [each.value, each.low, each.high] for name, each in self.traits.items()},
        }


def pair_figures(
    group: Group, posterior: Posterior, settings: ScalingSettings, rng: np.random.Generator
) -> list[Figure]:
    """Figures of comparisons.

    Parameters
    ----------
    group : Group
        Pairs, hidden repeats among them.
    posterior : Posterior
        Utilities from them.
    settings : ScalingSettings
        Model of the answers.
    rng : numpy.random.Generator
        For intervals.
    """
    comparisons = comparisons_of(group.first, group.items, group.raters)
    return [
        *_retest_of_pairs(group, rng),
        _tried("Krippendorff's alpha, nominal", lambda: _pair_alpha(comparisons, rng)),
        _circular(comparisons, rng, _by_gain(group)),
        _side(comparisons, settings),
        *_reliability(posterior, len(group.raters)),
        _random_pairs(group, comparisons, settings),
    ]


def rating_figures(group: Group, rng: np.random.Generator) -> list[Figure]:
    """Figures of ratings, as `pair_figures`."""
    ratings = ratings_of(group.first, group.items, group.raters)
    first, second = _repeated(group)
    found = [
        _tried(
            "test-retest correlation",
            lambda: Figure.of(
                "test-retest correlation",
                retest_correlation(_values(first), _values(second)),
                len(first),
            ),
        )
    ]
    table = _complete(ratings)
    try:
        both = icc(table)
        found += [
            Figure.of("ICC(2,1), one rater", both.single, both.photos),
            Figure.of(f"ICC(2,{both.raters}), mean of the raters", both.mean, both.photos),
            *_needed(both.single.value),
        ]
    except ParameterError as error:
        found.append(Figure.missing("ICC(2,1), one rater", error.what))
    found.append(
        _tried(
            "Krippendorff's alpha, interval",
            lambda: Figure.of("Krippendorff's alpha, interval", alpha(ratings.table, rng)),
        )
    )
    found.append(
        _tried(
            "Kendall's W", lambda: Figure.of("Kendall's W", concordance(table, rng).w, len(table))
        )
    )
    return found


def rater_rows(
    group: Group, prior: Prior | None, settings: ScalingSettings
) -> tuple[RaterRow, ...]:
    """All raters, screened: who lies apart from the others is to be looked at, not removed."""
    if group.way.kind == "pair":
        comparisons = comparisons_of(group.first, group.items, group.raters)
        traits = fit_pair_raters(comparisons, prior, settings)
        pairs = zip(traits.sharpness, traits.side, strict=True)
        named = [{"sharpness": sharp, "left side": side} for sharp, side in pairs]
        return _rows(screen_comparisons(comparisons, prior, settings), named)
    if group.way.kind in ("vas", "likert") and len(group.raters) > 2:
        ratings = ratings_of(group.first, group.items, group.raters)
        try:
            screened = screen_ratings(ratings)
        except ParameterError:
            return ()
        return _rows(screened, [{} for _ in screened])
    return ()


def _rows(
    screened: Sequence[Screened], traits: Sequence[dict[str, Interval]]
) -> tuple[RaterRow, ...]:
    return tuple(
        RaterRow(
            each.rater,
            each.answers,
            each.likelihood if np.isfinite(each.likelihood) else None,
            each.score if np.isfinite(each.score) else None,
            each.inspect,
            own,
        )
        for each, own in zip(screened, traits, strict=True)
    )


def _retest_of_pairs(group: Group, rng: np.random.Generator) -> Iterator[Figure]:
    first, second = _repeated(group)
    names = ("test-retest, same answer", "test-retest, Cohen's kappa")
    if not first:
        for name in names:
            yield Figure.missing(name, "no pair was asked twice")
        return
    one = np.array([_outcome(asked, asked[1].stimuli[0]) for asked in first])
    pairs = zip(first, second, strict=True)
    two = np.array([_outcome(again, before[1].stimuli[0]) for before, again in pairs])
    found = retest_pairs(one, two, rng)
    yield Figure.of(names[0], found.same, found.n, _by_gain(group))
    yield Figure.of(names[1], found.kappa, found.n, _by_gain(group))


def _repeated(group: Group) -> tuple[list[Asked], list[Asked]]:
    """Questions that were asked twice: the first and the second time."""
    before = {
        (rater, trial.number): (rater, trial, answer) for rater, trial, answer in group.answers
    }
    first, second = [], []
    for rater, trial, answer in group.answers:
        if trial.repeat_of is not None and (rater, trial.repeat_of) in before:
            first.append(before[rater, trial.repeat_of])
            second.append((rater, trial, answer))
    return first, second


def _outcome(asked: Asked, photo: str) -> float:
    """1 where a photo of the pair won, 0 where it lost, 0.5 for a tie."""
    _, trial, answer = asked
    won = {"left": 1.0, "right": 0.0}.get(str(answer.response), 0.5)
    return won if trial.stimuli[0] == photo else 1 - won


def _values(asked: Sequence[Asked]) -> Array:
    return np.array([float(answer.response) for _, _, answer in asked])  # type: ignore[arg-type]


def _pair_alpha(comparisons: Comparisons, rng: np.random.Generator) -> Figure:
    """Whether raters who were asked the same pair prefer the same photo of it."""
    low = np.minimum(comparisons.first, comparisons.second)
    high = np.maximum(comparisons.first, comparisons.second)
    won = np.where(comparisons.first == low, comparisons.outcome, 1 - comparisons.outcome)
    pairs, number = np.unique(low * len(comparisons.items) + high, return_inverse=True)
    table = np.full((len(pairs), len(comparisons.raters)), np.nan)
    table[number, comparisons.rater] = won
    shared = int((np.isfinite(table).sum(axis=1) > 1).sum())
    name = "Krippendorff's alpha, nominal"
    return Figure.of(
        name, alpha(table, rng, "preference"), shared, "over pairs that several raters were asked"
    )


def _by_gain(group: Group) -> str:
    """What a reader has to know where pairs were chosen by gain."""
    chosen = any(trial.chosen_by == "gain" for _, trial, _ in group.first)
    return "pairs by gain are close ones, which are harder" if chosen else ""


def _circular(comparisons: Comparisons, rng: np.random.Generator, words: str) -> Figure:
    name = "circular triads, share"
    found = circular_triads(comparisons, rng)
    triads, circular = sum(each.triads for each in found), sum(each.circular for each in found)
    if not triads:
        return Figure.missing(name, "no rater was asked all three pairs of three photos")
    told = "; ".join(part for part in ("0.25 is chance", words) if part)
    return Figure(name, circular / triads, n=triads, words=told)


def _side(comparisons: Comparisons, settings: ScalingSettings) -> Figure:
    name = "left side, in utility"
    side = fit_utilities(comparisons, settings=settings.model_copy(update={"side_bias": True})).side
    if side is None or not len(comparisons):
        return Figure.missing(name, "there are no comparisons")
    return Figure.of(name, side, len(comparisons), "0 is none; what being on the left adds")


def _reliability(posterior: Posterior, raters: int) -> Iterator[Figure]:
    """How much of the differences between photos is no noise, and raters for more of it.

    Variance of the means by itself plus the mean posterior variance: the empirical reliability
    of scores from a posterior. It counts the same answers again from as many other raters.
    """
    mean, covariance = posterior.centred
    between, noise = float(np.var(mean)), float(np.diag(covariance).mean())
    whole = between + noise
    reliable = between / whole if whole > 0 else 0.0
    words = "variance of the values by itself plus that of their errors"
    yield Figure("reliability of the scale", reliable, n=len(mean), words=words)
    single = reliable / (raters - (raters - 1) * reliable) if raters else 0.0
    yield from _needed(single)


def _needed(single: float) -> Iterator[Figure]:
    for target in TARGETS:
        name = f"raters for a reliability of {target:g}"
        if not 0 < single < 1:
            yield Figure.missing(name, "the raters do not agree enough to tell")
        else:
            yield Figure(name, float(raters_needed(single, target)))


def _random_pairs(group: Group, comparisons: Comparisons, settings: ScalingSettings) -> Figure:
    name = "random pairs predicted rightly"
    kept = [asked for asked in group.first if asked[1].stimuli[0] != asked[1].stimuli[-1]]
    at_random = np.array([trial.chosen_by == "random" for _, trial, _ in kept], np.bool_)
    if at_random.all() or not at_random.any():
        why = "all pairs were random" if at_random.any() else "no pair was random"
        return Figure.missing(name, f"{why}: the model has nothing to be checked by")
    try:
        found = check_model(comparisons, at_random, StudyModel(settings))
    except ParameterError as error:
        return Figure.missing(name, error.what)
    return Figure.of(name, found.right, found.n, f"the model itself expects {found.expected:.2f}")


def _complete(ratings: Ratings) -> Array:
    """Photos that all raters have rated, shape (photos, raters)."""
    table = ratings.table
    return np.asarray(table[np.isfinite(table).all(axis=1)])


def _tried(name: str, make: Callable[[], Figure]) -> Figure:
    try:
        return make()
    except ParameterError as error:
        return Figure.missing(name, error.what)
