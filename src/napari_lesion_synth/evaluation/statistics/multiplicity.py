"""Several comparisons at once: p-values that make up for how many were made.

Of twenty comparisons of equal detectors, one has p < 0.05 by chance. Holm's method [1]_ keeps the
probability that any difference is claimed where none is within the level, whatever the
comparisons have to do with each other, and never claims less than Bonferroni's.

What belongs to the family is decided before the run, and said.

References
----------
.. [1] S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6, 1979.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.statistics.p_value import LEVEL, p_words
from napari_lesion_synth.wording import counted

__all__ = ["Adjusted", "Family", "holm"]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """One comparison of a family.

    Parameters
    ----------
    name : str
        What was compared.
    p : float
        By itself; NaN where it could not be tested.
    adjusted : float
        In its family: to be held against the level in place of `p`.
    """

    name: str
    p: float
    adjusted: float


@dataclass(frozen=True, slots=True)
class Family:
    """Comparisons that are judged together.

    Parameters
    ----------
    name : str
        What they have in common, as in "arms against real + classic augmentation".
    comparisons : tuple of Adjusted
        In the order in which they were given.
    """

    name: str
    comparisons: tuple[Adjusted, ...]

    def __getitem__(self, name: str) -> Adjusted:
        """One comparison by its name; KeyError where there is none."""
        return {each.name: each for each in self.comparisons}[name]

    @property
    def size(self) -> int:
        """How many comparisons were made."""
        return len(self.comparisons)

    def words(self) -> str:
        """How many comparisons, of what, and which of them hold."""
        if not self.comparisons:
            return f"No comparison was made ({self.name})."
        held = [
            f"{each.name} ({p_words(each.adjusted)})"
            for each in self.comparisons
            if each.adjusted <= LEVEL
        ]
        told = ", ".join(held) if held else "none"
        return (
            f"{counted(self.size, 'comparison')} ({self.name}); p-values adjusted by Holm's "
            f"method for this number. At the level {LEVEL:g} there hold: {told}."
        )


def holm(p_values: Mapping[str, float], family: str) -> Family:
    """Adjust p-values for their number.

    Parameters
    ----------
    p_values : mapping of str to float
        One a comparison, by name. A comparison that was planned and could not be tested is NaN:
        it has no p-value, and counts all the same.
    family : str
        What they have in common, in words.

    Raises
    ------
    ParameterError
        If a p-value is not in 0..1.
    """
    for name, p in p_values.items():
        if not math.isnan(p) and not 0 <= p <= 1:
            raise ParameterError(
                f"{p} is no p-value", where=name, remedy="Give a probability, or NaN"
            )
    m = len(p_values)
    tested = sorted((p, name) for name, p in p_values.items() if not math.isnan(p))
    adjusted, largest = dict.fromkeys(p_values, math.nan), 0.0
    for rank, (p, name) in enumerate(tested):
        largest = max(largest, min(1.0, (m - rank) * p))
        adjusted[name] = largest
    return Family(family, tuple(Adjusted(name, p, adjusted[name]) for name, p in p_values.items()))
