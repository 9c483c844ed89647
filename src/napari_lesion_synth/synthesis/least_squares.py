"""Least squares of the sigmoid model, as it is rendered, to voxels.

The model of a voxel is background + delta * (mean over the voxel of the sigmoid of the level). Free
are the background, delta, the edge, the scale of the outline and the centre; the outline's form
is the label's. All derivatives are known in closed form. The label is evidence, too: it holds the
outline to within a millimetre or so, against which noise alone could not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.shapes import RadialShape

__all__ = ["Solution", "Voxels", "solve"]

Array = NDArray[np.float64]

_ROUNDS, _STEPS = 3, 25
_CLOSE_ENOUGH = 1e-4
_HUBER = 3.0
_LABEL_MM = 0.35
"""How far a careful label's outline and centre are off. The prior is Cauchy's: a label that the
voxels contradict, by being drawn too wide, is soon given up."""

_EDGE_MM, _EDGE_SPREAD = 1.3, 0.7
"""What is known of edges before looking: median, and standard deviation of the logarithm."""

_EDGE_RANGE = (0.1, 8.0)


@dataclass(frozen=True, eq=False)
class Voxels:
    """What the model is fitted to.

    Parameters
    ----------
    offsets : ndarray, shape (n, 3)
        mm from the label's centroid, (z, y, x).
    hu : ndarray, shape (n,)
        Their HU.
    sides : tuple of float
        Size of a part of a voxel in mm; 0 along the axis of length 1.
    parts : ndarray, shape (m, 3)
        Offsets in mm of the parts of a voxel from its centre.
    variance : float
        Variance of a voxel's noise, times the number of voxels that share it.
    """

    offsets: Array
    hu: Array
    sides: Triple
    parts: Array
    variance: float


@dataclass(frozen=True, eq=False)
class Solution:
    """Result of the fit.

    Parameters
    ----------
    background, delta, edge : float
        HU, HU and mm.
    growth : float
        Logarithm of the fitted over the label's radius.
    shift : ndarray, shape (3,)
        mm from the label's centroid to the fitted centre.
    errors : ndarray, shape (7,)
        Standard errors of background, delta, ln edge, growth and shift.
    """

    background: float
    delta: float
    edge: float
    growth: float
    shift: Array
    errors: Array

    @classmethod
    def start(cls, background: float, delta: float) -> Solution:
        """The label's outline with a usual edge."""
        return cls(background, delta, _EDGE_MM, 0.0, np.zeros(3), np.zeros(7))


@dataclass(frozen=True, eq=False)
class _Frame:
    """Geometry about a fixed centre: level = exp(growth) * radius - distance + units . shift."""

    radius: Array
    distance: Array
    units: Array
    blur2: Array


def solve(voxels: Voxels, shape: RadialShape, start: Solution) -> Solution:
    """Fit.

    Parameters
    ----------
    voxels : Voxels
        Data.
    shape : RadialShape
        The label's outline.
    start : Solution
        Where to begin.

    Returns
    -------
    Solution
    """
    state = np.array(
        [start.background, start.delta, np.log(start.edge), start.growth, *start.shift], float
    )
    errors = np.zeros(7)
    for _ in range(_ROUNDS):
        # Directions change little as the centre moves: they are updated between rounds only.
        frame = _look(voxels, shape, state[4:])
        before = state.copy()
        state, errors = _descend(
            voxels, frame, state, _prior(shape, voxels.sides), state[4:].copy()
        )
        if np.abs(state - before)[2:].max() < 10 * _CLOSE_ENOUGH:
            break
    return Solution(
        float(state[0]),
        float(state[1]),
        float(np.exp(state[2])),
        float(state[3]),
        state[4:].copy(),
        errors,
    )


def _prior(shape: RadialShape, sides: Triple) -> tuple[Array, Array]:
    """Expected values and precisions of the seven unknowns."""
    mean = np.array([0, 0, np.log(_EDGE_MM), 0, 0, 0, 0], float)
    spread = np.array([1e6, 1e6, _EDGE_SPREAD, _LABEL_MM / shape.radius_mm, *[_LABEL_MM] * 3])
    spread[4:] = np.where(np.asarray(sides) > 0, spread[4:], 1e-6)
    return mean, 1 / spread**2


