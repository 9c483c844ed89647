"""Shapes of lesions: how far inside, in mm, every voxel lies.

A shape is a level field: positive inside, 0 on the surface, in mm. `RadialShape` is an ellipsoid
whose radius is modulated by low-order harmonics, so its level is R(direction) - r;
`mask_shape.MaskShape` takes a real lesion's mask, so its level is the signed distance to the
surface. Both are scaled to the equivalent diameter asked for and know nothing of voxels until
they are evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.harmonics import (
    basis_on_directions,
    degrees,
    directions,
    polynomial_on_grid,
    polynomials,
    series_at,
)
from napari_lesion_synth.synthesis.separable import cubic, cubic_nodes, separable

__all__ = [
    "Axes",
    "RadialShape",
    "Shape",
    "equivalent_diameter",
    "flat_axis",
    "random_coefficients",
]

Field = NDArray[np.float32]
Axes = tuple[Field, Field, Field]
"""Offsets in mm from the lesion's centre along z, y and x."""

SPECTRUM = 2.0
"""Amplitude of degree l falls as l to minus this power, as in the lesions of the LiTS labels."""


_BETWEEN_DIRECTIONS = 1.03  # the true extreme lies a little beyond those of the directions


_PATIENCE = 0.12  # the bumps are evaluated at least this often, in radii

_TINY = np.float32(1e-8)


class Shape(Protocol):
    """A lesion's outline."""

    @property
    def radius_mm(self) -> float:
        """Its mean radius."""
        ...

    def reach(self, beyond_mm: float) -> NDArray[np.float64]:
        """How far the region with level > -`beyond_mm` extends from the centre.

        Returns
        -------
        ndarray of float64, shape (3, 2)
            Along z, y and x: mm towards lower and towards higher indices, both positive.
        """
        ...

    def level(self, axes: Axes) -> Field:
        """Level in mm (positive inside) on the grid of the offsets `axes`, float32."""
        ...


def flat_axis(shape: Sequence[int]) -> int | None:
    """The axis of length 1 of a single slice; None for a volume."""
    flat = [i for i, n in enumerate(shape) if n == 1]
    return flat[0] if flat else None


def equivalent_diameter(mask: NDArray[np.bool_], spacing: Triple) -> float:
    """Diameter in mm of the sphere of the mask's volume (of the disc of its area in a slice)."""
    flat = flat_axis(mask.shape)
    size = float(mask.sum())
    for axis, step in enumerate(spacing):
        size *= 1.0 if axis == flat else step
    return float((6 * size / np.pi) ** (1 / 3) if flat is None else (4 * size / np.pi) ** 0.5)


