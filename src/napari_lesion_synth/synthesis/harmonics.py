"""Real spherical harmonics as polynomials, so that whole boxes are evaluated without angles.

A harmonic of degree l is a homogeneous polynomial in (z, y, x) divided by r^l. On a regular grid
a polynomial is three small matrix products, whatever its degree: far cheaper than a sine per
voxel, and without the poles of spherical coordinates. In a single slice the circular harmonics
cos(m phi) and sin(m phi) take their place.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, factorial, sqrt

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.synthesis.separable import separable

__all__ = [
    "EVEN",
    "MAX_DEGREE",
    "ODD",
    "basis_at",
    "basis_on_directions",
    "degrees",
    "directions",
    "polynomial_on_grid",
    "polynomials",
    "series_at",
]

MAX_DEGREE = 6
EVEN, ODD = 6, 5
"""Even harmonics are raised to this homogeneous degree (by powers of r^2), odd ones to this."""

_RINGS = 12

Tensor = NDArray[np.float64]


def degrees(planar: bool) -> NDArray[np.int64]:
    """Degree of each coefficient, in the order in which shapes list them (degree 1 to 6)."""
    count = [2 if planar else 2 * d + 1 for d in range(1, MAX_DEGREE + 1)]
    return np.repeat(np.arange(1, MAX_DEGREE + 1), count)


def _times(a: Tensor, b: Tensor) -> Tensor:
    """Product of two polynomials given as tensors of coefficients of z^i y^j x^k."""
    size = MAX_DEGREE + 1
    out = np.zeros((size, size, size))
    for i, j, k in np.argwhere(b):
        shifted = a[: size - i, : size - j, : size - k]
        out[i:, j:, k:] += b[i, j, k] * shifted
    return out


def _monomial(i: int, j: int, k: int) -> Tensor:
    out = np.zeros((MAX_DEGREE + 1,) * 3)
    out[i, j, k] = 1.0
    return out


def _power(base: Tensor, exponent: int) -> Tensor:
    out = _monomial(0, 0, 0)
    for _ in range(exponent):
        out = _times(out, base)
    return out


def _azimuthal(m: int) -> tuple[Tensor, Tensor]:
    """Real and imaginary part of (x + i y)^m."""
    real, imaginary = np.zeros((2, *(MAX_DEGREE + 1,) * 3))
    for k in range(m + 1):
        part = imaginary if k % 2 else real
        part[0, k, m - k] += (-1) ** (k // 2) * comb(m, k)
    return real, imaginary


def _polar(degree: int, m: int, r2: Tensor) -> Tensor:
    """Derivative of the Legendre polynomial, made homogeneous with powers of r^2."""
    out = np.zeros((MAX_DEGREE + 1,) * 3)
    for k in range((degree - m) // 2 + 1):
        power = degree - 2 * k - m
        weight = (-1) ** k * comb(degree, k) * comb(2 * degree - 2 * k, degree)
        weight *= factorial(degree - 2 * k) / factorial(power) / 2**degree
        out += weight * _times(_power(r2, k), _monomial(power, 0, 0))
    return out


def _solid(degree: int) -> list[Tensor]:
    """Solid harmonics of one degree, of mean square 1 over the unit sphere."""
    r2 = _monomial(2, 0, 0) + _monomial(0, 2, 0) + _monomial(0, 0, 2)
    out = []
    for m in range(degree + 1):
        norm = sqrt((2 * degree + 1) * factorial(degree - m) / factorial(degree + m))
        norm *= sqrt(2) if m else 1.0
        polar = norm * _polar(degree, m, r2)
        real, imaginary = _azimuthal(m)
        out.append(_times(polar, real))
        if m:
            out.append(_times(polar, imaginary))
    return out


@lru_cache(maxsize=2)
def polynomials(planar: bool) -> NDArray[np.float64]:
    """Coefficients of every harmonic as a homogeneous polynomial.

    Parameters
    ----------
    planar : bool
        Circular harmonics in (y, x) instead of spherical ones.

    Returns
    -------
    ndarray of float64, shape (n, 7, 7, 7)
        Coefficient of z^i y^j x^k. Even harmonics have the homogeneous degree `EVEN`, odd ones
        `ODD`; divided by that power of r they have mean square 1 over all directions. n is 48,
        or 12 when planar. Read-only.
    """
    r2 = _monomial(0, 2, 0) + _monomial(0, 0, 2)
    if not planar:
        r2 = r2 + _monomial(2, 0, 0)
    table = []
    for degree in range(1, MAX_DEGREE + 1):
        solid = [sqrt(2) * p for p in _azimuthal(degree)] if planar else _solid(degree)
        lift = _power(r2, ((ODD if degree % 2 else EVEN) - degree) // 2)
        table += [_times(p, lift) for p in solid]
    out = np.array(table)
    out.flags.writeable = False
    return out


def polynomial_on_grid(
    tensor: NDArray[np.float64], axes: tuple[NDArray[np.float32], ...]
) -> NDArray[np.float32]:
    """Values of a polynomial on the grid spanned by three coordinate vectors.

    Parameters
    ----------
    tensor : ndarray, shape (k, k, k)
        Coefficient of z^i y^j x^k.
    axes : tuple of ndarray of float32
        Coordinates along z, y and x.

    Returns
    -------
    ndarray of float32, shape (len(z), len(y), len(x))
    """
    size = tensor.shape[0]
    return separable(tensor, [np.vander(axis, size, increasing=True) for axis in axes])


@lru_cache(maxsize=2)
def _monomials(planar: bool) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Exponents (z, y, x) that occur, and each harmonic's coefficients of them."""
    table = polynomials(planar)
    used = np.argwhere(table.any(axis=0))
    return used, np.ascontiguousarray(table[:, *used.T].T)


