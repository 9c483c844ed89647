"""How the nets of all folds learn side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from napari_lesion_synth.events import Artifact, Event, Metric
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.selection.augment import augment
from napari_lesion_synth.selection.autoencoder import (
    AutoEncoder,
    Fold,
    error_hu,
    finished_net,
    spacing_range,
)
from napari_lesion_synth.selection.autoencoder_settings import (
    NOT_LEARNT_FROM,
    AutoEncoderSettings,
)
from napari_lesion_synth.selection.band import HeldOut, fold_factors
from napari_lesion_synth.selection.checks import CheckLimits
from napari_lesion_synth.selection.crop_net import CropNet, squared_error
from napari_lesion_synth.selection.crops import CHANNELS, CropGrid, crop_of
from napari_lesion_synth.selection.reconstructions import reconstruction_sheet
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.training.device import Compute, inference_threads
from napari_lesion_synth.training.pace import pace
from napari_lesion_synth.training.seeds import initial_weights, torch_generator

__all__ = ["FoldLearner"]

_WARM_UP = 50
_WIDTHS = {2: 16, 3: 8}
_SHOWN = 8
RECONSTRUCTIONS = "reconstructions.png"


class FoldLearner:
    """A `training.loop.Learner`: the folds' nets take steps in turn.

    Parameters
    ----------
    views : sequence of LesionView
        Real lesions.
    folds : ndarray of int64, shape (n,)
        The fold that holds each lesion out.
    by_patient : bool
        Whether folds share no patient.
    grid : CropGrid
        What the nets look at.
    settings : AutoEncoderSettings
        Of the training.
    compute : Compute
        Where.
    """

    def __init__(
        self,
        views: Sequence[LesionView],
        folds: NDArray[np.int64],
        by_patient: bool,
        grid: CropGrid,
        settings: AutoEncoderSettings,
        compute: Compute,
    ) -> None:
        self.views, self.folds, self.by_patient = views, folds, by_patient
        self.grid, self.settings, self.compute = grid, settings, compute
        self.width = settings.width or _WIDTHS[grid.dims]
        self._batch = settings.batch
        self._product: AutoEncoder | None = None
        self._limits = CheckLimits.of(views)
        self._crops = [crop_of(view, grid) for view in views]
        self._stack = torch.stack(
            [torch.from_numpy(np.concatenate([c.channels, c.weight[None]])) for c in self._crops]
        )
        self._stack[:, CHANNELS] *= self._stack[0, CHANNELS].numel()  # about 1, for the gradients
        seeds = np.random.SeedSequence(settings.seed).spawn(2 * settings.folds)
        self._nets: list[nn.Module] = []
        self._optimisers: list[torch.optim.Optimizer] = []
        self._generators: list[torch.Generator] = []
        for k in range(settings.folds):
            with initial_weights(seeds[2 * k]):
                net = CropNet(grid, width=self.width, latent=settings.latent)
            self._nets.append(compute.place(net))
            weights = self._nets[-1].parameters()
            self._optimisers.append(torch.optim.Adam(weights, settings.rate))
            self._generators.append(torch_generator(seeds[2 * k + 1]))

    def step(self, number: int) -> Mapping[str, float]:
        """One step of one fold's net."""
        self._product = None
        turn, k = divmod(number - 1, self.settings.folds)
        net, optimiser, generator = self._nets[k], self._optimisers[k], self._generators[k]
        known = torch.from_numpy(np.flatnonzero(self.folds != k))
        chosen = known[torch.randint(0, len(known), (self._batch,), generator=generator)]
        stack = augment(self._stack[chosen], generator, self.settings.shift)
        stack = self.compute.place(stack)
        for group in optimiser.param_groups:
            group["lr"] = self.settings.rate * pace(turn, self.settings.steps, _WARM_UP)
        with self.compute.threaded(), self.compute.autocast():
            loss = squared_error(net, stack[:, :CHANNELS], stack[:, CHANNELS:]).mean()
        with self.compute.threaded():
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        return {"reconstruction": float(loss.detach())}

    def state(self) -> dict[str, Any]:
        """Weights, optimisers, generators, batch."""
        return {
            "nets": [net.state_dict() for net in self._nets],
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
            "generators": [generator.get_state() for generator in self._generators],
            "batch": self._batch,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what `state` gave."""
        for net, weights in zip(self._nets, state["nets"], strict=True):
            net.load_state_dict(weights)
        for optimiser, moments in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(moments)
        for generator, place in zip(self._generators, state["generators"], strict=True):
            generator.set_state(place)
        self._batch = int(state["batch"])
        self._product = None

    def save(self, path: Path) -> None:
        """Write the auto-encoder as it is now."""
        self.product().save(path)

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """Held-out errors, and a few lesions with what the nets make of them."""
        product = self.product()
        for zone in sorted({item.zone for item in product.held_out}):
            errors = [item.error for item in product.held_out if item.zone is zone]
            yield Metric(f"held-out/{zone.value} error (HU)", float(np.median(errors)), number)
        shown = np.linspace(0, len(self.views) - 1, min(_SHOWN, len(self.views))).astype(int)
        crops = torch.stack([torch.from_numpy(self._crops[i].channels) for i in shown])
        made = []
        with inference_threads(), torch.inference_mode():
            for i, crop in zip(shown, crops, strict=True):
                image = product.nets[self.folds[i]](crop[None])[0, 0].numpy()
                made.append(np.where(self._crops[i].weight > 0, image, 0))
        path = folder / RECONSTRUCTIONS
        sheet = reconstruction_sheet(crops[:, 0].numpy(), np.stack(made), self.grid.scale_hu)
        write_atomic(path, sheet)
        yield Artifact("reconstructions", str(path))

    def shrink(self) -> bool:
        """Halve the batch."""
        if self._batch == 1:
            return False
        self._batch //= 2
        return True

    def finished(self) -> bool:
        """Never: its steps are few and fixed."""
        return False

    def product(self) -> AutoEncoder:
        """The auto-encoder as it is now, with its held-out errors; computed on the CPU."""
        if self._product is None:
            self._product = self._measured()
        return self._product

    def _measured(self) -> AutoEncoder:
        nets = tuple(
            finished_net(self.grid, self.width, self.settings.latent, net.state_dict())
            for net in self._nets
        )
        with inference_threads():
            errors = np.array(
                [
                    error_hu(nets[k], crop, self.grid)
                    for k, crop in zip(self.folds, self._crops, strict=True)
                ]
            )
        factors = fold_factors(errors, [view.zone for view in self.views], self.folds)
        held_out = tuple(
            HeldOut(v.id, v.patient, v.zone, v.diameter_mm, int(k), float(e / factors[k]))
            for v, k, e in zip(self.views, self.folds, errors, strict=True)
        )
        settings = self.settings.model_dump(mode="json", exclude=NOT_LEARNT_FROM)
        return AutoEncoder(
            self.grid,
            nets,
            tuple(self._fold(k, float(factor)) for k, factor in enumerate(factors)),
            held_out,
            self.by_patient,
            spacing_range(self.views),
            {**settings, "width": self.width},
            self._limits,
        )

    def _fold(self, k: int, factor: float) -> Fold:
        known = {v.patient for v, fold in zip(self.views, self.folds, strict=True) if fold != k}
        held = tuple(v.id for v, fold in zip(self.views, self.folds, strict=True) if fold == k)
        return Fold(tuple(sorted(known)), held, factor)
