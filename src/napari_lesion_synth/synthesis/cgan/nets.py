"""The nets of the learnt generator: a small U-Net and a patch discriminator.

No batch statistics: with some 20 lesions they would be those of the same few examples.

References
----------
.. [1] E. Perez et al., "FiLM: visual reasoning with a general conditioning layer", AAAI 2018.
.. [2] T. Miyato et al., "Spectral normalization for GANs", ICLR 2018; and T. Miyato, M. Koyama,
   "cGANs with projection discriminator", ICLR 2018.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["LEVELS", "NOISE_MAPS", "Discriminator", "Inpainter", "parameters_of"]

LEVELS = 4
"""Of resolution, in the generator and in the discriminator, each half of the one before."""

NOISE_MAPS = 2
"""Fine noise, and noise four voxels coarse."""

_SLOPE = 0.2


def convolution(dims: int, *args: Any, **options: Any) -> nn.Module:
    """A convolution over slices or volumes."""
    return (nn.Conv2d if dims == 2 else nn.Conv3d)(*args, **options)


def _activated(x: torch.Tensor) -> torch.Tensor:
    return functional.leaky_relu(x, _SLOPE)


class _Block(nn.Module):
    """Two convolutions beside a shortcut, modulated by the style."""

    def __init__(self, dims: int, width: int, style: int) -> None:
        super().__init__()
        self.first = convolution(dims, width, width, 3, padding=1)
        self.second = convolution(dims, width, width, 3, padding=1)
        self.film = nn.Linear(style, 2 * width)
        self.dims = dims

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        """Of the same shape."""
        scale, offset = self.film(style).chunk(2, dim=1)
        shape = (*scale.shape, *(1,) * self.dims)
        y = self.first(_activated(x))
        y = y * (1 + scale.reshape(shape)) + offset.reshape(shape)
        y = self.second(_activated(y))
        out: torch.Tensor = x + 0.5 * y
        return out


class Inpainter(nn.Module):
    """From a place, a lesion's numbers and noise to what the sigmoid model lacks.

    Parameters
    ----------
    dims : int
        2 or 3.
    width : int
        Channels of the second level; half of it at the first (a third in volumes), twice it at
        the third and fourth.
    maps : int
        Channels of the place.
    scalars : int
        Numbers of the lesion.
    latent : int
        Numbers of the noise.
    """

    def __init__(self, dims: int, width: int, maps: int, scalars: int, latent: int) -> None:
        super().__init__()
        # Most of the time goes into the finest level, in volumes more than in slices.
        thin, style = width // dims, 64
        self.style = nn.Sequential(
            nn.Linear(scalars + latent, style),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(style, style),
            nn.LeakyReLU(_SLOPE),
        )
        widths = (thin, width, 2 * width, 2 * width)
        self.stem = convolution(dims, maps + NOISE_MAPS, thin, 3, padding=1)
        self.downs = nn.ModuleList(
            convolution(dims, a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.blocks = nn.ModuleList(_Block(dims, w, style) for w in widths[1:])
        self.ups = nn.ModuleList(
            convolution(dims, a, b, 1) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.merged = nn.ModuleList(_Block(dims, w, style) for w in widths[-2:0:-1])
        self.head = convolution(dims, thin, thin, 3, padding=1)
        self.out = convolution(dims, thin, 1, 3, padding=1)
        nn.init.zeros_(self.out.weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(
        self, maps: torch.Tensor, scalars: torch.Tensor, z: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        """Residual before its tanh, shape (n, 1, ...)."""
        style = self.style(torch.cat([scalars, z], dim=1))
        x = self.stem(torch.cat([maps, noise], dim=1))
        skips = [x]
        for down, block in zip(self.downs, self.blocks, strict=True):
            x = block(down(_activated(x)), style)
            skips.append(x)
        skips.pop()
        for number, up in enumerate(self.ups):
            beside = skips.pop()
            x = functional.interpolate(up(x), size=beside.shape[2:], mode="nearest") + beside
            if number < len(self.merged):
                x = self.merged[number](x, style)
        out: torch.Tensor = self.out(_activated(self.head(_activated(x))))
        return out


class Discriminator(nn.Module):
    """How real patches of an example look, given the zone.

    Parameters
    ----------
    dims : int
        2 or 3.
    width : int
        Channels of the first level.
    maps : int
        Channels of the example.
    zones : int
        Classes; 0: no condition.
    """

    def __init__(self, dims: int, width: int, maps: int, zones: int) -> None:
        super().__init__()
        sides = [(maps, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2)]
        sides.append((4 * width, 4 * width, 2))
        self.layers = nn.ModuleList(
            spectral_norm(convolution(dims, a, b, 3, stride=s, padding=1)) for a, b, s in sides
        )
        self.score = spectral_norm(convolution(dims, 4 * width, 1, 1))
        self.zone = spectral_norm(nn.Embedding(zones, 4 * width)) if zones else None
        self.dims = dims

    def forward(
        self, example: torch.Tensor, zone: torch.Tensor, where: torch.Tensor
    ) -> torch.Tensor:
        """One number an example: the mean over its patches, weighted by `where`.

        Parameters
        ----------
        example : Tensor, shape (n, maps, ...)
            Image and what it was made from.
        zone : Tensor of int64, shape (n,)
            Class.
        where : Tensor, shape (n, 1, ...)
            The lesion: patches away from it say nothing about it.
        """
        x = example
        for layer in self.layers:
            x = _activated(layer(x))
        weight = _pooled(where, x.shape[2:]) + 0.02
        weight = weight / weight.sum(dim=tuple(range(1, weight.ndim)), keepdim=True)
        axes = tuple(range(2, x.ndim))
        total: torch.Tensor = (self.score(x) * weight).sum(dim=axes)[:, 0]
        if self.zone is not None:
            total = total + (self.zone(zone) * (x * weight).sum(dim=axes)).sum(dim=1)
        return total


def _pooled(where: torch.Tensor, size: torch.Size) -> torch.Tensor:
    if where.ndim == 4:
        return functional.adaptive_avg_pool2d(where, (size[0], size[1]))
    return functional.adaptive_avg_pool3d(where, (size[0], size[1], size[2]))


def parameters_of(net: nn.Module) -> int:
    """How many numbers a net has."""
    return sum(weight.numel() for weight in net.parameters())
