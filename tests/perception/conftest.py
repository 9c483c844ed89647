"""Photos and studies that several rooms of perception need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_lesion_synth.perception.design.sections import TrialCounts
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study, create_study
from napari_lesion_synth.perception.stimuli.survey import ScanRules

PhotoMaker = Callable[..., Path]
StudyMaker = Callable[..., Study]


def _write_photo(path: Path, seed: int, size: tuple[int, int] = (24, 18)) -> Path:
    """Write a small photo of coloured noise; its size is width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def write_photo() -> PhotoMaker:
    """Writes one small photo."""
    return _write_photo


@pytest.fixture
def make_study(tmp_path: Path) -> StudyMaker:
    """Maker of studies: so many photos of each category, and sections of the design."""

    def make(
        photos: int = 12,
        categories: Sequence[str] = ("",),
        name: str = "study",
        **sections: object,
    ) -> Study:
        folder = tmp_path / name
        for place, category in enumerate(categories):
            for k in range(photos):
                _write_photo(folder / "stimuli" / category / f"p{k:02d}.png", 100 * place + k)
        given = {"counts": TrialCounts(trials=20, practice=2, block_size=8), **sections}
        design = StudyDesign.checked(name=name, **given)
        return create_study(folder, design, ScanRules(min_side=1))

    return make
