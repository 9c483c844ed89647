"""Where chance comes from: for each trial a generator of its own, that a line can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["generator_of", "trial_generator"]


def trial_generator(seed: int, participant: int, trial: int) -> dict[str, Any]:
    """Name of the generator of one trial.

    It depends on nothing that happened before: a trial that was computed ahead, or again after a
    crash, is the same.

    Parameters
    ----------
    seed : int
        The study's.
    participant, trial : int
        Their numbers.
    """
    return {"entropy": seed, "spawn_key": [2, participant, trial]}


def generator_of(name: Mapping[str, Any]) -> np.random.Generator:
    """The generator that a line names, at its beginning."""
    return np.random.default_rng(
        np.random.SeedSequence(int(name["entropy"]), spawn_key=tuple(name["spawn_key"]))
    )
