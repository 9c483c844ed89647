"""Utilities from comparisons: the most probable ones, and how sure they are.

The posterior is sought with Newton's method [1]_, and taken as normal around its peak (Laplace).
The prior decides what answers cannot: between photos that no chain of comparisons connects, and
how far above the others a photo is that always won. Where it does, the notes say so.

References
----------
.. [1] K. Tsukida, M. R. Gupta, "How to analyze paired comparison data", UWEETR-2011-0004, 2011:
   Thurstone's case V and Bradley-Terry by maximum a posteriori.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.constants import choose_link
from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.newton import Answers, Peak
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.wording import counted

__all__ = ["Z95", "Posterior", "Prior", "RaterTraits", "fit_utilities"]

Array = NDArray[np.float64]

Z95 = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""

_SIDE_SPREAD = 0.5
"""Standard deviation of the side bias that is expected before any answer."""


@dataclass(frozen=True, eq=False)
class Prior:
    """What is expected of utilities before the answers: a normal distribution.

    Parameters
    ----------
    mean : ndarray of float64, shape (k,)
    covariance : ndarray of float64, shape (k, k)
        Positive definite.

    Raises
    ------
    ParameterError
        If the shapes do not agree, or, at first use, the covariance is not positive definite.
    """

    mean: Array
    covariance: Array

    def __post_init__(self) -> None:
        k = len(self.mean)
        if self.mean.shape != (k,) or self.covariance.shape != (k, k):
            raise ParameterError("mean and covariance of the prior are not of the same photos")

    @classmethod
    def independent(cls, k: int, spread: float = 1.0) -> Prior:
        """Nothing known of any photo: mean 0, and a standard deviation of `spread`."""
        return cls(np.zeros(k), spread**2 * np.eye(k))

    @cached_property
    def root(self) -> Array:
        """Lower Cholesky factor of the covariance."""
        try:
            return np.asarray(np.linalg.cholesky(self.covariance), np.float64)
        except np.linalg.LinAlgError:
            raise ParameterError(
                "the covariance of the prior is not positive definite",
                remedy="Leave every photo some variance of its own",
            ) from None

    @cached_property
    def precision(self) -> Array:
        """Inverse of the covariance."""
        return np.asarray(cho_solve((self.root, True), np.eye(len(self.mean))))

    @property
    def log_det(self) -> float:
        """Logarithm of the determinant of the precision."""
        return -2 * float(np.log(np.diag(self.root)).sum())


@dataclass(frozen=True, eq=False)
class RaterTraits:
    """What is known of each rater.

    Parameters
    ----------
    sharpness : ndarray of float64, shape (raters,)
        Differences are multiplied by it; 1 for the typical rater, near 0 for a careless one.
    side : ndarray of float64, shape (raters,)
        What the left side gains, in units of the comparison's noise.
    """

    sharpness: Array
    side: Array


@dataclass(frozen=True, eq=False)
class Posterior:
    """Utilities after the answers: a normal distribution.

    Utilities have no zero: comparisons say how photos differ. What all have in common is as wide
    as the prior made it; `centred` is without it.

    Parameters
    ----------
    items : tuple of str
        The photos.
    mean : ndarray of float64, shape (k,)
        The most probable utilities, in units of the comparison's noise: 1 apart is 84 : 16 for
        "thurstone", 73 : 27 for "bradley-terry".
    covariance : ndarray of float64, shape (k, k)
        Of the utilities; the other constants are taken as known.
    lapse : float
        Share of answers given without looking, as given or estimated.
    model : "thurstone" or "bradley-terry"
        Of the noise.
    tie : float
        Threshold or Davidson's constant; 0 where ties are no outcome of their own.
    side : Interval or None
        What the left side gains, in units of utility; None where not estimated.
    evidence : float
        Logarithm of the likelihood with the utilities integrated out.
    notes : tuple of str
        What a reader has to know, as sentences.
    """

    items: tuple[str, ...]
    mean: Array
    covariance: Array
    lapse: float
    model: Literal["thurstone", "bradley-terry"]
    tie: float = 0.0
    side: Interval | None = None
    evidence: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def link(self) -> Link:
        """The model of an answer."""
        return Link(self.model, self.lapse, self.tie)

    @property
    def centred(self) -> tuple[Array, Array]:
        """Mean and covariance of the utilities less their average over the photos."""
        inner = self.covariance - self.covariance.mean(axis=0)
        return self.mean - self.mean.mean(), inner - inner.mean(axis=1, keepdims=True)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Each photo's utility less the average, with its 95 % interval."""
        mean, covariance = self.centred
        reach = Z95 * np.sqrt(np.maximum(np.diag(covariance), 0))
        return tuple(
            Interval(float(m), float(m - r), float(m + r)) for m, r in zip(mean, reach, strict=True)
        )

    def draws(self, n: int, rng: np.random.Generator) -> Array:
        """Utilities drawn from the posterior, each draw less its average, shape (n, k)."""
        root = np.linalg.cholesky(self.covariance)
        drawn = self.mean + rng.standard_normal((n, len(self.mean))) @ root.T
        return np.asarray(drawn - drawn.mean(axis=1, keepdims=True))


