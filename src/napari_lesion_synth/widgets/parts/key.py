"""What a key does, as a value; the documentation reads it without Qt."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Key"]


@dataclass(frozen=True, slots=True)
class Key:
    """Something that a key or the mouse does.

    Parameters
    ----------
    key : str
        As printed on the keyboard: "Enter", "Ctrl+Z", "Alt + click".
    action : str
        What it does.
    where : str
        Where it works, as in "canvas".
    """

    key: str
    action: str
    where: str
