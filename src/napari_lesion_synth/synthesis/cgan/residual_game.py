"""The game of the residual generator: lesions in their surroundings.

Erased real lesions are to be put back as they were; in healthy places, with the outlines of real
lesions, the judge decides alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from napari_lesion_synth.synthesis.cgan.conditions import MAPS, SCALARS
from napari_lesion_synth.synthesis.cgan.game import Game
from napari_lesion_synth.synthesis.cgan.latents import COARSE, coarse_shape
from napari_lesion_synth.synthesis.cgan.losses import paired_loss
from napari_lesion_synth.synthesis.cgan.nets import Discriminator, Inpainter
from napari_lesion_synth.synthesis.cgan.pools import Batch, Pool
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.training.augment import Augmentation
from napari_lesion_synth.training.device import Compute

__all__ = ["AMPLITUDE", "ResidualGame", "change_of"]

AMPLITUDE = 1.6
"""The most that is learnt on top of the sigmoid model, in units of `HU_SCALE`."""

_MAPS = len(MAPS) - 1


def change_of(batch: Batch, raw: torch.Tensor) -> torch.Tensor:
    """What a generator's output adds to the host: nothing where there is no lesion."""
    return batch.gain * (batch.delta + AMPLITUDE * torch.tanh(raw))


class ResidualGame(Game):
    """See the module.

    Parameters
    ----------
    settings : GanSettings
        How.
    real : Pool
        Training lesions, erased, and what was taken out.
    healthy : Pool
        Places without lesions.
    compute : Compute
        Where.
    """

    def __init__(self, settings: GanSettings, real: Pool, healthy: Pool, compute: Compute) -> None:
        self.real, self.healthy = real, healthy
        self.shape = tuple(real.maps.shape[2:])
        dims = len(self.shape)

        def nets() -> tuple[nn.Module, nn.Module]:
            maker = Inpainter(dims, settings.width, _MAPS, len(SCALARS), settings.latent)
            return maker, Discriminator(dims, settings.width // 2, _MAPS, 2)

        flips = (-1, -2) if dims == 2 else (-1, -2, -3)
        super().__init__(settings, nets, Augmentation(flips=flips), compute)

    def where(self, seen: torch.Tensor) -> torch.Tensor:
        """In the lesion."""
        return seen[:, 1:2]

    def noise(self, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents for a batch."""
        z = torch.randn((count, self.settings.latent), generator=generator)
        fine = torch.randn((count, 1, *self.shape), generator=generator)
        blocks = torch.randn((count, 1, *coarse_shape(self.shape)), generator=generator)
        coarse = functional.interpolate(blocks, scale_factor=COARSE, mode="nearest")
        window = (slice(None), slice(None), *(slice(0, n) for n in self.shape))
        noise = torch.cat([fine, coarse[window]], dim=1)
        return z.to(self.compute.device), self.compute.place(noise)

    def made(
        self, net: nn.Module, batch: Batch, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Changes that a generator makes for a batch."""
        z, noise = self.noise(len(batch.maps), generator or self.generator)
        with self.compute.autocast():
            raw = net(batch.maps, batch.scalars, z, noise)
        return change_of(batch, raw.float())

    def step(self, number: int) -> Mapping[str, float]:
        """See `Game.step`."""
        weights = self.settings
        with self.compute.threaded():
            real = self.real.draw(self.batch, self.generator, self.compute)
            healthy = self.healthy.draw(self.batch, self.generator, self.compute)
            assert real.change is not None
            both, said = healthy.joined(real), {}
            if weights.adversarial_weight > 0:
                with torch.no_grad():
                    change = self.made(self.maker, both)
                shown = (real.seen(real.change), real.zone), (both.seen(change), both.zone)
                said = self.judge_step(number, *shown)
            change = self.made(self.maker, both)
            paired = paired_loss(change[len(healthy.maps) :], real.change, real.where)
            loss = weights.l1_weight * paired
            if weights.adversarial_weight > 0:
                fooled = self.fooled(both.seen(change), both.zone)
                loss = loss + weights.adversarial_weight * fooled
                said["maker"] = float(fooled.detach())
            self.maker_step(loss)
        return {**said, "paired": float(paired.detach()), "augment": self.strength.value}
