"""The nets that make a lesion out of noise, on its own: DCGAN, and CGAN with the zone.

References
----------
.. [1] A. Radford et al., "Unsupervised representation learning with deep convolutional generative
   adversarial networks", ICLR 2016.
.. [2] M. Mirza, S. Osindero, "Conditional generative adversarial nets", 2014.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from napari_lesion_synth.synthesis.cgan.nets import convolution

__all__ = ["PATCH_MAPS", "PatchMaker"]

PATCH_MAPS = 3
"""Contrast, lesion, organ."""

_SLOPE = 0.2
_LEVELS = 3


class PatchMaker(nn.Module):
    """From noise, and the zone, to a patch: contrast, lesion and organ.

    Parameters
    ----------
    shape : tuple of int
        Voxels of the patch, (z, y, x).
    width : int
        Channels of the last level.
    latent : int
        Numbers of noise.
    zones : int
        Classes; 0: no condition.
    """

    def __init__(self, shape: tuple[int, int, int], width: int, latent: int, zones: int) -> None:
        super().__init__()
        dims = 2 if shape[0] == 1 else 3
        self.shape = shape[-dims:]
        self.start = tuple(max(1, -(-n // 2**_LEVELS)) for n in self.shape)
        widths = [4 * width, 2 * width, width, width]
        voxels = 1
        for n in self.start:
            voxels *= n
        self.zone = nn.Embedding(zones, latent) if zones else None
        self.seed = nn.Linear(latent * (2 if zones else 1), widths[0] * voxels)
        self.steps = nn.ModuleList(
            convolution(dims, a, b, 3, padding=1) for a, b in pairwise(widths)
        )
        self.out = convolution(dims, width, PATCH_MAPS, 3, padding=1)
        self.first = widths[0]

    def forward(self, z: torch.Tensor, zone: torch.Tensor) -> torch.Tensor:
        """Patches, shape (n, 3, ...)."""
        if self.zone is not None:
            z = torch.cat([z, self.zone(zone)], dim=1)
        x = self.seed(z).reshape(len(z), self.first, *self.start)
        for step in self.steps:
            x = functional.leaky_relu(x, _SLOPE)
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-6)
            x = step(x)
        window = tuple(slice(0, n) for n in self.shape)
        x = x[(slice(None), slice(None), *window)]
        out: torch.Tensor = self.out(functional.leaky_relu(x, _SLOPE))
        return torch.cat([out[:, :1], torch.tanh(out[:, 1:])], dim=1)
