"""Numbers of things in sentences."""

from __future__ import annotations

__all__ = ["counted"]


def counted(n: int, noun: str) -> str:
    """A number of things, as in "1 lesion" and "2 lesions".

    Parameters
    ----------
    n : int
        How many.
    noun : str
        What one of them is called; its plural takes an s.
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
