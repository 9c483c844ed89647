"""Memory that every step of a training needs again stays with the process."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_memory"]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h
_KEPT = 2**31 - 1
_MAPPED = 2**28


def keep_memory() -> bool:
    """Have freed memory kept by this process, up to 2 GiB, in place of given back at once.

    By default glibc gives the tensors of a step back to the system, which has to clear the same
    pages for the next step: a tenth of the time of a training. Dask's workers ask for it to be
    given back at 64 KiB, which makes it nearly half. Blocks of 256 MiB or more, as whole CTs are,
    go back as before. For processes that compute and end; elsewhere than with glibc nothing is
    done.

    Returns
    -------
    bool
        Whether the allocator took it.

    Notes
    -----
    See ``mallopt(3)``.
    """
    if sys.platform != "linux":
        return False
    ask = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if ask is None:
        return False
    return all(ask(*each) for each in ((_M_TRIM_THRESHOLD, _KEPT), (_M_MMAP_THRESHOLD, _MAPPED)))
