"""Real liver lesions in single slices, divided by patient, where they lie beside the repository.

274 slices of 58 patients (Medical Segmentation Decathlon, Task03), 0 to 255 HU. Slices have a
spacing in the plane only; 5 mm stands for the third axis, along which there is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors

FILE = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "msd_slices" / "msd_liver_slices.npz"
)
HU_RANGE = (0, 255)
TRAINED_ON = 20
"""Patients with lesions to learn from; the others judge."""


@dataclass(frozen=True)
class Side:
    """Patients of one side of the division."""

    patients: tuple[str, ...]
    cases: tuple[Case, ...]
    donors: tuple[Donor, ...]


def sides(seed: int = 0, trained_on: int = TRAINED_ON) -> tuple[Side, Side]:
    """Training and test side; no patient is on both.

    Patients without lesions are divided alike, and serve as hosts.
    """
    data = np.load(FILE)
    patients = np.unique(data["patient"])
    ill = np.unique(data["patient"][data["tumor"].any(axis=(1, 2))])
    well = np.setdiff1d(patients, ill)
    rng = np.random.default_rng(seed)
    ill, well = rng.permutation(ill), rng.permutation(well)
    train = {*ill[:trained_on], *well[: len(well) // 2]}
    return _side(data, sorted(train)), _side(data, sorted({*patients} - train))


def _side(data: np.lib.npyio.NpzFile, patients: Sequence[str]) -> Side:
    image, liver, tumor = data["image"], data["liver"], data["tumor"]
    cases, donors = [], []
    for number, patient in enumerate(data["patient"]):
        if patient not in patients or liver[number].sum() < 500:
            continue
        pixel = float(data["pixel_mm"][number])
        case = case_from_arrays(
            image[number].astype(np.int16)[None],
            (5.0, pixel, pixel),
            organ=liver[number][None] | tumor[number][None],
            patient=str(patient),
        )
        case = replace(case, lesions=tumor[number][None])
        cases.append(case)
        if tumor[number].any():
            try:
                donors += extract_donors(case)
            except DonorError:
                continue  # all lesions of the slice are smaller than 3 mm
    return Side(tuple(map(str, patients)), tuple(cases), tuple(donors))
