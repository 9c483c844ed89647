"""Best-worst answers: of several photos, the most and the least attractive one.

Counts are quick to read: how often a photo was best less how often it was worst, by how often it
was shown [1]_. The pairs that an answer implies (the best beats all others, all others beat the
worst) go to Bradley-Terry for utilities. Such pairs stem from one look and are not independent:
the intervals of utilities from them are too narrow.

References
----------
.. [1] J. J. Louviere, T. N. Flynn, A. A. J. Marley, "Best-worst scaling", 2015.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior, Prior, fit_utilities

__all__ = ["BestWorst", "best_worst_scores", "fit_best_worst", "implied_pairs"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BestWorst:
    """Answers to "which is the best, which the worst of these?".

    Parameters
    ----------
    items : tuple of str
        All photos.
    shown : ndarray of int64, shape (n, m)
        Photos of each trial from left to right, as numbers among `items`; m is 3 or more.
    best, worst : ndarray of int64, shape (n,)
        The photos chosen, as numbers among `items`.
    rater : ndarray of int64, shape (n,)
        Who answered, as a number among `raters`.
    raters : tuple of str
        All raters.

    Raises
    ------
    InputError
        If a photo is shown twice in a trial, or a chosen one was not shown or is both.
    """

    items: tuple[str, ...]
    shown: Ints
    best: Ints
    worst: Ints
    rater: Ints
    raters: tuple[str, ...]

    def __post_init__(self) -> None:
        ordered = np.sort(self.shown, axis=1)
        if (np.diff(ordered, axis=1) == 0).any():
            raise InputError("a photo is shown twice in one trial")
        for chosen in (self.best, self.worst):
            if not (self.shown == chosen[:, None]).any(axis=1).all():
                raise InputError("a chosen photo was not shown")
        if (self.best == self.worst).any():
            raise InputError("a photo is best and worst at once")


def best_worst_scores(answers: BestWorst) -> NDArray[np.float64]:
    """Times best less times worst, by times shown, shape (k,): -1 to 1; NaN where never shown."""
    k = len(answers.items)
    count = np.bincount(answers.shown.ravel(), minlength=k)
    score = np.bincount(answers.best, minlength=k) - np.bincount(answers.worst, minlength=k)
    shares = np.full(k, np.nan)
    np.divide(score, count, out=shares, where=count > 0)
    return shares


def implied_pairs(answers: BestWorst) -> Comparisons:
    """All pairs that the answers decide: 2 m - 3 a trial, the winner first."""
    first, second, trial, left = [], [], [], []
    for n, (row, best, worst) in enumerate(
        zip(answers.shown, answers.best, answers.worst, strict=True)
    ):
        place = {int(photo): x for x, photo in enumerate(row)}
        others = [photo for photo in place if photo not in (best, worst)]
        pairs = [(int(best), photo) for photo in (*others, int(worst))]
        for winner, loser in (*pairs, *((photo, int(worst)) for photo in others)):
            first.append(winner)
            second.append(loser)
            trial.append(n)
            left.append(place[winner] < place[loser])
    return Comparisons(
        answers.items,
        np.array(first, np.int64),
        np.array(second, np.int64),
        np.ones(len(first)),
        answers.rater[np.array(trial, np.int64)],
        answers.raters,
        np.array(left, np.bool_),
    )


def fit_best_worst(answers: BestWorst, prior: Prior | None = None) -> Posterior:
    """Bradley-Terry utilities from the implied pairs."""
    settings = ScalingSettings(model="bradley-terry")
    posterior = fit_utilities(implied_pairs(answers), prior, settings)
    note = "Pairs of one best-worst answer are not independent: the intervals are too narrow."
    return replace(posterior, notes=(*posterior.notes, note))
