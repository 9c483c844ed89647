"""Shapes of real lesions from label volumes, where there is no CT to take donors from.

Public data sets of labels show how large lesions are, what form they have and where in the
organ they lie. A library of shapes is kept on disk as one of donors is, with ``shapes.json`` as
its index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.synthesis.archive import content_id
from napari_lesion_synth.synthesis.components import (
    Component,
    lay_in,
    lesion_components,
    usable,
)
from napari_lesion_synth.synthesis.store import Entry, Item, Store
from napari_lesion_synth.synthesis.thumbnail import lesion_picture, png_bytes

__all__ = ["LesionShape", "ShapeEntry", "extract_shapes", "load_shapes", "save_shapes"]


@dataclass(frozen=True, eq=False)
class LesionShape:
    """The form of one real lesion, and where it lay.

    Parameters
    ----------
    id : str
        Patient and a hash of the mask and its spacing.
    patient : str
        Whose lesion it is.
    mask : ndarray of bool
        The lesion, (z, y, x), with an empty voxel around it; one slice of a single-slice image.
    spacing : tuple of float
        mm, (z, y, x).
    diameter_mm : float
        Equivalent diameter (sphere of the same volume; disc of the same area in 2-D).
    depth_mm : float
        Distance of the lesion's centre from the capsule.
    zone : Zone
        Where it lay.
    """

    id: str
    patient: str
    mask: NDArray[np.bool_]
    spacing: Triple
    diameter_mm: float
    depth_mm: float
    zone: Zone


class ShapeEntry(Entry):
    """What the index says of a shape."""

    spacing: Triple = Field(description="mm, (z, y, x).")
    diameter_mm: float = Field(description="Equivalent diameter.")
    depth_mm: float = Field(description="Depth of the centre below the capsule.")
    zone: Zone = Field(description="Where it lay.")


_STORE = Store(
    name="shape library",
    index="shapes.json",
    schema=1,
    entry=ShapeEntry,
    arrays=("mask",),
    how="Make one with extract_shapes and save_shapes",
)


def extract_shapes(
    labels: str | PathLike[str] | NDArray[np.integer],
    spacing: Triple | None = None,
    *,
    patient: str | None = None,
    organ_label: int = 1,
    lesion_label: int = 2,
    min_diameter_mm: float = 3.0,
    rim_mm: float = RIM_MM,
    split: bool = False,
) -> list[LesionShape]:
    """Take the lesions' shapes from a label volume.

    Parameters
    ----------
    labels : path or ndarray of int, shape (z, y, x)
        Label file, or its voxels.
    spacing : tuple of float, optional
        mm, (z, y, x); needed with an array, read from a file.
    patient : str, optional
        Pseudonym; default: the file's name, or ``"anonymous"``.
    organ_label, lesion_label : int
        The organ is where either label is.
    min_diameter_mm, rim_mm, split
        As in `extraction.extract_donors`.

    Returns
    -------
    list of LesionShape
        Feet to head.

    Warns
    -----
    LesionSynthWarning
        Names the lesions left out because they reach the end of the volume.

    Raises
    ------
    InputError
        If the file cannot be read.
    ParameterError
        If an array comes without its spacing.
    DonorError
        If no lesion can be used.
    """
    if isinstance(labels, np.ndarray):
        if spacing is None:
            raise ParameterError(
                "a label array has no voxel size of its own",
                remedy="Pass spacing=(z, y, x) in mm",
            )
        values, where, patient = labels, patient or "label array", patient or "anonymous"
    else:
        from napari_lesion_synth.ct.labels import read_labels

        read = read_labels(labels)
        values, spacing, where = read.values, read.spacing, str(labels)
        patient = patient or Path(labels).name.split(".")[0]
    lesions = values == lesion_label
    found = lesion_components(lesions, spacing, split=split)
    if not found:
        raise DonorError(
            f"the label volume has no label {lesion_label}, that of lesions",
            where=where,
            remedy="Leave it out, or give the right lesion_label",
        )
    organ = Organ(lesions | (values == organ_label), spacing)
    chosen = usable(found, organ, min_diameter_mm=min_diameter_mm, where=where)
    return [_shape(lesion, organ, patient, rim_mm) for lesion in chosen]


def save_shapes(
    shapes: Sequence[LesionShape], folder: str | PathLike[str], *, overwrite: bool = False
) -> Path:
    """Put shapes into a library, as `library.save_donors` does with donors.

    Raises
    ------
    DonorError
        If the folder holds something else, or cannot be written.
    """
    return _STORE.save(Path(folder), [_item(shape) for shape in shapes], overwrite=overwrite)


def load_shapes(folder: str | PathLike[str]) -> list[LesionShape]:
    """The shapes of a library, ordered by id.

    Raises
    ------
    DonorError
        If the folder is no shape library, a newer version wrote it, or a file is missing or
        damaged.
    """
    return [
        LesionShape(**item.entry.model_dump(), mask=item.arrays["mask"].astype(bool, copy=False))
        for item in _STORE.load(Path(folder))
    ]


def _shape(lesion: Component, organ: Organ, patient: str, rim_mm: float) -> LesionShape:
    mask = np.pad(lesion.mask, [(int(n > 1), int(n > 1)) for n in organ.shape])
    depth, zone = lay_in(lesion, organ, rim_mm)
    facts = {"spacing": list(organ.spacing), "depth_mm": round(depth, 2), "zone": zone.value}
    return LesionShape(
        id=content_id(patient, {"mask": mask}, facts),
        patient=patient,
        mask=mask,
        spacing=organ.spacing,
        diameter_mm=lesion.diameter_mm,
        depth_mm=depth,
        zone=zone,
    )


def _item(shape: LesionShape) -> Item[ShapeEntry]:
    entry = _STORE.describe(
        id=shape.id,
        patient=shape.patient,
        spacing=shape.spacing,
        diameter_mm=shape.diameter_mm,
        depth_mm=shape.depth_mm,
        zone=shape.zone,
    )
    picture = png_bytes(lesion_picture(None, shape.mask, shape.spacing))
    return Item(entry, {"mask": shape.mask}, picture)
