"""Small CTs with lesions that nobody can miss, and trainings of nets that are tiny."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.lessons import Lessons
from napari_lesion_synth.detection.materials import Materials
from napari_lesion_synth.detection.train import train_detector
from napari_lesion_synth.events import Event, EventStream, StopToken

SPACING = (5.0, 2.5, 2.5)
GRIDS = {3: GridSettings(pixel_mm=2.5, slice_mm=5), 2: GridSettings(pixel_mm=2.5, dims=2)}


def toy(seed: int, lesions: int = 1, *, dims: int = 3, patient: str = "") -> Case:
    """An ellipsoid of organ in fat, 60 x 100 x 100 mm, with balls that are 60 HU darker."""
    rng = np.random.default_rng([seed, 9])
    shape = (16, 48, 48) if dims == 3 else (1, 48, 48)
    grid = np.meshgrid(
        *[(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, SPACING, strict=True)],
        indexing="ij",
    )
    organ = sum((g / half) ** 2 for g, half in zip(grid, (30, 50, 50), strict=True)) <= 1
    hu = np.where(organ, 110.0, -100.0)
    known = np.zeros(shape, bool)
    for turn in range(lesions):
        angle = 2 * np.pi * (rng.random() + turn) / max(lesions, 1)
        center = (
            0.0 if dims == 2 else rng.uniform(-10, 10),
            22 * np.sin(angle),
            22 * np.cos(angle),
        )
        away = sum((g - c) ** 2 for g, c in zip(grid, center, strict=True))
        known |= away <= rng.uniform(8, 11) ** 2
    hu[known] = 50.0
    hu += rng.normal(0, 6, shape)
    name = patient or f"toy-{seed}"
    whole = np.round(hu).astype(np.int16)
    return case_from_arrays(whole, SPACING, organ, known if lesions else None, name, units="hu")


def lessons(
    train: list[Case], exam: list[Case] | None = None, *, dims: int = 3, **facts: Any
) -> Lessons:
    """What is learnt from these, without donors."""
    hosts = tuple(Host.of(case, GRIDS[dims]) for case in train)
    chosen = tuple(Host.of(case, GRIDS[dims]) for case in exam or ())
    return Lessons(Materials(hosts), chosen, GRIDS[dims], facts)


def settings(**changes: Any) -> DetectorSettings:
    """Few steps of tiny nets."""
    usual: dict[str, Any] = {
        "net": "small",
        "steps": 8,
        "verifier_steps": 4,
        "scenes": 3,
        "width": 4,
        "look_every": 4,
        "rate": 3e-3,
        "device": "cpu",
        "threads": 1,
        "workers": 0,
    }
    return DetectorSettings(**{**usual, **changes})


def mixture(**changes: Any) -> DataSettings:
    """Small examples of large lesions."""
    usual: dict[str, Any] = {
        "methods": {"sigmoid": 1.0},
        "diameter_mm": (14.0, 22.0),
        "side": 48,
        "batch": 4,
    }
    return DataSettings(**{**usual, **changes})


def stream(
    given: Lessons,
    folder: Path,
    token: StopToken | None = None,
    asked: DetectorSettings | None = None,
    data: DataSettings | None = None,
) -> EventStream:
    """A training."""
    return train_detector(
        given, asked or settings(), data or mixture(), folder, token or StopToken()
    )


def trained(given: Lessons, folder: Path, **more: Any) -> list[Event]:
    """A training from its beginning, or from where it was, to its end."""
    return list(stream(given, folder, **more))
