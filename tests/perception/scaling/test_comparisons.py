from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings

ITEMS = ("a", "b", "c", "d")


def test_answers_are_added_one_by_one():
    asked = Comparisons.of(ITEMS, raters=("r", "s"))

    asked = asked.answered(0, 1, 1.0).answered(2, 1, 0.5, rater=1, first_left=False)

    assert len(asked) == 2
    assert asked.first.tolist() == [0, 2]
    assert asked.second.tolist() == [1, 1]
    assert asked.outcome.tolist() == [1.0, 0.5]
    assert asked.rater.tolist() == [0, 1]
    assert asked.first_left.tolist() == [True, False]
    assert asked.shown.tolist() == [1, 2, 1, 0]


def test_photos_are_connected_by_chains_of_comparisons():
    asked = Comparisons.of(ITEMS, [(0, 1), (2, 1)], [1, 0])

    parts = asked.parts

    assert parts[0] == parts[1] == parts[2] != parts[3]


def test_some_of_the_answers_keep_photos_and_raters():
    asked = Comparisons.of(ITEMS, [(0, 1), (2, 1)], [1, 0])

    some = asked.only(asked.first == 2)

    assert (some.items, some.outcome.tolist()) == (ITEMS, [0.0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pairs": [(0, 4)]}, "names no photo"),
        ({"pairs": [(-1, 0)]}, "names no photo"),
        ({"pairs": [(1, 1)]}, "with itself"),
        ({"outcome": [0.3]}, "neither 0, 0.5 nor 1"),
        ({"outcome": [np.nan]}, "neither 0, 0.5 nor 1"),
        ({"outcome": [1, 0]}, "one length"),
        ({"rater": [1]}, "names no rater"),
        ({"items": ("a", "a")}, "two photos have one name"),
    ],
)
def test_answers_that_cannot_be_are_refused(change, said):
    given = {"items": ITEMS, "pairs": [(0, 1)], "outcome": [1]} | change

    with pytest.raises(InputError, match=said):
        Comparisons.of(**given)


def test_a_table_of_ratings_holds_means_and_gaps():
    ratings = Ratings(
        ("a", "b"),
        np.array([0, 0, 1]),
        np.array([0.2, 0.4, 1.0]),
        np.array([0, 0, 1]),
        ("r", "s"),
    )

    assert ratings.table == pytest.approx(np.array([[0.3, np.nan], [np.nan, 1.0]]), nan_ok=True)


def test_ratings_outside_their_scale_are_refused():
    with pytest.raises(InputError, match="outside 0 to 1"):
        Ratings(("a",), np.array([0]), np.array([1.2]), np.array([0]), ("r",))
    with pytest.raises(InputError, match="outside 0 to 1"):
        Ratings(("a",), np.array([0]), np.array([np.nan]), np.array([0]), ("r",))
