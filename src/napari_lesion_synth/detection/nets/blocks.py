"""What several nets are made of."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

__all__ = ["Residual", "activated", "convolution", "rare"]

_SLOPE = 0.1
_RARE = -3.0


def convolution(dims: int, *args: Any, **options: Any) -> nn.Module:
    """A convolution over slices or volumes."""
    return (nn.Conv2d if dims == 2 else nn.Conv3d)(*args, **options)


def activated(x: torch.Tensor) -> torch.Tensor:
    """Leaky rectifier."""
    return functional.leaky_relu(x, _SLOPE)


def rare(head: nn.Module) -> nn.Module:
    """A head that begins by calling everything unlikely: most of what nets see is healthy."""
    nn.init.zeros_(head.weight)  # type: ignore[arg-type]
    nn.init.constant_(head.bias, _RARE)  # type: ignore[arg-type]
    return head


class Residual(nn.Module):
    """Two convolutions beside a shortcut; at first nothing but the shortcut.

    No norm: statistics of the crop that is seen would differ between training crops and whole
    slices, and the level of a lesion against its organ is what there is to see. What keeps the
    signal's size through the levels instead is that every block begins as the identity.

    References
    ----------
    .. [1] H. Zhang, Y. Dauphin, T. Ma, "Fixup initialization: residual learning without
       normalization", ICLR 2019.

    Parameters
    ----------
    dims : int
        2 or 3.
    width : int
        Channels.
    """

    def __init__(self, dims: int, width: int) -> None:
        super().__init__()
        self.first = convolution(dims, width, width, 3, padding=1)
        self.second = convolution(dims, width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Of the same shape."""
        out: torch.Tensor = x + self.second(activated(self.first(activated(x))))
        return out
