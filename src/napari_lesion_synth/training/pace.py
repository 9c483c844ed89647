"""How the learning rate goes."""

from __future__ import annotations

import math

__all__ = ["pace"]


def pace(turn: int, turns: int, warm_up: int) -> float:
    """Part of the learning rate: it warms up, then goes down to 0 on half a cosine.

    Parameters
    ----------
    turn, turns : int
        This turn, counted from 0, of how many.
    warm_up : int
        Turns until the whole rate.
    """
    warm = min(1.0, (turn + 1) / warm_up) if warm_up else 1.0
    return warm * 0.5 * (1 + math.cos(math.pi * min(turn / turns, 1.0)))
