"""Scores that mean something: both nets' logits as one probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from napari_lesion_synth.errors import ParameterError

__all__ = ["PRIOR", "Coefficients", "calibrated", "fit", "logit"]

Coefficients = tuple[float, float, float]
"""(a, b, c) of the probability sigmoid(a * candidate + b * verifier + c), of both logits."""

PRIOR: Coefficients = (0.5, 0.5, 0.0)
"""What fits are drawn to: the geometric mean of both nets' odds, as nets are mostly too sure."""

_FARTHEST = 12.0
"""Logits are limited to this, either way: beyond, nets are only more or less sure of themselves."""


def logit(probability: ArrayLike) -> NDArray[np.float64]:
    """Logarithm of the odds, limited to 12 either way."""
    p = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    odds: NDArray[np.float64] = np.log(p) - np.log1p(-p)
    return np.clip(odds, -_FARTHEST, _FARTHEST)


def calibrated(
    coefficients: Coefficients, candidate: ArrayLike, verifier: ArrayLike
) -> NDArray[np.float64]:
    """Probability of a lesion.

    Parameters
    ----------
    coefficients : tuple of float
        From `fit`.
    candidate, verifier : array, shape (n,)
        Logits of the two nets; 0 where there is no verifier.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 to 1; it never falls as either logit rises.
    """
    a, b, c = coefficients
    first, second = (
        np.clip(np.asarray(values, np.float64), -_FARTHEST, _FARTHEST)
        for values in (candidate, verifier)
    )
    return np.asarray(expit(a * first + b * second + c))


def fit(
    candidate: ArrayLike, verifier: ArrayLike, labels: ArrayLike, strength: float = 1.0
) -> Coefficients:
    """Fit the calibration to candidates whose truth is known.

    Platt's scaling [1]_ of two logits at once: logistic regression on his softened targets, which
    keep the fit finite where the two classes are apart, or where there is one alone. `a` and `b`
    are drawn to `PRIOR` and kept from falling below 0, so that more sure is never less likely.

    Parameters
    ----------
    candidate, verifier : array, shape (n,)
        Logits of the two nets.
    labels : array of bool, shape (n,)
        Whether each is a lesion.
    strength : float
        Of the pull; about as much as so many candidates.

    Returns
    -------
    tuple of float
        (a, b, c).

    Raises
    ------
    ParameterError
        If the lengths differ, or a logit is no number.

    References
    ----------
    .. [1] J. Platt, "Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods", Advances in Large Margin Classifiers, 1999, section 2.
    """
    truth = np.asarray(labels, bool).ravel()
    logits = [np.asarray(values, np.float64).ravel() for values in (candidate, verifier)]
    if any(values.shape != truth.shape for values in logits):
        raise ParameterError(
            f"{logits[0].size} and {logits[1].size} logits for {truth.size} labels"
        )
    if not all(np.isfinite(values).all() for values in logits):
        raise ParameterError("a logit is no number", remedy="Train the nets again")
    if not truth.size:
        return PRIOR
    columns = np.stack([*np.clip(logits, -_FARTHEST, _FARTHEST), np.ones(truth.size)], axis=1)
    yes = int(truth.sum())
    targets = np.where(truth, (yes + 1) / (yes + 2), 1 / (truth.size - yes + 2))
    prior = np.asarray(PRIOR)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = columns @ weights
        pull = np.array([strength, strength, 0.0]) * (weights - prior)
        value = (np.logaddexp(0, margin) - targets * margin).sum() + pull @ (weights - prior) / 2
        return float(value), columns.T @ (expit(margin) - targets) + pull

    found = minimize(
        loss, prior, jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)]
    )
    a, b, c = found.x.tolist()
    return a, b, c
