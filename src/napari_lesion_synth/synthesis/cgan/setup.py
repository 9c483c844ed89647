"""From what is trained on to what learns."""

from __future__ import annotations

import numpy as np
import torch

from napari_lesion_synth.synthesis.cgan.examples import example_of
from napari_lesion_synth.synthesis.cgan.learner import GanLearner
from napari_lesion_synth.synthesis.cgan.look import PatchLooker, ResidualLooker
from napari_lesion_synth.synthesis.cgan.nets import LEVELS
from napari_lesion_synth.synthesis.cgan.patch_game import PatchGame
from napari_lesion_synth.synthesis.cgan.patches import patches_of
from napari_lesion_synth.synthesis.cgan.pools import conditions_pool, examples_pool
from napari_lesion_synth.synthesis.cgan.residual_game import AMPLITUDE, ResidualGame
from napari_lesion_synth.synthesis.cgan.training_data import TrainingData
from napari_lesion_synth.training.device import choose_compute

__all__ = ["learner_for"]

_COPIES = 3
"""Of each real lesion, at different parts of a voxel."""


def learner_for(data: TrainingData) -> GanLearner:
    """Nets, optimisers and examples of a training."""
    settings, spec = data.settings, data.spec
    compute = choose_compute(settings.device, settings.threads)
    compute = compute.for_depths({-(-spec.shape[0] // 2**level) for level in range(LEVELS)})
    if settings.mode != "residual":
        patches, rim = patches_of(data.kept, spec)
        window = patches[:, :, 0] if spec.flat is not None else patches
        labels = torch.from_numpy(rim).long()
        patch_game = PatchGame(settings, spec.shape, torch.from_numpy(window), labels, compute)
        return GanLearner(patch_game, data.facts(1.0), PatchLooker(patch_game))
    rng = np.random.default_rng([settings.seed, 13])
    real = examples_pool([example_of(m, spec, rng) for m in data.kept for _ in range(_COPIES)])
    held = [example_of(m, spec, rng) for m in data.held]
    game = ResidualGame(settings, real, conditions_pool(data.places), compute)
    looker = ResidualLooker(game, examples_pool(held) if held else None)
    return GanLearner(game, data.facts(AMPLITUDE), looker)
