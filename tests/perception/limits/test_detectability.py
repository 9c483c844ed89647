from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.detectability import (
    d_prime_2afc,
    d_prime_of_share,
    d_prime_yes_no,
)


def test_three_of_four_right_is_a_d_prime_of_0_954():
    # Macmillan and Creelman's tables for two-alternative forced choice.
    assert d_prime_of_share(0.75) == pytest.approx(0.954, abs=1e-3)
    assert d_prime_of_share(0.5) == 0


def test_choices_of_a_simulated_observer_give_the_d_prime_back():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        right = int((rng.normal(1.5, 1, 120) > rng.normal(0, 1, 120)).sum())
        found = d_prime_2afc(right, 120)
        held.append(found.low <= 1.5 <= found.high)

    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_yes_and_no_of_a_biased_observer_give_the_d_prime_back():
    rng = np.random.default_rng(1)
    held = []
    for _ in range(200):
        hits = int((rng.normal(1.2, 1, 100) > 0.9).sum())
        alarms = int((rng.normal(0, 1, 60) > 0.9).sum())
        found = d_prime_yes_no(hits, 100, alarms, 60)
        held.append(found.low <= 1.2 <= found.high)

    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_nothing_wrong_is_not_infinitely_good():
    found = d_prime_2afc(20, 20)

    assert found.low < found.value <= found.high < 4
    assert np.isfinite(d_prime_yes_no(10, 10, 0, 10).value)


def test_impossible_counts_are_refused():
    with pytest.raises(ParameterError, match="5 of 4"):
        d_prime_2afc(5, 4)
    with pytest.raises(ParameterError, match="0 of 0"):
        d_prime_yes_no(1, 2, 0, 0)
