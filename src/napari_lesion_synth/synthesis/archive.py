"""Arrays as files: whole or absent, and the same bytes for the same content."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import DonorError, LesionSynthError

__all__ = [
    "TEMPORARY",
    "arrays_from_npz",
    "content_id",
    "npz_bytes",
    "slug",
    "write_atomic",
    "writing",
]

TEMPORARY = ".partial-"
"""Prefix of files that are still being written."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_LEVEL = 1
"""Deflate level. CT noise does not compress: higher levels take longer for next to nothing."""


@contextlib.contextmanager
def writing(path: Path, error: type[LesionSynthError] = DonorError) -> Iterator[None]:
    """Turn the operating system's refusal to write `path` into an error for people.

    Parameters
    ----------
    path : Path
        What is being written.
    error : type
        Kind of error to raise.

    Raises
    ------
    LesionSynthError
        Of the kind `error`, for a full disk, a read-only folder or another failure to write.
    """
    try:
        yield
    except OSError as cause:
        if cause.errno in _FULL:
            what, remedy = "the disk is full", "Free some space and run the same command again"
        elif cause.errno in _FORBIDDEN:
            what, remedy = "the folder may not be written", "Choose a folder of your own"
        else:
            what, remedy = f"writing failed ({cause.strerror or cause})", "Mend it and run again"
        raise error(what, where=path, remedy=remedy) from cause


def write_atomic(path: Path, data: bytes, error: type[LesionSynthError] = DonorError) -> None:
    """Write a file under another name and move it into place.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    data : bytes
        Its content.
    error : type
        Kind of error to raise.

    Raises
    ------
    LesionSynthError
        Of the kind `error`, if it cannot be written; nothing is left behind then.
    """
    partial = path.with_name(TEMPORARY + path.name)
    with writing(path, error):
        try:
            partial.write_bytes(data)
            partial.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as an ``.npz`` file without pickles; equal arrays give equal bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, whatever the clock says
            entry.create_system = 3  # and "Unix", whatever the system
            entry.compress_type = zipfile.ZIP_DEFLATED
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(entry, data.getvalue(), compresslevel=_LEVEL)
    return file.getvalue()


def arrays_from_npz(data: bytes) -> dict[str, NDArray[Any]]:
    """Inverse of `npz_bytes`.

    Raises
    ------
    ValueError
        If the bytes are not a whole ``.npz`` file, or hold pickles.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, AttributeError) as cause:
        raise ValueError(str(cause) or type(cause).__name__) from cause


def slug(text: str) -> str:
    """`text` as part of a file name: letters, digits, dots, dashes and underscores only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._") or "unnamed"


def content_id(patient: str, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> str:
    """Patient and a hash of the content, usable as a file name.

    Parameters
    ----------
    patient : str
        Pseudonym.
    arrays : mapping
        Arrays that the id stands for; types and shapes count.
    facts : mapping
        Plain values that it stands for.

    Returns
    -------
    str
        As in ``"patient7-3f2a90c1d4e5"``.
    """
    digest = hashlib.sha256(json.dumps([patient, facts], sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(array.data)
    return f"{slug(patient)}-{digest.hexdigest()[:12]}"
