"""Lesions made by hand, for the tests of how lesions are judged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.selection.view import LesionView

LIVER_HU, FAT_HU = 110, -90


def _disc_view(
    name: str = "a",
    *,
    patient: str = "p0",
    zone: Zone = Zone.INTERIOR,
    radius_mm: float = 6.0,
    contrast_hu: float = -50.0,
    noise_hu: float = 12.0,
    spacing: tuple[float, float, float] = (5.0, 1.0, 1.0),
    slices: int = 1,
    liver_hu: float = LIVER_HU,
    margin_mm: float = 10.0,
    seed: int = 0,
    **more: object,
) -> LesionView:
    """Make a round lesion in liver; at the rim, fat lies to its left."""
    half = [int((radius_mm + margin_mm) / s) for s in spacing]
    half[0] = slices // 2
    axes = [np.arange(-n, n + 1) * s for n, s in zip(half, spacing, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    mask = z**2 + y**2 + x**2 <= radius_mm**2
    organ = x > -radius_mm - 1 if zone is Zone.RIM else np.ones(mask.shape, bool)
    hu = np.where(organ, liver_hu, FAT_HU) + contrast_hu * mask
    hu = hu + np.random.default_rng(seed).normal(0, noise_hu, mask.shape)
    return LesionView(
        id=name,
        patient=patient,
        zone=zone,
        diameter_mm=2 * radius_mm,
        hu=np.round(hu).astype(np.int16),
        mask=mask,
        organ=organ | mask,
        spacing=spacing,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def disc_view() -> Callable[..., LesionView]:
    """Maker of views of one round lesion."""
    return _disc_view


@pytest.fixture
def real_discs(disc_view) -> list[LesionView]:
    """Eighteen real lesions of six patients, in both zones, of different sizes."""
    return [
        disc_view(
            f"r{k:02d}",
            patient=f"p{k % 6}",
            zone=(Zone.RIM, Zone.INTERIOR)[k // 6 % 2],
            radius_mm=4 + k % 5,
            contrast_hu=-30 - 3 * (k % 7),
            seed=k,
        )
        for k in range(18)
    ]
