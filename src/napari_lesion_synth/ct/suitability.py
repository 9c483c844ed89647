"""What a DICOM series is good for, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.ct.dicom import Series, is_ct

__all__ = ["Suitability", "suitability"]

_PLANES = ("axial", "coronal", "sagittal")
_NEAR = 0.8
"""Cosine between the slices' normal and a body axis; a gantry tilts by 30 degrees at most."""


@dataclass(frozen=True, slots=True)
class Suitability:
    """What a series is, and whether it can be opened.

    Parameters
    ----------
    words : str
        As in "axial CT, 78 slices of 512 x 512, 2.0 mm".
    usable : bool
        Whether it can be opened at all.
    reason : str
        Why not, or what to mind about it; empty if there is nothing to say.
    resample : bool
        Whether it is no regular grid, and has to be resampled onto one.
    """

    words: str
    usable: bool = True
    reason: str = ""
    resample: bool = False


def suitability(series: Series) -> Suitability:
    """Judge a series by its headers; no pixels are read."""
    words = _words(series)
    if not series.scalar:
        return Suitability(words, usable=False, reason="colour pictures, not a CT")
    twins = series.stack.duplicates()
    if twins is not None:
        reason = f"slices at the same place ({twins[0]}, {twins[1]}): several phases in one series"
        return Suitability(words, usable=False, reason=reason)
    reasons = []
    if not is_ct(series):
        reasons.append(f"{series.modality}, not CT: its values are not HU")
    if series.shape[0] == 1:
        reasons.append("one slice alone: an overview, or a single image")
    fault = series.stack.fault()
    if fault is not None:
        reasons.append(f"it has to be resampled: {fault}")
    return Suitability(words, reason="; ".join(reasons), resample=fault is not None)


def _words(series: Series) -> str:
    slices, rows, columns = series.shape
    count = "1 slice" if slices == 1 else f"{slices} slices"
    distance = series.spacing[0]
    apart = f", {distance:.1f} mm" if slices > 1 and distance > 0 else ""
    kind = series.modality or "CT"
    return f"{_plane(series)} {kind}, {count} of {rows} x {columns}{apart}"


def _plane(series: Series) -> str:
    along = np.abs(series.slices[0].direction[:, 0])
    nearest = int(along.argmax())
    return _PLANES[nearest] if along[nearest] > _NEAR else "oblique"
