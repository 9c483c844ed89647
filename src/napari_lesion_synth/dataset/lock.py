"""One writer a set: a lock that the operating system drops when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import BinaryIO

from napari_lesion_synth.errors import DatasetError

__all__ = ["lock"]

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


def lock(file: BinaryIO, path: Path) -> None:
    """Claim the open `file` until it is closed.

    File systems that know no locks (some network ones) are let pass.

    Raises
    ------
    DatasetError
        If another process holds it.
    """
    try:
        _claim(file)
    except OSError as error:
        if error.errno in _BUSY:
            raise DatasetError(
                "another process is writing this set",
                where=path,
                remedy="Wait until it has finished, or choose another --out",
            ) from error


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 40  # beyond the content, so that readers are not kept out

    def _claim(file: BinaryIO) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0, os.SEEK_END)

else:
    import fcntl

    def _claim(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
