"""The range of magnitudes in which a transform leaves attractiveness as it is.

Not "no significant change", but a change that is shown to be small: the largest magnitude up to
which the 90 % interval of the curve lies within the margin. That is two one-sided tests at 5 %
(TOST) at every magnitude up to there [1]_, in the order from 0 outward: the first that fails ends
the range, so that the tests need no correction. The 5 % hold for one direction of one transform and
category; that any of a whole policy's limits lies too far out is likelier. Where the curve crosses
the margin is itself uncertain; the interval of the crossing is what comes of asking the same of the
curve's other side.

References
----------
.. [1] D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach
   for assessing the equivalence of average bioavailability", J. Pharmacokinet. Biopharm. 15, 1987.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.dose import DoseCurve

__all__ = ["LEVEL", "ArmLimit", "SafeRange", "safe_range"]

Array = NDArray[np.float64]
LEVEL = 0.9
"""Of the intervals: two one-sided tests at 5 %."""


@dataclass(frozen=True, slots=True)
class ArmLimit:
    """How far a transform may go in one direction.

    Parameters
    ----------
    limit : float
        The strongest magnitude at which, and below which, the interval of the change lies within
        the margin; with the arm's sign.
    crossing : float
        Where the curve itself leaves the margin: between here and the limit, the answers do not
        say enough. The end of the arm where it does not leave it.
    surely_beyond : float
        From where on the whole interval lies outside the margin; the end of the arm where it
        nowhere does.
    end : float
        The strongest magnitude that was measured.
    change : float
        At the limit.
    photos_within : float
        Share of photos whose own change at the limit is within the margin.
    """

    limit: float
    crossing: float
    surely_beyond: float
    end: float
    change: float
    photos_within: float

    @property
    def at_the_end(self) -> bool:
        """Whether nothing stronger was measured: the true limit may lie farther out."""
        return self.limit == self.end


@dataclass(frozen=True, slots=True)
class SafeRange:
    """How far a transform may go.

    Parameters
    ----------
    transform : str
        Its name.
    category : str or None
        Of the photos.
    margin : float
        Largest change that still counts as none.
    unit : "utility" or "rating"
        Of the margin.
    below, above : ArmLimit or None
        Towards negative and positive magnitudes; None where that was not measured.
    """

    transform: str
    category: str | None
    margin: float
    unit: str
    below: ArmLimit | None
    above: ArmLimit | None

    @property
    def low(self) -> float:
        """Lowest magnitude that is safe; 0 where none was shown to be."""
        return self.below.limit if self.below else 0.0

    @property
    def high(self) -> float:
        """Highest magnitude that is safe; 0 where none was shown to be."""
        return self.above.limit if self.above else 0.0


def safe_range(curve: DoseCurve, margin: float) -> SafeRange:
    """How far a transform may go.

    Parameters
    ----------
    curve : DoseCurve
        Change against magnitude.
    margin : float
        Largest change that still counts as none, in the curve's unit; see `change_of_share`.

    Raises
    ------
    ParameterError
        If the margin is not above 0.
    """
    if not 0 < margin < np.inf:
        raise ParameterError("the margin must be above 0", remedy="Say which change would matter")
    low, high = curve.interval(LEVEL)
    arms = []
    for sign in (-1, 1):
        there = curve.magnitudes * sign >= 0
        order = np.argsort(np.abs(curve.magnitudes[there]))
        x, least, middle, most = (
            each[there][order] for each in (curve.magnitudes, low, curve.mean, high)
        )
        arms.append(_arm(curve, margin, (x, least, middle, most)) if len(x) > 1 else None)
    return SafeRange(curve.transform, curve.category, margin, curve.unit, *arms)


def _arm(curve: DoseCurve, margin: float, lines: tuple[Array, Array, Array, Array]) -> ArmLimit:
    x, least, middle, most = lines
    limit = _first_beyond(x, np.maximum(-least, most), margin)
    return ArmLimit(
        limit,
        _first_beyond(x, np.abs(middle), margin),
        _first_beyond(x, np.maximum(least, -most), margin),
        float(x[-1]),
        curve.at(limit).value,
        curve.photos_within(limit, margin),
    )


def _first_beyond(x: Array, size: Array, margin: float) -> float:
    """Where a size that begins below the margin first reaches it; the end where it does not."""
    beyond = np.flatnonzero(size > margin)
    if not len(beyond):
        return float(x[-1])
    k = int(beyond[0])
    if k == 0:
        return 0.0
    share = (margin - size[k - 1]) / (size[k] - size[k - 1])
    return float(x[k - 1] + share * (x[k] - x[k - 1]))
