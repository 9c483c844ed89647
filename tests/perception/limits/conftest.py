"""Studies of limits with people whose true curves are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr

from napari_lesion_synth.perception.limits.answers import DoseAnswers
from napari_lesion_synth.perception.observers.doses import DoseSpread, DoseTruth

Asking = Callable[..., tuple[DoseTruth, DoseAnswers]]


def true_curve(magnitude: np.ndarray) -> np.ndarray:
    """Worse below 0; above 0 at first a little better, then worse."""
    above = 0.3 * np.sin(np.pi * np.clip(magnitude, 0, 1)) - 1.2 * magnitude**2
    return np.where(magnitude > 0, above, -1.5 * np.abs(magnitude) ** 1.5)


def _asked(
    seed: int = 0,
    *,
    answers: int = 720,
    categories: int = 3,
    raters: int = 12,
    transform: str = "saturation",
    spread: DoseSpread | None = None,
    ratings: bool = False,
    low: float = -1.0,
    side: float = 0.1,
    curve: Callable[[np.ndarray], np.ndarray] = true_curve,
) -> tuple[DoseTruth, DoseAnswers]:
    """Answers of 12 raters to 12 photos a category, at magnitudes by chance."""
    rng = np.random.default_rng(seed)
    photos = {f"dish{c}-{k:02d}": f"dish{c}" for c in range(categories) for k in range(12)}
    people = [f"rater{k:02d}" for k in range(raters)]
    truth = DoseTruth.drawn(curve, (low, 1.0), (photos, people), rng, spread)
    photo = [list(photos)[k] for k in rng.integers(len(photos), size=answers)]
    rater = [people[k % raters] for k in range(answers)]
    magnitude = rng.uniform(low, 1, answers)
    change = np.array(
        [truth.change(m, photos[p], p, r) for m, p, r in zip(magnitude, photo, rater, strict=True)]
    )
    sides = rng.choice([-1.0, 1.0], answers)
    if ratings:
        value, sides = np.clip(0.15 * change + rng.normal(0, 0.2, answers), -1, 1), 0 * sides
    else:
        chance = 0.01 + 0.98 * ndtr(change + side * sides)
        value = (rng.random(answers) < chance).astype(float)
    columns = {
        "photo": photo,
        "rater": rater,
        "magnitude": magnitude,
        "value": value,
        "side": sides,
    }
    kind = "rating" if ratings else "choice"
    return truth, DoseAnswers.of(transform, columns, photos, kind)


@pytest.fixture
def asked() -> Asking:
    """Maker of answers, with the truth behind them."""
    return _asked
