from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import sample_id, scene_id
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.rows import Lesion, Origin, lesion_of
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.sample import Sample


def _dark_ball(case: Case, center: tuple[int, int, int], radius_mm: float = 5.0) -> Sample:
    """Subtract 40 HU in a ball; the support reaches one millimetre beyond the label."""
    spacing, shape = case.volume.spacing, case.volume.shape
    box = tuple(
        slice(max(c - int(radius_mm / s) - 2, 0), min(c + int(radius_mm / s) + 3, n))
        for c, s, n in zip(center, spacing, shape, strict=True)
    )
    axes = [
        (np.arange(b.start, b.stop) - c) * s for b, c, s in zip(box, center, spacing, strict=True)
    ]
    distance = np.sqrt(sum(g**2 for g in np.meshgrid(*axes, indexing="ij")))
    organ = case.require_organ().mask[box]
    support = (distance <= radius_mm + 1) & organ
    mask = (distance <= radius_mm) & organ
    hu = case.volume.hu[box].copy()
    hu[support] -= 40
    site = Site(center, Zone.INTERIOR, 12.0, 2 * radius_mm)
    recipe = Recipe("dark-ball", {"delta_hu": -40}, site, None, 7, case.volume.sha256)
    return Sample(box, hu, mask, support, recipe)


@pytest.fixture
def dark_ball() -> Callable[..., Sample]:
    """Maker of hand-made samples."""
    return _dark_ball


SCENES = tuple(tuple(sample_id(2 * k + i) for i in range(2)) for k in range(4))
"""Four scenes of two lesions."""


@pytest.fixture
def scenes() -> tuple[tuple[str, ...], ...]:
    return SCENES


@pytest.fixture
def header():
    return header_of({"n": 8, "seed": 0, "methods": {"dark-ball": 1.0}}, 0)


@pytest.fixture
def made(ball_case) -> dict[int, tuple[Lesion, ...]]:
    """The encoded lesions of every scene."""
    case = ball_case((12, 32, 32))
    rng = np.random.default_rng(5)
    result = {}
    for number, ids in enumerate(SCENES):
        lesions = []
        for name in ids:
            center = tuple(int(c) for c in rng.integers((4, 12, 12), (8, 20, 20)))
            sample = _dark_ball(case, center, 3.0)
            origin = Origin(name, "ball", "ball", scene_id(number))
            lesions.append(lesion_of(sample, Patch.cut(sample, case.volume, 4.0), origin))
        result[number] = tuple(lesions)
    return result
