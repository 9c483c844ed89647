"""Samples as files: what is kept beside a participant's answers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import npz_bytes, write_atomic
from napari_lesion_synth.perception.gaze.samples import Frame, Samples, SourceName

__all__ = ["read_samples", "write_samples"]


def write_samples(path: Path, samples: Samples) -> None:
    """Keep samples as an ``.npz`` file without pickles.

    Raises
    ------
    StorageError
        If it cannot be written; nothing is left behind then.
    """
    arrays: dict[str, NDArray[Any]] = {
        "t": samples.t,
        "x": samples.x,
        "y": samples.y,
        "valid": samples.valid,
        "frame": np.array(samples.frame),
        "source": np.array(samples.source),
        "rate_hz": np.array(samples.rate_hz),
    }
    if samples.pupil is not None:
        arrays["pupil"] = samples.pupil
    write_atomic(path, npz_bytes(arrays), durable=True)


def read_samples(path: Path) -> Samples:
    """Read back what `write_samples` wrote.

    Raises
    ------
    InputError
        If the file is gone or damaged, or holds something else.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
        frame, source = str(found["frame"].item()), str(found["source"].item())
        if frame not in get_args(Frame) or source not in get_args(SourceName):
            raise InputError(f"samples of {source!r} in the frame {frame!r} are not known")
        return Samples(
            found["t"],
            found["x"],
            found["y"],
            found["valid"],
            found.get("pupil"),
            cast("Frame", frame),
            cast("SourceName", source),
            float(found["rate_hz"].item()),
        )
    except InputError as error:
        raise InputError(error.what, where=path, remedy=error.remedy) from error
    except Exception as cause:  # damaged archives raise almost anything
        raise InputError(
            "the gaze samples cannot be read",
            where=path,
            remedy="The file is damaged or something else; the trial's other data are not touched",
        ) from cause
