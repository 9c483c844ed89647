"""What a detector finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Box, Triple

__all__ = ["Detection", "Finding", "Heat"]


@dataclass(frozen=True, eq=False)
class Finding:
    """One place that a detector takes for a lesion.

    Parameters
    ----------
    number : int
        Its rank by score, from 1.
    center : tuple of float
        Voxel index (z, y, x) in the CT, the centre of its region.
    position_mm : tuple of float
        The same in mm, (z, y, x) components of the LPS frame.
    diameter_mm : float
        Equivalent diameter of the region (sphere of the same volume; disc of the same area in
        single slices).
    score : float
        0 to 1; calibrated where the detector says so.
    zone : Zone or None
        At the organ's rim or in its interior; None where the detector knew no organ.
    depth_mm : float
        Distance of the centre from the capsule; NaN where the detector knew no organ.
    bbox : tuple of slice
        Box of the region in the CT, (z, y, x).
    region : ndarray of bool
        The voxels of that box that belong to the finding.
    parts : dict of str to float
        What the score was made from, as in ``{"candidate": 0.8, "verifier": 0.6}``.
    """

    number: int
    center: Triple
    position_mm: Triple
    diameter_mm: float
    score: float
    zone: Zone | None
    depth_mm: float
    bbox: Box
    region: NDArray[np.bool_]
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Heat:
    """How likely a lesion is, on the detector's own grid.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        0 to 1.
    step : tuple of float
        Voxels of the CT for one of the heat's, (z, y, x).
    first : tuple of float
        Voxel index in the CT of the heat's voxel (0, 0, 0).
    """

    values: NDArray[np.float32]
    step: Triple
    first: Triple


@dataclass(frozen=True, eq=False)
class Detection:
    """All findings in one CT.

    Parameters
    ----------
    findings : tuple of Finding
        Highest score first.
    heat : Heat or None
        None where the detector gives none.
    shape : tuple of int
        Voxels of the CT, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x).
    patient : str
        Whose CT it is.
    detector : str
        Id of the detector's weights, or the name of the file that the findings came from.
    seconds : dict of str to float
        Time that each stage took.
    facts : dict
        JSON types: provenance of the detector and of the run.
    """

    findings: tuple[Finding, ...]
    heat: Heat | None
    shape: tuple[int, int, int]
    spacing: Triple
    patient: str
    detector: str
    seconds: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def above(self, threshold: float) -> tuple[Finding, ...]:
        """Findings with at least this score."""
        return tuple(each for each in self.findings if each.score >= threshold)
