"""The liver's outline by TotalSegmentator, a program of its own that may or may not be there.

It runs as a child process: it brings its own PyTorch and needs gigabytes of memory, and it can
be ended at any time.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.masks import read_mask
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.write import write_volume
from napari_lesion_synth.errors import InputError, LesionSynthError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.jobs.program import Ended, run_program

__all__ = ["ABOUT", "arguments", "find_command", "install_hint", "read_liver", "segment_liver"]

_NAME = "TotalSegmentator"
_MODULE = "totalsegmentator"
_CT, _MASKS, _LIVER = "ct.nii", "masks", "liver.nii.gz"

ABOUT = (
    "TotalSegmentator outlines the liver by itself; it takes minutes, fewer with a GPU. Its first "
    "run downloads its weights, and it sends anonymous usage statistics unless its own settings "
    "forbid it."
)
"""What a person should know before starting it."""

_DEVICES = {"cpu": "cpu", "cuda": "gpu", "mps": "mps"}
_TEXT = 80
_KILLED = (-9, 137)
"""Exit codes of a process that the system ended because it took too much memory."""

_BAR = re.compile(r"(\d{1,3})%\|")


def find_command() -> tuple[str, ...] | None:
    """The words that start TotalSegmentator, or None if it is not installed.

    Looked for on the PATH, beside the running Python, and among its packages.
    """
    beside = str(Path(sys.executable).parent)
    program = shutil.which(_NAME) or shutil.which(_NAME, path=beside)
    if program is not None:
        return (program,)
    if importlib.util.find_spec(_MODULE) is not None:
        return (sys.executable, "-m", f"{_MODULE}.bin.{_NAME}")
    return None


def install_hint() -> str:
    """What to do where it is not installed."""
    return (
        f"TotalSegmentator is not installed. In a terminal: pip install {_NAME} (in an "
        "environment of its own, with that on the PATH, or in this one), then start napari again."
    )


def arguments(folder: Path, device: str = "auto") -> tuple[str, ...]:
    """What the command is told.

    Parameters
    ----------
    folder : path
        Holds the CT, and receives the masks.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``; without CUDA the 3 mm model runs, since
        the 1.5 mm one takes too long there.
    """
    given = _DEVICES.get(device)
    chosen = () if given is None else ("--device", given)
    fast = device in ("cpu", "mps") or (device == "auto" and shutil.which("nvidia-smi") is None)
    return (
        *("-i", str(folder / _CT), "-o", str(folder / _MASKS)),
        *("--roi_subset", "liver"),
        *(("--fast",) if fast else ()),
        *chosen,
    )


def segment_liver(
    volume: Volume,
    folder: Path,
    token: StopToken,
    *,
    command: Sequence[str] | None = None,
    device: str = "auto",
) -> EventStream:
    """Have the liver outlined; `read_liver` reads the result.

    Parameters
    ----------
    volume : Volume
        The CT.
    folder : path
        Empty; receives the CT and the mask. The caller removes it.
    token : StopToken
        Ends the program within a few seconds.
    command : sequence of str, optional
        Default: what `find_command` finds.
    device : str
        As for `arguments`.

    Yields
    ------
    Event
        `Progress` in percent of a stage with the stage's name, and the mask as an `Artifact`.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If the program is not there, fails, or writes no mask.
    """
    command = find_command() if command is None else command
    if command is None:
        raise LesionSynthError("TotalSegmentator is not installed", remedy=install_hint())
    yield Started("totalsegmentator", 100)
    yield Progress(0, 100, "Writing the CT")
    write_volume(folder / _CT, volume)
    yield Progress(0, 100, "Starting TotalSegmentator")
    yield from _run([*command, *arguments(folder, device)], folder, token)
    mask = folder / _MASKS / _LIVER
    if not mask.is_file():
        raise LesionSynthError(
            "TotalSegmentator ended without a mask of the liver",
            remedy="Try it in a terminal, or click in the organ instead",
        )
    yield Artifact("organ-mask", str(mask))
    yield Done({"mask": str(mask)})


def read_liver(folder: Path, like: Volume) -> NDArray[np.bool_]:
    """The mask that `segment_liver` left in a folder.

    Returns
    -------
    ndarray of bool, shape of the CT

    Raises
    ------
    InputError
        If no liver was found.
    """
    try:
        return read_mask(folder / _MASKS / _LIVER, like)
    except InputError as error:
        if "empty" not in error.what:
            raise
        raise InputError(
            "TotalSegmentator found no liver in this CT",
            remedy="Check that the CT shows the abdomen in HU, or click in the organ instead",
        ) from error


def _run(command: Sequence[str], folder: Path, token: StopToken) -> EventStream:
    """Tell what the program says, until it ends."""
    stage, percent = "", 0
    with closing(run_program(command, folder, token)) as program:
        while True:
            try:
                line = next(program)
            except StopIteration as stopped:
                ended: Ended = stopped.value
                break
            bar = _BAR.search(line)
            if bar is None:
                stage, percent = line[:_TEXT], 0
                yield Log(line)
            else:
                percent = min(100, int(bar[1]))
            yield Progress(percent, 100, stage)
    if ended.code != 0:
        raise _failure(ended)


def _failure(ended: Ended) -> LesionSynthError:
    said = f": {ended.last_line[:200]}" if ended.last_line else ""
    remedy = "Try it in a terminal, or click in the organ instead"
    if ended.code in _KILLED or re.search("out of memory", ended.tail, re.IGNORECASE):
        remedy = "Memory was short: choose the device cpu, or click in the organ instead"
    elif re.search("download|urlopen|connection|getaddrinfo", ended.tail, re.IGNORECASE):
        remedy = (
            "Its first run downloads its weights: connect to the network once, or run "
            "totalseg_download_weights in a terminal"
        )
    return LesionSynthError(
        f"TotalSegmentator failed (exit code {ended.code}){said}", remedy=remedy
    )
