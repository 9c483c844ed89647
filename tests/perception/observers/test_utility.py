from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import norm

from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import Trial, check_response
from napari_lesion_synth.perception.observers.utility import ObserverTraits, UtilityObserver

UTILITIES = {"a": 0.8, "b": 0.0, "c": -0.5, "d": 1.5}
MANY = 3000


def pair(number, stimuli=("a", "b"), **facts):
    return Trial(number, "1", "pair", stimuli, "?", facts=facts)


def observer(effect=None, **traits):
    return UtilityObserver(UTILITIES, ObserverTraits(**{"lapse": 0.0, **traits}), 5, effect)


def share(who, response, trials):
    """Share of an answer, with its standard error."""
    trials = list(trials)
    hits = np.mean([who.answer(trial).response == response for trial in trials])
    return hits, np.sqrt(0.25 / len(trials))


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
def test_choices_follow_case_v(noise):
    hits, error = share(observer(noise=noise), "left", map(pair, range(MANY)))
    assert hits == pytest.approx(norm.cdf(0.8 / noise), abs=4 * error)


def test_who_lapses_answers_blindly():
    hits, error = share(observer(noise=0.01, lapse=0.3), "left", map(pair, range(MANY)))
    assert hits == pytest.approx(0.7 + 0.15, abs=4 * error)


def test_a_side_bias_adds_to_what_is_on_the_left():
    same = [pair(k, ("b", "b")) for k in range(MANY)]
    hits, error = share(observer(side_bias=0.6), "left", same)
    assert hits == pytest.approx(norm.cdf(0.6), abs=4 * error)


def test_fatigue_makes_later_answers_noisier():
    hits, error = share(observer(fatigue=1.0), "left", map(pair, range(400, 400 + MANY)))
    # At trial 1900 on average, the noise is 20 times what it was.
    assert abs(hits - 0.5) < 0.05 + 4 * error
    rested, error = share(observer(), "left", map(pair, range(400, 400 + MANY)))
    assert rested > hits + 0.1


def test_near_photos_are_called_equal_where_ties_are_allowed():
    tied = [pair(k, ("b", "b"), ties=True) for k in range(MANY)]
    hits, error = share(observer(indifference=0.5), "tie", tied)
    assert hits == pytest.approx(norm.cdf(0.5) - norm.cdf(-0.5), abs=4 * error)
    assert share(observer(indifference=0.5), "tie", map(pair, range(50)))[0] == 0


def test_what_a_trial_does_to_a_photo_counts():
    def dose(trial, place):
        return -2.0 * trial.facts["magnitude"] if place == 0 else 0.0

    trials = [
        Trial(k, "1", "twoafc", ("a", "a"), "?", facts={"magnitude": 0.5}) for k in range(MANY)
    ]
    hits, error = share(observer(dose), "left", trials)
    assert hits == pytest.approx(norm.cdf(-1.0), abs=4 * error)


def test_ratings_rise_with_utility_and_shift_with_the_rater():
    def mean(name, kind, **traits):
        trials = [Trial(k, "1", kind, (name,), "?", facts={"points": 7}) for k in range(MANY // 10)]
        return np.mean([observer(**traits).answer(trial).response for trial in trials])

    for kind in ("vas", "likert"):
        values = [mean(name, kind) for name in ("c", "b", "a", "d")]
        assert values == sorted(values)
        assert mean("b", kind, rating_shift=1.0) > mean("b", kind)
    assert mean("b", "vas") == pytest.approx(0.5, abs=0.05)


def test_best_and_worst_are_the_best_and_the_worst_for_who_is_sure():
    trial = Trial(0, "1", "best_worst", ("b", "d", "c", "a"), "?")
    assert observer(noise=1e-6).answer(trial).response == {"best": "d", "worst": "c"}


@pytest.mark.parametrize("lapse", [0.0, 1.0])
@pytest.mark.parametrize("kind", ["pair", "twoafc", "vas", "likert", "best_worst", "view"])
def test_every_kind_of_trial_gets_an_answer_that_can_be(kind, lapse):
    stimuli = {"pair": ("a", "b"), "twoafc": ("a", "b"), "best_worst": tuple("abcd")}
    for number in range(50):
        facts = {"points": 5, "ties": True}
        trial = Trial(number, "1", kind, stimuli.get(kind, ("a",)), "?", facts=facts)
        answer = observer(lapse=lapse).answer(trial)
        check_response(trial, answer.response)
        assert answer.response_time_s > 0
        assert answer.trial == number


def test_an_answer_depends_on_the_seed_and_the_trial_alone():
    forward = [observer().answer(pair(k)) for k in range(30)]
    who = observer()
    assert [who.answer(pair(k)) for k in reversed(range(30))] == forward[::-1]
    other = UtilityObserver(UTILITIES, ObserverTraits(lapse=0.0), 6)
    assert [other.answer(pair(k)) for k in range(30)] != forward


def test_hard_choices_take_longer_as_the_diffusion_model_says():
    def mean(stimuli):
        times = [observer().answer(pair(k, stimuli)).response_time_s for k in range(MANY)]
        return np.mean(times)

    hard, easy = mean(("b", "b")), mean(("d", "c"))
    assert hard > easy + 0.2
    spread = np.exp(0.35**2 / 2)
    assert hard == pytest.approx(0.6 + 0.81 * spread, rel=0.05)
    drift = 0.8 * 2.0
    assert easy == pytest.approx(0.6 + 0.9 / drift * np.tanh(0.9 * drift) * spread, rel=0.05)


def test_with_a_fixed_viewing_time_answers_come_after_it():
    trial = Trial(0, "1", "pair", ("a", "b"), "?", "fixed", 2.0)
    assert observer().answer(trial).response_time_s > 2.0


def test_covariates_are_those_that_are_asked_for():
    design = StudyDesign(name="x")
    told = [UtilityObserver(UTILITIES, seed=k).covariates(design) for k in range(20)]
    assert Counter(tuple(values) for values in told) == {("hunger", "minutes_since_meal"): 20}
    assert len({values["hunger"] for values in told}) > 5
