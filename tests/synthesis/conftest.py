from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.donors import Donor


def _ball_donor(
    diameter_mm: float = 14.0,
    spacing: tuple[float, float, float] = (2.5, 1.0, 1.0),
    *,
    margin_mm: float = 8.0,
    single_slice: bool = False,
    organ_hu: float = 110.0,
    lesion_hu: float = 60.0,
    noise_hu: float = 10.0,
    seed: int = 3,
) -> Donor:
    """Make a spherical lesion in liver that fills its box."""
    half = [int(np.ceil((diameter_mm / 2 + margin_mm) / s)) for s in spacing]
    if single_slice:
        half[0] = 0
    axes = [np.arange(-h, h + 1) * s for h, s in zip(half, spacing, strict=True)]
    radius = np.sqrt(sum(g**2 for g in np.meshgrid(*axes, indexing="ij")))
    mask = radius <= diameter_mm / 2
    share = np.clip((diameter_mm / 2 - radius) / 1.5 + 0.5, 0, 1)
    hu = organ_hu + (lesion_hu - organ_hu) * share
    hu = hu + np.random.default_rng(seed).normal(0, noise_hu, hu.shape)
    return Donor(
        id=f"ball-{seed}",
        patient="ball",
        hu=np.round(hu).astype(np.int16),
        mask=mask,
        organ=np.ones_like(mask),
        spacing=spacing,
        diameter_mm=diameter_mm,
        depth_mm=30.0,
        zone=Zone.INTERIOR,
        organ_hu=organ_hu,
        noise_hu=noise_hu,
    )


@pytest.fixture
def ball_donor():
    """Maker of hand-made donors: a dark ball in liver."""
    return _ball_donor
