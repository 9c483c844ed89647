"""Whole volumes: a CT with the lesions of a scene pasted into it, and its labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.dataset.layout import (
    FILE_ENDING,
    IMAGES,
    LABEL_VALUES,
    LABELS,
    SYNTHETIC,
)
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import writing

__all__ = ["Pair", "composite", "prepare_folders", "write_pair"]

_LIMITS = np.iinfo(np.int16)


@dataclass(frozen=True, slots=True)
class Pair:
    """An image and its labels, to be written.

    Parameters
    ----------
    name : str
        Case identifier, as nnU-Net calls it.
    case : int
        Number of the host in the set.
    patient : str
        Pseudonym of the host.
    host : str
        `Volume.sha256` of the host.
    lesions : mapping of str to str
        Ids of the synthetic lesions and the hashes of their patches; empty: the host as it is.
    lineage : tuple of str
        All patients that the image owes something to: the host's own, and those whose lesions
        were transplanted or measured for it.
    """

    name: str
    case: int
    patient: str
    host: str
    lesions: Mapping[str, str]
    lineage: tuple[str, ...]

    def image(self, folder: Path) -> Path:
        """Path of the CT in a set or export; ``_0000`` is its channel."""
        return folder / IMAGES / f"{self.name}_0000{FILE_ENDING}"

    def labels(self, folder: Path) -> Path:
        """Path of the label volume."""
        return folder / LABELS / f"{self.name}{FILE_ENDING}"

    def details(self) -> dict[str, Any]:
        """What the JSON files beside the volumes say, besides the mark."""
        return {
            "Patient": self.patient,
            "Host": self.host,
            "Labels": LABEL_VALUES,
            "Lesions": dict(self.lesions),
            "Lineage": list(self.lineage),
        }

    def finished(self, folder: Path) -> bool:
        """Whether both volumes are there, made from these lesions."""
        return all(
            path.exists() and self._described(path)
            for path in (self.image(folder), self.labels(folder))
        )

    def _described(self, path: Path) -> bool:
        from napari_lesion_synth.ct.write import sidecar_of

        try:
            found = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        wanted = {SYNTHETIC: bool(self.lesions), **self.details()}
        return all(found.get(key) == value for key, value in wanted.items())


def composite(case: Case, patches: Sequence[Patch]) -> tuple[Volume, NDArray[np.uint8]]:
    """A copy of the CT with the lesions in it, and its labels.

    Parameters
    ----------
    case : Case
        The host; not changed.
    patches : sequence of Patch
        Lesions to paste.

    Returns
    -------
    Volume
        The CT with the lesions.
    ndarray of uint8, shape (z, y, x)
        Values of `layout.LABEL_VALUES`; the host's own known lesions are among the lesions.

    Raises
    ------
    DatasetError
        If a patch was not cut from this CT.
    """
    host = case.volume
    hu = host.hu.copy()
    labels = case.require_organ().mask.astype(np.uint8) * np.uint8(LABEL_VALUES["liver"])
    if case.lesions is not None:
        labels[case.lesions] = LABEL_VALUES["lesion"]
    for patch in patches:
        if not np.array_equal(host.hu[patch.bbox], patch.before):
            raise DatasetError(
                "a patch does not show the CT that it is to be pasted into",
                where=case.inputs.get("ct") or case.patient,
                remedy="Give the CT that the set was made from",
            )
        # Added, not written: where soft edges of two lesions meet, neither cuts the other off.
        change = patch.after.astype(np.int32) - patch.before
        hu[patch.bbox] = np.clip(hu[patch.bbox] + change, _LIMITS.min, _LIMITS.max)
        labels[patch.bbox][patch.mask] = LABEL_VALUES["lesion"]
    return Volume(hu, host.spacing, host.origin, host.direction), labels


def write_pair(case: Case, patches: Sequence[Patch], pair: Pair, folder: Path) -> None:
    """Write image and labels, each with its mark.

    Parameters
    ----------
    case : Case
        The host.
    patches : sequence of Patch
        Its lesions.
    pair : Pair
        Names and facts.
    folder : Path
        A set or export whose folders `prepare_folders` made.

    Raises
    ------
    LesionSynthError
        If they cannot be written, or a patch is of another CT.
    """
    from napari_lesion_synth.ct.write import write_mask, write_volume

    volume, labels = composite(case, patches)
    for path in (pair.image(folder), pair.labels(folder)):
        with writing(path):
            path.unlink(missing_ok=True)  # or it would stand beside the mark of another volume
    facts: dict[str, Any] = {"synthetic": bool(pair.lesions), "details": pair.details()}
    write_volume(pair.image(folder), volume, **facts)
    write_mask(pair.labels(folder), labels, volume, **facts)


def prepare_folders(folder: Path) -> None:
    """Make the folders of the volumes, and remove what a killed run left half written."""
    for name in (IMAGES, LABELS):
        with writing(folder / name):
            (folder / name).mkdir(parents=True, exist_ok=True)
            for path in (folder / name).glob(".*.part-*"):
                path.unlink()
