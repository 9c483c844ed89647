"""How far raters agree: intraclass correlation, Krippendorff's alpha, Kendall's W.

References
----------
.. [1] P. E. Shrout, J. L. Fleiss, "Intraclass correlations: uses in assessing rater reliability",
   Psychological Bulletin 86, 1979.
.. [2] K. O. McGraw, S. P. Wong, "Forming inferences about some intraclass correlation
   coefficients", Psychological Methods 1, 1996.
.. [3] K. Krippendorff, "Computing Krippendorff's alpha-reliability", 2011.
.. [4] M. G. Kendall, B. Babington Smith, "The problem of m rankings", Ann. Math. Stat. 10, 1939.
.. [5] C. Spearman, "Correlation calculated from faulty data", W. Brown, "Some experimental
   results in the correlation of mental abilities", Br. J. Psychol. 3, 1910.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, over_patients

__all__ = ["Concordance", "Icc", "alpha", "concordance", "icc", "raters_needed", "spearman_brown"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Icc:
    """Absolute agreement, raters being a sample of all raters (two-way random effects).

    Parameters
    ----------
    single : Interval
        ICC(2,1): of one rater's ratings.
    mean : Interval
        ICC(2,k): of the average over the raters.
    raters, photos : int
        How many went into it.
    """

    single: Interval
    mean: Interval
    raters: int
    photos: int


@dataclass(frozen=True, slots=True)
class Concordance:
    """Kendall's W.

    Parameters
    ----------
    w : Interval
        0 for rankings at random, 1 for one ranking; by bootstrap over photos.
    p : float
        Of rankings at random, by the chi-squared distribution.
    """

    w: Interval
    p: float


def icc(table: Array) -> Icc:
    """ICC(2,1) and ICC(2,k) [1]_ with 95 % intervals from the F distribution [1]_ [2]_.

    Parameters
    ----------
    table : ndarray, shape (photos, raters)
        Ratings, without gaps.

    Raises
    ------
    ParameterError
        If there are gaps, fewer than 2 photos or raters, or no differences at all.
    """
    n, k = table.shape
    if not np.isfinite(table).all():
        raise ParameterError(
            "the intraclass correlation needs every photo rated by every rater",
            remedy="Use Krippendorff's alpha, or the photos that all raters have rated",
        )
    if n < 2 or k < 2:
        raise ParameterError(f"agreement needs 2 photos and 2 raters, not {n} and {k}")
    whole = table.mean()
    rows, columns = table.mean(axis=1) - whole, table.mean(axis=0) - whole
    left = table - whole - rows[:, None] - columns
    between = k * float(rows @ rows) / (n - 1)
    judges = n * float(columns @ columns) / (k - 1)
    error = float((left**2).sum()) / ((n - 1) * (k - 1))
    if between + judges + error == 0:
        raise ParameterError("all ratings are equal: agreement cannot be told")
    single = (between - error) / (between + (k - 1) * error + k * (judges - error) / n)
    low, high = _icc_ends(n, k, (between, judges, error), single)
    mean = (between - error) / (between + (judges - error) / n)
    means = (spearman_brown(low, k), spearman_brown(high, k))
    return Icc(Interval(single, low, high), Interval(mean, *means), k, n)


def _icc_ends(
    n: int, k: int, squares: tuple[float, float, float], single: float
) -> tuple[float, float]:
    """Ends of the interval of ICC(2,1): Shrout & Fleiss, page 424."""
    from scipy.stats import f

    between, judges, error = squares
    if error <= 0:
        return single, single
    ratio = judges / error
    other = n * (1 + (k - 1) * single) - k * single
    degrees = (k - 1) * (n - 1) * (k * single * ratio + other) ** 2
    degrees /= (n - 1) * k**2 * single**2 * ratio**2 + other**2
    lower, upper = f.ppf(0.975, n - 1, degrees), f.ppf(0.975, degrees, n - 1)
    rest = k * judges + (k * n - k - n) * error
    low = n * (between - lower * error) / (lower * rest + n * between)
    high = n * (upper * between - error) / (rest + n * upper * between)
    return float(low), float(high)


def spearman_brown(single: float, k: float) -> float:
    """Reliability of the average over k raters, from that of one [5]_."""
    return k * single / (1 + (k - 1) * single)


def raters_needed(single: float, target: float) -> int:
    """Raters whose average is as reliable as asked for, from the reliability of one [5]_.

    Parameters
    ----------
    single : float
        ICC(2,1), above 0.
    target : float
        Reliability of the average, below 1.

    Raises
    ------
    ParameterError
        If either is not between 0 and 1.
    """
    if not (0 < single < 1 and 0 < target < 1):
        raise ParameterError(
            f"no number of raters leads from {single:g} to {target:g}",
            remedy="Both are reliabilities between 0 and 1",
        )
    return max(1, int(np.ceil(target * (1 - single) / (single * (1 - target)) - 1e-9)))


def alpha(
    table: Array,
    rng: np.random.Generator,
    metric: Literal["nominal", "interval", "preference"] = "interval",
) -> Interval:
    """Krippendorff's alpha [3]_, with a 95 % interval by bootstrap over photos, or over pairs.

    Parameters
    ----------
    table : ndarray, shape (photos, raters)
        Ratings or categories; NaN where there is none. Photos with a single rating say nothing.
        Of preferences, a row is a pair of photos: 1 where its first photo was preferred, 0 for
        the other, 0.5 for a tie.
    rng : numpy.random.Generator
        For the interval.
    metric : "nominal", "interval" or "preference"
        Whether values are the same or not, or how far apart they are. Preferences are nominal,
        and what chance would give does not depend on which photo of a pair is called the first.

    Raises
    ------
    ParameterError
        If no photo has 2 ratings (no pair 2 answers), or all are equal.
    """
    pairs = metric == "preference"
    rows = table[np.isfinite(table).sum(axis=1) > 1]
    if not len(rows):
        what = "no pair was asked of 2 raters" if pairs else "no photo has 2 ratings"
        raise ParameterError(f"{what}: agreement cannot be told")
    ways = {"nominal": _nominal, "interval": _interval, "preference": _preference}
    observed, moments = ways[metric](rows)

    def of(weights: Array) -> Array:
        total = weights @ moments
        n = total[:, -1]
        if metric != "interval":
            expected = n**2 - (total[:, :-1] ** 2).sum(axis=1)
        else:
            expected = 2 * (n * total[:, 1] - total[:, 0] ** 2)
        found = np.full(len(weights), np.nan)
        np.divide((n - 1) * (weights @ observed), expected, out=found, where=expected > 1e-12)
        return 1 - found

    value = float(of(np.ones((1, len(rows))))[0])
    if not np.isfinite(value):
        what = "all answers are ties" if pairs else "all ratings are equal"
        raise ParameterError(f"{what}: agreement cannot be told")
    return over_patients(value, of, len(rows), rng)


def _nominal(rows: Array) -> tuple[Array, Array]:
    """Disagreement within each photo; its counts of each category, and of all."""
    kinds = np.unique(rows[np.isfinite(rows)])
    counts = (rows[:, :, None] == kinds).sum(axis=1).astype(np.float64)
    n = counts.sum(axis=1)
    return (n**2 - (counts**2).sum(axis=1)) / (n - 1), np.column_stack([counts, n])


def _preference(rows: Array) -> tuple[Array, Array]:
    """Disagreement within each pair; counts of first, tie and second with both ends shared out."""
    counts = (rows[:, :, None] == np.array([0.0, 0.5, 1.0])).sum(axis=1).astype(np.float64)
    n = counts.sum(axis=1)
    return (n**2 - (counts**2).sum(axis=1)) / (n - 1), np.column_stack(
        [(counts + counts[:, ::-1]) / 2, n]
    )


def _interval(rows: Array) -> tuple[Array, Array]:
    """Disagreement within each photo; sums of values, of their squares, and their number."""
    # Squares of large values would drown their differences.
    values = rows - np.nanmean(rows)
    n = np.isfinite(values).sum(axis=1).astype(np.float64)
    one, two = np.nansum(values, axis=1), np.nansum(values**2, axis=1)
    return 2 * (n * two - one**2) / (n - 1), np.column_stack([one, two, n])


def concordance(table: Array, rng: np.random.Generator, resamples: int = 500) -> Concordance:
    """Kendall's W of rankings [4]_, corrected for ties.

    Parameters
    ----------
    table : ndarray, shape (photos, raters)
        Ratings or ranks, without gaps; within each rater only their order counts.
    rng : numpy.random.Generator
        For the interval.
    resamples : int
        How many times photos are drawn.

    Raises
    ------
    ParameterError
        If there are gaps, fewer than 3 photos or 2 raters, or a rater tied all photos.
    """
    from scipy.stats import chi2

    n, m = table.shape
    if not np.isfinite(table).all() or n < 3 or m < 2:
        raise ParameterError("Kendall's W needs 3 photos ranked by 2 raters, without gaps")
    value = _w(table)
    if not np.isfinite(value):
        raise ParameterError("every rater ranks all photos alike: agreement cannot be told")
    drawn = np.array([_w(table[rng.integers(0, n, n)]) for _ in range(resamples)])
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    p = float(chi2.sf(m * (n - 1) * value, n - 1))
    return Concordance(Interval(value, float(low), float(high)), p)


def _w(table: Array) -> float:
    from scipy.stats import rankdata

    n, m = table.shape
    ranks = rankdata(table, axis=0)
    total = ranks.sum(axis=1)
    ties = 0.0
    for column in ranks.T:
        counts = np.unique(column, return_counts=True)[1].astype(np.float64)
        ties += float((counts**3 - counts).sum())
    below = m**2 * (n**3 - n) - m * ties
    return float(12 * ((total - total.mean()) ** 2).sum() / below) if below > 0 else float("nan")
