"""How wide intervals will be, before there is anything to measure.

The half-width that exact intervals (`evaluation.statistics.exact`) have on average over all that
may be counted. Intervals near 0 or 1 are not symmetric: half of their whole width is meant.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from napari_lesion_synth.evaluation.statistics.exact import count_limits, share_limits

__all__ = ["rate_half_width", "share_half_width"]

_FAR = 12
"""Standard deviations beyond which no count is thought of."""


def share_half_width(share: float, n: int) -> float:
    """Of a share, such as a sensitivity, of n independent trials."""
    k = np.arange(n + 1)
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    chance = np.exp(ways + special.xlogy(k, share) + special.xlog1py(n - k, -share))
    low, high = share_limits(k, n)
    return float((chance * (high - low)).sum() / 2)


def rate_half_width(rate: float, exposure: float) -> float:
    """Of a Poisson rate, such as false alarms per CT over so many CTs."""
    mean = rate * exposure
    k = np.arange(int(mean + _FAR * np.sqrt(mean)) + _FAR)
    chance = np.exp(special.xlogy(k, mean) - mean - special.gammaln(k + 1))
    low, high = count_limits(k)
    return float((chance * (high - low)).sum() / 2 / exposure)
