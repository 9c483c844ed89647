"""Names of folders that are not taken."""

from __future__ import annotations

from pathlib import Path

__all__ = ["next_free"]


def next_free(folder: Path) -> Path:
    """The first of ``set-2``, ``set-3``, ... that is free, for a folder ``set`` or ``set-1``.

    A folder that does not exist, or is empty, is free itself.
    """
    stem, dash, number = folder.name.rpartition("-")
    if not (dash and number.isdigit()):
        stem, number = folder.name, "1"
    count, free = int(number), folder
    while free.exists() and (not free.is_dir() or any(free.iterdir())):
        count += 1
        free = folder.with_name(f"{stem}-{count}")
    return free
