from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.synthesis.coverage import evaluate, refinement
from napari_lesion_synth.synthesis.mask_shape import MaskShape
from napari_lesion_synth.synthesis.outline import measure_outline
from napari_lesion_synth.synthesis.rotations import rotation_matrix
from napari_lesion_synth.synthesis.shapes import (
    RadialShape,
    equivalent_diameter,
    random_coefficients,
)

SPACING = (1.5, 0.8, 0.8)


def drawn(shape, spacing=SPACING, flat=None, pad=3.0):
    """The mask of a shape, and the offsets of its voxels from the shape's centre."""
    axes = tuple(
        np.zeros(1, np.float32)
        if axis == flat
        else (np.arange(np.floor((-low - pad) / s), np.ceil((high + pad) / s) + 1) * s)
        for axis, ((low, high), s) in enumerate(zip(shape.reach(0.0), spacing, strict=True))
    )
    axes = tuple(a.astype(np.float32) for a in axes)
    parts = refinement(shape, spacing, flat)
    return evaluate(shape, axes, spacing, parts, flat).at_least_half(), axes


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def around(center, shape, spacing):
    return tuple(
        ((np.arange(n) - c) * s).astype(np.float32)
        for n, c, s in zip(shape, center, spacing, strict=True)
    )


@settings(deadline=None, max_examples=12)
@given(
    st.integers(0, 99),
    st.floats(0.0, 0.15),
    st.floats(1.0, 2.0),
    st.tuples(*[st.floats(-180, 180)] * 3),
    st.sampled_from([None, 0, 1]),
)
def test_what_was_measured_draws_the_lesion_again(seed, irregularity, elongation, angles, flat):
    rng = np.random.default_rng(seed)
    coefficients = random_coefficients(irregularity, flat is not None, rng)
    turn = rotation_matrix(angles, flat)
    mask, _ = drawn(RadialShape(20.0, coefficients, elongation, turn, flat), flat=flat)
    outline = measure_outline(mask, SPACING)
    again, _ = drawn(outline.shape(), flat=flat)
    axes = around(outline.center, mask.shape, SPACING)
    again = evaluate(outline.shape(), axes, SPACING, (1, 1, 1), flat).at_least_half()
    assert dice(mask, again) > 0.93
    assert outline.diameter_mm == pytest.approx(20.0, rel=0.04)


def test_the_elongation_and_the_irregularity_are_those_of_the_lesion():
    ellipsoid, _ = drawn(RadialShape(24.0, None, 1.7, rotation_matrix((30.0, 40.0, 50.0))))
    found = measure_outline(ellipsoid, SPACING)
    assert found.elongation == pytest.approx(1.7, rel=0.04)
    assert found.irregularity < 0.02
    bumpy = random_coefficients(0.12, False, np.random.default_rng(4))
    rough = measure_outline(drawn(RadialShape(24.0, bumpy))[0], SPACING)
    assert rough.irregularity > 0.06


def test_a_voxel_and_an_empty_mask():
    one = np.zeros((3, 3, 3), bool)
    one[1, 1, 1] = True
    found = measure_outline(one, SPACING)
    assert found.diameter_mm == pytest.approx(equivalent_diameter(one, SPACING))
    assert np.isfinite(found.coefficients).all()
    with pytest.raises(InputError, match="empty"):
        measure_outline(~np.ones((3, 3, 3), bool), SPACING)


@pytest.mark.parametrize("flat", [None, 0])
def test_a_mask_shape_has_the_signed_distance_as_level(flat):
    spacing = (1.0, 1.0, 1.0)
    mask, axes = drawn(RadialShape(20.0, flat=flat), spacing, flat)
    level = MaskShape(20.0, mask, spacing, flat=flat).level(axes)
    r = np.linalg.norm(np.stack(np.meshgrid(*axes, indexing="ij")), axis=0)
    near = np.abs(10.0 - r) < 6
    assert np.abs(level - (10.0 - r))[near].max() < 0.8
    assert np.abs((level - (10.0 - r))[near].mean()) < 0.25


@settings(deadline=None, max_examples=10)
@given(
    st.integers(0, 20),
    st.floats(8.0, 40.0),
    st.tuples(*[st.floats(-180, 180)] * 3),
    st.sampled_from([None, 0]),
)
def test_a_mask_is_drawn_at_any_size_and_turn(seed, diameter, angles, flat):
    rng = np.random.default_rng(seed)
    source = RadialShape(18.0, random_coefficients(0.12, flat is not None, rng), 1.4, flat=flat)
    mask, _ = drawn(source, flat=flat)
    shape = MaskShape(diameter, mask, SPACING, rotation_matrix(angles, flat), flat)
    again, _ = drawn(shape, flat=flat)
    assert equivalent_diameter(again, SPACING) == pytest.approx(diameter, rel=0.05)
    assert not again[:, 0].any()
    assert not again[:, :, 0].any()


def test_far_outside_a_mask_the_level_goes_on_falling():
    mask, _ = drawn(RadialShape(10.0))
    axes = (np.zeros(1, np.float32), np.zeros(1, np.float32), np.array([10, 30, 60], np.float32))
    level = MaskShape(10.0, mask, SPACING).level(axes).ravel()
    assert level == pytest.approx([-5, -25, -55], abs=1.0)


def test_masks_of_slices_and_of_volumes_do_not_mix():
    slice_mask, _ = drawn(RadialShape(10.0, flat=0), flat=0)
    with pytest.raises(InputError, match="volume"):
        MaskShape(10.0, slice_mask, SPACING)
    with pytest.raises(InputError, match="empty"):
        MaskShape(10.0, np.zeros((3, 3, 3), bool), SPACING)
