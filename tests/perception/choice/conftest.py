"""Studies with participants made up for the tests, whose utilities are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr

from napari_lesion_synth.perception.choice.chooser import ChoiceState, Chooser, PairChoice
from napari_lesion_synth.perception.scaling.comparisons import Comparisons

Study = Callable[..., tuple[Comparisons, list[PairChoice]]]


def _asked(
    chooser: Chooser,
    utilities: np.ndarray,
    trials: int,
    rng: np.random.Generator,
    lapse: float = 0.02,
) -> tuple[Comparisons, list[PairChoice]]:
    """Ask so many pairs, answered as Thurstone's case V says, with lapses."""
    items = tuple(f"photo{i:03d}" for i in range(len(utilities)))
    comparisons, choices, recent = Comparisons.of(items), [], ()
    for _ in range(trials):
        choice = chooser.next(ChoiceState(comparisons, recent), rng)
        apart = utilities[choice.left] - utilities[choice.right]
        won = rng.random() < lapse / 2 + (1 - lapse) * ndtr(apart)
        comparisons = comparisons.answered(choice.left, choice.right, float(won))
        recent = (*recent, (choice.left, choice.right))[-5:]
        choices.append(choice)
    return comparisons, choices


@pytest.fixture
def asked() -> Study:
    """A study of one participant."""
    return _asked
