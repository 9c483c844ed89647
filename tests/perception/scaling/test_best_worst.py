from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.scaling.best_worst import (
    BestWorst,
    best_worst_scores,
    fit_best_worst,
    implied_pairs,
)

ITEMS = ("a", "b", "c", "d", "e")


def trial(shown: list[int], best: int, worst: int) -> BestWorst:
    """One answer."""
    return BestWorst(
        ITEMS, np.array([shown]), np.array([best]), np.array([worst]), np.array([0]), ("r",)
    )


def test_an_answer_implies_all_pairs_with_the_best_or_the_worst_each_once():
    pairs = implied_pairs(trial([3, 0, 1, 2], best=0, worst=2))

    found = sorted(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert found == [(0, 1), (0, 2), (0, 3), (1, 2), (3, 2)]
    assert pairs.outcome.tolist() == [1.0] * 5
    of_best = {
        int(second): bool(left)
        for first, second, left in zip(pairs.first, pairs.second, pairs.first_left, strict=True)
        if first == 0
    }
    assert of_best == {1: True, 2: True, 3: False}


def test_scores_are_times_best_less_times_worst_by_times_shown():
    scores = best_worst_scores(trial([3, 0, 1, 2], best=0, worst=2))

    assert scores == pytest.approx([1, 0, -1, 0, np.nan], nan_ok=True)


def test_utilities_come_back_from_best_worst_answers():
    rng = np.random.default_rng(0)
    utilities = np.linspace(-1.5, 1.5, 8)
    shown = np.array([rng.choice(8, 4, replace=False) for _ in range(120)])
    seen = utilities[shown] + rng.gumbel(size=shown.shape)
    best, worst = (shown[np.arange(120), f(seen, axis=1)] for f in (np.argmax, np.argmin))
    answers = BestWorst(tuple("abcdefgh"), shown, best, worst, np.zeros(120, int), ("r",))

    found = fit_best_worst(answers)

    assert np.corrcoef(found.mean, utilities)[0, 1] > 0.97
    assert np.corrcoef(best_worst_scores(answers), utilities)[0, 1] > 0.95
    assert any("not independent" in note for note in found.notes)


@pytest.mark.parametrize(
    ("shown", "best", "worst", "said"),
    [
        ([0, 0, 1], 0, 1, "twice"),
        ([0, 1, 2], 3, 1, "not shown"),
        ([0, 1, 2], 0, 4, "not shown"),
        ([0, 1, 2], 1, 1, "best and worst"),
    ],
)
def test_answers_that_cannot_be_are_refused(shown, best, worst, said):
    with pytest.raises(InputError, match=said):
        trial(shown, best, worst)
