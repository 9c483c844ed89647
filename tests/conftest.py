"""Fixtures that more than one room needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.volume import Volume

LIVER_HU, FAT_HU, LESION_HU = 110, -100, 60

CaseMaker = Callable[..., Case]


def _ball_case(
    shape: tuple[int, int, int] = (24, 64, 64),
    spacing: tuple[float, float, float] = (2.5, 1.0, 1.0),
    *,
    margin_mm: float = 6.0,
    noise_hu: float = 10.0,
    lesion_mm: float | None = None,
    patient: str = "ball",
    seed: int = 0,
) -> Case:
    """Make an ellipsoidal organ in fat that fills the volume but for a margin.

    With `lesion_mm`, a labelled spherical lesion of that diameter lies at the centre.
    """
    grid = np.meshgrid(
        *[(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing, strict=True)],
        indexing="ij",
    )
    half = [max((n - 1) / 2 * s - margin_mm, s) for n, s in zip(shape, spacing, strict=True)]
    organ = sum((g / h) ** 2 for g, h in zip(grid, half, strict=True)) <= 1
    hu = np.where(organ, LIVER_HU, FAT_HU).astype(float)
    lesions = None
    if lesion_mm is not None:
        lesions = (sum(g**2 for g in grid) <= (lesion_mm / 2) ** 2) & organ
        hu[lesions] = LESION_HU
    hu += np.random.default_rng(seed).normal(0, noise_hu, shape)
    volume = Volume(np.round(hu).astype(np.int16), spacing)
    return Case(volume, Organ(organ, spacing), lesions, patient)


@pytest.fixture
def ball_case() -> CaseMaker:
    """Maker of small cases: an ellipsoid of liver in fat."""
    return _ball_case


@pytest.fixture
def real_data() -> Path:
    """Folder of the real CTs, which are not part of the project."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "ct").is_dir():
        pytest.skip("the real CTs (ircadb01, CHAOS) are not beside the repository")
    return folder
