"""Utilities against choix, and against answers whose utilities are known.

choix's penalty is alpha * sum(x^2): a normal prior with a variance of 1 / (2 alpha). Its
`ep_pairwise` takes alpha as the inverse variance, and approximates by expectation propagation,
not around the peak: means agree closely, not exactly.
"""

from __future__ import annotations

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Prior, RaterTraits, fit_utilities

BARE = ScalingSettings(lapse=0.0)
BRADLEY_TERRY = ScalingSettings(model="bradley-terry", lapse=0.0)


def winners_and_losers(comparisons: Comparisons) -> list[tuple[int, int]]:
    """As choix wants them."""
    won = comparisons.outcome == 1
    first, second = comparisons.first, comparisons.second
    return list(
        zip(
            np.where(won, first, second).tolist(),
            np.where(won, second, first).tolist(),
            strict=True,
        )
    )


@pytest.mark.parametrize("alpha", [0.05, 0.5, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_bradley_terry_is_that_of_choix_at_the_same_penalty(answers, alpha, seed):
    rng = np.random.default_rng(seed)
    asked = answers(rng.standard_normal(12), 100, rng)

    found = fit_utilities(asked, Prior.independent(12, np.sqrt(1 / (2 * alpha))), BRADLEY_TERRY)

    theirs = choix.opt_pairwise(12, winners_and_losers(asked), alpha=alpha, tol=1e-10)
    assert found.mean == pytest.approx(theirs, abs=1e-4)
    assert np.corrcoef(found.mean, theirs)[0, 1] > 0.999


@pytest.mark.parametrize("model", ["thurstone", "bradley-terry"])
def test_both_models_agree_with_choix_by_expectation_propagation(answers, model):
    rng = np.random.default_rng(5)
    asked = answers(rng.standard_normal(10), 200, rng)

    found = fit_utilities(asked, settings=ScalingSettings(model=model, lapse=0.0))

    name = "probit" if model == "thurstone" else "logit"
    mean, covariance = choix.ep_pairwise(10, winners_and_losers(asked), alpha=1.0, model=name)
    assert np.corrcoef(found.mean, mean)[0, 1] > 0.999
    assert found.mean == pytest.approx(mean, abs=0.1)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(
        np.sqrt(np.diag(covariance)), rel=0.05
    )


def test_the_peak_is_where_the_posterior_has_no_slope(answers):
    rng = np.random.default_rng(2)
    asked = answers(rng.standard_normal(6), 60, rng, lapse=0.1)
    prior = Prior(rng.standard_normal(6), np.eye(6) + 0.5)

    found = fit_utilities(asked, prior)

    def height(utilities: np.ndarray) -> float:
        apart = utilities[asked.first] - utilities[asked.second]
        away = utilities - prior.mean
        value = found.link.terms(apart, asked.outcome)[0].sum()
        return float(value - away @ np.linalg.solve(prior.covariance, away) / 2)

    for direction in np.eye(6):
        step = 1e-4 * direction
        slope = (height(found.mean + step) - height(found.mean - step)) / 2e-4
        assert slope == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("model", ["thurstone", "bradley-terry"])
def test_intervals_hold_the_truth_as_often_as_they_say(answers, model):
    held = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        utilities = rng.standard_normal(12)
        spread = 1.0 if model == "thurstone" else 1.7
        asked = answers(utilities, 150, rng, lapse=0.02)
        found = fit_utilities(asked, settings=ScalingSettings(model=model, spread=spread))
        truth = (utilities - utilities.mean()) * spread
        held += [i.low <= t <= i.high for i, t in zip(found.intervals, truth, strict=True)]

    assert 0.92 <= np.mean(held) <= 0.98


def test_without_answers_the_prior_comes_back():
    prior = Prior(np.array([1.0, 2.0, 4.0]), np.diag([1.0, 2.0, 3.0]))

    found = fit_utilities(Comparisons.of(("a", "b", "c")), prior)

    assert found.mean == pytest.approx(prior.mean)
    assert found.covariance == pytest.approx(prior.covariance)
    assert found.evidence == pytest.approx(0)
    assert "3 photos not compared" in found.notes[0]


def test_the_evidence_is_the_chance_of_the_answer_over_the_prior():
    asked = Comparisons.of(("a", "b"), [(0, 1)], [1.0])

    found = fit_utilities(asked, Prior.independent(2, 0.3), BARE)

    assert found.evidence == pytest.approx(np.log(0.5), abs=0.01)


def test_photos_in_parts_are_placed_by_the_prior_and_the_notes_say_so():
    asked = Comparisons.of(tuple("abcd"), [(0, 1), (2, 3)] * 3, [1, 1, 1, 1, 1, 0])

    found = fit_utilities(asked)

    assert found.mean[:2].mean() == pytest.approx(found.mean[2:].mean())
    assert any("2 parts" in note for note in found.notes)
    assert any("always won" in note for note in found.notes)
    joined = fit_utilities(asked.answered(1, 2, 1.0))
    assert not any("parts" in note for note in joined.notes)


def test_who_is_called_first_does_not_matter(answers):
    rng = np.random.default_rng(3)
    asked = answers(rng.standard_normal(5), 40, rng)
    turned = Comparisons.of(
        asked.items, np.stack([asked.second, asked.first], axis=1), 1 - asked.outcome
    )

    assert fit_utilities(turned).mean == pytest.approx(fit_utilities(asked).mean, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_renaming_the_photos_renames_the_utilities(seed):
    rng = np.random.default_rng(seed)
    pairs = np.array([rng.choice(5, 2, replace=False) for _ in range(12)])
    outcome = rng.choice([0, 0.5, 1], 12)
    order = rng.permutation(5)
    place = np.argsort(order)
    names = tuple("abcde")

    one = fit_utilities(Comparisons.of(names, pairs, outcome), settings=BARE)
    other = fit_utilities(Comparisons.of(names, place[pairs], outcome), settings=BARE)

    assert other.mean[place] == pytest.approx(one.mean, abs=0.02)  # the tie's constant is sought


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_an_answer_more_narrows_what_it_is_about(seed):
    rng = np.random.default_rng(seed)
    pairs = [rng.choice(4, 2, replace=False) for _ in range(6)]
    asked = Comparisons.of(tuple("abcd"), pairs, rng.integers(0, 2, 6))
    before = fit_utilities(asked, settings=BARE)

    likely = 1.0 if before.mean[0] > before.mean[1] else 0.0
    after = fit_utilities(asked.answered(0, 1, likely), settings=BARE)

    apart = np.array([1, -1, 0, 0])
    assert apart @ after.covariance @ apart < apart @ before.covariance @ apart + 1e-9


@pytest.mark.parametrize("model", ["thurstone", "bradley-terry"])
def test_ties_are_an_outcome_whose_constant_is_found(answers, model):
    rng = np.random.default_rng(4)
    utilities = rng.standard_normal(10)
    asked = answers(utilities, 1500, rng, tie=0.4)

    found = fit_utilities(asked, settings=ScalingSettings(model=model, lapse=0.0, spread=1.5))

    assert np.corrcoef(found.mean, utilities)[0, 1] > 0.98
    _, _, tied = np.exp(found.link.terms(np.zeros(3), np.array([1.0, 0.0, 0.5]))[0])
    assert tied == pytest.approx(0.311, abs=0.05)  # 2 F(0.4) - 1
    if model == "thurstone":
        assert found.tie == pytest.approx(0.4, abs=0.06)


def test_ties_as_half_wins_pull_photos_together(answers):
    pairs = [(0, 1)] * 6
    some = Comparisons.of(("a", "b"), pairs, [1, 1, 1, 1, 0.5, 0.5])
    none = Comparisons.of(("a", "b"), pairs, [1, 1, 1, 1, 1, 1])
    half = ScalingSettings(ties="half")

    tied, won = fit_utilities(some, settings=half), fit_utilities(none, settings=half)

    assert 0 < tied.mean[0] < won.mean[0]
    assert any("half a win" in note for note in tied.notes)


def test_the_lapse_rate_is_found(answers):
    rng = np.random.default_rng(6)
    utilities = 2 * rng.standard_normal(10)
    estimated = ScalingSettings(lapse="estimated", spread=2.0)

    careful = fit_utilities(answers(utilities, 1500, rng), settings=estimated)
    careless = fit_utilities(answers(utilities, 1500, rng, lapse=0.25), settings=estimated)

    assert careful.lapse < 0.05
    assert careless.lapse == pytest.approx(0.25, abs=0.08)


def test_the_side_bias_is_found_and_taken_out(answers):
    rng = np.random.default_rng(7)
    utilities = rng.standard_normal(10)
    asked = answers(utilities, 1000, rng, side=0.4)

    found = fit_utilities(asked, settings=ScalingSettings(lapse=0.0, side_bias=True))

    assert found.side is not None
    assert found.side.low < 0.4 < found.side.high
    assert found.side.low > 0.2
    assert np.corrcoef(found.mean, utilities)[0, 1] > 0.98


def test_a_dull_rater_counts_less():
    asked = Comparisons.of(
        ("a", "b"), [(0, 1), (0, 1)], [1.0, 0.0], rater=[0, 1], raters=("sharp", "dull")
    )

    found = fit_utilities(asked, traits=RaterTraits(np.array([1.0, 0.2]), np.zeros(2)))

    assert found.mean[0] > found.mean[1]


def test_draws_have_the_posteriors_mean_and_covariance(answers):
    rng = np.random.default_rng(8)
    found = fit_utilities(answers(rng.standard_normal(4), 50, rng))

    drawn = found.draws(20_000, rng)

    mean, covariance = found.centred
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.02)
    assert np.cov(drawn.T) == pytest.approx(covariance, abs=0.01)
    assert drawn.sum(axis=1) == pytest.approx(0, abs=1e-9)


def test_priors_that_do_not_fit_are_refused():
    asked = Comparisons.of(("a", "b"), [(0, 1)], [1.0])

    with pytest.raises(ParameterError, match="3 photos"):
        fit_utilities(asked, Prior.independent(3))
    with pytest.raises(ParameterError, match="not positive definite"):
        fit_utilities(asked, Prior(np.zeros(2), np.ones((2, 2))))
    with pytest.raises(ParameterError, match="same photos"):
        Prior(np.zeros(2), np.eye(3))


def test_a_hundred_equal_answers_stay_finite():
    asked = Comparisons.of(("a", "b", "c"), [(0, 1)] * 100 + [(1, 2)] * 100, np.ones(200))

    found = fit_utilities(asked, Prior.independent(3, 10.0), BARE)

    assert found.mean[0] > found.mean[1] > found.mean[2]
    assert np.isfinite(found.covariance).all()
