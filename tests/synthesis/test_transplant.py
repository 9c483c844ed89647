"""A donor arrives on the host's grid with its size, shape and contrast, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.cutout import cut_out, outward
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.orientation import draw_rotation, orientation
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.reach import within_reach
from napari_lesion_synth.synthesis.resample import resample
from napari_lesion_synth.synthesis.rotations import rotation_matrix
from napari_lesion_synth.synthesis.transplant import Placement, transplant

LIVER, LESION, FAT = 110, 60, -100


def make_donor(mask, hu=None, organ=None, spacing=(1.0, 1.0, 1.0), **facts):
    mask = np.asarray(mask, bool)
    organ = np.ones_like(mask) if organ is None else organ
    hu = np.where(mask, LESION, LIVER) if hu is None else hu
    volume = mask.sum() * np.prod(spacing)
    known = {
        "diameter_mm": float((6 * volume / np.pi) ** (1 / 3)),
        "depth_mm": 20.0,
        "zone": Zone.INTERIOR,
        "organ_hu": float(LIVER),
        "noise_hu": 0.0,
    }
    return Donor("d", "p", hu.astype(np.int16), mask, organ, spacing, **{**known, **facts})


def ellipsoid(shape, half_mm, spacing=(1.0, 1.0, 1.0)):
    grid = [
        (np.arange(n) - (n - 1) / 2) * s / h
        for n, s, h in zip(shape, spacing, half_mm, strict=True)
    ]
    z, y, x = np.meshgrid(*grid, indexing="ij")
    return z**2 + y**2 + x**2 <= 1


def host(shape=(50, 60, 60), spacing=(1.0, 1.0, 1.0)):
    return Volume(np.zeros(shape, np.int16), spacing)


def middle(volume):
    return tuple((n - 1) / 2 for n in volume.shape)


def place(volume, diameter, turn=None, margin=3.0, center=None):
    turn = np.eye(3) if turn is None else turn
    return Placement(center or middle(volume), turn, diameter, margin)


def full(moved, volume, array):
    out = np.zeros(volume.shape, array.dtype)
    out[moved.box] = array
    return out


# --- the affine resampler -----------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_resampling_agrees_with_scipy(seed):
    rng = np.random.default_rng(seed)
    shape, target = rng.integers(1, 12, 3), tuple(int(n) for n in rng.integers(1, 14, 3))
    fields = (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.complex64)
    matrix = rng.normal(0, 0.8, (3, 3))
    offset = rng.normal(3, 3, 3)
    found = resample(fields, matrix, offset, target)
    for part in ("real", "imag"):
        expected = ndimage.affine_transform(
            getattr(fields, part), matrix, offset, target, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(getattr(found, part), expected, atol=0.01)


# --- reach --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    spacing=st.sampled_from([(1.0, 1.0, 1.0), (1.6, 0.57, 0.57), (5.0, 0.7, 0.9)]),
    reach=st.floats(0.0, 8.0),
)
def test_reach_is_the_exact_distance_cut_off(seed, spacing, reach):
    rng = np.random.default_rng(seed)
    mask = rng.random((7, 15, 16)) < 0.02
    mask[3, 7, 7] = True
    distance = ndimage.distance_transform_edt(~mask, sampling=spacing)
    found = within_reach(mask, reach, spacing)
    clear = np.abs(distance - reach) > 0.01 * max(reach, 0.1)  # squares are held in 16 bits
    assert np.array_equal(found[clear], (distance <= reach)[clear])


def test_nothing_reaches_from_an_empty_mask():
    assert not within_reach(np.zeros((3, 4, 5), bool), 2.0, (1, 1, 1)).any()


# --- the cutout ---------------------------------------------------------------------------


def rim_donor(noise=0.0):
    """A ball of 20 mm cut by the capsule, fat beyond, with the scanner's blur between."""
    shape = (40, 40, 40)
    ball, inside = ellipsoid(shape, (10, 10, 10)), np.indices(shape)[1] < 26
    tissue = ndimage.gaussian_filter(np.where(ball, LESION, LIVER).astype(float), 0.7)
    share = ndimage.gaussian_filter(inside.astype(float), 0.8)
    hu = share * tissue + (1 - share) * FAT
    hu += np.random.default_rng(0).normal(0, noise, shape)
    return make_donor(ball & inside, hu.round(), inside, zone=Zone.RIM, depth_mm=6.0)


