"""A small U-Net that finds candidates in slices."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from napari_lesion_synth.detection.nets.blocks import Residual, activated, convolution, rare

__all__ = ["SmallNet"]

_WIDTHS = (1, 2, 3, 4, 6)


class SmallNet(nn.Module):
    """Five levels; a pixel of the output sees some 180 pixels of the input.

    On a grid of 1.25 mm a lesion of 5 mm is four pixels wide, hence the output at the input's
    own resolution; one of 50 mm is forty, and its surroundings are as far again: the deepest
    level, 20 mm a pixel, sees both at once.

    Parameters
    ----------
    channels : int
        Of the input.
    width : int
        Of the finest level; 2, 3, 4 and 6 times it at the next ones.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        widths = [width * factor for factor in _WIDTHS]
        self.stem = convolution(2, channels, width, 3, padding=1)
        self.downs = nn.ModuleList(
            convolution(2, a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.blocks = nn.ModuleList(Residual(2, w) for w in widths[1:])
        self.ups = nn.ModuleList(convolution(2, b, a, 1) for a, b in pairwise(widths))
        self.merged = nn.ModuleList(Residual(2, w) for w in widths[:-1])
        self.head = rare(convolution(2, width, 1, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits of a lesion in each pixel.

        Parameters
        ----------
        image : Tensor, shape (n, channels, y, x)
            Sides are multiples of 16.

        Returns
        -------
        Tensor, shape (n, 1, y, x)
        """
        x = self.stem(image)
        skips = []
        for down, block in zip(self.downs, self.blocks, strict=True):
            skips.append(x)
            x = block(down(activated(x)))
        for up, merge in zip(reversed(self.ups), reversed(self.merged), strict=True):
            x = merge(functional.interpolate(up(x), scale_factor=2.0) + skips.pop())
        out: torch.Tensor = self.head(activated(x))
        return out
