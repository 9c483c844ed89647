"""Fixtures that more than one room needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.synthesis.donors import Donor


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Qt's dialogs remember folders in the user's settings: neither read nor change them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


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
