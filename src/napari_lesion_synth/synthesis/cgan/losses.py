"""Losses of the adversarial game.

References
----------
.. [1] J. H. Lim, J. C. Ye, "Geometric GAN", 2017: the hinge.
.. [2] L. Mescheder et al., "Which training methods for GANs do actually converge?", ICML 2018: R1;
   applied at every 16th step as in T. Karras et al., "StyleGAN2", CVPR 2020.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

__all__ = ["R1_EVERY", "gradient_penalty", "hinge", "paired_loss"]

R1_EVERY = 16


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


def paired_loss(made: torch.Tensor, real: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Mean difference over the lesion, each lesion counting the same.

    Compared in blocks of two voxels: what is finer is noise, which nobody can predict.
    """
    pool = functional.avg_pool2d if made.ndim == 4 else functional.avg_pool3d
    off, weight = pool(made - real, 2).abs(), pool(where, 2)
    axes = tuple(range(1, made.ndim))
    return ((off * weight).sum(dim=axes) / (weight.sum(dim=axes) + 1e-3)).mean()
