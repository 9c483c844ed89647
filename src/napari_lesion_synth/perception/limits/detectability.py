"""How well something is seen, as d': how far apart what is seen with it and without it lies.

In units of the standard deviation of what is seen [1]_. Shares of 0 and 1 would give infinite
values: half an answer is added on each side [2]_.

References
----------
.. [1] N. A. Macmillan, C. D. Creelman, Detection Theory: A User's Guide, 2nd ed., 2005.
.. [2] M. J. Hautus, "Corrections for extreme proportions and their biasing effects on estimated
   values of d'", Behav. Res. Methods 27, 1995.
"""

from __future__ import annotations

import math

from scipy.special import ndtri

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, wilson

__all__ = ["d_prime_2afc", "d_prime_of_share", "d_prime_yes_no"]

_Z = 1.959963984540054


def d_prime_of_share(right: float) -> float:
    """D' at which a share of choices between two is right: the root of 2 times its normal score."""
    return math.sqrt(2) * float(ndtri(right))


def d_prime_2afc(right: int, n: int) -> Interval:
    """D' of choices between two, with its 95 % interval.

    Parameters
    ----------
    right, n : int
        Right choices, of how many.

    Raises
    ------
    ParameterError
        If there are none, or more right ones than choices.
    """
    _check(right, n)
    share = wilson(right, n)
    ends = (_from_ends(end, n) for end in (share.low, share.high))
    low, high = (d_prime_of_share(end) for end in ends)
    return Interval(d_prime_of_share((right + 0.5) / (n + 1)), low, high)


def d_prime_yes_no(hits: int, present: int, false_alarms: int, absent: int) -> Interval:
    """D' of answers yes and no, with its 95 % interval.

    Parameters
    ----------
    hits, present : int
        Answers yes where it was there, of how many.
    false_alarms, absent : int
        Answers yes where it was not, of how many.

    Raises
    ------
    ParameterError
        If there are no pictures of one kind, or more answers yes than pictures.
    """
    _check(hits, present)
    _check(false_alarms, absent)
    value, variance = 0.0, 0.0
    for sign, count, n in ((1, hits, present), (-1, false_alarms, absent)):
        share = (count + 0.5) / (n + 1)
        z = float(ndtri(share))
        density = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        value += sign * z
        variance += share * (1 - share) / (n * density**2)
    reach = _Z * math.sqrt(variance)
    return Interval(value, value - reach, value + reach)


def _check(count: int, n: int) -> None:
    if n < 1 or not 0 <= count <= n:
        raise ParameterError(f"{count} of {n} answers cannot be")


def _from_ends(share: float | None, n: int) -> float:
    least = 0.5 / (n + 1)
    return min(max(share or 0.0, least), 1 - least)