def _look(voxels: Voxels, shape: RadialShape, center: Array) -> _Frame:
    points = voxels.offsets[None] + voxels.parts[:, None] - center
    # The centre itself lies in no direction; any will do.
    points[np.linalg.norm(points, axis=-1) < 1e-6] = (0, 0, 1e-6)
    distance = np.linalg.norm(points, axis=-1)
    units = points / distance[..., None]
    radius = shape.radius(units.reshape(-1, 3)).reshape(distance.shape)
    sides2 = np.asarray(voxels.sides) ** 2
    blur2 = np.einsum("pni,i->pn", units**2, sides2) / (2 * np.pi) ** 2
    return _Frame(radius, distance, units, blur2)


def _model(frame: _Frame, state: Array, moved: Array) -> tuple[Array, Array]:
    """HU of the voxels, and their derivatives by the seven unknowns."""
    _, delta, log_edge, growth = state[:4]
    grown = np.exp(growth) * frame.radius
    level = grown - frame.distance + np.einsum("pni,i->pn", frame.units, moved)
    edge2 = np.exp(2 * log_edge)
    width2 = edge2 + frame.blur2
    width = np.sqrt(width2)
    step = 1 / (1 + np.exp(np.clip(-level / width, -60, 60)))
    slope = delta * step * (1 - step) / width
    mean = step.mean(axis=0)
    columns = [
        np.ones_like(mean),
        mean,
        (-slope * level * edge2 / width2).mean(axis=0),
        (slope * grown).mean(axis=0),
        *(slope[..., None] * frame.units).mean(axis=0).T,
    ]
    return state[0] + delta * mean, np.stack(columns, axis=1)


def _descend(
    voxels: Voxels, frame: _Frame, state: Array, prior: tuple[Array, Array], origin: Array
) -> tuple[Array, Array]:
    """Levenberg-Marquardt with Huber weights."""
    expected, precision = prior
    damping = 1e-3

    def cost(at: Array) -> tuple[float, Array, Array]:
        values, jacobian = _model(frame, at, at[4:] - origin)
        residual = voxels.hu - values
        limit = _HUBER * max(1.4826 * float(np.median(np.abs(residual))), 1.0)
        size = np.abs(residual)
        weight = np.where(size > limit, limit / np.maximum(size, 1e-9), 1.0) / voxels.variance
        loss = np.where(size > limit, limit * (2 * size - limit), size**2).sum() / voxels.variance
        held = precision * (at - expected) ** 2
        loss += held[:3].sum() + np.log1p(held[3:]).sum()
        pull = precision.copy()
        pull[3:] /= 1 + held[3:]
        weighted = jacobian * weight[:, None]
        # einsum, not BLAS, whose threads cost more here than they gain.
        hessian = np.einsum("ni,nj->ij", weighted, jacobian) + np.diag(pull)
        downhill = np.einsum("ni,n->i", weighted, residual) - pull * (at - expected)
        return float(loss), hessian, downhill

    loss, hessian, downhill = cost(state)
    for _ in range(_STEPS):
        step = np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), downhill)
        trial = state + np.clip(step, -_longest(state), _longest(state))
        trial[2] = np.clip(trial[2], *np.log(_EDGE_RANGE))
        found = cost(trial)
        if found[0] <= loss:
            small = np.abs(trial - state)[1:].max() < _CLOSE_ENOUGH * max(1.0, abs(state[1]))
            state, (loss, hessian, downhill), damping = trial, found, damping / 4
            if small:
                break
        else:
            damping *= 6
            if damping > 1e8:
                break
    return state, np.sqrt(np.diag(np.linalg.inv(hessian)))


def _longest(state: Array) -> Array:
    """A step at most this long, so that a bad start cannot throw the fit out of the lesion."""
    return np.array([50.0, max(50.0, abs(state[1])), 0.5, 0.2, 2.0, 2.0, 2.0])
