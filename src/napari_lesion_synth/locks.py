"""One writer a file: a lock that the operating system drops when its holder dies."""

from __future__ import annotations

import errno
import os
import sys
from typing import BinaryIO

__all__ = ["claim"]

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


def claim(file: BinaryIO) -> bool:
    """Claim the open `file` until it is closed; False where somebody else holds it.

    File systems that know no locks (some network ones) are let pass.
    """
    try:
        _claim(file)
    except OSError as error:
        return error.errno not in _BUSY
    return True


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
