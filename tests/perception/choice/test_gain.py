from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.perception.choice.gain import (
    Information,
    PairGains,
    greedy_matching,
    pair_gains,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior, fit_utilities

links = st.builds(
    Link,
    model=st.sampled_from(["thurstone", "bradley-terry"]),
    lapse=st.sampled_from([0.0, 0.02, 0.1, 0.3]),
)


def entropy(chance: np.ndarray) -> np.ndarray:
    """Of a coin, in bits."""
    p = np.clip(chance, 1e-300, 1 - 1e-16)
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))


@settings(deadline=None, max_examples=60)
@given(links, st.floats(-6, 6), st.floats(0.01, 4))
def test_gain_and_chance_are_those_of_numerical_integration(link, mean, deviation):
    z = np.linspace(-9, 9, 20_001)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    chances = link.chance(mean + deviation * z)
    expected = float(weight @ chances)
    known = float(entropy(np.array(expected))) - float(weight @ entropy(chances))

    information = Information.of(link)
    at = np.array([mean]), np.array([deviation**2])

    assert information.chance(*at)[0] == pytest.approx(expected, abs=1e-5)
    assert information.bits(*at)[0] == pytest.approx(known, abs=3e-4)


def test_what_is_known_or_far_apart_teaches_nothing_and_doubt_does():
    information = Information.of(Link(lapse=0.02))

    known, far, doubtful, more = information.bits(
        np.array([0.0, 9.0, 0.0, 0.0]), np.array([0.0, 0.5, 0.5, 2.0])
    )

    assert known == pytest.approx(0, abs=1e-3)
    assert far == pytest.approx(0, abs=1e-3)
    assert 0.05 < doubtful < more < 1


def test_lapses_make_answers_worth_less():
    at = np.array([0.2]), np.array([1.0])

    careful, careless = (Information.of(Link(lapse=x)).bits(*at)[0] for x in (0.0, 0.3))

    assert careless < 0.7 * careful


def posterior_of(mean: np.ndarray, covariance: np.ndarray) -> Posterior:
    """A posterior as given."""
    names = tuple(f"p{i}" for i in range(len(mean)))
    return Posterior(names, mean, covariance, 0.02, "thurstone")


def test_every_pair_is_there_once_with_the_variance_of_its_difference():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((6, 6))
    posterior = posterior_of(rng.standard_normal(6), root @ root.T)

    gains = pair_gains(posterior)

    assert len({gains.pair(row) for row in range(len(gains.gain))}) == 15
    for row in range(15):
        i, j = gains.pair(row)
        apart = np.zeros(6)
        apart[i], apart[j] = 1, -1
        mean, variance = apart @ posterior.mean, apart @ posterior.covariance @ apart
        alone = Information.of(posterior.link).bits(np.array([mean]), np.array([variance]))
        assert gains.gain[row] == pytest.approx(alone[0])


def test_what_two_photos_have_in_common_teaches_nothing():
    alike = np.array([[1.0, 0.99, 0.0], [0.99, 1.0, 0.0], [0.0, 0.0, 1.0]])

    gains = pair_gains(posterior_of(np.zeros(3), alike))

    bits = {gains.pair(row): gains.gain[row] for row in range(3)}
    assert bits[0, 1] < bits[0, 2] / 5


def test_the_gain_is_how_much_the_posterior_narrows_on_average():
    """Entropy of the difference before, less that after either answer, weighed by chance."""
    asked = Comparisons.of(("a", "b"), [(0, 1)] * 6, [1, 0, 1, 0, 1, 0])
    bare = ScalingSettings(lapse=0.0)
    apart = np.array([1.0, -1.0])

    def width(comparisons: Comparisons) -> float:
        return float(apart @ fit_utilities(comparisons, settings=bare).covariance @ apart)

    before = fit_utilities(asked, settings=bare)
    after = [np.log2(width(asked) / width(asked.answered(0, 1, won))) / 2 for won in (1.0, 0.0)]

    assert pair_gains(before).gain[0] == pytest.approx(np.mean(after), rel=0.1)


def test_a_matching_takes_pairs_by_gain_and_each_photo_once():
    first, second = np.triu_indices(5, 1)
    bits = np.random.default_rng(0).random(10)
    gains = PairGains(first, second, bits)

    rows = greedy_matching(gains)

    assert len(rows) == 2
    assert rows[0] == bits.argmax()
    photos = [photo for row in rows for photo in gains.pair(row)]
    assert len(set(photos)) == 4
    free = [r for r in range(10) if not set(gains.pair(r)) & set(gains.pair(rows[0]))]
    assert bits[rows[1]] == bits[free].max()
