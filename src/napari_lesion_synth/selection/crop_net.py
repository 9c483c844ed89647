"""The auto-encoder's net: a lesion through a few numbers and back."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from napari_lesion_synth.selection.crops import CHANNELS, CropGrid

__all__ = ["CropNet", "squared_error"]

_SMALLEST = 4
_GROUPS = 4


class CropNet(nn.Module):
    """Convolutional auto-encoder with a narrow bottleneck, for single slices and volumes.

    The encoder sees HU, label and organ. The decoder is given label and organ again, so that
    the bottleneck is spent on the lesion's appearance: an outline that is stated exactly by
    construction needs no remembering.

    Parameters
    ----------
    grid : CropGrid
        Size and dimensions of the crops; the size is a power of two.
    width : int
        Channels of the first layer.
    latent : int
        Numbers in the bottleneck.

    Notes
    -----
    The first weights are drawn by torch: build it within `training.seeds.initial_weights`.
    """

    def __init__(self, grid: CropGrid, *, width: int, latent: int) -> None:
        super().__init__()
        levels = int(math.log2(grid.size // _SMALLEST))
        widths = [width * min(2**level, 4) for level in range(levels)]
        self._dims = grid.dims
        self.down = nn.ModuleList(
            _stage(grid.dims, a, b, stride=2)
            for a, b in zip([CHANNELS, *widths[:-1]], widths, strict=True)
        )
        flat = widths[-1] * _SMALLEST**grid.dims
        self.close = nn.Linear(flat, latent)
        self.open = nn.Linear(latent, flat)
        finest = max(width // 2, _GROUPS)  # the full grid is most of the work
        narrowing = [*widths[::-1], finest]
        self.up = nn.ModuleList(_stage(grid.dims, a, b) for a, b in itertools.pairwise(narrowing))
        self.finish = _stage(grid.dims, finest + CHANNELS - 1, finest)
        self.out = _convolution(grid.dims, finest, 1)

    def forward(self, crops: Tensor) -> Tensor:
        """HU as the net would have them.

        Parameters
        ----------
        crops : Tensor, shape (n, 3, [z,] y, x)
            Channels of `Crop`.

        Returns
        -------
        Tensor, shape (n, 1, [z,] y, x)
        """
        x = crops
        for stage in self.down:
            x = stage(x)
        shape = x.shape[1:]
        x = self.open(self.close(x.flatten(1))).unflatten(1, shape)
        for stage in self.up:
            x = stage(functional.interpolate(x, scale_factor=2.0))
        x = self.finish(torch.cat([x, crops[:, 1:]], dim=1))
        result: Tensor = self.out(x)
        return result


def squared_error(net: nn.Module, crops: Tensor, weight: Tensor) -> Tensor:
    """Weighted squared error of each crop, shape (n,), in squared crop units.

    Parameters
    ----------
    net : Module
        A `CropNet`.
    crops : Tensor, shape (n, 3, [z,] y, x)
        Channels of `Crop`.
    weight : Tensor, shape (n, 1, [z,] y, x)
        Weights of `Crop`.
    """
    difference = net(crops).float() - crops[:, :1]
    total = weight.flatten(1).sum(1).clamp_min(1e-6)
    error: Tensor = (difference.square() * weight).flatten(1).sum(1) / total
    return error


def _convolution(dims: int, before: int, after: int, stride: int = 1) -> nn.Module:
    kind = nn.Conv2d if dims == 2 else nn.Conv3d
    return kind(before, after, 3, stride, padding=1)


def _stage(dims: int, before: int, after: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        _convolution(dims, before, after, stride), nn.GroupNorm(_GROUPS, after), nn.SiLU()
    )
