"""How well fixations that were found agree with those that were there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Fixation, Scanpath

__all__ = ["FixationMatch", "match_fixations"]


@dataclass(frozen=True, slots=True)
class FixationMatch:
    """Pairs of a fixation found and a true one.

    Parameters
    ----------
    pairs : tuple of (Fixation, Fixation)
        Found and true.
    found, true : int
        How many there were of each.
    """

    pairs: tuple[tuple[Fixation, Fixation], ...]
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of those found that are true; NaN where none was found."""
        return len(self.pairs) / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true ones that were found; NaN where there is none."""
        return len(self.pairs) / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is nothing."""
        both = self.found + self.true
        return 2 * len(self.pairs) / both if both else float("nan")


def match_fixations(found: Scanpath, true: Scanpath, least: float = 0.5) -> FixationMatch:
    """Pair fixations that share most of their time.

    Two make a pair if the time that they share is more than `least` of the time that either
    covers (intersection over union). From 0.5 on, nothing can have two partners.

    Parameters
    ----------
    found, true : tuple of Fixation
        In order of time, without overlaps, on one clock.
    least : float
        0.5 to below 1.

    Raises
    ------
    ParameterError
        If `least` is outside its range.
    """
    if not 0.5 <= least < 1:
        raise ParameterError(
            f"an overlap of {least:g} does not make pairs",
            remedy="Ask for 0.5 or more, and less than 1",
        )
    starts = np.array([fixation.start_s for fixation in found])
    pairs = []
    for aim in true:
        low = max(0, int(np.searchsorted(starts, aim.start_s)) - 1)
        for fixation in found[low:]:
            if fixation.start_s >= aim.end_s:
                break
            if _overlap(fixation, aim) > least:
                pairs.append((fixation, aim))
                break
    return FixationMatch(tuple(pairs), len(found), len(true))


def _overlap(one: Fixation, other: Fixation) -> float:
    shared = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    covered = max(one.end_s, other.end_s) - min(one.start_s, other.start_s)
    return max(0.0, shared) / covered if covered > 0 else 0.0
