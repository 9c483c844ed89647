"""A trained generator: read from its file, numbers in, HU out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import CheckpointError, ParameterError
from napari_lesion_synth.synthesis.cgan.conditions import MAPS, SCALARS, Condition
from napari_lesion_synth.synthesis.cgan.facts import GeneratorFacts
from napari_lesion_synth.synthesis.cgan.latents import Latent, latent_of
from napari_lesion_synth.synthesis.shapes import flat_axis

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["KIND", "VERSION", "GeneratorModel"]

KIND = "generator"
VERSION = 1

_STEP_HU = 1 / 16
"""What is generated is rounded to this: sums that end differently in the last bits then agree."""

Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GeneratorModel:
    """A trained generator.

    Parameters
    ----------
    facts : GeneratorFacts
        What it is.
    tensors : mapping of str to Tensor
        Its weights, on the CPU.
    sha256 : str
        Of facts and weights.
    path : Path or None
        Where it was read from.
    """

    facts: GeneratorFacts
    tensors: Mapping[str, torch.Tensor]
    sha256: str
    path: Path | None = None

    @classmethod
    def load(cls, path: str | Path) -> GeneratorModel:
        """Read a generator that `train_gan` wrote.

        Raises
        ------
        CheckpointError
            If the file is missing or damaged, holds something else or weights that do not fit
            its net, or its version cannot be used.
        """
        from napari_lesion_synth.training.checkpoint import load_checkpoint

        found = load_checkpoint(Path(path), KIND, VERSION, _UPGRADES)
        facts = GeneratorFacts.from_json(found.facts)
        model = cls(facts, found.tensors, found.sha256, Path(path))
        try:
            model._net  # noqa: B018  # built now: whoever has a model can use it
        except (RuntimeError, TypeError, ValueError) as cause:
            raise CheckpointError(
                "the weights do not fit the net that the generator's file describes",
                where=path,
                remedy="Copy it again from where it came, or train the generator again",
            ) from cause
        return model

    @classmethod
    def fresh(cls, facts: GeneratorFacts, seed: int = 0) -> GeneratorModel:
        """A generator with its first weights, which training starts from.

        In the mode ``"residual"`` it adds nothing to the sigmoid model.
        """
        from napari_lesion_synth.training.seeds import initial_weights

        with initial_weights(seed):
            weights = net_of(facts).state_dict()
        return cls(facts, weights, "0" * 64)

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that tell it from any other."""
        return self.sha256[:16]

    @property
    def dims(self) -> int:
        """2: for single slices; 3: for volumes."""
        return self.facts.spec.dims

    def require_grid(self, shape: tuple[int, ...]) -> None:
        """Refuse a CT of this shape, (z, y, x), that the generator was not trained for.

        Raises
        ------
        ParameterError
            If it is of slices and the CT a volume, or the other way round.
        """
        dims = 3 if flat_axis(shape) is None else 2
        if self.dims != dims:
            has, is_of = ("single slices" if d == 2 else "volumes" for d in (self.dims, dims))
            raise ParameterError(
                f"the generator was trained on {has}, and the CT is one of {is_of}",
                where=self.path,
                remedy=f"Give a generator that was trained on {is_of}",
            )

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the net, which is built again."""
        return {name: getattr(self, name) for name in ("facts", "tensors", "sha256", "path")}

    @cached_property
    def _net(self) -> nn.Module:
        import torch

        with torch.device("meta"):  # no first weights are drawn
            net = net_of(self.facts)
        net.load_state_dict(dict(self.tensors), assign=True)
        return net.eval().requires_grad_(False)

    def latent(self, seed: int) -> Latent:
        """The noise that belongs to a seed."""
        return latent_of(seed, self.facts.latent, self.facts.spec.shape)

    def generate(self, condition: Condition, latent: Latent) -> Field:
        """What the sigmoid model lacks at a place, for a model of mode ``"residual"``.

        Parameters
        ----------
        condition : Condition
            The place, on the model's grid.
        latent : Latent
            From `latent`.

        Returns
        -------
        ndarray of float32, shape of the grid
            HU to add to the contrast, before the soft mask. The same input gives the same bytes.
        """
        import torch

        maps, noise = condition.maps[: len(MAPS) - 1], latent.noise
        if self.dims == 2:
            maps, noise = maps[:, 0], noise[:, 0]
        raw = self._run(
            *(
                torch.from_numpy(np.ascontiguousarray(values))[None]
                for values in (maps, condition.scalars, latent.z, noise)
            )
        )
        most = self.facts.amplitude * self.facts.hu_scale
        return _rounded(most * np.tanh(raw.numpy())).reshape(self.facts.spec.shape)

    def patch(self, zone: Zone, latent: Latent) -> Field:
        """A lesion on its own, for a model of mode ``"cgan"`` or ``"dcgan"``.

        Parameters
        ----------
        zone : Zone
            Where it is to lie; ``"dcgan"`` does not heed it.
        latent : Latent
            From `latent`.

        Returns
        -------
        ndarray of float32, shape (3, z, y, x)
            HU above the parenchyma; the lesion and the organ, positive inside.
        """
        import torch

        label = torch.tensor([int(zone is Zone.RIM)])
        raw = self._run(torch.from_numpy(latent.z)[None], label).numpy()
        patch = _rounded(raw).reshape(3, *self.facts.spec.shape)
        patch[0] *= np.float32(self.facts.hu_scale)
        return patch

    def _run(self, *inputs: torch.Tensor) -> torch.Tensor:
        import torch

        from napari_lesion_synth.training.device import inference_threads

        with inference_threads(), torch.inference_mode():
            out: torch.Tensor = self._net(*inputs)[0]
        return out


def net_of(facts: GeneratorFacts) -> nn.Module:
    """The net that a generator's facts describe, with new weights."""
    from napari_lesion_synth.synthesis.cgan.nets import Inpainter
    from napari_lesion_synth.synthesis.cgan.patch_nets import PatchMaker

    if facts.mode == "residual":
        maps = len(MAPS) - 1
        return Inpainter(facts.spec.dims, facts.width, maps, len(SCALARS), facts.latent)
    zones = len(Zone) if facts.mode == "cgan" else 0
    return PatchMaker(facts.spec.shape, facts.width, facts.latent, zones)


def _rounded(values: NDArray[Any]) -> Field:
    return (np.rint(values / _STEP_HU) * _STEP_HU).astype(np.float32)


_UPGRADES: dict[int, Any] = {}
"""How each older version is made into the next one; see `load_checkpoint`."""
