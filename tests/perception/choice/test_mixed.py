"""Pairs, ratings and looking in one session: whichever tells most for each second."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.actions import ActionSettings
from napari_lesion_synth.perception.choice.guards import ChoiceState
from napari_lesion_synth.perception.choice.mixed import MixedChooser, MixedState
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.choice.shared_model import FIRST_RATINGS, SharedModel
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings

NONE = np.zeros(0, np.int64)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def begun(k: int = 8) -> MixedState:
    """Before the first answer."""
    items = tuple(f"p{i}" for i in range(k))
    ratings = Ratings(items, NONE, np.zeros(0), NONE, ("all",))
    return MixedState(ChoiceState(Comparisons.of(items)), ratings, np.zeros(k, np.int64))


def compared(state: MixedState, pair: tuple[int, int], won: float) -> MixedState:
    pairs = replace(
        state.pairs,
        comparisons=state.pairs.comparisons.answered(*pair, won),
        recent=(*state.pairs.recent, pair),
    )
    return replace(state, pairs=pairs)


def rated(state: MixedState, photo: int, value: float) -> MixedState:
    old = state.ratings
    ratings = Ratings(
        old.items, np.append(old.item, photo), np.append(old.value, value),
        np.append(old.rater, 0), old.raters,
    )  # fmt: skip
    pairs = replace(state.pairs, recent=(*state.pairs.recent, (photo,)))
    return replace(state, ratings=ratings, pairs=pairs)


def connected(k: int = 8) -> MixedState:
    """Every photo was compared with the next, and the first ratings are there."""
    state, draw = begun(k), rng(5)
    for one in range(k - 1):
        state = compared(state, (one, one + 1), float(one % 2))
    for photo in range(FIRST_RATINGS):
        state = rated(state, photo % k, float(draw.uniform(0.3, 0.7)))
    return replace(state, pairs=replace(state.pairs, recent=()))


def chooser(gaze: bool = False, rules: dict[str, float] | None = None, **costs: float):
    given = {"random_share": 0.0, **(rules or {})}
    settings = ActionSettings(**costs)
    model = SharedModel(noise=settings.rating_noise)
    return MixedChooser(model, settings, ChooserRules(**given), gaze)


def asked(choosing: MixedChooser, trials: int, noise: float, seed: int = 0, k: int = 8):
    """A study of one participant whose ratings have this noise; all that was asked."""
    draw, state, found = rng(seed), begun(k), []
    worth = rng(seed + 100).standard_normal(k)
    for _ in range(trials):
        choice = choosing.next(state, draw)
        found.append(choice)
        if choice.kind == "pair":
            left, right = choice.photos
            won = draw.random() < ndtr(worth[left] - worth[right])
            state = compared(state, (left, right), float(won))
        else:
            felt = worth[choice.photos[0]] + noise * draw.standard_normal()
            state = rated(state, choice.photos[0], float(np.clip(0.5 + 0.15 * felt, 0, 1)))
    return found, state


def test_photos_are_connected_by_pairs_first_and_then_ratings_to_the_pairs():
    found, state = asked(chooser(), 30, 1.0)
    first = found[: 7 + FIRST_RATINGS]
    assert {choice.chosen_by for choice in first} == {"connect"}
    assert [choice.kind for choice in first] == ["pair"] * 7 + ["rating"] * FIRST_RATINGS
    assert {choice.chosen_by for choice in found[7 + FIRST_RATINGS :]} == {"gain"}
    assert len(set(state.pairs.comparisons.parts)) == 1


def test_the_kind_with_the_highest_rate_is_asked_and_says_its_rate():
    choice = chooser().next(connected(), rng())
    assert choice.chosen_by == "gain"
    assert set(choice.rates) == {"pair", "re-rate"}
    assert choice.action.rate == max(choice.rates.values())
    assert choice.kind == ("pair" if choice.action.kind == "pair" else "rating")


@pytest.mark.parametrize(("costs", "kind"), [((1, 100), "pair"), ((100, 1), "rating")])
def test_what_kinds_cost_decides_between_them(costs, kind):
    pair_s, rating_s = costs
    choice = chooser(pair_s=pair_s, rating_s=rating_s).next(connected(), rng())
    assert choice.kind == kind
    assert choice.action.seconds == min(costs)


def test_ratings_that_turn_out_exact_are_asked_for_and_erratic_ones_are_not():
    exact = Counter(choice.kind for choice in asked(chooser(), 60, 0.2)[0])
    erratic = Counter(choice.kind for choice in asked(chooser(), 60, 4.0)[0])
    assert exact["rating"] > 30 > 20 > erratic["rating"]


@pytest.mark.parametrize(("share", "gaze"), [(0.0, True), (0.9, False)])
def test_nobody_is_asked_to_look_where_that_is_worth_nothing_or_not_recorded(share, gaze):
    choosing = chooser(gaze, pair_s=500, rating_s=500, gaze_s=0.1, gaze_share=share)
    choice = choosing.next(connected(), rng())
    assert choice.kind != "view"
    assert "gaze" not in choice.rates


def test_looking_is_asked_for_where_it_is_worth_most_but_of_no_photo_twice():
    choosing = chooser(True, pair_s=500, rating_s=500, gaze_s=0.1, gaze_share=0.9)
    viewed = frozenset(range(6))
    for seed in range(5):
        choice = choosing.next(replace(connected(), viewed=viewed), rng(seed))
        assert choice.kind == "view"
        assert choice.photos[0] in (6, 7)
    everything = frozenset(range(8))
    assert choosing.next(replace(connected(), viewed=everything), rng()).kind != "view"


def test_random_trials_are_of_both_kinds():
    choosing, state = chooser(rules={"random_share": 1.0}), connected()
    found = [choosing.next(state, rng(seed)) for seed in range(60)]
    kinds = Counter(choice.kind for choice in found)
    assert {choice.chosen_by for choice in found} == {"random"}
    assert min(kinds["pair"], kinds["rating"]) > 15
    assert len({choice.photos for choice in found if choice.kind == "rating"}) == 8


def test_photos_rest_closed_ones_never_come_and_ratings_count_as_showings():
    closed = frozenset({0, 1})
    for pair_s in (0.1, 600):
        choosing = chooser(pair_s=pair_s, rules={"rest": 2, "exposure": 1.2})
        state = connected()
        state = replace(state, pairs=replace(state.pairs, closed=closed, recent=((2, 3), (4,))))
        assert not set(choosing.next(state, rng()).photos) & {0, 1, 2, 3, 4}
        for _ in range(12):  # above 1.2 times the average, and 2
            state = rated(state, 5, 0.5)
        state = replace(state, pairs=replace(state.pairs, recent=()))
        assert 5 not in choosing.next(state, rng()).photos


def test_with_one_photo_left_it_is_rated_and_with_none_that_is_told():
    state = connected()
    one = replace(state, pairs=replace(state.pairs, closed=frozenset(range(7))))
    choice = chooser(pair_s=0.1, rating_s=600).next(one, rng())
    assert (choice.kind, choice.photos) == ("rating", (7,))
    none = replace(state, pairs=replace(state.pairs, closed=frozenset(range(8))))
    with pytest.raises(ParameterError, match="no photo may be shown"):
        chooser().next(none, rng())


def test_the_next_question_follows_from_the_answers_alone():
    choosing = chooser()
    _, state = asked(choosing, 45, 0.8)
    assert choosing.next(state, rng(3)) == chooser().next(state, rng(3))


def test_a_rating_counts_before_its_mark_is_read():
    """It makes the photo surer, as it will be whatever the mark says."""
    choosing = chooser(pair_s=600)
    state = connected()
    before = choosing.next(state, rng())
    photo = before.photos[0]
    unread = replace(state, unread=photo)
    after = choosing.next(unread, rng())
    assert unread.answers == state.answers + 1
    assert after.photos != before.photos
    assert after.action.bits <= before.action.bits


def test_for_the_stopping_rule_the_best_question_of_any_kind_counts():
    state = connected()
    cheap_talk = chooser().progress(state)
    best = chooser().next(state, rng()).rates
    bits = {"pair": 4.0 * best["pair"], "re-rate": 5.0 * best["re-rate"]}
    assert cheap_talk.bits == pytest.approx(max(bits.values()))
    assert cheap_talk.trials == 7 + FIRST_RATINGS
