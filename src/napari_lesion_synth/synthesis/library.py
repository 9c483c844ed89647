"""Donors on disk: a small folder that a group can keep, add to and pass on.

``donors.json`` lists the donors with what is known of each and the hash of its file;
``<id>.npz`` holds the voxels, without pickles; ``thumbs/<id>.png`` shows them.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from pydantic import Field

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import LesionSynthWarning
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.store import Entry, Item, Store
from napari_lesion_synth.synthesis.thumbnail import donor_picture, png_bytes

__all__ = ["DonorEntry", "list_donors", "load_donors", "save_donors"]


class DonorEntry(Entry):
    """What the index says of a donor."""

    source: str = Field(description="sha256 of the CT, empty where unknown.")
    center: tuple[int, int, int] | None = Field(description="Voxel (z, y, x) in that CT.")
    lesion: str = Field(description="Hash of the lesion's own voxels, whatever the margin.")
    spacing: Triple = Field(description="mm, (z, y, x).")
    diameter_mm: float = Field(description="Equivalent diameter.")
    depth_mm: float = Field(description="Depth of the centre below the capsule.")
    zone: Zone = Field(description="Where it lay.")
    organ_hu: float = Field(description="Median HU of the parenchyma.")
    noise_hu: float = Field(description="Standard deviation of the noise.")


_STORE = Store(
    name="donor library",
    index="donors.json",
    schema=1,
    entry=DonorEntry,
    arrays=("hu", "mask", "organ"),
    how="Make one with extract_donors and save_donors "
    "(command line: napari-lesion-synth extract-donors)",
)


def save_donors(
    donors: Sequence[Donor], folder: str | PathLike[str], *, overwrite: bool = False
) -> Path:
    """Put donors into a library, which is made where there is none.

    Libraries grow: donors of several patients go into one folder, and a donor that is there
    already is left as it is. Every file appears whole or not at all, the index last. One
    process at a time may write.

    Parameters
    ----------
    donors : sequence of Donor
        From `extract_donors`.
    folder : path
        A library, an empty folder, or one that does not exist.
    overwrite : bool
        Replace the library's donors by these.

    Returns
    -------
    Path
        The folder.

    Warns
    -----
    LesionSynthWarning
        If the library holds the same lesion cut out with another margin, which is kept.

    Raises
    ------
    DonorError
        If the folder holds something else, or cannot be written.
    """
    folder = Path(folder)
    known: dict[str, str] = {}
    if not overwrite and (folder / _STORE.index).exists():
        known = {entry.lesion: entry.id for entry in _STORE.entries(folder)}
    items = []
    for donor in donors:
        entry = _entry(donor)
        if known.setdefault(entry.lesion, entry.id) == entry.id:
            picture = png_bytes(donor_picture(donor))
            arrays = {"hu": donor.hu, "mask": donor.mask, "organ": donor.organ}
            items.append(Item(entry, arrays, picture))
        else:
            warnings.warn(
                f"{folder}: the lesion {entry.id} is there already, cut out otherwise, as "
                f"{known[entry.lesion]}; that one is kept (overwrite=True replaces the library)",
                LesionSynthWarning,
                stacklevel=2,
            )
    return _STORE.save(folder, items, overwrite=overwrite)


def load_donors(folder: str | PathLike[str]) -> list[Donor]:
    """The donors of a library, ordered by id.

    Raises
    ------
    DonorError
        If the folder is no library, a newer version wrote it, or a file is missing or damaged.
    """
    return [_donor(item) for item in _STORE.load(Path(folder))]


def list_donors(folder: str | PathLike[str]) -> list[DonorEntry]:
    """What the index says of each donor, without reading any voxel.

    Raises
    ------
    DonorError
        As `load_donors`.
    """
    return _STORE.entries(Path(folder))


def _entry(donor: Donor) -> DonorEntry:
    return _STORE.describe(
        id=donor.id,
        patient=donor.patient,
        source=donor.source,
        center=donor.center,
        lesion=_lesion_hash(donor),
        spacing=donor.spacing,
        diameter_mm=donor.diameter_mm,
        depth_mm=donor.depth_mm,
        zone=donor.zone,
        organ_hu=donor.organ_hu,
        noise_hu=donor.noise_hu,
    )


def _donor(item: Item[DonorEntry]) -> Donor:
    known = item.entry.model_dump(exclude={"lesion"})
    return Donor(
        **known,
        hu=item.arrays["hu"].astype(np.int16, copy=False),
        mask=item.arrays["mask"].astype(bool, copy=False),
        organ=item.arrays["organ"].astype(bool, copy=False),
    )


def _lesion_hash(donor: Donor) -> str:
    """Identity of the lesion however it was cut out."""
    voxels = np.argwhere(donor.mask)
    digest = hashlib.sha256(repr((donor.patient, donor.spacing)).encode())
    digest.update((voxels - voxels[0]).astype(np.int32).tobytes())
    digest.update(donor.hu[donor.mask].tobytes())
    return digest.hexdigest()[:16]
