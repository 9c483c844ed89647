"""Differentiable augmentation whose strength follows the discriminator's overfitting.

With few examples a discriminator learns them by heart. Showing it real and made examples through
the same random changes prevents that, provided that the changes do not leak into what is made:
so each is applied to a part `strength` of the examples only.

References
----------
.. [1] S. Zhao et al., "Differentiable augmentation for data-efficient GAN training", NeurIPS 2020.
.. [2] T. Karras et al., "Training generative adversarial networks with limited data", NeurIPS
   2020: the adaptive strength, from how often the discriminator is sure of real examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

__all__ = ["AdaptiveStrength", "Augmentation", "augment"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What may be changed.

    Parameters
    ----------
    square : bool
        Quarter turns in the plane of the last two axes.
    flips : tuple of int
        Axes, counted from the end, along which examples may be mirrored.
    shift : int
        Voxels, at most.
    scale : float
        Logarithm of the zoom, at most.
    level : float
        Offset of the image channels, standard deviation.
    contrast : float
        Logarithm of the factor on the image channels, standard deviation.
    noise : float
        Standard deviation of noise on the image channels.
    cutout : float
        Side of the patch that is blanked, as part of the example's.
    images : int
        The first so many channels are images; the others are masks and distances, which only
        move.
    """

    square: bool = True
    flips: tuple[int, ...] = (-1, -2)
    shift: int = 3
    scale: float = 0.15
    level: float = 0.1
    contrast: float = 0.0
    noise: float = 0.1
    cutout: float = 0.3
    images: int = 1


def augment(
    batch: torch.Tensor, strength: float, generator: torch.Generator, what: Augmentation
) -> torch.Tensor:
    """Change each example at random.

    Turns and mirror images always happen, since a lesion has no orientation; the others to a
    part `strength` of the examples.

    Parameters
    ----------
    batch : Tensor
        Shape (n, channels, y, x) or (n, channels, z, y, x).
    strength : float
        0 to 1.
    generator : torch.Generator
        Source of randomness, on the CPU.
    what : Augmentation
        The changes.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    moved = torch.stack([_turned(example, generator, what) for example in batch])
    if strength <= 0:
        return moved
    if what.scale > 0:
        moved = _zoomed(moved, strength, generator, what.scale)
    moved = torch.stack([_shifted(example, strength, generator, what.shift) for example in moved])
    return _recoloured(moved, strength, generator, what)


def _turned(example: torch.Tensor, generator: torch.Generator, what: Augmentation) -> torch.Tensor:
    flips = [axis for axis in what.flips if _coin(0.5, generator)]
    if flips:
        example = example.flip(flips)
    if what.square:
        quarter = int(torch.randint(4, (1,), generator=generator))
        example = torch.rot90(example, quarter, (-2, -1))
    return example


def _shifted(
    example: torch.Tensor, strength: float, generator: torch.Generator, most: int
) -> torch.Tensor:
    """Moved by whole voxels, so that noise stays as it is; zeros come in."""
    axes = example.ndim - 1
    steps = torch.randint(-most, most + 1, (axes,), generator=generator).tolist()
    if most == 0 or not _coin(strength, generator):
        return example
    padding: list[int] = []
    for n, step in zip(reversed(example.shape[1:]), reversed(steps), strict=True):
        by = 0 if n <= 2 * most else step
        padding += [by, -by]
    return functional.pad(example, padding)


def _zoomed(
    batch: torch.Tensor, strength: float, generator: torch.Generator, most: float
) -> torch.Tensor:
    draw = torch.rand((len(batch), 2), generator=generator)
    chosen = draw[:, 0] < strength
    if not bool(chosen.any()):
        return batch
    axes = batch.ndim - 2
    factor = torch.exp((2 * draw[chosen, 1] - 1) * most)
    theta = torch.zeros((len(factor), axes, axes + 1))
    theta[:, range(axes), range(axes)] = factor[:, None]
    picked = batch[chosen.to(batch.device)].float()
    grid = functional.affine_grid(theta.to(batch.device), list(picked.shape), align_corners=False)
    zoomed = functional.grid_sample(picked, grid, align_corners=False).to(batch.dtype)
    where = chosen.nonzero()[:, 0].to(batch.device)
    return batch.index_copy(0, where, zoomed)


def _recoloured(
    batch: torch.Tensor, strength: float, generator: torch.Generator, what: Augmentation
) -> torch.Tensor:
    """Level, contrast, noise and cutout of the image channels."""
    count, axes = len(batch), batch.ndim - 2
    column = (count, 1) + (1,) * axes
    image, rest = batch[:, : what.images], batch[:, what.images :]

    def chosen() -> torch.Tensor:
        return (torch.rand(column, generator=generator) < strength).to(batch)

    def normal(shape: tuple[int, ...]) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(batch)

    image = image * torch.exp(what.contrast * chosen() * normal(column))
    image = image + what.level * chosen() * normal(column)
    image = image + what.noise * chosen() * normal(tuple(image.shape))
    hole = torch.ones((count, 1, *batch.shape[2:]))
    for example in hole:
        if _coin(strength / 2, generator):
            window = []
            for n in example.shape[1:]:
                side = max(1, round(what.cutout * n))
                low = int(torch.randint(max(n - side, 0) + 1, (1,), generator=generator))
                window.append(slice(low, low + side))
            example[(slice(None), *window)] = 0
    return torch.cat([image * hole.to(batch), rest], dim=1)


def _coin(part: float, generator: torch.Generator) -> bool:
    return float(torch.rand(1, generator=generator)) < part


class AdaptiveStrength:
    """Strength that rises while the discriminator is too sure of real examples.

    Parameters
    ----------
    target : float
        How often it may be sure of a real example, as the mean sign of its output; 0 keeps the
        strength at 0.
    speed : float
        Change of the strength by an update.
    most : float
        Never more than this: beyond it, changes leak into what is made.
    """

    def __init__(self, target: float = 0.6, speed: float = 0.005, most: float = 0.8) -> None:
        self.target, self.speed, self.most = target, speed, most
        self.value = 0.0
        self.sureness = 0.0

    def update(self, real: torch.Tensor) -> None:
        """See the discriminator's outputs for real examples."""
        if self.target <= 0:
            return
        sure = float(real.detach().float().sign().mean())
        self.sureness += 0.1 * (sure - self.sureness)
        step = self.speed if self.sureness > self.target else -self.speed
        self.value = min(max(self.value + step, 0.0), self.most)

    def state(self) -> dict[str, Any]:
        """Plain numbers, to go on from."""
        return {"value": self.value, "sureness": self.sureness}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.value, self.sureness = float(state["value"]), float(state["sureness"])
