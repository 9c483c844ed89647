"""Pupil Core: the tables of Pupil Player's exporters.

``gaze_positions_on_surface_NAME.csv`` holds the gaze on a marked surface, such as the screen:
``x_norm`` and ``y_norm`` from its lower left, and whether it was on the surface at all.
``gaze_positions.csv`` holds the gaze in the picture of the scene camera, likewise from its lower
left: it is gaze on the screen only where the camera sees the screen alone and the head is still.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_lesion_synth.perception.gaze.files.recording import GazeRecording, measured_rate
from napari_lesion_synth.perception.gaze.files.text import Table, read_table
from napari_lesion_synth.perception.gaze.samples import Floats, Samples

__all__ = ["LEAST_CONFIDENCE", "read_pupil"]

LEAST_CONFIDENCE = 0.6
"""Pupil Labs' own figure: useful data has more."""

_EXPORT = "In Pupil Player switch on the Surface Tracker or the Raw Data Exporter, and export again"
_SCENE = (
    "the positions are those in the scene camera's picture, not on the screen: export the gaze "
    "on a surface where you can"
)


def read_pupil(
    path: Path, screen_px: tuple[int, int], least_confidence: float = LEAST_CONFIDENCE
) -> GazeRecording:
    """Samples of either export.

    Both eyes' cameras are not in step, so that rows may be out of order: they are sorted.

    Parameters
    ----------
    path : Path
        The file.
    screen_px : tuple of int
        Width and height of the surface or picture in the pixels that are wanted.
    least_confidence : float
        Samples with less are lost.

    Raises
    ------
    InputError
        At the line where the file is not what it should be.
    """
    table = read_table(path, ",", ("gaze_timestamp", "confidence"), _EXPORT)
    on_surface = table.has("x_norm")
    names = ("x_norm", "y_norm") if on_surface else ("norm_pos_x", "norm_pos_y")
    if not all(table.has(name) for name in names):
        table = read_table(path, ",", ("gaze_timestamp", "confidence", *names), _EXPORT)
    t = table.numbers("gaze_timestamp")
    order = np.argsort(t, kind="stable")
    notes = table.notes if on_surface else (*table.notes, _SCENE)
    if (np.diff(t) < 0).any():
        notes = (*notes, "the rows were not in order of time, and have been sorted")
    x = table.numbers(names[0]) * screen_px[0]
    y = (1 - table.numbers(names[1])) * screen_px[1]
    valid = table.numbers("confidence") >= least_confidence
    if on_surface and table.has("on_surf"):
        valid &= np.array([cell.lower() in ("true", "1") for cell in table.cells("on_surf")])
    pupil = _pupil(table)
    samples = Samples(
        t[order],
        x[order],
        y[order],
        valid[order],
        None if pupil is None else pupil[order],
        "screen",
        "tracker",
        measured_rate(t[order], path),
    )
    facts = {"tracker": "Pupil Core", "surface": on_surface, "least_confidence": least_confidence}
    return GazeRecording(samples, (), (), screen_px, facts, notes)


def _pupil(table: Table) -> Floats | None:
    """The exports of gaze have no pupil of their own; some merge one in."""
    name = next((n for n in ("diameter_3d", "diameter") if table.has(n)), None)
    return table.numbers(name) if name else None
