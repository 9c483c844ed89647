from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.perception.choice.gain import Information
from napari_lesion_synth.perception.choice.value_gain import value_gains
from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.utilities import Posterior


def made(seed: int, k: int = 5, apart: float = 3.0, link: Link | None = None) -> Posterior:
    """A posterior whose lowest and highest photo are beyond doubt, so that values are linear."""
    rng = np.random.default_rng(seed)
    root = 0.1 * rng.standard_normal((k, k))
    mean = np.concatenate([[-apart, apart], rng.uniform(-1, 1, k - 2)])
    link = link or Link(lapse=0.02)
    names = tuple(f"p{i}" for i in range(k))
    return Posterior(names, mean, root @ root.T + 0.005 * np.eye(k), link.lapse, link.model)


@pytest.mark.parametrize(
    "link", [Link(lapse=0.0), Link(lapse=0.1), Link("bradley-terry", lapse=0.02)]
)
def test_the_slope_is_that_of_the_expected_chance(link):
    information, step = Information.of(link), 1e-5
    mean, variance = np.linspace(-3, 3, 7), np.linspace(0, 2, 7)

    found = information.slope(mean, variance)

    ends = [information.chance(mean + e, variance) for e in (step, -step)]
    assert found == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-6)


def test_the_gain_is_how_much_the_variance_of_values_and_utilities_falls():
    """Against draws from the posterior, weighed by the chance of either answer."""
    posterior = made(1)
    rng = np.random.default_rng(0)
    drawn = posterior.draws(400_000, rng)
    values = (drawn - drawn[:, [0]]) / (drawn[:, [1]] - drawn[:, [0]])
    told = np.concatenate([values * (posterior.mean[1] - posterior.mean[0]), drawn], axis=1)

    gains = value_gains(posterior, rng, references=(0, 1))

    for row in range(10):
        i, j = gains.pair(row)
        won = posterior.link.chance(drawn[:, i] - drawn[:, j])
        after = 0.0
        for weight in (won, 1 - won):
            mean = weight @ told / weight.sum()
            variance = weight @ (told - mean) ** 2 / weight.sum()
            after += weight.mean() * variance.sum() / 5
        fall = told.var(axis=0).sum() / 5 - after
        assert gains.gain[row] == pytest.approx(fall, rel=0.1, abs=5e-5)


def test_drawn_anchors_are_those_photos_where_there_is_no_doubt_about_them():
    posterior = made(2)

    drawn = value_gains(posterior, np.random.default_rng(0))
    known = value_gains(posterior, np.random.default_rng(0), references=(0, 1))

    assert drawn.gain == pytest.approx(known.gain, rel=0.3)
    assert drawn.gain.argmax() == known.gain.argmax()


def test_an_uncertain_anchor_is_asked_for_before_another_photo_as_uncertain():
    """Photo 0 is the lowest, 2 to 4 lie in the middle; all are equally far from a known one."""
    mean = np.array([-2.0, 2.0, 0.0, 0.1, 0.2, -1.0, 1.0])
    variance = np.array([0.3, 0.001, 0.3, 0.001, 0.001, 0.001, 0.001])
    posterior = Posterior(tuple("abcdefg"), mean, np.diag(variance), 0.02, "thurstone")

    gains = value_gains(posterior, np.random.default_rng(0))

    gain = {gains.pair(row): gains.gain[row] for row in range(len(gains.gain))}
    assert gain[0, 5] > 1.2 * gain[2, 6]  # both are 1 apart


def test_before_the_first_answer_references_do_not_upset_it():
    posterior = Posterior(tuple("abcd"), np.zeros(4), np.eye(4), 0.02, "thurstone")

    gains = value_gains(posterior, np.random.default_rng(0), references=(1, 2))

    assert np.isfinite(gains.gain).all()
    assert set(gains.pair(int(gains.gain.argmax()))) & {1, 2}
