from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.chooser import ChoiceState, Chooser
from napari_lesion_synth.perception.choice.gain import pair_gains
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.utilities import Posterior, fit_utilities


class Plain:
    """A prior that learns nothing, and counts how often it was asked."""

    def __init__(self) -> None:
        self.fits = 0

    def posterior(self, comparisons: Comparisons) -> Posterior:
        """Independent photos."""
        self.fits += 1
        return fit_utilities(comparisons)


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def chooser(**rules: object) -> Chooser:
    """With a plain model."""
    return Chooser(Plain(), ChooserRules(**rules))


def names(k: int) -> tuple[str, ...]:
    """Of photos."""
    return tuple(f"p{i}" for i in range(k))


def test_a_study_begins_with_a_spanning_matching(asked):
    comparisons, choices = asked(chooser(), rng().standard_normal(12), 12, rng(1))

    by = [choice.chosen_by for choice in choices]
    assert by[:11] == ["connect"] * 11
    assert by[11] != "connect"
    assert len(np.unique(comparisons.only(slice(11)).parts)) == 1
    pairs = [photo for c in choices[:6] for photo in (c.left, c.right)]
    assert len(set(pairs)) == 12  # a matching first


def test_the_matching_is_random(asked):
    one, other = (asked(chooser(), np.zeros(8), 4, rng(seed))[1] for seed in (1, 2))

    assert {frozenset((c.left, c.right)) for c in one} != {
        frozenset((c.left, c.right)) for c in other
    }


def test_the_pair_of_the_largest_gain_is_asked(asked):
    comparisons, _ = asked(chooser(), rng().standard_normal(8), 30, rng(1))
    rules = {"by": "information", "random_share": 0.0, "exposure": 100.0}

    choice = chooser(**rules).next(ChoiceState(comparisons), rng(2))

    gains = pair_gains(fit_utilities(comparisons))
    best = gains.pair(int(gains.gain.argmax()))
    assert (choice.chosen_by, {choice.left, choice.right}) == ("gain", set(best))
    assert choice.gain == pytest.approx(gains.gain.max())


def test_a_share_of_the_pairs_is_random_and_uniform(asked):
    rules = {"random_share": 0.4, "connect_first": False, "rest": 0}
    _, choices = asked(chooser(**rules), np.linspace(-3, 3, 6), 300, rng(3))

    random = [frozenset((c.left, c.right)) for c in choices if c.chosen_by == "random"]
    assert len(random) / 300 == pytest.approx(0.4, abs=0.08)
    counts = [random.count(pair) for pair in set(random)]
    assert len(counts) == 15
    assert max(counts) < 20  # 8 on average


@settings(deadline=None, max_examples=15)
@given(
    st.integers(3, 9),
    st.integers(0, 3),
    st.sampled_from(["values", "information", "balanced", "random"]),
)
def test_the_pair_just_seen_is_never_asked_at_once(k, rest, by):
    choosing = Chooser(Plain(), ChooserRules(by=by, rest=rest, random_share=0.3))
    comparisons, recent, draw = Comparisons.of(names(k)), (), rng(k)
    for _ in range(15):
        choice = choosing.next(ChoiceState(comparisons, recent), draw)
        pair = choice.left, choice.right
        assert choice.left != choice.right
        if recent:
            assert set(pair) != set(recent[-1])
        if k >= 2 * rest + 4:
            assert not set(pair) & {
                photo for seen in recent[len(recent) - rest :] for photo in seen
            }
        comparisons = comparisons.answered(*pair, float(draw.integers(2)))
        recent = (*recent, pair)


def test_with_two_photos_the_only_pair_is_asked_with_sides_in_turn(asked):
    _, choices = asked(chooser(), np.zeros(2), 4, rng())

    lefts = [choice.left for choice in choices]
    assert lefts[0] != lefts[1]
    assert lefts[2] != lefts[3]


def test_no_photo_is_shown_much_more_often_than_the_average():
    """Nine photos are far apart and known; the tenth alone is doubtful."""
    pairs = [(i, j) for i in range(9) for j in range(i)] * 6
    comparisons = Comparisons.of(names(10), [*pairs, (9, 4)], np.ones(len(pairs) + 1))
    state, draw = comparisons, rng()
    for _ in range(80):
        choice = chooser(random_share=0.0, rest=0, exposure=1.2).next(ChoiceState(state), draw)
        state = state.answered(choice.left, choice.right, float(draw.integers(2)))

    assert state.shown[9] > 10
    assert state.shown.max() <= 1.2 * state.shown.mean() + 3


