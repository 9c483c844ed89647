"""Pictures and tables made up for the tests, about which everything is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_lesion_synth.perception.regression.table import Block, Table
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import file_sha256

TableMaker = Callable[..., Table]


def _table(
    dishes: int = 10,
    photos: int = 12,
    columns: int = 6,
    *,
    noise: float = 0.1,
    dish_sd: float = 0.1,
    seed: int = 0,
) -> Table:
    """Attractiveness follows the columns linearly; dishes and photos have parts of their own."""
    rng = np.random.default_rng(seed)
    n = dishes * photos
    dish = np.repeat(np.arange(dishes), photos)
    values = rng.standard_normal((n, columns)) + rng.standard_normal((dishes, columns))[dish]
    slopes = 0.08 * np.resize([1, -1, 0.5], columns)
    own = dish_sd * rng.standard_normal(dishes)[dish] + noise * rng.standard_normal(n)
    return Table(
        tuple(f"photo{k:03d}" for k in range(n)),
        0.5 + values @ slopes + own,
        tuple(f"dish{k:02d}" for k in dish),
        (Block("image", values, tuple(f"c{k}" for k in range(columns))),),
    )


@pytest.fixture
def make_table() -> TableMaker:
    """Maker of tables whose attractiveness follows the columns."""
    return _table


def _stimulus(folder: Path, name: str, picture: np.ndarray, category: str = "") -> Stimulus:
    path = folder / name
    Image.fromarray(picture).save(path)
    height, width = picture.shape[:2]
    return Stimulus(name, path, file_sha256(path), width, height, category)


@pytest.fixture
def save_photo(tmp_path: Path) -> Callable[..., Stimulus]:
    """Saver of a picture as a photo of a study."""

    def save(name: str, picture: np.ndarray, category: str = "") -> Stimulus:
        return _stimulus(tmp_path, name, picture, category)

    return save


@pytest.fixture
def disc() -> np.ndarray:
    """A red disc right of the middle of a grey table, with a little noise; 240 x 320 px."""
    y, x = np.mgrid[:240, :320]
    picture = np.full((240, 320, 3), (120, 122, 125), np.uint8)
    picture[(x - 190) ** 2 + (y - 120) ** 2 < 70**2] = (200, 60, 40)
    grain = np.random.default_rng(0).integers(-6, 7, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)
