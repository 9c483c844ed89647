"""A prior from image features: photos that look alike are expected to be liked alike.

Utilities are a Gaussian process over standardised features: part of their variance follows the
features (linearly, or smoothly by a radial kernel), the rest is each photo's own:

    covariance = spread^2 (share K + (1 - share) I), with K of average variance 1.

With comparisons this is Gaussian-process preference learning [1]_; ratings, regression and the
choice of what to ask again use the one posterior, also of photos that nobody has judged. Spread
and share maximise the evidence (Laplace) times priors of their own: log-normal around the given
spread by a factor of 1.6, and a share of about 1/2 that may be anything; so that before the first
answers, both are the usual ones.

References
----------
.. [1] W. Chu, Z. Ghahramani, "Preference learning with Gaussian processes", ICML 2005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Prior, fit_utilities

__all__ = ["FeaturePriorSettings", "Features", "LearntPrior", "learn_prior"]

Array = NDArray[np.float64]

_LOG_SPREAD_WIDTH, _LOGIT_SHARE_WIDTH = 0.5, 1.5
_EVALUATIONS = 40


class FeaturePriorSettings(BaseModel):
    """What is expected of photos before they are judged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kernel: Literal["linear", "radial", "auto"] = Field(
        "linear",
        title="Kernel",
        description="How utilities follow the features: linear, radial (smoothly, any shape), or "
        "auto, the one with the larger evidence.",
    )
    share: float | None = Field(
        None,
        ge=0,
        lt=1,
        title="Share",
        description="Share of the variance between photos that follows the features. Empty: "
        "estimated from the answers.",
    )
    learn_spread: bool = Field(
        True,
        title="Estimate spread",
        description="Estimate from the answers how much photos differ; else the spread of the "
        "scaling's settings is taken as it is.",
    )


@dataclass(frozen=True, eq=False)
class Features:
    """Image features, standardised.

    Parameters
    ----------
    values : ndarray of float64, shape (k, p)
        Mean 0 and standard deviation 1 over the photos; columns that do not vary are left out.
    """

    values: Array

    @classmethod
    def of(cls, raw: Array) -> Features:
        """Standardise a table of features, shape (k, q).

        Raises
        ------
        InputError
            If a value is not finite.
        """
        raw = np.asarray(raw, np.float64)
        if raw.ndim != 2 or not np.isfinite(raw).all():
            raise InputError(
                "the image features are no table of finite numbers",
                remedy="Leave out the photos or features without values",
            )
        deviation = raw.std(axis=0)
        # Rounding alone gives a constant column some deviation.
        varies = deviation > 1e-9 * np.maximum(np.abs(raw).max(axis=0, initial=0.0), 1e-300)
        kept = raw[:, varies]
        return cls((kept - kept.mean(axis=0)) / deviation[varies])

    def kernel(self, kind: Literal["linear", "radial"]) -> Array:
        """Covariance of the part that follows the features, shape (k, k), of mean variance 1."""
        p = self.values.shape[1]
        if kind == "linear":
            return np.asarray(self.values @ self.values.T / p)
        from scipy.spatial.distance import pdist, squareform

        squared = pdist(self.values, "sqeuclidean")
        apart = squared[squared > 0]
        return np.exp(-squareform(squared) / (np.median(apart) if len(apart) else 1.0))


@dataclass(frozen=True, eq=False)
class LearntPrior:
    """A prior, and what it was made of.

    Parameters
    ----------
    prior : Prior
        Of the utilities.
    spread : float
        Standard deviation between photos.
    share : float
        Of the variance, that follows the features; 0 without features.
    kernel : "linear", "radial" or "none"
        How it follows them.
    evidence : float
        Logarithm of the likelihood of the answers under it.
    answers : int
        How many it was learnt from.
    """

    prior: Prior
    spread: float
    share: float
    kernel: Literal["linear", "radial", "none"]
    evidence: float
    answers: int


def learn_prior(
    comparisons: Comparisons,
    features: Features | None = None,
    settings: FeaturePriorSettings | None = None,
    scaling: ScalingSettings | None = None,
) -> LearntPrior:
    """The prior with the largest evidence.

    Parameters
    ----------
    comparisons : Comparisons
        Answers so far; also none.
    features : Features, optional
        Of the photos of the comparisons, in their order. Default: photos are independent, and
        only the spread is learnt.
    settings : FeaturePriorSettings, optional
        What is learnt.
    scaling : ScalingSettings, optional
        Model of the answers; its spread is where the spread is expected.

    Raises
    ------
    ParameterError
        If the features are of another number of photos.
    """
    settings, scaling = settings or FeaturePriorSettings(), scaling or ScalingSettings()
    k = len(comparisons.items)
    if features is None or not features.values.shape[1]:
        return _learn(comparisons, np.eye(k), "none", settings, scaling)
    if len(features.values) != k:
        raise ParameterError(f"features are of {len(features.values)} photos, answers of {k}")
    kinds: tuple[Literal["linear", "radial"], ...] = ("linear", "radial")
    if settings.kernel != "auto":
        kinds = (settings.kernel,)
    found = [_learn(comparisons, features.kernel(c), c, settings, scaling) for c in kinds]
    return max(found, key=lambda learnt: learnt.evidence)


def _learn(
    comparisons: Comparisons,
    kernel: Array,
    kind: Literal["linear", "radial", "none"],
    settings: FeaturePriorSettings,
    scaling: ScalingSettings,
) -> LearntPrior:
    from scipy.optimize import minimize

    # Lapses and ties are sought once, at the end: here they would be sought at every step.
    typical = scaling.model_copy(
        update={"ties": "half", "lapse": 0.02 if scaling.lapse == "estimated" else scaling.lapse}
    )
    own = np.eye(len(kernel))
    learns_spread = settings.learn_spread
    learns_share = kind != "none" and settings.share is None
    widths = np.array(
        [_LOG_SPREAD_WIDTH] * learns_spread + [_LOGIT_SHARE_WIDTH] * learns_share, np.float64
    )

    def prior(spread: float, share: float) -> Prior:
        return Prior(np.zeros(len(own)), spread**2 * (share * kernel + (1 - share) * own))

    def constants(at: Array) -> tuple[float, float]:
        left = list(at)
        spread = scaling.spread * float(np.exp(left.pop(0))) if learns_spread else scaling.spread
        share = 0.0 if kind == "none" else settings.share
        return spread, float(expit(left.pop(0))) if share is None else share

    def loss(at: Array) -> float:
        evidence = fit_utilities(comparisons, prior(*constants(at)), typical).evidence
        return -evidence + float(((at / widths) ** 2).sum()) / 2

    best = np.zeros(len(widths))
    if len(widths) and len(comparisons):
        best = minimize(
            loss,
            best,
            method="Nelder-Mead",
            bounds=[(-float(w), float(w)) for w in 4 * widths],
            options={
                "xatol": 0.03,
                "fatol": 0.02,
                "maxfev": _EVALUATIONS,
                "initial_simplex": np.vstack([best, np.diag(widths)]),
            },
        ).x
    spread, share = constants(best)
    return LearntPrior(prior(spread, share), spread, share, kind, -loss(best), len(comparisons))
