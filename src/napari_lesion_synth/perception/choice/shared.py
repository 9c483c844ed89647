"""One posterior of all that is known: image features, ratings, comparisons.

A rating is taken as intercept + slope * utility + the rater's bias + noise. Given slope and
noise, ratings are normal in the utilities, so that the prior with the ratings taken in is a prior
again, and the comparisons come on top. Intercept and biases are integrated out, which leaves
ratings to say how photos differ, not where they lie; slope and noise maximise the evidence of
ratings and comparisons together. With ratings alone the slope cannot be told from the prior's
spread, and the utilities are in the latter's unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior, Prior, fit_utilities

__all__ = ["RatingScale", "Shared", "fitted_scale", "shared_posterior", "take_in_ratings"]

Array = NDArray[np.float64]

_BIAS = 0.15
"""Standard deviation of raters' biases on the scale of 0 to 1."""

_INTERCEPT = 0.5, 1.0
"""Rating of a photo of utility 0: what is expected, and its standard deviation."""

_TYPICAL, _WIDTHS = np.full(2, np.log(0.15)), np.array([0.7, 0.5])
"""Logarithms of slope and noise that are expected, and how sure that is."""


@dataclass(frozen=True, slots=True)
class RatingScale:
    """How ratings follow utilities.

    Parameters
    ----------
    slope : float
        Rise of the rating, on its scale of 0 to 1, per unit of utility.
    noise : float
        Standard deviation of a rating of a photo by a rater whose bias is known.
    """

    slope: float
    noise: float


@dataclass(frozen=True, eq=False)
class Shared:
    """The posterior, and how ratings entered it.

    Parameters
    ----------
    posterior : Posterior
        Of the utilities of all photos, those without any judgement included.
    scale : RatingScale or None
        None without ratings.
    """

    posterior: Posterior
    scale: RatingScale | None


def take_in_ratings(prior: Prior, ratings: Ratings, scale: RatingScale) -> tuple[Prior, float]:
    """The prior after the ratings.

    Parameters
    ----------
    prior : Prior
        Of the utilities of the ratings' photos.
    ratings : Ratings
        Of any raters; also none.
    scale : RatingScale
        How ratings follow utilities.

    Returns
    -------
    prior : Prior
        Utilities given the ratings.
    evidence : float
        Logarithm of the likelihood of the ratings, but for a constant.
    """
    if not len(ratings):
        return prior, 0.0
    k, raters = len(prior.mean), len(ratings.raters)
    # Unknowns: utilities, biases, intercept.
    own = np.concatenate([np.full(raters, _BIAS**-2), [_INTERCEPT[1] ** -2]])
    before = np.concatenate([prior.mean, np.zeros(raters), [_INTERCEPT[0]]])
    information = np.zeros((len(before), len(before)))
    information[:k, :k] = prior.precision
    information[range(k, len(before)), range(k, len(before))] = own
    pull = information @ before
    nothing = float(before @ pull)
    rows = np.stack([ratings.item, k + ratings.rater, np.full(len(ratings), k + raters)])
    weights = np.array([scale.slope, 1.0, 1.0])
    for one, by in zip(rows, weights, strict=True):
        np.add.at(pull, one, by * ratings.value / scale.noise**2)
        for other, times in zip(rows, weights, strict=True):
            np.add.at(information, (one, other), by * times / scale.noise**2)
    factor = cho_factor(information, lower=True)
    after = cho_solve(factor, pull)
    evidence = float(pull @ after) - nothing - float(ratings.value @ ratings.value) / scale.noise**2
    evidence += prior.log_det + float(np.log(own).sum()) - 2 * len(ratings) * np.log(scale.noise)
    evidence -= 2 * float(np.log(np.diag(factor[0])).sum())
    covariance = cho_solve(factor, np.eye(len(before)))[:k, :k]
    return Prior(after[:k], (covariance + covariance.T) / 2), float(evidence) / 2


def shared_posterior(
    prior: Prior,
    comparisons: Comparisons,
    ratings: Ratings | None = None,
    settings: ScalingSettings | None = None,
    scale: RatingScale | None = None,
) -> Shared:
    """Utilities of all photos from all that is known.

    Parameters
    ----------
    prior : Prior
        From image features, see `feature_prior.learn_prior`.
    comparisons : Comparisons
        Also none.
    ratings : Ratings, optional
        Of the same photos in the same order.
    settings : ScalingSettings, optional
        Model of the comparisons.
    scale : RatingScale, optional
        Default: estimated.

    Raises
    ------
    ParameterError
        If the ratings are of other photos.
    """
    if ratings is None or not len(ratings):
        return Shared(fit_utilities(comparisons, prior, settings), None)
    if ratings.items != comparisons.items:
        raise ParameterError("ratings and comparisons are not of the same photos")
    scale = scale or fitted_scale(prior, comparisons, ratings, settings)
    after, _ = take_in_ratings(prior, ratings, scale)
    return Shared(fit_utilities(comparisons, after, settings), scale)


def fitted_scale(
    prior: Prior, comparisons: Comparisons, ratings: Ratings, settings: ScalingSettings | None
) -> RatingScale:
    """Slope and noise of the largest evidence of ratings and comparisons together."""
    from scipy.optimize import minimize

    known = settings or ScalingSettings()
    lapse = 0.02 if known.lapse == "estimated" else known.lapse
    typical = known.model_copy(update={"ties": "half", "lapse": lapse})

    def loss(at: Array) -> float:
        after, evidence = take_in_ratings(prior, ratings, RatingScale(*np.exp(at).tolist()))
        evidence += fit_utilities(comparisons, after, typical).evidence
        return -evidence + float((((at - _TYPICAL) / _WIDTHS) ** 2).sum()) / 2

    best = minimize(
        loss, _TYPICAL, method="Nelder-Mead", options={"xatol": 0.02, "fatol": 0.01, "maxfev": 80}
    ).x
    return RatingScale(*np.exp(best).tolist())
