"""Writing files so that they are whole or absent, whatever happens on the way."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from napari_lesion_synth.dataset.layout import TEMPORARY
from napari_lesion_synth.errors import DatasetError

__all__ = ["write_atomic", "writing"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal to write `path` into an error for people.

    Raises
    ------
    DatasetError
        For a full disk, a read-only folder, or any other failure to write.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            what, remedy = "the disk is full", "Free some space and run the same command again"
        elif error.errno in _FORBIDDEN:
            what, remedy = "the folder may not be written", "Choose a folder of your own"
        else:
            what, remedy = f"writing failed ({error.strerror or error})", "Mend it and run again"
        raise DatasetError(what, where=path, remedy=remedy) from error


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
    DatasetError
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
