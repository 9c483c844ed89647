"""The running mean of a net's weights, which wavers less than the net itself."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["decay_at", "follow"]


def follow(mean: nn.Module, net: nn.Module, decay: float) -> None:
    """Move the mean's weights a part ``1 - decay`` of the way to the net's."""
    with torch.no_grad():
        for kept, now in zip(mean.parameters(), net.parameters(), strict=True):
            kept.lerp_(now, 1 - decay)


def decay_at(step: int, decay: float) -> float:
    """A decay that grows to `decay`, so that the mean soon forgets the first weights.

    Parameters
    ----------
    step : int
        Counted from 1.
    decay : float
        In the end.
    """
    return min(decay, (1 + step) / (10 + step))
