"""Files that are whole or absent, and the same bytes for the same content."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import zipfile
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import StorageError

__all__ = ["TEMPORARY", "npz_bytes", "write_atomic", "writing"]

TEMPORARY = ".partial-"
"""Prefix of files that are being written; one that is found was left by a killed run."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_LEVEL = 1
"""Deflate level. CT noise does not compress: level 6 takes 6 times as long for 2 % less."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write `path` into an error for people.

    Raises
    ------
    StorageError
        For a full disk, a folder that may not be written, or any other failure to write.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            what, remedy = "the disk is full", "Free some space and run the same command again"
        elif error.errno in _FORBIDDEN:
            what, remedy = "the folder may not be written", "Choose a folder of your own"
        elif error.errno == errno.ENOENT:
            what, remedy = "the folder is not there", "Bring it back, or choose another"
        else:
            what, remedy = f"writing failed ({error.strerror or error})", "Mend it and run again"
        raise StorageError(what, where=path, remedy=remedy) from error


def write_atomic(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file under another name and move it into place.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    data : bytes
        Its content.
    durable : bool
        Wait until the disk has it.

    Raises
    ------
    StorageError
        If it cannot be written; nothing is left behind then.
    """
    partial = path.with_name(TEMPORARY + path.name)
    with writing(path):
        try:
            with partial.open("wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise


def npz_bytes(arrays: Mapping[str, NDArray[Any]], *, stored: Container[str] = ()) -> bytes:
    """The arrays as an ``.npz`` file without pickles; equal arrays give equal bytes.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        What to keep.
    stored : container of str
        Names of the arrays that are not worth compressing.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, whatever the clock says
            entry.create_system = 3  # and "Unix", whatever the system
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue(), compresslevel=_LEVEL)
    return file.getvalue()
