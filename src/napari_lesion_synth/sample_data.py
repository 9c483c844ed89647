"""Data to try things on: the shipped part of a real CT, and a simulated abdomen.

The two ``*_layers`` functions stand behind napari's *File > Open Sample*. They return plain
tuples and import no napari.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom, read_case
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.windows import LIVER

__all__ = [
    "PATIENT",
    "demo_plan",
    "phantom_layers",
    "real_ct_layers",
    "sample_autoencoder",
    "sample_case",
    "sample_detector",
    "sample_files",
    "sample_generator",
]

LayerData: TypeAlias = tuple[NDArray[Any], dict[str, Any], str]

PATIENT = "sample"
"""Pseudonym of the shipped CT's patient."""

_DATA = files("napari_lesion_synth") / "data"
_CT, _LIVER = "real_ct_3mm.nii.gz", "real_ct_3mm_liver.nii.gz"
_GENERATOR, _AUTOENCODER = "phantom_generator.pt", "phantom_autoencoder.pt"
_DETECTOR = "phantom_detector.pt"
_PLAN = "demo_plan.yaml"


def sample_case() -> Case:
    """Read the shipped real CT: part of an abdomen without contrast medium, and its liver.

    Returns
    -------
    Case
        30 x 101 x 122 voxels (z, y, x) of 3 mm; no lesions are labelled. ``data/SOURCES.md``
        says where it comes from, and under which licence.
    """
    with as_file(_DATA) as folder:
        return read_case(folder / _CT, organ=folder / _LIVER, patient=PATIENT)


def sample_files() -> tuple[Path, Path]:
    """Where the shipped CT and the mask of its liver lie."""
    folder = Path(str(_DATA)).resolve()
    return folder / _CT, folder / _LIVER


def sample_generator() -> Path:
    """Where the shipped generator lies: weights for volumes, learnt from simulated lesions."""
    return Path(str(_DATA)).resolve() / _GENERATOR


def sample_autoencoder() -> Path:
    """Where the shipped auto-encoder lies; it has learnt from simulated lesions too."""
    return Path(str(_DATA)).resolve() / _AUTOENCODER


def sample_detector() -> Path:
    """Where the shipped detector lies: a cascade for volumes, learnt from simulated CTs."""
    return Path(str(_DATA)).resolve() / _DETECTOR


def demo_plan() -> Path:
    """Where the plan of the demo's experiment lies: three arms, on simulated CTs."""
    return Path(str(_DATA)).resolve() / _PLAN


def real_ct_layers() -> list[LayerData]:
    """The real CT of `sample_case` and its liver as napari layers."""
    case = sample_case()
    return [_image(case, "Liver CT"), _labels(case, case.require_organ().mask, "Liver")]


def phantom_layers() -> list[LayerData]:
    """A simulated abdomen as napari layers: the CT, its liver, and the lesions in it."""
    case = phantom(seed=0, lesions=6)
    lesions = case.lesions if case.lesions is not None else np.zeros(case.volume.shape, bool)
    return [
        _image(case, "Abdominal CT phantom"),
        _labels(case, case.require_organ().mask, "Phantom liver"),
        _labels(case, lesions, "Phantom lesions"),
    ]


def _image(case: Case, name: str) -> LayerData:
    options = {"colormap": "gray", "contrast_limits": LIVER.limits}
    return case.volume.hu, {**_placed(case, name), **options}, "image"


def _labels(case: Case, mask: NDArray[np.bool_], name: str) -> LayerData:
    return mask.astype(np.uint8), {**_placed(case, name), "opacity": 0.3}, "labels"


def _placed(case: Case, name: str) -> dict[str, Any]:
    """What all layers of a case share: the name, and the place in the world."""
    volume: Volume = case.volume
    return {
        "name": name,
        "scale": volume.spacing,
        "translate": volume.origin,
        "units": ("mm",) * 3,
        "axis_labels": ("z", "y", "x"),
        "metadata": {"patient": case.patient, "truth": case.truth},
    }