def test_contrast_is_taken_relative_to_the_donors_own_parenchyma():
    donor = make_donor(ellipsoid((30, 30, 30), (8, 8, 8)), organ_hu=500.0)
    cut = cut_out(donor, 4.0, planar=False)
    assert np.median(cut.contrast[cut.mask]) == LESION - LIVER
    assert np.median(cut.contrast[~cut.mask]) == 0


def test_a_donor_without_surroundings_uses_the_organs_level():
    mask = np.ones((6, 6, 6), bool)
    cut = cut_out(make_donor(mask, organ_hu=105.0), 4.0, planar=False)
    assert (cut.contrast == LESION - 105).all()


def test_neither_fat_nor_its_blur_comes_along_with_a_donor_from_the_rim():
    cut = cut_out(rim_donor(), 3.0, planar=False)
    assert cut.contrast.min() > LESION - LIVER - 4
    core = cut.mask & (np.indices(cut.mask.shape)[1] > cut.centre[1])
    assert cut.contrast[core].mean() == pytest.approx(LESION - LIVER, abs=6)


def test_a_lesions_capsule_side_fades_out_within_two_voxels():
    cut = cut_out(rim_donor(), 3.0, planar=False)
    z, x = (round(c) for c in cut.centre[[0, 2]])
    profile = cut.contrast[z, :, x]
    last = np.flatnonzero(cut.organ[z, :, x]).max()
    assert profile[last] == pytest.approx(LESION - LIVER, abs=4)
    assert profile[last] < profile[last + 1] < profile[last + 2] < 0
    assert profile[last + 3] == 0


def test_tissue_beside_the_lesion_at_the_capsule_stays_tissue():
    cut = cut_out(rim_donor(), 5.0, planar=False)
    skin = cut.organ & ~ndimage.binary_erosion(cut.organ, iterations=2, border_value=1)
    aside = skin & ~ndimage.binary_dilation(cut.mask, iterations=3)
    assert np.abs(cut.contrast[aside]).max() < 8
    assert np.abs(cut.contrast[aside]).mean() < 1


def test_other_lesions_around_do_not_come_along():
    mask = ellipsoid((30, 30, 34), (5, 5, 5))
    other = np.roll(mask, 12, axis=2)
    hu = np.where(mask | other, LESION, LIVER)
    cut = cut_out(make_donor(mask, hu, ~other), 6.0, planar=False)
    assert np.abs(cut.contrast[~cut.mask]).max() == 0


def test_a_flat_host_gets_the_largest_section():
    donor = make_donor(ellipsoid((21, 30, 30), (9, 7, 7)))
    cut = cut_out(donor, 3.0, planar=True)
    assert cut.mask.shape[0] == 1
    assert cut.mask.sum() == donor.mask.sum(axis=(1, 2)).max()
    assert cut.diameter_mm == pytest.approx(2 * np.sqrt(cut.mask.sum() / np.pi))


# --- on the host's grid -------------------------------------------------------------------


GRIDS = [(1.0, 1.0, 1.0), (5.0, 0.8, 0.8), (1.0, 2.0, 1.5), (0.7, 0.7, 0.7)]


@pytest.mark.parametrize("own", GRIDS)
@pytest.mark.parametrize("spacing", GRIDS)
@pytest.mark.parametrize("factor", [0.5, 1.0, 1.7])
def test_volume_and_contrast_survive_any_change_of_grid_and_size(own, spacing, factor):
    diameter = 24.0
    shape = tuple(int(44 / s) for s in own)
    donor = make_donor(ellipsoid(shape, (diameter / 2,) * 3, own), spacing=own)
    volume = host(tuple(int(70 / s) for s in spacing), spacing)
    turn = rotation_matrix((35.0, 50.0, -20.0))
    moved = transplant(donor, volume, place(volume, factor * donor.diameter_mm, turn))
    found = (6 * moved.mask.sum() * np.prod(spacing) / np.pi) ** (1 / 3)
    assert found == pytest.approx(factor * donor.diameter_mm, rel=0.06)
    amount = moved.contrast.sum(dtype=float) * np.prod(spacing)
    expected = (LESION - LIVER) * donor.mask.sum() * np.prod(own) * factor**3
    assert amount == pytest.approx(expected, rel=0.12)
    assert moved.scale == pytest.approx(factor)


