from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.perception.scaling.links import Link

links = st.builds(
    Link,
    model=st.sampled_from(["thurstone", "bradley-terry"]),
    lapse=st.sampled_from([0.0, 0.02, 0.3]),
    tie=st.sampled_from([0.0, 0.2, 1.0]),
)
unhurried = settings(deadline=None)
OUTCOMES = np.array([1.0, 0.0, 0.5])


def chances(link: Link, d: float) -> np.ndarray:
    """Of a win, a loss and a tie."""
    return np.exp(link.terms(np.full(3, d), OUTCOMES)[0])


@unhurried
@given(links, st.floats(-8, 8))
def test_chances_of_all_outcomes_make_one(link, d):
    won, lost, tied = chances(link, d)

    assert won + lost + (tied if link.tie else 0) == pytest.approx(1)


@unhurried
@given(links, st.floats(-6, 6))
def test_gradient_and_curvature_are_those_of_the_log_likelihood(link, d):
    step = 1e-4
    around = [link.terms(np.full(3, d + e), OUTCOMES) for e in (-step, 0, step)]
    below, at, above = (terms[0] for terms in around)

    assert at.shape == (3,)
    assert around[1][1] == pytest.approx((above - below) / (2 * step), abs=1e-5)
    slopes = (around[2][1] - around[0][1]) / (2 * step)
    assert around[1][2] == pytest.approx(-slopes, abs=1e-5)


@unhurried
@given(links, st.floats(-8, 8))
def test_who_is_called_first_does_not_matter(link, d):
    won, lost, tied = chances(link, d)

    assert chances(link, -d) == pytest.approx([lost, won, tied])


def test_thurstone_is_the_normal_distribution_and_bradley_terry_the_ratio_of_strengths():
    d = np.linspace(-3, 3, 7)

    assert Link().chance(d) == pytest.approx(stats.norm.cdf(d))
    strength = np.exp(d)
    assert Link("bradley-terry").chance(d) == pytest.approx(strength / (strength + 1))


def test_davidsons_ties_are_the_geometric_mean_of_both_strengths():
    won, lost, tied = chances(Link("bradley-terry", tie=0.7), np.log(4))

    assert (won / lost, tied / lost) == pytest.approx((4, 0.7 * np.sqrt(4)))


def test_a_threshold_makes_ties_of_what_lies_within_it():
    _, _, tied = chances(Link(tie=0.5), 1.0)

    assert tied == pytest.approx(stats.norm.cdf(1.5) - stats.norm.cdf(0.5))


def test_far_apart_photos_have_finite_terms():
    for model in ("thurstone", "bradley-terry"):
        for tie in (0.0, 0.3):
            for d in (-40.0, 40.0):
                terms = Link(model, tie=tie).terms(np.full(3, d), OUTCOMES)
                assert np.isfinite(terms).all()


def test_an_answer_against_all_odds_is_a_lapse_and_says_nothing():
    careful, lapsing = Link(), Link(lapse=0.02)
    d, lost = np.array([6.0]), np.array([0.0])

    assert careful.terms(d, lost)[1] < -5
    assert abs(lapsing.terms(d, lost)[1]) < 1e-3