def basis_at(units: NDArray[np.float64], planar: bool) -> NDArray[np.float64]:
    """Every harmonic at given unit vectors.

    Parameters
    ----------
    units : ndarray, shape (m, 3)
        Unit vectors (z, y, x); z is 0 when planar.
    planar : bool
        Circular instead of spherical harmonics.

    Returns
    -------
    ndarray of float64, shape (m, n)
    """
    return np.asarray(_monomials_at(units, planar).T @ _monomials(planar)[1])


def series_at(
    units: NDArray[np.float64], coefficients: NDArray[np.float64], planar: bool
) -> NDArray[np.float64]:
    """Sum of the harmonics, weighted by their coefficients, at unit vectors; shape (m,)."""
    weights = _monomials(planar)[1] @ coefficients
    return np.asarray(np.einsum("k,km->m", weights, _monomials_at(units, planar)))


def _monomials_at(units: NDArray[np.float64], planar: bool) -> NDArray[np.float64]:
    used, _ = _monomials(planar)
    powers = np.ones((MAX_DEGREE + 1, 3, len(units)))
    for k in range(MAX_DEGREE):
        np.multiply(powers[k], units.T, out=powers[k + 1])
    return np.asarray(powers[used[:, 0], 0] * powers[used[:, 1], 1] * powers[used[:, 2], 2])


@lru_cache(maxsize=2)
def directions(planar: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions and weights that average exactly over the sphere, or over the circle.

    The product of Gauss-Legendre in z and an even spacing in azimuth is exact for polynomials
    up to degree 23.

    Returns
    -------
    units : ndarray, shape (m, 3)
        Unit vectors (z, y, x). Read-only.
    weights : ndarray, shape (m,)
        They sum to 1. Read-only.
    """
    if planar:
        angle = 2 * np.pi * np.arange(128) / 128
        units = np.stack([0 * angle, np.sin(angle), np.cos(angle)], axis=1)
        weights = np.full(128, 1 / 128)
    else:
        height, weight = np.polynomial.legendre.leggauss(_RINGS)
        angle = np.pi * np.arange(2 * _RINGS) / _RINGS
        ring = np.sqrt(1 - height**2)
        units = np.stack(
            [
                np.repeat(height, 2 * _RINGS),
                np.outer(ring, np.sin(angle)).ravel(),
                np.outer(ring, np.cos(angle)).ravel(),
            ],
            axis=1,
        )
        weights = np.repeat(weight / 2, 2 * _RINGS) / (2 * _RINGS)
    units.flags.writeable = weights.flags.writeable = False
    return units, weights


@lru_cache(maxsize=2)
def basis_on_directions(planar: bool) -> NDArray[np.float64]:
    """Every harmonic at the `directions`, shape (m, n). Read-only."""
    basis = basis_at(directions(planar)[0], planar)
    basis.flags.writeable = False
    return basis
