"""The game of DCGAN and CGAN: from noise to whole patches."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from napari_lesion_synth.synthesis.cgan.game import Game
from napari_lesion_synth.synthesis.cgan.nets import Discriminator
from napari_lesion_synth.synthesis.cgan.patch_nets import PATCH_MAPS, PatchMaker
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.training.device import Compute

__all__ = ["PatchGame"]


class PatchGame(Game):
    """See the module.

    Parameters
    ----------
    settings : GanSettings
        How.
    shape : tuple of int
        Of a patch, (z, y, x).
    patches : Tensor, shape (n, 3, ...)
        Real ones.
    rim : Tensor of int64, shape (n,)
        1 at the rim.
    compute : Compute
        Where.
    """

    def __init__(
        self,
        settings: GanSettings,
        shape: tuple[int, int, int],
        patches: torch.Tensor,
        rim: torch.Tensor,
        compute: Compute,
    ) -> None:
        self.patches, self.rim = patches, rim
        dims, zones = patches.ndim - 2, 2 if settings.mode == "cgan" else 0

        def nets() -> tuple[nn.Module, nn.Module]:
            width = settings.width_for(dims)
            maker = PatchMaker(shape, width, settings.latent, zones)
            return maker, Discriminator(dims, width // 2, PATCH_MAPS, zones)

        super().__init__(settings, nets, dims, compute)

    def made(
        self, net: nn.Module, zone: torch.Tensor, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Patches for zones."""
        size = (len(zone), self.settings.latent)
        z = torch.randn(size, generator=generator or self.generator)
        with self.compute.autocast():
            patch: torch.Tensor = net(z.to(self.compute.device), zone)
        return patch.float()

    def step(self, number: int) -> Mapping[str, float]:
        """See `Game.step`."""
        with self.compute.threaded():
            index = torch.randint(len(self.patches), (self.batch,), generator=self.generator)
            real = self.compute.place(self.patches[index])
            zone = self.rim[index].to(self.compute.device)
            with torch.no_grad():
                made = self.made(self.maker, zone)
            said = self.judge_step(number, (real, zone), (made, zone))
            fooled = self.fooled(self.made(self.maker, zone), zone)
            self.maker_step(fooled)
        return {**said, "maker": float(fooled.detach()), "augment": self.strength.value}
