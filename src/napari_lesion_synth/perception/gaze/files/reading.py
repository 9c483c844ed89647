"""A tracker's file, whichever tracker's it is."""

from __future__ import annotations

from pathlib import Path

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.eyelink import read_eyelink
from napari_lesion_synth.perception.gaze.files.gazeparser import read_gazeparser
from napari_lesion_synth.perception.gaze.files.gazepoint import read_gazepoint
from napari_lesion_synth.perception.gaze.files.pupil import read_pupil
from napari_lesion_synth.perception.gaze.files.recording import GazeRecording
from napari_lesion_synth.perception.gaze.files.text import read_lines
from napari_lesion_synth.perception.gaze.files.tobii import read_tobii

__all__ = ["kind_of_file", "read_gaze_file"]

_HEAD = 100
"""Lines that tell what a file is."""


def read_gaze_file(path: str | Path, screen_px: tuple[int, int] | None = None) -> GazeRecording:
    """Read EyeLink ASC, Tobii Pro Lab TSV, Gazepoint CSV, Pupil CSV or SimpleGazeTracker CSV.

    Parameters
    ----------
    path : path
        The file; what it is, its content tells.
    screen_px : tuple of int, optional
        Width and height of the screen in device pixels. Gazepoint and Pupil need it.

    Raises
    ------
    InputError
        If it is none of these, or damaged; at the line where it is.
    """
    path = Path(path)
    kind = kind_of_file(path)
    if kind == "eyelink":
        return read_eyelink(path)
    if kind == "tobii":
        return read_tobii(path)
    if kind == "gazeparser":
        return read_gazeparser(path)
    if screen_px is None:
        raise InputError(
            "the file tells positions as shares of the screen, and not how large that was",
            where=path,
            remedy="Give the screen's width and height in pixels",
        )
    return read_gazepoint(path, screen_px) if kind == "gazepoint" else read_pupil(path, screen_px)


def kind_of_file(path: Path) -> str:
    """``"eyelink"``, ``"tobii"``, ``"gazepoint"``, ``"pupil"`` or ``"gazeparser"``.

    Raises
    ------
    InputError
        If it is none of these.
    """
    lines = read_lines(path)[:_HEAD]
    names = set(lines[0].replace("\t", ",").split(","))
    if any(name.startswith("Recording timestamp") for name in names):
        return "tobii"
    if names & {"BPOGX", "FPOGX"}:
        return "gazepoint"
    if names & {"norm_pos_x", "x_norm"}:
        return "pupil"
    if any(line.startswith(("#START_REC", "#SimpleGazeTracker")) for line in lines):
        return "gazeparser"
    if any(line.startswith(("** ", "MSG\t", "MSG ", "START\t", "SAMPLES\t")) for line in lines):
        return "eyelink"
    raise InputError(
        "this is no gaze file that is known",
        where=path,
        remedy="Known are EyeLink ASC, Tobii Pro Lab TSV, Gazepoint all_gaze CSV, Pupil "
        "gaze_positions CSV and SimpleGazeTracker CSV",
    )
