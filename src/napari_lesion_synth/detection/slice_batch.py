"""A batch for the nets that mark lesions."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

__all__ = ["SliceBatch"]


@dataclass(frozen=True, slots=True, eq=False)
class SliceBatch:
    """Crops with their lesions marked.

    Parameters
    ----------
    image : Tensor of float32, shape (n, 4, y, x) or (n, 2, z, y, x)
        What the net for slices, or for volumes, sees.
    target : Tensor of float32, shape (n, 1, [z,] y, x)
        1 in lesions, 0 elsewhere.
    weight : Tensor of float32, shape (n, 1, [z,] y, x)
        How much each pixel counts.
    """

    image: Tensor
    target: Tensor
    weight: Tensor
