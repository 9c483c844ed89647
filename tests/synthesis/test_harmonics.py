from __future__ import annotations

import numpy as np
import pytest
from scipy.special import sph_harm_y

from napari_lesion_synth.synthesis.harmonics import (
    EVEN,
    ODD,
    basis_at,
    degrees,
    directions,
    polynomial_on_grid,
    polynomials,
)


@pytest.mark.parametrize("planar", [False, True])
def test_harmonics_are_orthonormal_over_all_directions_and_have_no_mean(planar):
    units, weights = directions(planar)
    basis = basis_at(units, planar)
    assert weights.sum() == pytest.approx(1)
    assert (basis * weights[:, None]).T @ basis == pytest.approx(np.eye(basis.shape[1]), abs=1e-9)
    assert weights @ basis == pytest.approx(np.zeros(basis.shape[1]), abs=1e-9)


def test_they_are_the_real_spherical_harmonics_of_scipy():
    units, _ = directions(False)
    theta, phi = np.arccos(units[:, 0]), np.arctan2(units[:, 1], units[:, 2])
    expected = []
    for degree in range(1, 7):
        for m in range(degree + 1):
            # Condon and Shortley's sign is left out here, as is the norm of 1 / (4 pi).
            value = (-1) ** m * np.sqrt(4 * np.pi) * sph_harm_y(degree, m, theta, phi)
            if m == 0:
                expected.append(value.real)
            else:
                expected += [np.sqrt(2) * value.real, np.sqrt(2) * value.imag]
    assert basis_at(units, False) == pytest.approx(np.stack(expected, axis=1), abs=1e-9)


def test_circular_ones_are_cosines_and_sines_of_multiples_of_the_angle():
    units, _ = directions(True)
    angle = np.arctan2(units[:, 1], units[:, 2])
    expected = [f(m * angle) * np.sqrt(2) for m in range(1, 7) for f in (np.cos, np.sin)]
    assert basis_at(units, True) == pytest.approx(np.stack(expected, axis=1), abs=1e-9)


@pytest.mark.parametrize("number", [0, 7, 20, 47])
def test_a_polynomial_on_a_grid_is_the_harmonic_times_a_power_of_r(number):
    axes = tuple(np.linspace(-1, 1.3, n, dtype=np.float32) for n in (4, 6, 5))
    values = polynomial_on_grid(polynomials(False)[number], axes)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(float)
    r = np.linalg.norm(points, axis=1)
    power = ODD if degrees(False)[number] % 2 else EVEN
    expected = basis_at(points / r[:, None], False)[:, number] * r**power
    assert values.ravel() == pytest.approx(expected, rel=1e-3, abs=1e-3)