def test_sides_are_balanced_for_pairs_and_photos(asked):
    comparisons, _ = asked(chooser(rest=0), rng().standard_normal(6), 120, rng(4))

    left = np.bincount(comparisons.first, minlength=6)
    right = np.bincount(comparisons.second, minlength=6)
    assert np.abs(left - right).max() <= 6
    for i in range(6):
        for j in range(i):
            one = ((comparisons.first == i) & (comparisons.second == j)).sum()
            other = ((comparisons.first == j) & (comparisons.second == i)).sum()
            assert abs(int(one) - int(other)) <= 1


def test_closed_photos_are_neither_joined_nor_asked(asked):
    comparisons, recent, draw = Comparisons.of(names(8)), (), rng()
    for _ in range(20):
        state = ChoiceState(comparisons, recent, frozenset({4, 5, 6, 7}))
        choice = chooser().next(state, draw)
        comparisons = comparisons.answered(choice.left, choice.right, float(draw.integers(2)))
        recent = (*recent, (choice.left, choice.right))

    assert comparisons.shown[4:].sum() == 0
    assert len(np.unique(comparisons.parts[:4])) == 1
    with pytest.raises(ParameterError, match="fewer than 2 photos"):
        chooser().next(ChoiceState(comparisons, (), frozenset(range(7))), draw)


@pytest.mark.parametrize("by", ["values", "information", "balanced"])
@pytest.mark.parametrize("trials", [3, 17, 40])
def test_what_was_prepared_is_what_is_chosen_after_the_answer(asked, by, trials):
    model = StudyModel()
    rules = ChooserRules(by=by, random_share=0.3)
    comparisons, choices = asked(Chooser(model, rules), rng().standard_normal(9), trials, rng(5))
    state = ChoiceState(comparisons, tuple((c.left, c.right) for c in choices[-3:]))
    now = Chooser(model, rules).next(state, rng(6))

    next_one = rng(7)
    prepared = Chooser(model, rules).prepare(state, now, next_one, (1.0, 0.0, 0.5))

    for outcome, choice in prepared.items():
        answered = comparisons.answered(now.left, now.right, outcome)
        recent = (*state.recent, (now.left, now.right))
        fresh = Chooser(StudyModel(), rules)  # as after a restart
        assert fresh.next(ChoiceState(answered, recent), rng(7)) == choice
    assert next_one.bit_generator.state == rng(7).bit_generator.state


def test_photos_closed_after_this_trial_are_not_prepared(asked):
    comparisons, _ = asked(chooser(), rng().standard_normal(6), 10, rng(5))
    state = ChoiceState(comparisons)
    now = chooser(rest=0).next(state, rng(6))

    prepared = chooser(rest=0).prepare(state, now, rng(7), closed=frozenset({0, 1, 2}))

    for choice in prepared.values():
        assert {choice.left, choice.right} <= {3, 4, 5}


def test_many_photos_are_asked_in_batches_that_are_matchings(asked):
    model = Plain()
    batched = Chooser(model, ChooserRules(sequential_up_to=10, random_share=0.0, rest=0))
    utilities = rng().standard_normal(20)
    comparisons, _ = asked(Chooser(Plain()), utilities, 30, rng(1))
    recent, photos = (), []

    for _ in range(10):
        choice = batched.next(ChoiceState(comparisons, recent), rng(2))
        photos += [choice.left, choice.right]
        comparisons = comparisons.answered(choice.left, choice.right, 1.0)
        recent = ((choice.left, choice.right),)

    assert len(set(photos)) == 20
    assert model.fits == 1
    batched.next(ChoiceState(comparisons, recent), rng(2))
    assert model.fits == 2


def test_a_batch_goes_on_after_a_restart(asked):
    rules = ChooserRules(sequential_up_to=10)
    comparisons, choices = asked(Chooser(Plain(), rules), rng().standard_normal(20), 43, rng(1))
    state = ChoiceState(comparisons, tuple((c.left, c.right) for c in choices[-2:]))
    used = Chooser(Plain(), rules)
    used.next(state, rng(8))

    one, other = used.next(state, rng(9)), Chooser(Plain(), rules).next(state, rng(9))

    assert one == other


def test_the_last_photos_of_other_kinds_of_trials_rest_too():
    state = ChoiceState(
        Comparisons.of(names(4), [(0, 1), (1, 2), (2, 3)], [1, 1, 1]), ((0,), (2, 3, 1))
    )

    choice = chooser(rest=2).next(state, rng())

    # All rest, so that only what cannot be avoided is shown again.
    assert {choice.left, choice.right} < {0, 1, 2, 3}
    spared = chooser(rest=1).next(replace(state, recent=((0,),)), rng())
    assert 0 not in (spared.left, spared.right)
