"""People made up for the tests: utilities that are known, and answers drawn from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_lesion_synth.perception.scaling.comparisons import Comparisons

Answering = Callable[..., Comparisons]


def _answers(
    utilities: np.ndarray,
    n: int,
    rng: np.random.Generator,
    *,
    lapse: float = 0.0,
    side: float = 0.0,
    tie: float = 0.0,
    sharpness: np.ndarray | None = None,
) -> Comparisons:
    """Answers of Thurstone's case V to random pairs; raters take turns."""
    k, raters = len(utilities), 1 if sharpness is None else len(sharpness)
    first = rng.integers(0, k, n)
    second = (first + rng.integers(1, k, n)) % k
    rater = np.arange(n) % raters
    left = rng.random(n) < 0.5
    sharp = np.ones(n) if sharpness is None else sharpness[rater]
    apart = sharp * (utilities[first] - utilities[second]) + np.where(left, side, -side)
    seen = apart + rng.standard_normal(n)
    outcome = np.where(np.abs(seen) < tie, 0.5, (seen > 0).astype(float))
    outcome = np.where(rng.random(n) < lapse, (rng.random(n) < 0.5).astype(float), outcome)
    return Comparisons(
        tuple(f"photo{i:03d}" for i in range(k)),
        first,
        second,
        outcome,
        rater,
        tuple(f"r{i:02d}" for i in range(raters)),
        left,
    )


@pytest.fixture
def answers() -> Answering:
    """Answers drawn from utilities."""
    return _answers
