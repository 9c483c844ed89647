from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.synthesis.rotations import (
    random_rotation,
    rotation_angles,
    rotation_matrix,
)


@given(st.tuples(*[st.floats(-180, 180)] * 3))
def test_angles_and_matrices_are_two_ways_to_say_the_same(angles):
    matrix = rotation_matrix(angles)
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1)
    assert rotation_matrix(rotation_angles(matrix)) == pytest.approx(matrix, abs=1e-6)


def test_a_quarter_turn_about_z_takes_y_to_x():
    turned = rotation_matrix((90.0, 0.0, 0.0)) @ np.array([0.0, 1.0, 0.0])
    assert turned == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)


@pytest.mark.parametrize("flat", [0, 1, 2])
def test_a_single_slice_turns_about_its_normal_alone(flat):
    normal = np.eye(3)[flat]
    matrix = rotation_matrix((20.0, 30.0, 40.0), flat)
    assert matrix @ normal == pytest.approx(normal)
    drawn = random_rotation(np.random.default_rng(0), flat)
    assert [angle != 0 for angle in drawn] == [axis == flat for axis in range(3)]


def test_drawn_rotations_favour_no_direction():
    rng = np.random.default_rng(1)
    poles = np.array([rotation_matrix(random_rotation(rng))[:, 2] for _ in range(4000)])
    assert poles.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.04)
    assert (poles**2).mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.03)
