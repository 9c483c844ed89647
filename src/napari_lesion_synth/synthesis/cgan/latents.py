"""Noise from which a lesion is made: the same seed, the same noise, on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Latent", "coarse_shape", "latent_of"]

COARSE = 4


@dataclass(frozen=True, eq=False)
class Latent:
    """One draw.

    Parameters
    ----------
    z : ndarray of float32, shape (k,)
        Of the whole lesion.
    noise : ndarray of float32, shape (2, z, y, x)
        Voxel by voxel, and in blocks of four.
    """

    z: NDArray[np.float32]
    noise: NDArray[np.float32]

    def towards(self, other: Latent, part: float) -> Latent:
        """On the way to another draw; every point of the way is as likely a draw as its ends."""
        a, b = np.float32(np.cos(part * np.pi / 2)), np.float32(np.sin(part * np.pi / 2))
        return Latent(a * self.z + b * other.z, a * self.noise + b * other.noise)


def coarse_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Blocks of the coarse noise."""
    return tuple(max(1, -(-n // COARSE)) for n in shape)


def latent_of(seed: int, size: int, shape: tuple[int, int, int]) -> Latent:
    """The noise that belongs to a seed."""
    rng = np.random.default_rng([seed, 5])
    z = rng.standard_normal(size, dtype=np.float32)
    fine = rng.standard_normal(shape, dtype=np.float32)
    blocks = rng.standard_normal(coarse_shape(shape), dtype=np.float32)
    for axis, n in enumerate(shape):
        blocks = np.repeat(blocks, COARSE, axis=axis)
        blocks = np.take(blocks, np.arange(n), axis=axis)
    return Latent(z, np.stack([fine, blocks]))
