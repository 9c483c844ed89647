"""What a range was shown to be, direction by direction, in words.

The range is found by the test itself: from 0 outward, the change is tested at every magnitude, and
the first that fails ends it. Tests in an order that was fixed before the answers were seen need no
correction [1]_, and nothing is tested again afterwards within a range that the same answers chose.

References
----------
.. [1] P. H. Westfall, A. Krishen, "Optimally weighted, fixed sequence and gatekeeper multiple
   testing procedures", J. Stat. Plan. Inference 99, 2001.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.limits.dose import DoseCurve
from napari_lesion_synth.perception.limits.safe_range import LEVEL, SafeRange

__all__ = ["Shown", "shown_by"]


@dataclass(frozen=True, slots=True)
class Shown:
    """How far, in one direction, the change is shown to be within the margin.

    Parameters
    ----------
    limit, end : float
        The limit, and the strongest magnitude that was tried; with the sign of the direction.
    change : Interval
        At the limit, with its 90 % interval.
    margin : float
        Largest change that counts as none.
    margin_unit, unit : str
        Of the margin and the change, and of the magnitudes.
    raters : int
        How many answered.
    """

    limit: float
    end: float
    change: Interval
    margin: float
    margin_unit: str
    unit: str
    raters: int

    @property
    def words(self) -> str:
        """The result as a sentence."""
        at = self.change
        if self.limit == 0:
            return (
                f"Towards {self.end:.3g} {self.unit}, no magnitude is shown to change less than "
                f"±{self.margin:.3g} {self.margin_unit} (TOST at 5 % at each magnitude from 0 "
                f"outward, {self.raters} raters as clusters)."
            )
        return (
            f"From 0 to {self.limit:.3g} of {self.end:.3g} {self.unit} the change is shown to be "
            f"within ±{self.margin:.3g} {self.margin_unit} (TOST at 5 % at each magnitude from 0 "
            f"outward, {self.raters} raters as clusters): at the end {at.value:+.3f}, "
            f"90 % interval {at.low:+.3f} to {at.high:+.3f}."
        )


def shown_by(curve: DoseCurve, found: SafeRange, unit: str) -> Iterator[Shown]:
    """What the curve shows in each direction that was tried.

    Parameters
    ----------
    curve : DoseCurve
        Change against magnitude.
    found : SafeRange
        The range that was found from it.
    unit : str
        Of the magnitudes.

    Yields
    ------
    Shown
    """
    for arm in (found.below, found.above):
        if arm is not None:
            yield Shown(
                arm.limit,
                arm.end,
                curve.at(arm.limit, LEVEL),
                found.margin,
                found.unit,
                unit,
                int(curve.freedom) + 1,
            )
