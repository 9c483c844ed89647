"""The game of the residual generator: lesions in their surroundings.

Erased real lesions are to be put back as they were; in healthy places, with the outlines of real
lesions, the judge decides alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from napari_lesion_synth.synthesis.cgan.conditions import MAPS, SCALARS
from napari_lesion_synth.synthesis.cgan.game import Game
from napari_lesion_synth.synthesis.cgan.latents import COARSE, coarse_shape
from napari_lesion_synth.synthesis.cgan.losses import SAME_BLOCK, blocks, paired_loss, sameness
from napari_lesion_synth.synthesis.cgan.nets import Discriminator, Inpainter
from napari_lesion_synth.synthesis.cgan.pools import Batch, Pool
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.training.device import Compute

__all__ = ["AMPLITUDE", "ResidualGame", "change_of"]

AMPLITUDE = 1.6
"""The most that is learnt on top of the sigmoid model, in units of `HU_SCALE`."""

_MAPS = len(MAPS) - 1
_CODE_RATE = 10.0
"""Codes of the lesions learn so much faster than the nets: each is seen at few steps only."""


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
            width = settings.width_for(dims)
            maker = Inpainter(dims, width, _MAPS, len(SCALARS), settings.latent)
            return maker, Discriminator(dims, width // 2, _MAPS, 2)

        super().__init__(settings, nets, dims, compute)
        # Each real lesion has a noise of its own, found in training ("generative latent
        # optimization", P. Bojanowski et al., ICML 2018): put back from any other, it would
        # teach the net to heed no noise at all.
        size = (int(real.lesion.max()) + 1, settings.latent)
        codes = torch.randn(size, generator=self.generator).to(compute.device)
        self.codes = nn.Parameter(codes)
        rate = _CODE_RATE * settings.learning_rate
        self.makers.add_param_group({"params": [self.codes], "lr": rate})
        self.usual = settings.diversity * self._beyond_the_model()

    def _beyond_the_model(self) -> float:
        """Mean size of what real lesions show beyond the sigmoid model."""
        everything = self.real.take(torch.arange(len(self.real)), self.compute)
        assert everything.change is not None
        left = blocks(everything.change - everything.gain * everything.delta, SAME_BLOCK)
        where = blocks(everything.where, SAME_BLOCK)
        return max(float((left.abs() * where).sum() / where.sum()), 1e-2)

    def where(self, seen: torch.Tensor) -> torch.Tensor:
        """In the lesion."""
        return seen[:, 1:2]

    def noise(self, batch: Batch, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents for a batch: the lesions' own where there was one."""
        count = len(batch.maps)
        z = torch.randn((count, self.settings.latent), generator=generator)
        fine = torch.randn((count, 1, *self.shape), generator=generator)
        blocks = torch.randn((count, 1, *coarse_shape(self.shape)), generator=generator)
        coarse = functional.interpolate(blocks, scale_factor=COARSE, mode="nearest")
        window = (slice(None), slice(None), *(slice(0, n) for n in self.shape))
        noise = torch.cat([fine, coarse[window]], dim=1)
        z = z.to(self.compute.device)
        known = (batch.lesion >= 0)[:, None]
        own = self.codes[batch.lesion.clamp(min=0)]
        own = own * torch.rsqrt(own.square().mean(dim=1, keepdim=True) + 1e-6)
        return torch.where(known, own, z), self.compute.place(noise)

    def made(
        self, net: nn.Module, batch: Batch, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Changes that a generator makes for a batch."""
        z, noise = self.noise(batch, generator or self.generator)
        with self.compute.autocast():
            raw = net(batch.maps, batch.scalars, z, noise)
        return change_of(batch, raw.float())

    def step(self, number: int) -> Mapping[str, float]:
        """See `Game.step`."""
        with self.compute.threaded():
            real = self.real.draw(self.batch, self.generator, self.compute)
            healthy = self.healthy.draw(self.batch, self.generator, self.compute)
            assert real.change is not None
            both, said = healthy.joined(real), {}
            if self.settings.adversarial_weight > 0:
                with torch.no_grad():
                    change = self.made(self.maker, both)
                shown = (real.seen(real.change), real.zone), (both.seen(change), both.zone)
                said = self.judge_step(number, *shown)
            loss, losses = self._maker_loss(healthy, real, both)
            self.maker_step(loss)
        return {**said, **losses, "augment": self.strength.value}

    def _maker_loss(
        self, healthy: Batch, real: Batch, both: Batch
    ) -> tuple[torch.Tensor, dict[str, float]]:
        """Of lesions put back, of variety, and of fooling the judge."""
        settings, count = self.settings, len(healthy.maps)
        assert real.change is not None
        change = self.made(self.maker, both)
        paired = paired_loss(change[count:], real.change, real.where)
        loss, said = settings.l1_weight * paired, {"paired": float(paired.detach())}
        if self.usual > 0:
            other = self.made(self.maker, healthy)
            same = sameness(change[:count], other, healthy.where, self.usual)
            loss, said["sameness"] = loss + same, float(same.detach())
        if settings.adversarial_weight > 0:
            fooled = self.fooled(both.seen(change), both.zone)
            loss = loss + settings.adversarial_weight * fooled
            said["maker"] = float(fooled.detach())
        return loss, said

    def state(self) -> dict[str, Any]:
        """See `Game.state`."""
        return {**super().state(), "codes": self.codes.detach().clone()}

    def restore(self, state: dict[str, Any]) -> None:
        """See `Game.restore`."""
        super().restore(state)
        with torch.no_grad():
            self.codes.copy_(state["codes"])
