"""The photographs with the fixations of 15 viewers, and their patches, kept between runs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from food_photos import needed

from napari_lesion_synth.perception.gaze.maps import MapGrid, heatmap
from napari_lesion_synth.perception.gaze.samples import Fixation, Scanpath
from napari_lesion_synth.perception.regression.cnn import LiteFeatures
from napari_lesion_synth.perception.regression.patches import Patches, patch_features
from napari_lesion_synth.perception.stimuli.pictures import read_picture

WIDTH, HEIGHT = 800, 600
PX_PER_DEGREE = 24.0
"""Of the published set-up: 800 px over 33 degrees or so; the width of a spot is a degree."""

CELLS = 40


@dataclass(frozen=True)
class Viewed:
    """A photo, and each viewer's fixations in order."""

    id: str
    path: Path
    paths: tuple[Scanpath, ...]
    food: bool


def viewed() -> list[Viewed]:
    """Read the photos, or end with a message where they are not there."""
    folder = needed("gaze", "332 photographs with the fixations of 15 viewers")
    food = set((folder / "food_image_ids.txt").read_text(encoding="utf-8").split())
    found: dict[str, dict[str, list[Fixation]]] = {}
    with (folder / "fixations.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            fixations = found.setdefault(row["image_id"], {}).setdefault(row["viewer"], [])
            start = fixations[-1].end_s if fixations else 0.0
            lasts = float(row["duration_ms"]) / 1000
            place = float(row["x_px"]), float(row["y_px"])
            fixations.append(Fixation(start, lasts, *place, 0, float("nan")))
    return [
        Viewed(
            name,
            folder / "stimuli" / f"{name}.jpg",
            tuple(tuple(path) for path in viewers.values()),
            name in food,
        )
        for name, viewers in sorted(found.items())
    ]


def patches_of(photo: Viewed, net: LiteFeatures | None, folder: Path) -> Patches:
    """Features of the cells, in half precision on disk."""
    kind = "hand" if net is None else f"net{net.longest}"
    path = folder / f"{photo.id}-{kind}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        values = patch_features(read_picture(photo.path), CELLS, net).values
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.save(file, values.astype(np.float16))
        partial.replace(path)
    return Patches(np.load(path).astype(np.float32), grid())


def grid() -> MapGrid:
    """The cells of all photos."""
    return MapGrid(WIDTH, HEIGHT, WIDTH // CELLS)


def looked(paths: Sequence[Scanpath]) -> np.ndarray:
    """The map of several viewers, each fixation alike; shape (rows, columns)."""
    together = tuple(fixation for path in paths for fixation in path)
    return heatmap(together, grid(), (PX_PER_DEGREE, PX_PER_DEGREE), "count")


def cells(paths: Sequence[Scanpath]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the cells that were fixated."""
    x = np.array([f.x for path in paths for f in path])
    y = np.array([f.y for path in paths for f in path])
    on = (x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= HEIGHT)
    return grid().cells(x[on], y[on])
