from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.cgan.facts import GeneratorFacts
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.statistics import LesionStatistics


def _tiny_generator(dims: int = 3, mode: str = "residual", *, lively: bool = True, **changes):
    """Build an untrained generator; a lively one adds some pattern."""
    shape = (1, 16, 16) if dims == 2 else (8, 16, 16)
    known = {
        "mode": mode,
        "spec": GridSpec(shape, (2.5, 1.5, 1.5)),
        "width": 4,
        "latent": 3,
        "hu_scale": 50.0,
        "amplitude": 1.6,
        "lesions": {Zone.RIM: 9, Zone.INTERIOR: 11},
        "donors": ("a", "b"),
        "patients": ("p", "q"),
        "statistics": LesionStatistics.default(),
        "noise_hu": 10.0,
    }
    model = GeneratorModel.fresh(GeneratorFacts(**{**known, **changes}))
    if lively and mode == "residual":
        weight = model.tensors["out.weight"]
        signs = np.sign(np.sin(np.arange(weight.numel()))).reshape(tuple(weight.shape))
        weight.copy_(weight.new_tensor(signs))
    return model


@pytest.fixture
def tiny_generator():
    """Maker of generators that need no training."""
    return _tiny_generator
