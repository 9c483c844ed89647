"""A goal beside what was measured: the rows that `perception.py` gathers from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

Ended: TypeAlias = tuple[float, float, float]
"""A figure, and the ends of its 95 % interval."""


@dataclass(frozen=True)
class Goal:
    """One line of the table: what is wanted, and what was found.

    Parameters
    ----------
    goal : str
        What is measured.
    measured : str
        The figure with its interval or spread.
    wanted : str
        What it has to be; empty where nothing was promised.
    met : bool or None
        None where nothing was promised.
    """

    goal: str
    measured: str
    wanted: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """For people; what was missed is seen."""
        if self.met is None:
            return ""
        return "met" if self.met else "MISSED"

    def row(self) -> dict[str, str]:
        """For a table."""
        told = {"goal": self.goal, "measured": self.measured}
        return {**told, "wanted": self.wanted, "verdict": self.verdict}

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


def at_most(goal: str, value: float, limit: float, measured: str) -> Goal:
    """A figure that must not be above a limit."""
    return Goal(goal, measured, f"<= {limit:g}", bool(value <= limit))


def at_least(goal: str, value: float, limit: float, measured: str) -> Goal:
    """A figure that must not be below a limit."""
    return Goal(goal, measured, f">= {limit:g}", bool(value >= limit))


def none_of(goal: str, count: int, of: int) -> Goal:
    """What must not happen, once among so many."""
    return Goal(goal, f"{count} of {of}", "0", count == 0)


def over_studies(values: Sequence[float]) -> Ended:
    """The mean, with a percentile bootstrap over studies."""
    found = np.asarray(values, float)
    drawn = found[np.random.default_rng(0).integers(0, len(found), (2000, len(found)))]
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    return float(found.mean()), float(low), float(high)


def told_interval(ended: Ended, digits: int = 3) -> str:
    """A figure with its interval."""
    value, low, high = (f"{end:.{digits}f}" for end in ended)
    return f"{value} ({low} to {high})"
