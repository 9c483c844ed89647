"""Exact intervals of shares and of rates, for trials that are independent.

An exact interval holds the truth in at least 95 of 100 samples, however few they are: where the
bootstrap has too little to draw from, or nothing to draw apart (none found, all found, no false
alarm), it still says something. The price is width: it is wider than it would need to be.

Both intervals here take every lesion, or every false alarm, as a trial of its own. Lesions of
one patient are not independent: they share the scanner, the phase of contrast and the liver
around them, and false alarms gather in the CTs of a few patients. Then the promise of 95 % does
not hold, and the intervals are too narrow. So:

- where patients have several lesions or CTs, `evaluation.statistics.bootstrap`, which draws
  whole patients;
- where every patient has one lesion and one CT, or where there are very few patients, these;
- before a run, when there are no patients yet, these, with fewer lesions than there will be
  (`evaluation.statistics.power` divides by the design effect).

References
----------
.. [1] C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
   case of the binomial", Biometrika 26, 1934.
.. [2] F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval

__all__ = ["clopper_pearson", "count_limits", "garwood", "share_limits"]

Array = NDArray[np.float64]

_TAIL = 0.025
"""Probability outside of a 95 % interval, on either side."""


def clopper_pearson(successes: int, n: int) -> Interval:
    """Exact 95 % interval of a share, of independent trials.

    Parameters
    ----------
    successes, n : int
        How many of how many.

    Raises
    ------
    ParameterError
        If there is no trial, or there are more successes than trials.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ParameterError(
            f"{successes} of {n} is no share", remedy="Give at least one trial, and its successes"
        )
    low, high = share_limits(successes, n)
    return Interval(successes / n, float(low), float(high))


def garwood(events: int, exposure: float) -> Interval:
    """Exact 95 % interval of a rate, of events that come independently of each other (Poisson).

    Parameters
    ----------
    events : int
        How many, such as false alarms.
    exposure : float
        Over how much, such as CTs or slices.

    Raises
    ------
    ParameterError
        If the events are negative, or nothing was looked at.
    """
    if events < 0 or not (np.isfinite(exposure) and exposure > 0):
        raise ParameterError(
            f"{events} events over {exposure} have no rate",
            remedy="Give 0 or more events, and over how many CTs they were counted",
        )
    low, high = count_limits(events)
    return Interval(events / exposure, float(low) / exposure, float(high) / exposure)


def share_limits(successes: ArrayLike, n: ArrayLike) -> tuple[Array, Array]:
    """Ends of Clopper's and Pearson's 95 % interval, for many counts at once; unchecked."""
    k, trials = np.asarray(successes, np.float64), np.asarray(n, np.float64)
    missed = trials - k
    # Quantiles of beta distributions; a parameter of 0 has none, and the end is that of shares.
    low = np.where(k > 0, special.betaincinv(np.maximum(k, 1), missed + 1, _TAIL), 0.0)
    high = np.where(missed > 0, special.betaincinv(k + 1, np.maximum(missed, 1), 1 - _TAIL), 1.0)
    return low, high


def count_limits(events: ArrayLike) -> tuple[Array, Array]:
    """Ends of Garwood's 95 % interval of a Poisson mean, for many counts at once; unchecked."""
    k = np.asarray(events, np.float64)
    low = np.where(k > 0, special.gammaincinv(np.maximum(k, 1), _TAIL), 0.0)
    high = np.asarray(special.gammainccinv(k + 1, _TAIL), np.float64)
    return low, high