def test_the_lesions_centroid_comes_to_lie_on_the_place_asked_for():
    donor = make_donor(ellipsoid((30, 24, 26), (9, 6, 7)))
    volume = host()
    center = (20.3, 31.7, 28.4)
    turn = rotation_matrix((70.0, -20.0, 130.0))
    moved = transplant(donor, volume, place(volume, 14.0, turn, center=center))
    found = ndimage.center_of_mass(full(moved, volume, moved.mask))
    assert np.abs(np.subtract(found, center)).max() < 0.35


@pytest.mark.parametrize("angles", [(90, 0, 0), (0, 90, 0), (0, 0, 90), (30, 40, 50)])
def test_a_turn_turns_the_long_axis(angles):
    long_axis = np.array([0.0, 0.0, 1.0])
    donor = make_donor(ellipsoid((20, 20, 40), (4, 4, 15)))
    volume, turn = host((60, 60, 60)), rotation_matrix(angles)
    moved = transplant(donor, volume, place(volume, donor.diameter_mm, turn))
    where = np.argwhere(full(moved, volume, moved.mask)).astype(float)
    _, _, axes = np.linalg.svd(where - where.mean(axis=0), full_matrices=False)
    assert abs(axes[0] @ (turn @ long_axis)) > 0.99


def test_mirroring_is_a_reflection():
    mask = np.zeros((9, 20, 20), bool)
    mask[4, 5:15, 5:8] = mask[4, 12:15, 5:15] = True  # an L
    donor = make_donor(
        np.repeat(mask[4:5], 9, axis=0) & (np.abs(np.arange(9) - 4) < 3)[:, None, None]
    )
    volume = host((9, 40, 40))
    mirror = np.diag([1.0, 1.0, -1.0])
    plain, mirrored = (
        transplant(donor, volume, place(volume, donor.diameter_mm, turn))
        for turn in (np.eye(3), mirror)
    )
    a, b = (full(m, volume, m.mask) for m in (plain, mirrored))
    assert (a[:, :, ::-1] == b).mean() > 0.99
    assert (a == b).mean() < 0.99


def test_beyond_what_is_known_of_the_donor_the_contrast_is_none():
    donor = make_donor(ellipsoid((12, 12, 12), (5, 5, 5)))
    volume = host()
    moved = transplant(donor, volume, place(volume, 10.0, margin=12.0))
    edge = np.ones(moved.mask.shape, bool)
    edge[4:-4, 4:-4, 4:-4] = False
    assert (moved.contrast[edge] == 0).all()


def test_a_lesion_below_the_grids_resolution_keeps_one_voxel():
    donor = make_donor(ellipsoid((12, 12, 12), (4, 4, 4)))
    volume = host((20, 20, 20), (5.0, 3.0, 3.0))
    moved = transplant(donor, volume, place(volume, 1.0))
    assert moved.mask.sum() == 1


def test_a_strong_reduction_averages_instead_of_skipping():
    """Alternating voxels must come out as their mean, not as stripes."""
    stripes = np.indices((60, 60, 60)).sum(axis=0) % 2
    mask = ellipsoid((60, 60, 60), (26, 26, 26))
    hu = LIVER + np.where(mask, np.where(stripes, -80, 0), 0)
    volume = host((30, 30, 30))
    moved = transplant(make_donor(mask, hu), volume, place(volume, 10.0))
    core = ndimage.binary_erosion(moved.mask, iterations=2)
    assert np.abs(moved.contrast[core] + 40).max() < 4


def test_the_box_is_clipped_to_the_volume():
    donor = make_donor(ellipsoid((20, 20, 20), (8, 8, 8)))
    volume = host((30, 30, 30))
    moved = transplant(donor, volume, place(volume, 16.0, center=(0.0, 29.0, 15.0)))
    for side, n in zip(moved.box, volume.shape, strict=True):
        assert 0 <= side.start < side.stop <= n
    assert moved.mask.shape == moved.contrast.shape == volume.hu[moved.box].shape


