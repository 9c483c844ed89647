"""Untrained generators: all that the windows need, without the minutes of a training."""

from __future__ import annotations

from pathlib import Path

import torch

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.cgan.conditions import HU_SCALE, MAPS, SCALARS
from napari_lesion_synth.synthesis.cgan.facts import GeneratorFacts
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.cgan.model import KIND, VERSION
from napari_lesion_synth.synthesis.cgan.nets import Inpainter
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.training.checkpoint import save_checkpoint
from napari_lesion_synth.training.seeds import initial_weights, torch_generator

__all__ = ["write_generator"]

_WIDTH, _LATENT = 4, 4
BOTH = {Zone.RIM: 9, Zone.INTERIOR: 11}


def write_generator(
    path: Path, *, dims: int = 3, lesions: dict[Zone, int] | None = None, seed: int = 0
) -> Path:
    """Write a small generator of mode "residual" whose weights are noise."""
    spec = GridSpec((8, 16, 16), (2.5, 1.0, 1.0)) if dims == 3 else GridSpec((1, 16, 16), (1, 1, 1))
    with initial_weights(seed):
        net = Inpainter(dims, _WIDTH, len(MAPS) - 1, len(SCALARS), _LATENT)
    torch.nn.init.normal_(net.out.weight, std=1.0, generator=torch_generator(seed))
    facts = GeneratorFacts(
        mode="residual",
        spec=spec,
        width=_WIDTH,
        latent=_LATENT,
        hu_scale=HU_SCALE,
        amplitude=1.0,
        lesions=BOTH if lesions is None else lesions,
        donors=("p-1", "q-1"),
        patients=("p", "q"),
        statistics=LesionStatistics(),
        noise_hu=10.0,
        steps=60,
    )
    save_checkpoint(path, KIND, VERSION, facts.to_json(), net.state_dict())
    return path
