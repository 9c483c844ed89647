"""Randomness of nets: from the root seed, never from torch's global generator."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch

__all__ = ["initial_weights", "torch_generator"]


def torch_generator(
    seed: int | np.random.SeedSequence, device: str | torch.device = "cpu"
) -> torch.Generator:
    """A generator of its own.

    Parameters
    ----------
    seed : int or SeedSequence
        A child of the root seed.
    device : str or torch.device
        Where its numbers are drawn.
    """
    generator = torch.Generator(device=device)
    generator.manual_seed(_number(seed))
    return generator


@contextlib.contextmanager
def initial_weights(seed: int | np.random.SeedSequence) -> Iterator[None]:
    """Within it, nets are built with weights drawn from `seed`.

    torch draws the first weights from its global generator; its state is put back afterwards.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(_number(seed))
        yield


def _number(seed: int | np.random.SeedSequence) -> int:
    """63 bits: torch takes no more."""
    if isinstance(seed, int):
        seed = np.random.SeedSequence(seed)
    return int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1))
