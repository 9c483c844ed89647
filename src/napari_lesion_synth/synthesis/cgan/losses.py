"""Losses of the adversarial game.

References
----------
.. [1] J. H. Lim, J. C. Ye, "Geometric GAN", 2017: the hinge.
.. [2] L. Mescheder et al., "Which training methods for GANs do actually converge?", ICML 2018: R1;
   applied at every 16th step as in T. Karras et al., "StyleGAN2", CVPR 2020.
.. [3] Q. Mao et al., "Mode seeking generative adversarial networks for diverse image synthesis",
   CVPR 2019: `sameness`, here with a bound.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

__all__ = [
    "R1_EVERY",
    "SAME_BLOCK",
    "blocks",
    "gradient_penalty",
    "hinge",
    "paired_loss",
    "sameness",
]

R1_EVERY = 16

SAME_BLOCK = 4
"""Voxels over which lesions are compared as to their differing: not as to their noise."""


def hinge(real: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
    """The discriminator's loss."""
    loss: torch.Tensor = functional.relu(1 - real).mean() + functional.relu(1 + made).mean()
    return loss


def gradient_penalty(
    net: nn.Module, example: torch.Tensor, zone: torch.Tensor, where: torch.Tensor
) -> torch.Tensor:
    """R1: the squared gradient of the discriminator at real examples."""
    example = example.detach().float().requires_grad_(True)
    total = net(example, zone, where).sum()
    (gradient,) = torch.autograd.grad(total, example, create_graph=True)
    return gradient.square().flatten(1).sum(dim=1).mean()


def _lesion_mean(values: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Mean over each lesion, shape (n,)."""
    axes = tuple(range(1, values.ndim))
    return (values * where).sum(dim=axes) / (where.sum(dim=axes) + 1e-3)


def paired_loss(made: torch.Tensor, real: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Mean difference over the lesion, each lesion counting the same.

    Compared in blocks of two voxels: what is finer is noise, which nobody can predict.
    """
    return _lesion_mean(blocks(made - real, 2).abs(), blocks(where, 2)).mean()


def sameness(
    first: torch.Tensor, second: torch.Tensor, where: torch.Tensor, usual: float
) -> torch.Tensor:
    """How far two lesions, made of different noise for one place, are from differing as usual.

    Parameters
    ----------
    first, second : Tensor, shape (n, 1, ...)
        What is added to the host.
    where : Tensor, shape (n, 1, ...)
        The lesion.
    usual : float
        Mean difference that is asked for.

    Returns
    -------
    Tensor
        1 if they are the same, 0 if they differ by as much or more; large lesions, in which there
        is more to differ, count for more.
    """
    weight = blocks(where, SAME_BLOCK)
    apart = (blocks(first - second, SAME_BLOCK).abs() * weight).sum() / (weight.sum() + 1e-3)
    return functional.relu(1 - apart / usual)


def blocks(values: torch.Tensor, size: int) -> torch.Tensor:
    """Means of blocks; an axis that is shorter than a block stays as it is."""
    sides = [min(size, n) for n in values.shape[2:]]
    if len(sides) == 2:
        return functional.avg_pool2d(values, (sides[0], sides[1]))
    return functional.avg_pool3d(values, (sides[0], sides[1], sides[2]))
