"""Small sets of plain files: dark balls in a noisy host, with scores where asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.dataset.layout import (
    COLUMNS,
    DATASET_JSON,
    PATCHES,
    SAMPLES_CSV,
    THUMBS,
    patch_path,
    sample_id,
    thumb_path,
)
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.provenance import header_bytes, header_of
from napari_lesion_synth.dataset.rows import csv_line, header_line
from napari_lesion_synth.dataset.thumbs import thumb_bytes
from napari_lesion_synth.selection.band import BandSettings, HeldOut, bands_of
from napari_lesion_synth.selection.scores_file import apply_bands, write_scores

SHAPE, SPACING = (20, 60, 60), (2.5, 1.0, 1.0)
BOX = (10, 24, 24)
METHODS, ZONES = ("poisson", "sigmoid"), ("rim", "interior")


def host() -> Volume:
    hu = np.random.default_rng(0).normal(105, 10, SHAPE).astype(np.int16)
    return Volume(hu, SPACING)


def patch_of(number: int) -> Patch:
    """A ball at a place that follows from its number."""
    start = [number * 3 % (n - m) for n, m in zip(SHAPE, BOX, strict=True)]
    z, y, x = (slice(s, s + m) for s, m in zip(start, BOX, strict=True))
    before = np.ascontiguousarray(host().hu[z, y, x])
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in BOX), indexing="ij")
    mask = sum(g**2 for g in grid) < 0.2
    after = np.where(mask, before - 40, before).astype(np.int16)
    return Patch(before, after, mask, mask, (z, y, x), SPACING, np.ones_like(mask))


def line_of(number: int, **changes: str) -> bytes:
    """A row; methods alternate, zones do in pairs."""
    facts = {
        "id": sample_id(number),
        "case": "made",
        "patient": "p",
        "method": METHODS[number % 2],
        "zone": ZONES[number // 2 % 2],
        "diameter_mm": f"{8 + number % 10}.5",
        **dict.fromkeys(("z", "y", "x", "depth_mm", "seed", "voxels"), "1"),
        "recipe": '{"a": "b, c"}',
        **changes,
    }
    return csv_line(tuple(facts.get(name, "") for name in COLUMNS))


def append(folder: Path, numbers) -> None:
    for number in numbers:
        patch = patch_of(number)
        patch_path(folder, sample_id(number)).write_bytes(patch.to_bytes())
        thumb_path(folder, sample_id(number)).write_bytes(thumb_bytes(patch))
    with (folder / SAMPLES_CSV).open("ab") as file:
        file.writelines(line_of(number) for number in numbers)


def write_set(folder: Path, n: int, asked: int | None = None) -> Path:
    for name in (PATCHES, THUMBS):
        (folder / name).mkdir(parents=True)
    volume = host()
    case = {
        "name": "made",
        "patient": "p",
        "host": volume.sha256,
        "shape": list(SHAPE),
        "spacing": list(SPACING),
        "inputs": {},
    }
    header = header_of({"n": asked or n, "cases": [case]}, 0)
    (folder / DATASET_JSON).write_bytes(header_bytes(header))
    (folder / SAMPLES_CSV).write_bytes(header_line())
    append(folder, range(n))
    return folder


def bands(seed: int = 0):
    errors = np.random.default_rng(seed).lognormal(2.5, 0.3, 60)
    zones = (Zone.RIM, Zone.INTERIOR)
    real = [
        HeldOut(f"r{k}", f"p{k // 2}", zones[k % 2], 12.0, 0, float(error))
        for k, error in enumerate(errors)
    ]
    return bands_of(real, BandSettings())


def write_some_scores(folder: Path, errors=None, seams=None) -> pd.DataFrame:
    """Scores with these errors; default: rising from 4 to 30 HU."""
    ids = [line.split(b",")[0].decode() for line in _rows(folder)]
    n = len(ids)
    ones = np.ones(n, int)
    seam_ok = ones if seams is None else np.asarray(seams)
    table = pd.DataFrame(
        {
            "id": ids,
            "ae_error": np.linspace(4, 30, n) if errors is None else errors,
            "ae_rank": 0.5,
            "in_band": ones,
            "hu_ok": ones,
            "seam": 1.0,
            "seam_ok": seam_ok,
            "edge_mm": 2.0,
            "edge_ok": ones,
            "label_ok": ones,
            "passed": ones,
            "reasons": np.where(seam_ok == 1, "", "seam"),
        }
    )
    zones = np.array([ZONES[int(name[-6:]) // 2 % 2] for name in ids], object)
    judged = apply_bands(table, zones, bands())
    write_scores(folder, judged, {"bands": {z.value: b.to_dict() for z, b in bands().items()}})
    return judged


def _rows(folder: Path) -> list[bytes]:
    return (folder / SAMPLES_CSV).read_bytes().splitlines()[1:]
