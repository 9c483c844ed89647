"""One row of ``samples.csv``, and the lesion that it stands for."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass

from napari_lesion_synth.dataset.layout import COLUMNS
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.thumbs import thumb_bytes
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["Lesion", "Origin", "csv_line", "header_line", "lesion_of"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a lesion belongs: its id and those of its scene, case, patient and donor."""

    id: str
    case: str
    patient: str
    scene: str
    donor_patient: str = ""


@dataclass(frozen=True, slots=True)
class Lesion:
    """One finished lesion, ready to be written.

    Parameters
    ----------
    id : str
        Its name in the set.
    cells : tuple of str
        Its row, in the order of `layout.COLUMNS`.
    patch : bytes
        Content of its patch file.
    thumb : bytes
        Content of its thumbnail.
    """

    id: str
    cells: tuple[str, ...]
    patch: bytes
    thumb: bytes


def lesion_of(sample: Sample, patch: Patch, origin: Origin) -> Lesion:
    """Encode a rendered sample.

    Parameters
    ----------
    sample : Sample
        The lesion.
    patch : Patch
        Its patch, as cut from the host.
    origin : Origin
        Where it belongs.
    """
    data = patch.to_bytes()
    recipe, site = sample.recipe, sample.recipe.site
    facts: dict[str, object] = {
        "id": origin.id,
        "case": origin.case,
        "patient": origin.patient,
        "scene": origin.scene,
        "method": recipe.method,
        "zone": site.zone.value,
        "z": site.center[0],
        "y": site.center[1],
        "x": site.center[2],
        "depth_mm": round(site.depth_mm, 3),
        "diameter_mm": round(site.diameter_mm, 3),
        "donor": recipe.donor or "",
        "donor_patient": origin.donor_patient,
        "seed": recipe.seed,
        "voxels": int(sample.mask.sum()),
        "sha256": sample.sha256,
        "patch_sha256": hashlib.sha256(data).hexdigest(),
        "recipe": recipe.to_json(),
    }
    return Lesion(origin.id, tuple(str(facts[name]) for name in COLUMNS), data, thumb_bytes(patch))


def csv_line(cells: tuple[str, ...]) -> bytes:
    """One line of the table, with its line end; no cell may hold a line break."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(" ".join(c.splitlines()) for c in cells)
    return text.getvalue().encode()


def header_line() -> bytes:
    """First line of the table."""
    return csv_line(COLUMNS)
