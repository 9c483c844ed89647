"""Lesions turned, mirrored and moved at random, for training."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["augment", "flips"]


def augment(stack: Tensor, generator: torch.Generator, shift: int) -> Tensor:
    """Turn, mirror and move each crop of a batch, all its channels alike.

    Half of the crops are turned by quarters of a circle, which leaves their noise as it is; the
    others by any angle. Volumes are turned in the axial plane and mirrored along all axes.

    Parameters
    ----------
    stack : Tensor, shape (n, c, [z,] y, x)
        Channels; 0 at the borders.
    generator : torch.Generator
        On the CPU, so that all devices see the same changes.
    shift : int
        Voxels by which a crop is moved at most along each axis.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    n, dims, size = len(stack), stack.dim() - 2, stack.shape[-1]
    free = torch.rand(n, generator=generator) < 0.5
    angle = torch.rand(n, generator=generator) * (2 * math.pi)
    quarters = torch.randint(0, 4, (n,), generator=generator) * (math.pi / 2)
    angle = torch.where(free, angle, quarters)
    sign = torch.randint(0, 2, (n, dims), generator=generator) * 2.0 - 1
    moved = torch.randint(-shift, shift + 1, (n, dims), generator=generator) * (2 / size)
    # Axes run x, y, z here, as grid_sample has them.
    turn = torch.eye(dims).repeat(n, 1, 1)
    turn[:, 0, 0] = turn[:, 1, 1] = angle.cos()
    turn[:, 0, 1], turn[:, 1, 0] = -angle.sin(), angle.sin()
    affine = torch.cat([turn * sign[:, None, :], moved[:, :, None]], dim=2).to(stack.device)
    grid = functional.affine_grid(affine, list(stack.shape), align_corners=False)
    return functional.grid_sample(stack.float(), grid, padding_mode="zeros", align_corners=False)


def flips(crop: Tensor) -> Tensor:
    """The four mirror images of a crop in the axial plane.

    Parameters
    ----------
    crop : Tensor, shape (c, [z,] y, x)
        Channels.

    Returns
    -------
    Tensor, shape (4, c, [z,] y, x)
    """
    return torch.stack([crop, crop.flip(-1), crop.flip(-2), crop.flip(-1, -2)])
