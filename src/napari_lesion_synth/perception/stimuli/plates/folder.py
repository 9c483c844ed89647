"""A folder of rendered dishes: photos, areas, and the truth beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.perception.stimuli.areas import write_areas
from napari_lesion_synth.perception.stimuli.photos import Stimulus, StimulusSet
from napari_lesion_synth.perception.stimuli.pictures import Picture, file_sha256
from napari_lesion_synth.perception.stimuli.plates.render import Plate, make_dish, render_plate
from napari_lesion_synth.perception.stimuli.plates.settings import (
    DISHES,
    PlateLook,
    PlateSettings,
    views_of,
)

__all__ = ["TRUTH_CSV", "read_truth", "write_plates"]

TRUTH_CSV = "truth.csv"
"""What each picture's attractiveness is said to be."""

_COLUMNS = (
    *("file", "category", "view", "azimuth_deg", "elevation_deg", "exposure_ev", "warmth"),
    *("saturation", "gloss", "attractiveness"),
)


def write_plates(folder: str | Path, settings: PlateSettings | None = None) -> StimulusSet:
    """Render dishes into a folder.

    Parameters
    ----------
    folder : path
        Made where there is none; each dish becomes a subfolder.
    settings : PlateSettings, optional
        Which dishes, and from where.

    Returns
    -------
    StimulusSet
        As `StimulusSet.scan` would find them; their areas lie beside them, their attractiveness
        in ``truth.csv``.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    settings, root = settings or PlateSettings(), Path(folder)
    stimuli, rows = [], []
    for category, plate in _plates(settings):
        stimulus = _written(root, category, plate)
        stimuli.append(stimulus)
        rows.append(_row(stimulus, plate))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_COLUMNS, *rows])
    write_atomic(root / TRUTH_CSV, text.getvalue().encode())
    return StimulusSet(tuple(sorted(stimuli, key=lambda stimulus: stimulus.id)))


def read_truth(folder: str | Path) -> dict[str, float]:
    """Attractiveness by id, from ``truth.csv``."""
    text = (Path(folder) / TRUTH_CSV).read_text(encoding="utf-8")
    return {row["file"]: float(row["attractiveness"]) for row in csv.DictReader(io.StringIO(text))}


def _plates(settings: PlateSettings) -> Iterator[tuple[str, Plate]]:
    for name in dict.fromkeys(settings.dishes):
        dish = make_dish(name, settings.seed)
        rng = np.random.default_rng([settings.seed, DISHES.index(name), 0x100C])
        for view in views_of(settings):
            look = _drawn(rng) if settings.varied else PlateLook()
            yield name, render_plate(dish, view, look, settings.size)


def _drawn(rng: np.random.Generator) -> PlateLook:
    return PlateLook(
        exposure_ev=round(float(rng.uniform(-0.5, 0.5)), 3),
        warmth=round(float(rng.uniform(-0.4, 0.5)), 3),
        saturation=round(float(rng.uniform(0.75, 1.3)), 3),
        gloss=round(float(rng.uniform(0.2, 1.0)), 3),
    )


def _written(root: Path, category: str, plate: Plate) -> Stimulus:
    folder = root / category
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{category}_{plate.view.name}.png"
    write_atomic(path, _png(plate.image))
    size = len(plate.image)
    name = f"{category}/{path.name}"
    stimulus = Stimulus(name, path, file_sha256(path), size, size, category, plate.view.name)
    write_areas(stimulus, plate.areas)
    return stimulus


def _row(stimulus: Stimulus, plate: Plate) -> tuple[object, ...]:
    view, look = plate.view, plate.look
    angles = (view.azimuth_deg, view.elevation_deg)
    light = (look.exposure_ev, look.warmth, look.saturation, look.gloss)
    return (stimulus.id, stimulus.category, stimulus.view, *angles, *light, plate.attractiveness)


def _png(image: Picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)
    return file.getvalue()
