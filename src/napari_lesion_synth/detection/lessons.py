"""What a detector learns from, and whom it is chosen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.materials import Materials

__all__ = ["Lessons"]


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a detector learns from, and whom it is chosen by.

    Parameters
    ----------
    materials : Materials
        Training CTs, and what lesions are made from.
    exam : tuple of Host
        CTs of the validation patients.
    grid : GridSettings
        On which nets see CTs.
    facts : mapping
        JSON types that name all of it: patients, donors, lineage, hashes.
    """

    materials: Materials
    exam: tuple[Host, ...]
    grid: GridSettings
    facts: Mapping[str, Any] = field(default_factory=dict)
