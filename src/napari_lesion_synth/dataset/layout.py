"""Names of the files, columns and keys of a generated set, each stated once.

A generated set is a folder::

    dataset.json      nnU-Net raw keys and a `lesion_synth` block: how the set was made
    samples.csv       one row a lesion, in the order of the ids
    scores.csv        one row a lesion: what the auto-encoder and the checks say of it
    scores.json       the band, the acceptance, and metrics of the whole set
    decisions.jsonl   a person's verdicts, append-only, the last one wins
    patches/*.npz     one a lesion: the tissue before and after
    thumbs/*.png      one a lesion: three planes
    imagesTr/, labelsTr/   whole volumes, only where asked for
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "BLOCK",
    "CHANNELS",
    "COLUMNS",
    "DATASET_JSON",
    "DECISIONS_JSONL",
    "FILE_ENDING",
    "IMAGES",
    "LABELS",
    "LABEL_VALUES",
    "PATCHES",
    "SAMPLES_CSV",
    "SCHEMA",
    "SCORES_CSV",
    "SCORES_JSON",
    "SPLITS",
    "SYNTHETIC",
    "TEXT_COLUMNS",
    "THUMBS",
    "patch_path",
    "sample_id",
    "scene_id",
    "thumb_path",
]

SCHEMA = 1
"""Version of this layout; raised when an older reader could not read a newer set."""

DATASET_JSON = "dataset.json"
SAMPLES_CSV = "samples.csv"
DECISIONS_JSONL = "decisions.jsonl"
SCORES_CSV = "scores.csv"
SCORES_JSON = "scores.json"
PATCHES = "patches"
THUMBS = "thumbs"
IMAGES = "imagesTr"
LABELS = "labelsTr"

BLOCK = "lesion_synth"
"""Key of `dataset.json` under which the project's own facts lie."""

SPLITS = "splits_final.json"
"""Name that nnU-Net gives to the file of cross-validation splits."""

SYNTHETIC = "SYNTHETIC"
"""Key in the JSON file beside a volume that says whether it holds synthetic lesions."""

CHANNELS = {"0": "CT"}
FILE_ENDING = ".nii.gz"

LABEL_VALUES = {"background": 0, "liver": 1, "lesion": 2}
"""Values in label volumes: consecutive, as nnU-Net demands. A lesion overrules the organ."""

COLUMNS = (
    "id",
    "case",
    "patient",
    "scene",
    "method",
    "zone",
    "z",
    "y",
    "x",
    "depth_mm",
    "diameter_mm",
    "donor",
    "donor_patient",
    "seed",
    "voxels",
    "sha256",
    "patch_sha256",
    "recipe",
)
"""Columns of `samples.csv`. Others (scores) may follow them.

`voxels` counts the label's voxels, `sha256` is that of the `Sample`, `patch_sha256` that of the
patch file's bytes, and `recipe` is the recipe's JSON. `z`, `y`, `x` are the centre's voxel index
in the CT. `donor` and `donor_patient` are empty for methods without a donor.
"""

TEXT_COLUMNS = frozenset(
    {
        "id",
        "case",
        "patient",
        "scene",
        "method",
        "zone",
        "donor",
        "donor_patient",
        "sha256",
        "patch_sha256",
        "recipe",
    }
)
"""Columns that are text even where they look like numbers."""


def sample_id(index: int) -> str:
    """Name of the lesion with this place in the set (from 0)."""
    return f"lesion_{index:06d}"


def scene_id(index: int) -> str:
    """Name of the scene with this place in the set (from 0)."""
    return f"scene_{index:05d}"


def patch_path(folder: Path, sample: str) -> Path:
    """Where the patch of a lesion lies."""
    return folder / PATCHES / f"{sample}.npz"


def thumb_path(folder: Path, sample: str) -> Path:
    """Where the thumbnail of a lesion lies."""
    return folder / THUMBS / f"{sample}.png"
