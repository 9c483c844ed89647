"""Chances of an answer, given how far apart two photos are.

With d the first photo's utility less the second's, F the distribution of the noise (normal or
logistic), t a threshold and l the lapse rate:

- Thurstone, case V: P(first) = F(d - t), P(tie) = F(d + t) - F(d - t); without ties t = 0.
- Bradley-Terry after Davidson [1]_: P(first) : P(tie) : P(second) = e^(d/2) : v : e^(-d/2).
- A lapse picks either side with equal chance, and never a tie: P becomes l/2 + (1 - l) P, and
  (1 - l) P for ties.

References
----------
.. [1] R. R. Davidson, "On extending the Bradley-Terry model to accommodate ties in paired
   comparison experiments", J. Am. Stat. Assoc. 65, 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_ndtr, ndtr

__all__ = ["Link"]

Array = NDArray[np.float64]
Terms = tuple[Array, Array, Array]
"""Logarithm of the chance, its first derivative by d, and the negative of its second."""

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, slots=True)
class Link:
    """A model of answers with its constants.

    Parameters
    ----------
    model : "thurstone" or "bradley-terry"
        Normal or logistic noise.
    lapse : float
        Share of answers without looking, 0 to below 1.
    tie : float
        Threshold t, or Davidson's v; 0 where ties are no outcome of their own: a tie is half a
        win for each then.
    """

    model: Literal["thurstone", "bradley-terry"] = "thurstone"
    lapse: float = 0.0
    tie: float = 0.0

    def chance(self, d: Array) -> Array:
        """P(first wins), shape of `d`, where there are no ties."""
        whole = ndtr(d) if self.model == "thurstone" else expit(d)
        return np.asarray(self.lapse / 2 + (1 - self.lapse) * whole)

    def terms(self, d: Array, outcome: Array) -> Terms:
        """Log likelihood of answers with its derivatives.

        Parameters
        ----------
        d : ndarray, shape (n,)
            First utility less second.
        outcome : ndarray, shape (n,)
            1, 0 or 0.5.

        Returns
        -------
        log_chance, gradient, curvature : ndarray, shape (n,)
            The curvature is the negative second derivative; it is below 0 where an answer is
            best explained as a lapse.
        """
        sign = np.where(outcome == 0, -1.0, 1.0)
        value, slope, bend = self._win(sign * d)
        slope = sign * slope
        tied = outcome == 0.5
        if tied.any():
            found = (value, slope, bend)
            for column, of_ties in zip(found, self._tie(d[tied]), strict=True):
                column[tied] = of_ties
        return value, slope, bend

    def _win(self, d: Array) -> Terms:
        if self.model == "thurstone" or self.tie == 0:
            log_whole, log_density, log_slope = self._noise(d - self.tie)
        else:
            up, tied, down, log_total = _davidson(d, self.tie)
            # With s the logarithm of the sum: P' = P r where r = 1/2 - s', and r' = -s''.
            log_whole, rise = d / 2 - log_total, down + tied / 2
            bend = up * down + tied * (1 - tied) / 4
            log_density, log_slope = log_whole + np.log(rise), rise - bend / rise
        return self._with_lapses(log_whole, log_density, log_slope)

    def _with_lapses(self, log_whole: Array, log_density: Array, log_slope: Array) -> Terms:
        """From log F, log F' and (log F')' to the terms of l/2 + (1 - l) F."""
        kept = np.log1p(-self.lapse)
        value = kept + log_whole
        if self.lapse > 0:
            value = np.logaddexp(np.log(self.lapse / 2), value)
        slope = np.exp(kept + log_density - value)
        return value, slope, slope * (slope - log_slope)

    def _tie(self, d: Array) -> Terms:
        if self.tie == 0:
            won, lost = self._win(d), self._win(-d)
            return (won[0] + lost[0]) / 2, (won[1] - lost[1]) / 2, (won[2] + lost[2]) / 2
        kept = np.log1p(-self.lapse)
        if self.model == "bradley-terry":
            up, tied, down, log_total = _davidson(d, self.tie)
            value = kept + np.log(self.tie) - log_total
            return value, (down - up) / 2, up * down + tied * (1 - tied) / 4
        # At -|d| both ends lie in the lower tail, where their difference keeps its digits.
        far, sign = -np.abs(d), np.where(d > 0, -1.0, 1.0)
        upper, lower = self._noise(far + self.tie), self._noise(far - self.tie)
        log_gap = upper[0] + np.log1p(-np.exp(lower[0] - upper[0]))
        high, low = np.exp(upper[1] - log_gap), np.exp(lower[1] - log_gap)
        slope = high - low
        return kept + log_gap, sign * slope, slope**2 - (high * upper[2] - low * lower[2])

    def _noise(self, z: Array) -> Terms:
        """Log F, log F' and (log F')' of the noise."""
        if self.model == "thurstone":
            return log_ndtr(z), -(z**2) / 2 - _LOG_ROOT_TWO_PI, -z
        log_whole = log_expit(z)
        return log_whole, log_whole + log_expit(-z), 1 - 2 * np.exp(log_whole)


def _davidson(d: Array, tie: float) -> tuple[Array, Array, Array, Array]:
    """Chances that the first wins, none does, the second wins; and the log of their sum."""
    log_total = np.logaddexp(np.logaddexp(d / 2, -d / 2), np.log(tie))
    up, down = np.exp(d / 2 - log_total), np.exp(-d / 2 - log_total)
    return up, tie * np.exp(-log_total), down, log_total
