"""What labels allow: the error of a perfect model, and of one that knows nothing.

Labels come from people, and a model that knew the truth would still differ from them. With k
raters of standard deviation s, whose average is the label, its mean absolute error is
sqrt(2 / pi) s / sqrt(k), and its correlation with the labels at most
sqrt(t^2 / (t^2 + s^2 / k)), where t is the true deviation between photos. Errors below that floor
mean that something is wrong; gains near it cannot be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.regression.table import Array
from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.scale01 import Attractiveness
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["LabelNoise", "noise_of_posterior", "noise_of_raters", "noise_of_ratings"]

_MEAN_OF_HALF_NORMAL = float(np.sqrt(2 / np.pi))
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class LabelNoise:
    """What the labels of a study allow.

    Parameters
    ----------
    floor : Interval
        Mean absolute error of a perfect model.
    best_r : Interval
        Correlation of a perfect model with the labels.
    text : str
        Where it is known from.
    """

    floor: Interval
    best_r: Interval
    text: str


def noise_of_raters(raters: int, rater_sd: float, true_sd: float) -> LabelNoise:
    """Labels that are averages of so many raters.

    Parameters
    ----------
    raters : int
        Of each photo.
    rater_sd : float
        Standard deviation of one rater's judgement of one photo, on the scale of 0 to 1.
    true_sd : float
        Standard deviation of the truth between photos.

    Raises
    ------
    ParameterError
        If there are no raters, or a deviation is negative.
    """
    if raters < 1 or rater_sd < 0 or true_sd < 0:
        raise ParameterError("labels come from a rater at least, and deviations are not negative")
    spread = rater_sd / np.sqrt(raters)
    whole = np.hypot(true_sd, spread)
    return LabelNoise(
        Interval(_MEAN_OF_HALF_NORMAL * float(spread)),
        Interval(float(true_sd / whole) if whole > 0 else float("nan")),
        f"a perfect model against {raters} raters of standard deviation {rater_sd:.2g}",
    )


def noise_of_ratings(ratings: Ratings) -> LabelNoise | None:
    """Labels that are the averages of a study's ratings.

    Raters' deviation is taken from photos that were rated more than once; their biases are part
    of it.

    Parameters
    ----------
    ratings : Ratings
        From 0 to 1.

    Returns
    -------
    LabelNoise or None
        None where no photo was rated twice: nobody can tell then.
    """
    k = len(ratings.items)
    counts = np.bincount(ratings.item, minlength=k)
    sums = np.bincount(ratings.item, ratings.value, minlength=k)
    means = sums / np.maximum(counts, 1)
    free = int((counts[counts > 0] - 1).sum())
    if not free:
        return None
    variance = float(((ratings.value - means[ratings.item]) ** 2).sum() / free)
    some = counts > 0
    of_labels: Array = variance / counts[some]
    between = max(float(means[some].var(ddof=1)) - float(of_labels.mean()), 0.0) if k > 1 else 0.0
    whole = between + float(of_labels.mean())
    return LabelNoise(
        Interval(_MEAN_OF_HALF_NORMAL * float(np.sqrt(of_labels).mean())),
        Interval(float(np.sqrt(between / whole)) if whole > 0 else float("nan")),
        f"a perfect model against averages of {counts[some].mean():.1f} ratings a photo, "
        f"of standard deviation {np.sqrt(variance):.2f}",
    )


def noise_of_posterior(
    posterior: Posterior, labels: Attractiveness, rng: np.random.Generator
) -> LabelNoise:
    """Labels that were scaled from comparisons.

    Truths are drawn from the posterior, on the scale that the labels have, its anchors held.

    Parameters
    ----------
    posterior : Posterior
        Of the utilities.
    labels : Attractiveness
        What models are judged by.
    rng : numpy.random.Generator
        For the draws.

    Raises
    ------
    ParameterError
        If they are not of the same photos.
    """
    if posterior.items != labels.items:
        raise ParameterError("the labels and the posterior are not of the same photos")
    truths = labels.intercept + labels.slope * posterior.draws(_DRAWS, rng)
    errors = np.abs(truths - labels.value).mean(axis=1)
    correlations = np.array([_correlation(truth, labels.value) for truth in truths])
    return LabelNoise(
        _drawn(errors),
        _drawn(correlations),
        "a perfect model against the scaled labels, truths drawn from the posterior",
    )


def _drawn(values: Array) -> Interval:
    known = values[np.isfinite(values)]
    if not len(known):
        return Interval(float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(known.mean()), float(low), float(high))


def _correlation(one: Array, other: Array) -> float:
    a, b = one - one.mean(), other - other.mean()
    below = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / below if below > 0 else float("nan")
