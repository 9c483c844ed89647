"""Lapse rate and tie threshold: as given, or those with the largest evidence.

The evidence is the likelihood with the utilities integrated out [1]_. It is multiplied by a
prior of the constant itself, so that few answers leave it where it is usual: Beta(1, 30) for
the lapse rate, 3 % on average; log-normal around 1/3, by a factor of e, for the tie.

References
----------
.. [1] D. J. C. MacKay, "Bayesian interpolation", Neural Computation 4, 1992.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.newton import Answers, Peak, find_peak
from napari_lesion_synth.perception.scaling.settings import ScalingSettings

__all__ = ["choose_link"]

Array = NDArray[np.float64]

_LAPSE_SHAPE = 30.0
_TYPICAL_LAPSE, _LAPSES = 0.02, (1e-4, 0.5)
_TYPICAL_TIE, _SPREAD_OF_LOG_TIE, _TIES = 1 / 3, 1.0, (0.01, 4.0)


def choose_link(answers: Answers, settings: ScalingSettings) -> tuple[Link, Peak]:
    """The model of an answer with its constants, and the posterior under it."""
    from scipy.optimize import minimize

    estimated = settings.lapse == "estimated"
    tied = settings.ties == "model" and bool((answers.outcome == 0.5).any())
    lapse = _TYPICAL_LAPSE if isinstance(settings.lapse, str) else settings.lapse
    start = Link(settings.model, lapse, _TYPICAL_TIE if tied else 0.0)
    if not (estimated or tied) or not len(answers.first):
        return start, find_peak(answers, start)

    def link(values: Array) -> Link:
        left = list(values)
        found_lapse = float(expit(left.pop(0))) if estimated else lapse
        return Link(settings.model, found_lapse, float(np.exp(left.pop(0))) if tied else 0.0)

    def loss(values: Array) -> float:
        tried = link(values)
        prior = _of_lapse(tried) if estimated else 0.0
        prior += _of_tie(tried) if tied else 0.0
        return -find_peak(answers, tried).evidence - prior

    first = ([logit(_TYPICAL_LAPSE)] if estimated else []) + (
        [np.log(_TYPICAL_TIE)] if tied else []
    )
    limits = ([logit(_LAPSES)] if estimated else []) + ([np.log(_TIES)] if tied else [])
    best = minimize(
        loss,
        np.array(first),
        method="Nelder-Mead",
        bounds=[(float(low), float(high)) for low, high in limits],
        options={"xatol": 0.02, "fatol": 1e-3, "maxfev": 200},
    )
    chosen = link(best.x)
    return chosen, find_peak(answers, chosen)


def _of_lapse(link: Link) -> float:
    """Logarithm of its prior, as a density of its logit."""
    return float(np.log(link.lapse) + _LAPSE_SHAPE * np.log1p(-link.lapse))


def _of_tie(link: Link) -> float:
    """Logarithm of its prior, as a density of its logarithm."""
    return float(-((np.log(link.tie / _TYPICAL_TIE) / _SPREAD_OF_LOG_TIE) ** 2) / 2)