def random_coefficients(
    irregularity: float, planar: bool, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Harmonic coefficients of a random outline.

    Parameters
    ----------
    irregularity : float
        RMS of the relative deviation of the radius from the ellipsoid.
    planar : bool
        For a single slice.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float64
        One value a harmonic of degree 1 to 6; degree 1, which would move the lesion, and degree
        2, which would lengthen it, are 0.
    """
    degree = degrees(planar).astype(float)
    amplitude = np.where(degree > 2, degree**-SPECTRUM, 0.0)
    values = rng.standard_normal(len(degree)) * amplitude
    return np.asarray(values * irregularity / np.sqrt((values**2).sum()))


@dataclass(frozen=True, eq=False)
class RadialShape:
    """An ellipsoid with low-order irregularity: the radius is a function of the direction.

    ln R(u) = ln R0 - ln |A u| + sum of c_lm Y_lm(u), where A is the ellipsoid's and R0 makes the
    volume that of the sphere of `diameter_mm` (the area that of the disc in a single slice).

    Parameters
    ----------
    diameter_mm : float
        Equivalent diameter.
    coefficients : ndarray, optional
        One value a harmonic of degree 1 to 6, of mean square 1 each: 48, or 12 in a slice. The
        root of their sum of squares is the RMS relative deviation of the radius.
    elongation : float
        Longest over shortest axis; the middle one is their geometric mean. The longest lies
        along x, the shortest along z (y in a slice), before the rotation.
    rotation : ndarray, shape (3, 3), optional
        Turns the lesion, acting on (z, y, x) vectors.
    flat : int, optional
        The axis of length 1 of a single slice.
    """

    diameter_mm: float
    coefficients: NDArray[np.float64] | None = None
    elongation: float = 1.0
    rotation: NDArray[np.float64] | None = None
    flat: int | None = None

    @property
    def _order(self) -> tuple[int, int, int]:
        """Axes with the flat one first: in a slice the harmonics live in the last two."""
        first = self.flat or 0
        second, third = (i for i in range(3) if i != first)
        return first, second, third

    @property
    def _turn(self) -> NDArray[np.float64]:
        turn = np.eye(3) if self.rotation is None else self.rotation
        return turn[np.ix_(self._order, self._order)]

    @cached_property
    def _quadric(self) -> NDArray[np.float64]:
        """Matrix Q of the ellipsoid: |A u|^2 = u.Q.u."""
        half = log(self.elongation) / 2
        axes = [0.0, -half, half] if self.flat is not None else [-half, 0.0, half]
        inverse = np.diag([exp(-2 * a) for a in axes])
        return np.asarray(self._turn @ inverse @ self._turn.T)

    @cached_property
    def _turned(self) -> NDArray[np.float64]:
        """Coefficients after the rotation, by projection: exact, since degrees do not mix."""
        planar = self.flat is not None
        if self.coefficients is None or not np.any(self.coefficients):
            return np.zeros(0)
        if self.rotation is None:
            return self.coefficients
        units, weights = directions(planar)
        values = series_at(units @ self._turn, self.coefficients, planar)
        return np.asarray((weights * values) @ basis_on_directions(planar))

    def _relative(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Radius over R0 along unit vectors, in canonical order."""
        squared = ((units @ self._quadric) * units).sum(axis=1)
        if not len(self._turned):
            return np.asarray(1 / np.sqrt(squared))
        bumps = series_at(units, self._turned, self.flat is not None)
        return np.asarray(np.exp(bumps) / np.sqrt(squared))

    @cached_property
    def _sampled(self) -> NDArray[np.float64]:
        """Radius over R0 along the `directions`."""
        return self._relative(directions(self.flat is not None)[0])

    @cached_property
    def radius_mm(self) -> float:
        """R0: it makes the volume (or area) the one asked for."""
        _, weights = directions(self.flat is not None)
        power = 3 if self.flat is None else 2
        moment = float(weights @ self._sampled**power)
        return float(self.diameter_mm / 2 / moment ** (1 / power))

    def radius(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Radius in mm along unit vectors, shape (m, 3) in (z, y, x)."""
        canonical = units[:, self._order]
        return self.radius_mm * self._relative(canonical)

    def reach(self, beyond_mm: float) -> NDArray[np.float64]:
        """See `Shape.reach`."""
        units, _ = directions(self.flat is not None)
        points = (self.radius_mm * self._sampled + beyond_mm)[:, None] * units
        out = np.zeros((3, 2))
        farthest = np.stack([-points.min(axis=0), points.max(axis=0)], axis=1)
        out[list(self._order)] = _BETWEEN_DIRECTIONS * farthest
        return out

    def level(self, axes: Axes) -> Field:
        """See `Shape.level`.

        The ellipsoid is exact. The bumps vary so slowly from voxel to voxel that, for large
        lesions, they are evaluated on a part of the voxels and interpolated.
        """
        order = self._order
        scale = np.float32(1 / self.radius_mm)
        z, y, x = (axes[i] * scale for i in order)
        if self.flat is not None:
            z = np.zeros_like(z)
        r = _distance((z, y, x))
        radius = self._radius_on((z, y, x), r)
        np.subtract(radius, r, out=r)
        r *= np.float32(self.radius_mm)
        return r if order[0] == 0 else np.moveaxis(r, 0, order[0])

    def _radius_on(self, grid: Axes, r: Field) -> Field | np.float32:
        """Radius over R0 on a grid of offsets in units of R0: exp(bumps) / |A u|."""
        bumps = self._bumps_on(grid, r) if len(self._turned) else np.float32(1)
        if self.elongation == 1.0:
            return bumps
        form = polynomial_on_grid(_quadratic(self._quadric), grid)
        np.sqrt(form, out=form)
        np.divide(r, form, out=form)
        form *= bumps
        return form

    def _bumps_on(self, grid: Axes, r: Field) -> Field:
        """exp(sum of c_lm Y_lm)."""
        strides = [max(1, int(_PATIENCE / _step(axis))) for axis in grid]
        if max(strides) == 1:
            return self._exact_bumps_on(grid, r)
        z, y, x = (_at_nodes(axis, stride) for axis, stride in zip(grid, strides, strict=True))
        back = [cubic(len(axis), stride) for axis, stride in zip(grid, strides, strict=True)]
        return separable(self._exact_bumps_on((z, y, x), _distance((z, y, x))), back)

    def _exact_bumps_on(self, grid: Axes, r: Field) -> Field:
        """Two polynomials, whatever the degree."""
        planar = self.flat is not None
        table, odd = polynomials(planar), degrees(planar) % 2 == 1
        even_part, odd_part = (
            polynomial_on_grid(np.tensordot(self._turned[side], table[side], 1), grid)
            for side in (~odd, odd)
        )
        # Homogeneous of degree 6 and 5: divided by r^6 and r^5 they depend on direction alone.
        even_part /= r
        even_part += odd_part
        square = r * r
        square *= square
        square *= r
        even_part /= square
        return np.exp(even_part, out=even_part)


def _distance(grid: Axes) -> Field:
    z, y, x = (axis * axis for axis in grid)
    z += _TINY  # the centre has no direction; it must not divide by 0
    squared = np.asarray(z[:, None, None] + (y[:, None] + x))
    return np.sqrt(squared, out=squared)


def _step(axis: Field) -> float:
    return float(axis[1] - axis[0]) if len(axis) > 1 else np.inf


def _at_nodes(axis: Field, stride: int) -> Field:
    """Coordinates of the `cubic_nodes`, of which some lie beyond the axis."""
    if stride == 1:
        return axis
    return np.asarray(axis[0] + _step(axis) * cubic_nodes(len(axis), stride), np.float32)


def _quadratic(form: NDArray[np.float64]) -> NDArray[np.float64]:
    """A quadratic form as a tensor of coefficients of z^i y^j x^k."""
    out = np.zeros((3, 3, 3))
    out[0, 0, 0] = _TINY
    unit = np.eye(3, dtype=int)
    for i in range(3):
        for j in range(3):
            out[tuple(unit[i] + unit[j])] += form[i, j]
    return out
