"""A small net that says whether a candidate is a lesion."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from napari_lesion_synth.detection.nets.blocks import Residual, activated, convolution

__all__ = ["VerifierNet"]

_WIDTHS = (1, 2, 4, 6)


class VerifierNet(nn.Module):
    """Four levels, the mean and the maximum over the last, one number.

    Parameters
    ----------
    dims : int
        2: crops of single slices; 3: of volumes.
    channels : int
        Of the crop.
    width : int
        Of the first level; 2, 4 and 6 times it at the next ones.
    """

    def __init__(self, dims: int, channels: int, width: int) -> None:
        super().__init__()
        widths = [width * factor for factor in _WIDTHS]
        self.dims = dims
        # Slices are fewer than rows: the last level keeps its four.
        strides = (2, 2, (1, 2, 2) if dims == 3 else 2)
        self.stem = convolution(dims, channels, width, 3, padding=1)
        self.downs = nn.ModuleList(
            convolution(dims, a, b, 3, stride=stride, padding=1)
            for (a, b), stride in zip(pairwise(widths), strides, strict=True)
        )
        self.blocks = nn.ModuleList(Residual(dims, w) for w in widths[1:])
        self.head = nn.Linear(2 * widths[-1], 1)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Logits of a lesion in the middle.

        Parameters
        ----------
        crops : Tensor, shape (n, channels, [z,] y, x)

        Returns
        -------
        Tensor, shape (n,)
        """
        x = self.stem(crops)
        for down, block in zip(self.downs, self.blocks, strict=True):
            x = block(down(activated(x)))
        flat = activated(x).flatten(2)
        seen = torch.cat([flat.mean(dim=2), flat.amax(dim=2)], dim=1)
        out: torch.Tensor = self.head(seen)[:, 0]
        return out
