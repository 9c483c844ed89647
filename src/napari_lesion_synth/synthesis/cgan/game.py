"""The adversarial game that all modes play: nets, optimisers, augmentation, running mean."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from napari_lesion_synth.synthesis.cgan.losses import R1_EVERY, gradient_penalty, hinge
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.training.augment import AdaptiveStrength, Augmentation, augment
from napari_lesion_synth.training.device import Compute
from napari_lesion_synth.training.ema import follow
from napari_lesion_synth.training.seeds import initial_weights, torch_generator

__all__ = ["Game"]

_BETAS = (0.0, 0.99)


class Game:
    """A generator ("maker"), its running mean, and a discriminator ("judge").

    Parameters
    ----------
    settings : GanSettings
        How.
    nets : callable
        Builds maker and judge.
    dims : int
        2 or 3.
    compute : Compute
        Where.
    """

    def __init__(
        self,
        settings: GanSettings,
        nets: Callable[[], tuple[nn.Module, nn.Module]],
        dims: int,
        compute: Compute,
    ) -> None:
        self.settings, self.compute = settings, compute
        self.changes = Augmentation(flips=(-1, -2) if dims == 2 else (-1, -2, -3))
        self.batch = settings.batch_for(dims)
        with initial_weights(settings.seed):
            maker, judge = nets()
        self.maker, self.judge = compute.place(maker), compute.place(judge)
        self.mean = copy.deepcopy(self.maker).requires_grad_(False)
        rate = settings.learning_rate
        self.makers = torch.optim.Adam(self.maker.parameters(), rate, betas=_BETAS)
        self.judges = torch.optim.Adam(self.judge.parameters(), rate, betas=_BETAS)
        self.generator = torch_generator(settings.seed)
        self.strength = AdaptiveStrength(settings.augment_target)

    def step(self, number: int) -> Mapping[str, float]:
        """One step of each side; the losses."""
        raise NotImplementedError

    def where(self, seen: torch.Tensor) -> torch.Tensor:
        """Where in an example the judge is to look, shape (n, 1, ...)."""
        return torch.ones_like(seen[:, :1])

    def judged(self, example: torch.Tensor, zone: torch.Tensor) -> torch.Tensor:
        """The judge's verdict, after augmentation."""
        seen = augment(example, self.strength.value, self.generator, self.changes)
        with self.compute.autocast():
            verdict: torch.Tensor = self.judge(seen, zone, self.where(seen))
        return verdict.float()

    def judge_step(
        self,
        number: int,
        real: tuple[torch.Tensor, torch.Tensor],
        made: tuple[torch.Tensor, torch.Tensor],
    ) -> dict[str, float]:
        """One step of the judge, from examples and their zones."""
        on_real, on_made = self.judged(*real), self.judged(*made)
        loss = hinge(on_real, on_made)
        if self.settings.r1_gamma > 0 and number % R1_EVERY == 0:
            penalty = gradient_penalty(self.judge, *real, self.where(real[0]))
            loss = loss + self.settings.r1_gamma / 2 * R1_EVERY * penalty
        self.judges.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.judges.step()
        self.strength.update(on_real)
        return {
            "judge": float(loss.detach()),
            "on_real": float(on_real.detach().mean()),
            "on_made": float(on_made.detach().mean()),
        }

    def fooled(self, example: torch.Tensor, zone: torch.Tensor) -> torch.Tensor:
        """The maker's part of the game: lower the more the judge is fooled."""
        self.judge.requires_grad_(False)
        loss = -self.judged(example, zone).mean()
        self.judge.requires_grad_(True)
        return loss

    def maker_step(self, loss: torch.Tensor) -> None:
        """One step of the maker, and of its running mean."""
        self.makers.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.makers.step()
        follow(self.mean, self.maker, self.settings.ema)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {
            "maker": self.maker.state_dict(),
            "judge": self.judge.state_dict(),
            "mean": self.mean.state_dict(),
            "makers": self.makers.state_dict(),
            "judges": self.judges.state_dict(),
            "generator": self.generator.get_state(),
            "strength": self.strength.state(),
            "batch": self.batch,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.maker.load_state_dict(state["maker"])
        self.judge.load_state_dict(state["judge"])
        self.mean.load_state_dict(state["mean"])
        self.makers.load_state_dict(state["makers"])
        self.judges.load_state_dict(state["judges"])
        self.generator.set_state(state["generator"])
        self.strength.restore(state["strength"])
        self.batch = int(state["batch"])

    def shrink(self) -> bool:
        """Halve the batch; False where it cannot be."""
        if self.batch < 4:
            return False
        self.batch //= 2
        return True
