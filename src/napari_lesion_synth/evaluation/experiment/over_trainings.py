"""Intervals that hold for other patients and other trainings, not for other patients alone.

The bootstrap draws patients and leaves the trained detectors as they are: it tells how sure a
figure of these detectors is. Another training of the same arm would have come out otherwise. To
the variance over patients, taken from the width of their interval, this adds that of a mean over
the trainings, and takes Student's t with the degrees of freedom of Satterthwaite [1]_ for the
sum. Trainings differ partly because their errors fall on different patients, which the width over
patients holds too; so the sum errs to the wide side.

References
----------
.. [1] F. E. Satterthwaite, "An approximate distribution of estimates of variance components",
   Biometrics Bulletin 2, 1946.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from napari_lesion_synth.intervals import Interval

__all__ = ["over_trainings"]

_TAIL = 0.975
_FEWEST = 2


def over_trainings(
    interval: Interval,
    patients: int,
    *arms: Sequence[float],
    span: tuple[float, float] = (-1.0, 1.0),
) -> Interval:
    """Widen an interval over patients by the spread of the trainings.

    Parameters
    ----------
    interval : Interval
        Over patients, of a mean over trainings or of the difference of two such means.
    patients : int
        From how many it is.
    *arms : sequence of float
        The figure of each training, one sequence for each arm that takes part.
    span : tuple of float
        Smallest and largest value that the figure can have.

    Returns
    -------
    Interval
        Without ends where the interval has none, or an arm was trained once only.
    """
    if interval.low is None or interval.high is None or patients < _FEWEST:
        return Interval(interval.value)
    if any(len(arm) < _FEWEST for arm in arms):
        return Interval(interval.value)
    parts = [(float(np.var(arm, ddof=1)) / len(arm), len(arm) - 1) for arm in arms]
    t_patients = float(special.stdtrit(patients - 1, _TAIL))

    def reach(half: float) -> float:
        """From the reach over patients, to one side, to that over both."""
        shares = [((half / t_patients) ** 2, patients - 1), *parts]
        total = sum(variance for variance, _ in shares)
        if total <= 0:
            return half
        freedom = total**2 / sum(variance**2 / n for variance, n in shares)
        return max(half, float(special.stdtrit(freedom, _TAIL)) * math.sqrt(total))

    return Interval(
        interval.value,
        max(span[0], interval.value - reach(interval.value - interval.low)),
        min(span[1], interval.value + reach(interval.high - interval.value)),
    )
