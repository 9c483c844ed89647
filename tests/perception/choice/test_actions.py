from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.actions import (
    ActionSettings,
    Judged,
    Possible,
    weigh_actions,
)
from napari_lesion_synth.perception.choice.gain import pair_gains
from napari_lesion_synth.perception.scaling.utilities import Posterior


def posterior(variances: list[float]) -> Posterior:
    """Independent photos, all alike but for how sure they are."""
    names = tuple(f"p{i}" for i in range(len(variances)))
    return Posterior(names, np.zeros(len(names)), np.diag(variances), 0.02, "thurstone")


def judged(answers: list[int], viewers: int = 0) -> Judged:
    """Counts of answers, and as many viewers of each photo."""
    return Judged(np.array(answers), np.full(len(answers), viewers), 1.0)


def by_kind(found):
    """Actions by their kind."""
    return {action.kind: action for action in found}


def test_the_best_of_each_kind_is_ranked_by_bits_per_second():
    found = weigh_actions(
        posterior([0.2, 0.3, 0.1, 1.0]), judged([5, 5, 5, 0]), ActionSettings(gaze_share=0.3)
    )

    rates = [action.rate for action in found]
    assert rates == sorted(rates, reverse=True)
    kinds = by_kind(found)
    assert set(kinds) == {"pair", "re-rate", "new photo", "gaze"}
    assert kinds["pair"].photos == (0, 1)
    assert kinds["re-rate"].photos == (1,)
    assert 3 in kinds["new photo"].photos
    assert kinds["gaze"].photos == (3,)


def test_a_pair_gains_what_the_chooser_says_and_costs_its_seconds():
    found = by_kind(weigh_actions(posterior([0.2, 0.3, 0.1]), judged([1, 1, 1])))

    assert found["pair"].bits == pytest.approx(pair_gains(posterior([0.2, 0.3, 0.1])).gain.max())
    assert found["pair"].rate == pytest.approx(found["pair"].bits / 4.0)
    assert "new photo" not in found


def test_a_rating_gains_half_the_logarithm_of_how_much_it_narrows():
    settings = ActionSettings(rating_noise=0.5)
    posterior_ = posterior([0.4] * 50)

    found = by_kind(weigh_actions(posterior_, judged([1] * 50), settings))

    variance = posterior_.centred[1][0, 0]
    after = 1 / (1 / variance + 1 / 0.25)
    assert found["re-rate"].bits == pytest.approx(np.log2(variance / after) / 2)


def test_dearer_actions_come_later():
    state = posterior([0.2, 0.3, 0.1, 0.4]), judged([5, 5, 5, 5])

    cheap = weigh_actions(*state, ActionSettings(pair_s=1, rating_s=100))
    dear = weigh_actions(*state, ActionSettings(pair_s=100, rating_s=1))

    assert (cheap[0].kind, dear[0].kind) == ("pair", "re-rate")


def test_gaze_is_asked_for_only_where_it_was_shown_to_tell_and_less_with_more_viewers():
    state = posterior([0.5, 0.6, 0.7])

    unknown = by_kind(weigh_actions(state, judged([1, 1, 1])))["gaze"]
    settings = ActionSettings(gaze_share=0.4)
    bits = [
        by_kind(weigh_actions(state, judged([1, 1, 1], viewers), settings))["gaze"].bits
        for viewers in (0, 1, 5, 20)
    ]

    assert unknown.bits == 0
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 5 * bits[-1] > 0


def test_all_viewers_together_tell_no_more_than_the_share():
    """Of a photo known a priori only, the map of very many viewers leaves 1 - share."""
    share, total = 0.4, 0.0
    variance = 1.0
    settings = ActionSettings(gaze_share=share)
    for viewers in range(400):
        state = Posterior(
            ("a", "b"), np.zeros(2), np.diag([2 * variance, 2 * variance]), 0.02, "thurstone"
        )
        bits = by_kind(weigh_actions(state, judged([1, 1], viewers), settings))["gaze"].bits
        total += bits
        variance /= 4**bits

    assert variance == pytest.approx(1 - share, abs=0.01)
    assert total == pytest.approx(-np.log2(1 - share) / 2, abs=0.01)


def test_counts_of_other_photos_are_refused():
    with pytest.raises(ParameterError, match="not of the posterior's photos"):
        weigh_actions(posterior([1.0, 1.0]), judged([1]))


def test_only_what_is_possible_is_weighed():
    pairs = np.array([False, True, False, False, False, False])  # photos 0 and 2
    alone = np.array([True, False, False, False])
    possible = Possible(pairs, alone, np.zeros(4, np.bool_))
    settings = ActionSettings(gaze_share=0.5)

    found = by_kind(
        weigh_actions(posterior([0.1, 9.0, 0.1, 9.0]), judged([1] * 4), settings, possible)
    )

    assert {kind: action.photos for kind, action in found.items()} == {
        "pair": (0, 2),
        "re-rate": (0,),
    }


def test_between_photos_that_would_tell_the_same_a_generator_decides():
    state = posterior([0.5] * 6), judged([1] * 6)
    drawn = {
        by_kind(weigh_actions(*state, rng=np.random.default_rng(seed)))["re-rate"].photos
        for seed in range(40)
    }
    assert drawn == {(k,) for k in range(6)}
