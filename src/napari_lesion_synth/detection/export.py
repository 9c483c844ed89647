"""Findings as files: tables for people and programs, maps for viewers."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth import __version__
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.files import write_atomic

__all__ = [
    "COLUMNS",
    "FINDINGS_CSV",
    "FINDINGS_JSON",
    "LABELS",
    "MAP",
    "detection_map",
    "instance_labels",
    "json_of",
    "table_of",
    "write_findings",
]

FINDINGS_CSV = "findings.csv"
FINDINGS_JSON = "findings.json"
MAP = "detection_map.nii.gz"
"""Each finding's score in its voxels, 0 elsewhere."""

LABELS = "findings.nii.gz"
"""Each finding's number in its voxels, 0 elsewhere."""

COLUMNS = (
    "patient",
    "number",
    "score",
    "x_mm",
    "y_mm",
    "z_mm",
    "z",
    "y",
    "x",
    "diameter_mm",
    "zone",
    "depth_mm",
)
"""Of the table. Positions in mm are in the LPS frame; z, y, x are voxels of the CT. A last column
without content is named after what every export has to say."""

_MM, _SCORE = 2, 5


def write_findings(
    folder: Path,
    detection: Detection,
    volume: Volume,
    threshold: float,
    more: Mapping[str, Any] | None = None,
) -> tuple[Path, ...]:
    """Write the findings of one CT as a table, as JSON, and as two images.

    Parameters
    ----------
    folder : Path
        Exists; files in it are replaced.
    detection : Detection
        The findings.
    volume : Volume
        Their CT.
    threshold : float
        Findings below this score are left out.
    more : mapping, optional
        JSON types, kept in the JSON file under their own keys.

    Returns
    -------
    tuple of Path
        The files: `FINDINGS_CSV`, `MAP`, `LABELS`, and `FINDINGS_JSON` last.

    Raises
    ------
    StorageError
        If one cannot be written.
    """
    from napari_lesion_synth.ct.write import write_map

    findings = detection.above(threshold)
    table, record = folder / FINDINGS_CSV, folder / FINDINGS_JSON
    write_atomic(table, table_of(findings, detection.patient).encode())
    images = (
        write_map(folder / MAP, detection_map(findings, detection.shape), volume, note=DISCLAIMER),
        write_map(
            folder / LABELS, instance_labels(findings, detection.shape), volume, note=DISCLAIMER
        ),
    )
    content = {**json_of(detection, threshold), **(more or {})}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomic(record, text.encode(), durable=True)
    return table, *images, record


def table_of(findings: Sequence[Finding], patient: str) -> str:
    """The findings as CSV with a header, see `COLUMNS`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*COLUMNS, DISCLAIMER])
    for each in findings:
        row = _row(each)
        cells = [patient, *(row[name] for name in COLUMNS[1:])]
        writer.writerow(["" if cell is None else cell for cell in [*cells, None]])
    return file.getvalue()


def json_of(detection: Detection, threshold: float) -> dict[str, Any]:
    """A detection as plain JSON types; findings below the threshold are only counted."""
    findings = detection.above(threshold)
    return {
        "note": DISCLAIMER,
        "program": f"napari-lesion-synth {__version__}",
        "patient": detection.patient,
        "detector": detection.detector,
        "threshold": threshold,
        "shape_zyx": list(detection.shape),
        "spacing_mm_zyx": list(detection.spacing),
        "below_threshold": len(detection.findings) - len(findings),
        "seconds": {name: round(value, 3) for name, value in detection.seconds.items()},
        "facts": detection.facts,
        "findings": [
            {**_row(each), "bbox_zyx": [[s.start, s.stop] for s in each.bbox], "parts": each.parts}
            for each in findings
        ],
    }


def detection_map(findings: Sequence[Finding], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Scores in the findings' voxels, as detection challenges take them (PI-CAI).

    Where regions overlap, the higher score stands.
    """
    values = np.zeros(shape, np.float32)
    for each in findings:
        box = values[each.bbox]
        box[each.region] = np.maximum(box[each.region], np.float32(each.score))
    return values


def instance_labels(findings: Sequence[Finding], shape: tuple[int, int, int]) -> NDArray[np.uint16]:
    """Numbers in the findings' voxels; where regions overlap, that of the higher score stands."""
    values = np.zeros(shape, np.uint16)
    for each in sorted(findings, key=lambda each: each.score):
        values[each.bbox][each.region] = each.number
    return values


def _row(each: Finding) -> dict[str, Any]:
    z_mm, y_mm, x_mm = each.position_mm
    z, y, x = each.center
    return {
        "number": each.number,
        "score": _rounded(each.score, _SCORE),
        "x_mm": _rounded(x_mm, _MM),
        "y_mm": _rounded(y_mm, _MM),
        "z_mm": _rounded(z_mm, _MM),
        "z": _rounded(z, _MM),
        "y": _rounded(y, _MM),
        "x": _rounded(x, _MM),
        "diameter_mm": _rounded(each.diameter_mm, _MM),
        "zone": None if each.zone is None else each.zone.value,
        "depth_mm": _rounded(each.depth_mm, _MM),
    }


def _rounded(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None
