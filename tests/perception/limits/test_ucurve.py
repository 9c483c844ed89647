from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.ucurve import (
    MULTIPLES,
    Scores,
    UCurve,
    judge_limit,
    trained,
)

DISHES = tuple(f"dish{k // 8:02d}" for k in range(96))


def judged(
    means: dict[float, float], seed: int = 0, *, runs: int = 3, between_runs: float = 0.0
) -> UCurve:
    """Trainings whose mean errors are known; dishes differ more than the multiples do."""
    rng = np.random.default_rng(seed)
    dish = rng.normal(0, 0.02, 12)[np.arange(96) // 8]

    def train_and_score(multiple: float) -> Scores:
        noise = rng.normal(0, 0.02, (runs, 96)) + rng.normal(0, between_runs, (runs, 1))
        return Scores(np.abs(0.1 + means[multiple] + dish + noise), DISHES)

    points = dict(trained(train_and_score, tuple(means)))
    return judge_limit(points, np.random.default_rng(seed))


def u(best: float, depth: float = 0.02) -> dict[float, float]:
    """A parabola with its lowest point at a multiple."""
    return {m: depth * (m - best) ** 2 for m in MULTIPLES}


def test_a_u_with_its_lowest_point_at_the_limit_supports_it():
    found = judged(u(1.0))

    assert found.supports
    assert not found.contradicts
    assert found.best == 1.0
    assert found.multiples == MULTIPLES
    assert "supports the limit: training within the limit helps" in found.words
    assert "2 times the limit is worse" in found.words
    assert "12 clusters, 3 trainings" in found.words
    for error in found.errors:
        assert error.low < error.value < error.high


@pytest.mark.parametrize(
    ("means", "verdict", "why"),
    [
        (dict.fromkeys(MULTIPLES, 0.0), "neither proves nor disproves", "not shown to help"),
        (u(2.5), "contradicts", "2 times the limit is better still"),
        (u(-0.5), "contradicts", "training within the limit makes it worse"),
        (
            {0.0: 0.03, 0.5: 0.01, 1.0: 0.0, 1.5: 0.0, 2.0: 0.0},
            "neither proves nor disproves",
            "is not shown to be worse",
        ),
    ],
)
def test_other_curves_do_not_support_it_and_say_why(means, verdict, why):
    found = judged(means, 1)

    assert not found.supports
    assert found.contradicts == (verdict == "contradicts")
    assert f"The curve {verdict} the limit" in found.words
    assert why in found.words


def test_no_difference_is_seldom_taken_for_support():
    supported = [judged(dict.fromkeys(MULTIPLES, 0.0), seed).supports for seed in range(60)]

    assert sum(supported) <= 2


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(100):
        found = judged(u(1.0), seed, runs=1)
        held.append(found.benefit.low <= 0.02 <= found.benefit.high)

    assert np.mean(held) == pytest.approx(0.95, abs=0.06)


def test_trainings_that_differ_make_wide_intervals():
    alike, differing = judged(u(1.0), 2, runs=4), judged(u(1.0), 2, runs=4, between_runs=0.02)

    assert differing.harm.high - differing.harm.low > 2 * (alike.harm.high - alike.harm.low)


def test_a_single_training_is_said_to_hide_how_trainings_differ():
    assert "how much trainings differ is not in the intervals" in judged(u(1.0), runs=1).words
    assert "how much trainings differ" not in judged(u(1.0), runs=2).words


def test_each_multiple_is_trained_once_and_in_turn():
    asked: list[float] = []

    def train_and_score(multiple: float) -> Scores:
        asked.append(multiple)
        return Scores(np.ones((1, 96)), DISHES)

    steps = trained(train_and_score)

    assert next(steps)[0] == 0
    assert asked == [0]
    assert [multiple for multiple, _ in steps] == [0.5, 1, 1.5, 2]


def test_what_cannot_be_judged_is_refused():
    whole = Scores(np.ones((1, 96)), DISHES)
    few = Scores(np.ones((1, 4)), ("a", "a", "b", "b"))
    rng = np.random.default_rng(0)

    with pytest.raises(ParameterError, match="at 0, at 1 and above 1"):
        judge_limit({0.0: whole, 1.0: whole}, rng)
    with pytest.raises(ParameterError, match="same photos"):
        judge_limit({0.0: whole, 1.0: whole, 2.0: few}, rng)
    with pytest.raises(ParameterError, match="2 clusters give no interval"):
        judge_limit({0.0: few, 1.0: few, 2.0: few}, rng)
    with pytest.raises(ParameterError, match="each photo needs its cluster"):
        Scores(np.ones((1, 3)), DISHES)
    with pytest.raises(ParameterError, match="at least one training"):
        Scores(np.ones((0, 96)), DISHES)
