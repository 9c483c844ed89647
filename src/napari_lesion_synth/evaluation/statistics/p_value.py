"""How p-values are told."""

from __future__ import annotations

import math

__all__ = ["LEVEL", "p_words"]

LEVEL = 0.05
"""What a p-value is held against; two-sided."""

_SMALLEST = 0.0001


def p_words(p: float, name: str = "p") -> str:
    """A p-value in a sentence: three digits, and none that nobody should believe.

    Parameters
    ----------
    p : float
        NaN where there is none.
    name : str
        What it is called, such as "mid-p".
    """
    if math.isnan(p):
        return f"no {name}"
    if p < _SMALLEST:
        return f"{name} < {_SMALLEST:.4f}"
    return f"{name} = {p:.3g}"