def fit_utilities(
    comparisons: Comparisons,
    prior: Prior | None = None,
    settings: ScalingSettings | None = None,
    *,
    traits: RaterTraits | None = None,
) -> Posterior:
    """The most probable utilities, and their covariance.

    Parameters
    ----------
    comparisons : Comparisons
        Also none at all: the prior comes back.
    prior : Prior, optional
        Default: independent photos of the settings' spread.
    settings : ScalingSettings, optional
        Model, ties, lapses, side bias.
    traits : RaterTraits, optional
        How raters differ, see `pair_raters.fit_pair_raters`. Default: they do not.

    Raises
    ------
    ParameterError
        If the prior is of other photos, or its covariance is not positive definite.
    """
    settings = settings or ScalingSettings()
    k = len(comparisons.items)
    prior = prior or Prior.independent(k, settings.spread)
    if len(prior.mean) != k:
        raise ParameterError(f"the prior is of {len(prior.mean)} photos, the answers of {k}")
    link, peak = choose_link(_answers(comparisons, prior, settings, traits), settings)
    return Posterior(
        comparisons.items,
        peak.mean[:k],
        peak.covariance[:k, :k],
        link.lapse,
        settings.model,
        link.tie,
        _side(peak) if settings.side_bias else None,
        peak.evidence,
        _notes(comparisons, peak, link),
    )


def _answers(
    comparisons: Comparisons, prior: Prior, settings: ScalingSettings, traits: RaterTraits | None
) -> Answers:
    left = np.where(comparisons.first_left, 1.0, -1.0)
    scale, offset = np.ones(len(left)), np.zeros(len(left))
    if traits is not None:
        scale, offset = traits.sharpness[comparisons.rater], traits.side[comparisons.rater] * left
    mean, precision, log_det = prior.mean, prior.precision, prior.log_det
    if settings.side_bias:
        mean = np.append(mean, 0.0)
        precision = np.pad(precision, (0, 1))
        precision[-1, -1] = _SIDE_SPREAD**-2
        log_det -= 2 * float(np.log(_SIDE_SPREAD))
    return Answers(
        comparisons.first,
        comparisons.second,
        comparisons.outcome,
        left if settings.side_bias else None,
        scale,
        offset,
        mean,
        precision,
        log_det,
    )


def _side(peak: Peak) -> Interval:
    middle, reach = float(peak.mean[-1]), Z95 * float(np.sqrt(peak.covariance[-1, -1]))
    return Interval(middle, middle - reach, middle + reach)


def _notes(comparisons: Comparisons, peak: Peak, link: Link) -> tuple[str, ...]:
    """What the prior decided, and what went wrong."""
    notes = []
    if unseen := int((comparisons.shown == 0).sum()):
        notes.append(f"{counted(unseen, 'photo')} not compared: where they stand, the prior says.")
    parts = comparisons.parts[comparisons.shown > 0]
    if (apart := len(np.unique(parts))) > 1:
        notes.append(
            f"The comparisons fall into {apart} parts that nothing connects: how the parts stand "
            "to each other, the prior says."
        )
    k = len(comparisons.items)
    won = np.bincount(comparisons.first, comparisons.outcome, k)
    won += np.bincount(comparisons.second, 1 - comparisons.outcome, k)
    one_way = (comparisons.shown > 0) & ((won == 0) | (won == comparisons.shown))
    if n := int(one_way.sum()):
        notes.append(f"{counted(n, 'photo')} always won or always lost: how far, the prior says.")
    if link.tie == 0 and (comparisons.outcome == 0.5).any():
        notes.append("A tie counts as half a win for each.")
    if not peak.settled:
        notes.append("The fit did not come to rest; the figures are approximate.")
    return tuple(notes)
