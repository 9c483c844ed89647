"""Which lesions a gallery shows, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ANY", "Query", "SortKey", "Which"]

ANY = (float("-inf"), float("inf"))
"""A range that lets everything pass, even what has no value."""


class SortKey(StrEnum):
    """What a gallery is sorted by."""

    ID = "id"
    METHOD = "method"
    ZONE = "zone"
    SIZE = "size"
    RANK = "rank"
    ERROR = "error"
    VERDICT = "verdict"
    REASON = "reason"


class Which(StrEnum):
    """Lesions by what was decided of them."""

    ALL = "all"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"
    MINE = "decided by a person"
    NOT_MINE = "not decided by a person"


@dataclass(frozen=True, slots=True)
class Query:
    """A filter and an order; the default shows everything as it was made.

    Parameters
    ----------
    text : str
        Part of the id, upper or lower case.
    method, zone, reason : str
        Empty: any.
    which : Which
        By verdict; ``OPEN``: neither scored nor decided.
    size_mm, rank, error : tuple of float
        Lowest and highest value.
    sort : SortKey
        Lesions that are alike in it stay in the order of their ids.
    falling : bool
        The largest first.
    """

    text: str = ""
    method: str = ""
    zone: str = ""
    reason: str = ""
    which: Which = Which.ALL
    size_mm: tuple[float, float] = ANY
    rank: tuple[float, float] = ANY
    error: tuple[float, float] = ANY
    sort: SortKey = SortKey.ID
    falling: bool = False
