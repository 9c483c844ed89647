"""Ridge regression whose penalty, and whose weight of each group of columns, tunes itself.

Errors on groups left out have a closed form [1]_: with the fit's residuals r and the hat matrix
H, those of group g, had it been left out, are (I - H_gg)^-1 r_g; with groups of one row, the
well-known r_i / (1 - h_ii). So every penalty is judged on dishes that were not learnt from, for
the cost of one eigendecomposition. Groups of columns have penalties of their own, as weights of
their kernels [2]_: a weight of 0 leaves a group out.

References
----------
.. [1] D. M. Allen, "The relationship between variable selection and data augmentation and a method
   for prediction", Technometrics 16, 1974; for groups, the block inverse of the same identity.
.. [2] A. O. Nunez-Elizalde, A. G. Huth, J. L. Gallant, "Voxelwise encoding models with
   non-spherical multivariate normal priors", NeuroImage 197, 2019: banded ridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.perception.regression.models.protocol import Training
from napari_lesion_synth.perception.regression.standardising import Standardiser
from napari_lesion_synth.perception.regression.table import Array, Bools, Ints

__all__ = ["Ridge", "left_out_errors"]

PENALTIES = tuple(10 ** (k / 2) for k in range(-6, 9))
"""In units of the kernel's mean eigenvalue, 1e-3 to 1e4: from hardly any to the average alone."""

WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0)
"""Of each further group of columns, where the first has 1."""


@dataclass(frozen=True)
class Ridge:
    """Ridge regression, tuned on groups left out."""

    name: str = "ridge"

    def fit(self, data: Training) -> _Line:
        """Learn weights, penalty and coefficients."""
        scale = Standardiser.of(data.blocks)
        blocks = scale.blocks(data.blocks)
        kernels = [block @ block.T for block in blocks]
        weights = [1.0] + [0.0] * (len(kernels) - 1)
        best, penalty = _best_penalty(kernels, weights, data)
        for k in range(1, len(kernels)):
            for weight in WEIGHTS[1:]:
                tried = [*weights[:k], weight, *weights[k + 1 :]]
                error, its = _best_penalty(kernels, tried, data)
                if error < best:
                    best, penalty, weights = error, its, tried
        return _line(scale, blocks, weights, penalty, data.target)


@dataclass(frozen=True, eq=False)
class _Line:
    scale: Standardiser
    slopes: tuple[Array, ...]
    level: float
    chosen: str

    def predict(self, blocks: Sequence[Array]) -> Array:
        parts = [b @ s for b, s in zip(self.scale.blocks(blocks), self.slopes, strict=True)]
        return np.asarray(np.sum(parts, axis=0) + self.level)


def left_out_errors(kernel: Array, penalty: float, target: Array, groups: Ints) -> Array:
    """The error on each row of a ridge regression that has not seen the row's group.

    Parameters
    ----------
    kernel : ndarray, shape (n, n)
        Products of the rows; an intercept without penalty comes on top.
    penalty : float
        Above 0.
    target : ndarray, shape (n,)
    groups : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        Target less prediction.
    """
    values, vectors = np.linalg.eigh(_centred(kernel))
    penalties = np.array([penalty])
    found = _errors(np.maximum(values, 0), vectors, penalties, target, _members(groups))
    return np.asarray(found[0])


def _best_penalty(
    kernels: Sequence[Array], weights: Sequence[float], data: Training
) -> tuple[float, float]:
    """Least mean square error on groups left out, and the penalty that has it."""
    kernel = sum(w * k for w, k in zip(weights, kernels, strict=True) if w > 0)
    values, vectors = np.linalg.eigh(_centred(np.asarray(kernel)))
    values = np.maximum(values, 0)
    unit = max(float(values.mean()), 1e-12)
    members = _members(data.groups if data.divisible else np.arange(len(data.target)))
    judged: Bools = data.judged if data.judged.any() else np.ones_like(data.judged)
    penalties = unit * np.array(PENALTIES)
    errors = _errors(values, vectors, penalties, data.target, members)
    squares = (errors[:, judged] ** 2).mean(axis=1)
    best = int(np.argmin(squares))
    return float(squares[best]), float(penalties[best])


def _errors(
    values: Array, vectors: Array, penalties: Array, target: Array, members: Sequence[Ints]
) -> Array:
    """Of each penalty, shape (penalties, n)."""
    n = len(target)
    kept = values / (values + penalties[:, None])
    centred = target - target.mean()
    left = centred - (kept * (vectors.T @ centred)) @ vectors.T
    errors = np.empty((len(penalties), n))
    for rows in members:
        own = vectors[rows]
        hat = (own * kept[:, None, :]) @ own.T + 1 / n
        free = np.eye(len(rows)) - hat
        errors[:, rows] = np.linalg.solve(free, left[:, rows, None])[..., 0]
    return errors


def _members(groups: Ints) -> list[Ints]:
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    return list(np.split(order, ends))


def _centred(kernel: Array) -> Array:
    rows = kernel.mean(axis=0)
    return np.asarray(kernel - rows[None, :] - rows[:, None] + rows.mean())


def _line(
    scale: Standardiser,
    blocks: Sequence[Array],
    weights: Sequence[float],
    penalty: float,
    target: Array,
) -> _Line:
    kernel = sum(w * b @ b.T for w, b in zip(weights, blocks, strict=True))
    centred = _centred(np.asarray(kernel))
    dual = np.linalg.solve(centred + penalty * np.eye(len(target)), target - target.mean())
    slopes = tuple(w * (b.T @ dual) for w, b in zip(weights, blocks, strict=True))
    fitted = np.sum([b @ s for b, s in zip(blocks, slopes, strict=True)], axis=0)
    level = float(target.mean() - fitted.mean())
    told = f"penalty {penalty:.2g}"
    if len(weights) > 1:
        told += ", weights " + " : ".join(f"{w:g}" for w in weights)
    return _Line(scale, slopes, level, told)