def test_a_single_slice_donor_is_refused_in_a_volume():
    donor = make_donor(ellipsoid((1, 20, 20), (1, 8, 8)))
    with pytest.raises(DonorError, match="single slice"):
        transplant(donor, host(), place(host(), 10.0))


def test_a_volume_donor_falls_into_a_single_slice():
    donor = make_donor(ellipsoid((21, 30, 30), (9, 8, 8)), spacing=(3.0, 1.0, 1.0))
    volume = host((1, 60, 60), (5.0, 0.8, 0.8))
    moved = transplant(donor, volume, place(volume, 20.0, rotation_matrix((25.0, 0, 0))))
    assert moved.mask.shape[0] == 1
    assert 2 * np.sqrt(moved.mask.sum() * 0.64 / np.pi) == pytest.approx(20.0, rel=0.05)


def test_a_place_outside_the_volume_is_refused():
    donor = make_donor(ellipsoid((12, 12, 12), (5, 5, 5)))
    volume = host()
    with pytest.raises(DonorError, match="inside the CT"):
        transplant(donor, volume, place(volume, 10.0, center=(-40.0, 10.0, 10.0)))


# --- which way it is turned ---------------------------------------------------------------


def test_the_outward_direction_points_to_the_donors_capsule():
    found = outward(rim_donor())
    assert found is not None
    assert found @ np.array([0.0, 1.0, 0.0]) > 0.98


def test_a_donor_deep_in_its_organ_faces_nowhere():
    assert outward(make_donor(ellipsoid((12, 12, 12), (5, 5, 5)))) is None


def organ_with_capsule_at_x(shape=(40, 40, 40)):
    return Organ(np.indices(shape)[2] < 30, (1.0, 1.0, 1.0))


RIM_SITE = Site((20, 20, 25), Zone.RIM, 5.0, 14.0)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("spin", [0.0, 77.0])
def test_a_rim_donor_turns_its_capsule_side_to_the_capsule(mirror, spin):
    params = PoissonParams(mirror=mirror, rotation_deg=(spin, 30.0, 60.0))
    turn = orientation(rim_donor(), RIM_SITE, organ_with_capsule_at_x(), params)
    assert np.linalg.det(turn) == pytest.approx(-1 if mirror else 1)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    facing = turn @ np.array([0.0, 1.0, 0.0])
    assert facing[2] > 0.97


def test_alignment_can_be_switched_off_and_is_for_the_rim_only():
    params = PoissonParams(rotation_deg=(10.0, 20.0, 30.0))
    free = params.model_copy(update={"align_capsule": False})
    plain = rotation_matrix((10.0, 20.0, 30.0))
    interior = Site((20, 20, 10), Zone.INTERIOR, 20.0, 14.0)
    organ = organ_with_capsule_at_x()
    np.testing.assert_allclose(orientation(rim_donor(), RIM_SITE, organ, free), plain)
    np.testing.assert_allclose(orientation(rim_donor(), interior, organ, params), plain)


def test_in_a_single_slice_only_the_plane_is_turned():
    organ = Organ(np.indices((1, 40, 40))[2] < 30, (5.0, 1.0, 1.0))
    site = Site((0, 20, 25), Zone.RIM, 5.0, 14.0)
    turn = orientation(rim_donor(), site, organ, PoissonParams(rotation_deg=(40.0, 50.0, 60.0)))
    np.testing.assert_allclose(turn[0], [1, 0, 0], atol=1e-9)
    assert (turn @ np.array([0.0, 1.0, 0.0]))[2] > 0.97


def test_donors_with_thick_slices_stay_upright():
    mask = ellipsoid((9, 30, 30), (12, 8, 8), (5.0, 0.8, 0.8))
    thick = make_donor(mask, spacing=(5.0, 0.8, 0.8))
    rng = np.random.default_rng(0)
    turns = [draw_rotation(rng, thick, None) for _ in range(5)]
    assert all(turn[1:] == (0.0, 0.0) for turn in turns)
    assert len(set(turns)) == 5
    thin = make_donor(mask)
    assert any(abs(a) > 1 for a in draw_rotation(rng, thin, None)[1:])
