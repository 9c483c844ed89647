from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import ParameterError, SiteError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS, LesionKind
from napari_lesion_synth.synthesis.lesion_records import LesionDraw, LesionRecord
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN
from napari_lesion_synth.synthesis.sigmoid import Sigmoid
from napari_lesion_synth.synthesis.sigmoid_params import SigmoidParams
from napari_lesion_synth.synthesis.statistics import LesionStatistics

LIVER = 110
PLAIN = {
    "irregularity": 0.0,
    "elongation": 1.0,
    "texture_hu": 0.0,
    "offset_voxels": (0.0, 0.0, 0.0),
    "rotation_deg": (0.0, 0.0, 0.0),
    "host_structure": 1.0,
}


def block(shape=(49, 49, 49), spacing=(1.0, 1.0, 1.0), hu=LIVER, noise=0.0, organ=None):
    """A case whose organ fills the picture, unless it is given."""
    array = np.full(shape, hu, float) + np.random.default_rng(0).normal(0, noise, shape)
    organ = np.ones(shape, bool) if organ is None else organ
    return Case(Volume(np.round(array).astype(np.int16), spacing), Organ(organ, spacing))


def middle(case, diameter=16.0):
    z, y, x = (n // 2 for n in case.volume.shape)
    return Site((z, y, x), Zone.INTERIOR, 20.0, diameter)


def pasted(case, site, seed=1, **params):
    """The whole volume after synthesis, and the sample."""
    sample = synthesize(case, site, method="sigmoid", seed=seed, **params)
    undo = sample.paste(case.volume)
    after = case.volume.hu.copy()
    undo()
    return after.astype(int), sample


def distance_to(case, site):
    grid = np.meshgrid(
        *[
            (np.arange(n) - c) * s
            for n, c, s in zip(case.volume.shape, site.center, case.volume.spacing, strict=True)
        ],
        indexing="ij",
    )
    return np.sqrt(sum(g**2 for g in grid))


@pytest.mark.parametrize(("delta", "edge"), [(-45, 1.5), (-80, 0.8), (60, 3.0)])
def test_a_round_lesion_is_the_formula(delta, edge):
    case = block()
    site = middle(case)
    after, sample = pasted(case, site, delta_hu=delta, edge_mm=edge, **PLAIN)
    r = distance_to(case, site)
    expected = LIVER + delta / (1 + np.exp((r - 8.0) / edge))
    assert np.abs(after - expected).max() < 1.5
    assert sample.mask.sum() == pytest.approx(np.pi * 16**3 / 6, rel=0.03)
    assert np.array_equal(sample.mask, r[sample.bbox] <= 8.0)


def test_the_edge_is_the_same_in_millimetres_on_thick_slices():
    case = block((21, 49, 49), (2.5, 1.0, 1.0))
    site = middle(case, 20.0)
    after, _ = pasted(case, site, delta_hu=-60, edge_mm=2.0, **PLAIN)
    expected = LIVER - 60 / (1 + np.exp((distance_to(case, site) - 10.0) / 2.0))
    assert np.abs(after - expected).max() < 2.5


def test_in_a_single_slice_it_is_a_disc():
    case = block((1, 65, 65), (5.0, 0.8, 0.8))
    site = middle(case, 20.0)
    after, sample = pasted(case, site, delta_hu=-50, edge_mm=1.0, **PLAIN)
    expected = LIVER - 50 / (1 + np.exp((distance_to(case, site) - 10.0) / 1.0))
    assert np.abs(after - expected).max() < 1.5
    assert sample.mask.sum() * 0.64 == pytest.approx(np.pi * 100, rel=0.03)


def test_the_support_is_where_a_whole_hu_can_change_and_no_more():
    case = block()
    after, sample = pasted(case, middle(case), delta_hu=-45, edge_mm=1.5, **PLAIN)
    changed = (after != LIVER)[sample.bbox]
    assert not (changed & ~sample.support).any()
    assert np.abs(after - LIVER)[sample.bbox][sample.support].min() >= 0
    assert changed.sum() > 0.97 * sample.support.sum()
    assert (after != LIVER).sum() == changed.sum()


def test_the_noise_of_the_host_stays():
    case = block((1, 101, 101), noise=20.0)
    site = middle(case, 60.0)
    params = {**PLAIN, "host_structure": 0.0}
    after, _ = pasted(case, site, delta_hu=-50, edge_mm=1.0, **params)
    inside = distance_to(case, site)[0] < 25
    before = case.volume.hu[0].astype(float)
    assert after[0][inside].std() == pytest.approx(before[inside].std(), rel=0.03)
    assert np.corrcoef(after[0][inside], before[inside])[0, 1] > 0.98
    assert after[0][inside].mean() - before[inside].mean() == pytest.approx(-50, abs=1.0)


def vessel_case():
    case = block((31, 61, 61), noise=8.0)
    case.volume.hu[:, 28:33, :] += 70
    return case


def test_a_vessel_is_replaced_or_kept_as_asked():
    left = []
    for keep in (0.0, 0.5, 1.0):
        case = vessel_case()
        params = {**PLAIN, "host_structure": keep, "delta_hu": -40, "edge_mm": 1.0}
        after, _ = pasted(case, middle(case, 24.0), **params)
        left.append(after[15, 29:32, 24:37].mean() - after[15, 36:39, 24:37].mean())
    assert left[2] == pytest.approx(70, abs=4)
    assert abs(left[0]) < 20
    assert left[0] < left[1] < left[2]


def test_replacing_vessels_leaves_those_outside_alone():
    case = vessel_case()
    before = case.volume.hu.copy()
    after, sample = pasted(case, middle(case, 16.0), delta_hu=-40, edge_mm=0.8)
    assert np.array_equal(after[:, :, :14], before[:, :, :14])
    assert not sample.support[:, :, :1].any() or sample.bbox[2].start > 14


def rim_case(share=0.5, noise=0.0):
    """Liver to the left, fat to the right; the organ's last column is mixed of both."""
    shape = (31, 41, 41)
    organ = np.zeros(shape, bool)
    organ[:, :, :26] = True
    case = block(shape, organ=organ, noise=noise)
    hu = case.volume.hu
    hu[:, :, 26:] = -100
    hu[:, :, 25] = round(-100 + share * (LIVER + 100))
    return case


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_at_the_capsule_a_mixed_voxel_changes_by_its_part_of_the_organ(share):
    case = rim_case(share)
    site = Site((15, 20, 22), Zone.RIM, 4.0, 20.0)
    after, sample = pasted(case, site, delta_hu=-60, edge_mm=1.0, **PLAIN)
    change = after - case.volume.hu
    assert change[15, 20, 24] == pytest.approx(-60, abs=2)
    assert change[15, 20, 25] == pytest.approx(-60 * share, abs=2)
    assert (change[:, :, 26:] == 0).all()
    assert not sample.mask[:, :, 26 - sample.bbox[2].start :].any()


def test_a_bright_lesion_draws_no_line_along_the_capsule():
    case = rim_case(0.3)
    after, _ = pasted(
        case, Site((15, 20, 22), Zone.RIM, 4.0, 20.0), delta_hu=120, edge_mm=1.0, **PLAIN
    )
    profile = after[15, 20, 22:29]
    assert (np.diff(profile) <= 0).all()


@settings(deadline=None, max_examples=15)
@given(
    axis=st.integers(0, 2),
    elongation=st.floats(1.0, 2.0),
    diameter=st.floats(5.0, 22.0),
    kind=st.sampled_from(["hypodense", "ring", "necrotic"]),
    seed=st.integers(0, 9),
)
def test_a_mirrored_host_gets_the_mirrored_lesion(axis, elongation, diameter, kind, seed):
    shape, spacing = (15, 31, 33), (2.0, 1.0, 0.9)
    hu = np.random.default_rng(seed).normal(LIVER, 15, shape).round().astype(np.int16)
    organ = np.ones(shape, bool)
    organ[:, :, 22:] = organ[:, :6] = False
    center = (7, 14, 15)
    made = []
    for flip in (False, True):
        arrays = [np.ascontiguousarray(np.flip(a, axis)) if flip else a for a in (hu, organ)]
        case = Case(Volume(arrays[0].copy(), spacing), Organ(arrays[1], spacing))
        place = tuple(
            n - 1 - c if flip and k == axis else c
            for k, (c, n) in enumerate(zip(center, shape, strict=True))
        )
        site = Site(place, Zone.RIM, 5.0, diameter)
        params = {**PLAIN, "elongation": elongation, "kind": kind, "host_structure": 1.0}
        after, _ = pasted(case, site, seed=seed, delta_hu=-50, edge_mm=1.2, **params)
        made.append(np.flip(after, axis) if flip else after)
    difference = np.abs(made[0] - made[1])
    assert difference.max() <= 1  # rounding
    assert (difference > 0).mean() < 0.01


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.5, 0.8, 0.8), (0.9, 1.3, 1.3)])
def test_the_same_recipe_gives_the_same_volume_at_any_spacing(spacing):
    case = block(tuple(int(44 / s) for s in spacing), spacing)
    params = SigmoidParams(delta_hu=-45, edge_mm=1.2, irregularity=0.1, shape_seed=3)
    sample = Sigmoid().render(Context(case, middle(case, 18.0)), params)
    volume = sample.mask.sum() * np.prod(spacing)
    assert volume == pytest.approx(np.pi * 18**3 / 6, rel=0.04)


def test_a_ring_is_bright_around_a_dark_core():
    case = block()
    site = middle(case, 24.0)
    after, sample = pasted(case, site, kind="ring", delta_hu=-45, edge_mm=0.6, **PLAIN)
    r = distance_to(case, site)
    assert after[r < 6].mean() == pytest.approx(LIVER - 45, abs=3)
    assert after[(r > 10) & (r < 11)].mean() > LIVER + 25
    assert np.array_equal(sample.mask, r[sample.bbox] <= 12.0)


def test_a_necrotic_core_is_darker_than_the_rest():
    case = block()
    site = middle(case, 24.0)
    after, _ = pasted(case, site, kind="necrotic core", delta_hu=-30, edge_mm=0.6, **PLAIN)
    r = distance_to(case, site)
    feature = COMPOSITIONS[LesionKind.NECROTIC_CORE].feature_hu
    assert after[(r > 8.5) & (r < 10)].mean() == pytest.approx(LIVER - 30, abs=4)
    assert after[r < 4].mean() == pytest.approx(LIVER - 30 + feature, abs=3)


def test_calcifications_are_grains_inside():
    case = block()
    site = middle(case, 24.0)
    after, _ = pasted(case, site, kind="calcified", delta_hu=-30, edge_mm=0.6, **PLAIN)
    r = distance_to(case, site)
    bright = after > LIVER + 60
    assert 0.01 < bright[r < 9].mean() < 0.3
    assert not bright[r > 12].any()
    assert np.median(after[r < 9]) < LIVER


def test_the_size_and_strength_of_the_feature_can_be_set():
    case = block()
    site = middle(case, 24.0)
    ring = {"kind": "ring-enhancing", "delta_hu": -20, "edge_mm": 0.5, "feature_hu": 100}
    after, _ = pasted(case, site, feature_size=0.5, **ring, **PLAIN)
    r = distance_to(case, site)
    assert after[(r > 8) & (r < 10)].mean() == pytest.approx(LIVER + 100, abs=3)


def test_a_positive_contrast_makes_a_bright_lesion():
    case = block()
    after, sample = pasted(case, middle(case), delta_hu=40)
    assert sample.recipe.params["kind"] == "hyperdense"
    assert after.max() > LIVER + 25
    bright = synthesize(case, middle(case), kind="hyperdense", seed=3)
    assert bright.recipe.params["delta_hu"] > 0


def test_a_contrast_that_contradicts_the_kind_is_refused():
    case = block()
    with pytest.raises(ParameterError, match="hypodense lesion cannot have delta_hu=40"):
        synthesize(case, middle(case), kind="hypodense", delta_hu=40)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"edge_mm": 50}, "from 0.1 to 8"),
        ({"delta_hu": float("nan")}, "delta_hu"),
        ({"kind": "purple"}, "hypodense"),
        ({"offset_voxels": (0.0, 0.0)}, "offset_voxels"),
        ({"feature_size": 2}, "from 0.01 to 0.95"),
        ({"radius": 3}, "delta_hu, edge_mm, elongation"),
    ],
)
def test_bad_parameters_are_refused_with_what_is_allowed(params, message):
    case = block()
    with pytest.raises(ParameterError, match=message):
        synthesize(case, middle(case), **params)


def test_fixing_one_parameter_leaves_the_others_as_drawn():
    case = block()
    free = synthesize(case, middle(case), seed=5).recipe.params
    fixed = synthesize(case, middle(case), seed=5, edge_mm=2.5).recipe.params
    assert fixed == {**free, "edge_mm": 2.5}


def test_open_parameters_come_from_the_statistics_given():
    own = LesionStatistics(
        tuple(
            LesionRecord(f"d{i}", "p", LesionDraw(16.0, -90.0, 0.5, 0.05, 1.2, 1.0, 2.0))
            for i in range(60)
        )
    )
    case = block()
    drawn = [
        synthesize(case, middle(case), statistics=own, seed=i).recipe.params for i in range(25)
    ]
    assert np.median([d["delta_hu"] for d in drawn]) == pytest.approx(-90, abs=10)
    usual = [synthesize(case, middle(case), seed=i).recipe.params["delta_hu"] for i in range(25)]
    assert np.median(usual) == pytest.approx(-38, abs=15)


def test_small_lesions_are_drawn_with_edges_that_leave_them_visible():
    case = block()
    for seed in range(20):
        params = synthesize(case, middle(case, 4.0), seed=seed).recipe.params
        assert params["edge_mm"] <= 0.8


@pytest.mark.parametrize("diameter", [0.3, 1.0, 2.0])
def test_even_the_smallest_lesion_has_a_label(diameter):
    case = block((5, 11, 11), (5.0, 1.0, 1.0))
    sample = synthesize(case, middle(case, diameter), delta_hu=-40)
    assert sample.mask.any()
    assert not (sample.mask & ~sample.support).any()


def test_no_contrast_is_a_sham():
    case = block(noise=10.0)
    before = case.volume.hu.copy()
    after, sample = pasted(case, middle(case), delta_hu=0, **PLAIN)
    assert np.array_equal(after, before)
    assert sample.mask.any()


def test_the_result_is_cut_at_the_range_of_a_scanner_but_the_host_is_not():
    case = block()
    case.volume.hu[:, :, :20] = 3000
    case.volume.hu[0, 0, 0] = -2048
    after, _ = pasted(case, middle(case, 20.0), delta_hu=500, edge_mm=1.0, **PLAIN)
    assert after.max() == HU_MAX
    assert after[0, 0, 0] == -2048
    case.volume.hu[:] = -1000
    after, _ = pasted(case, middle(case, 20.0), delta_hu=-200, edge_mm=1.0, **PLAIN)
    assert after.min() == HU_MIN


def test_the_offset_moves_the_lesion_by_parts_of_a_voxel():
    case = block()
    site = middle(case)
    params = {**PLAIN, "offset_voxels": (0.0, 0.0, 0.5), "delta_hu": -100, "edge_mm": 1.0}
    after, _ = pasted(case, site, **params)
    weight = (LIVER - after) / (LIVER - after).sum()
    found = [(weight * g).sum() for g in np.indices(case.volume.shape)]
    assert found == pytest.approx([24.0, 24.0, 24.5], abs=0.02)


def test_the_texture_has_the_amplitude_asked_for_and_stays_inside():
    case = block((61, 61, 61))
    site = middle(case, 50.0)
    params = {**PLAIN, "texture_hu": 20.0, "texture_mm": 1.5}
    after, _ = pasted(case, site, delta_hu=-60, edge_mm=0.5, **params)
    r = distance_to(case, site)
    assert after[r < 20].std() == pytest.approx(20, rel=0.15)
    assert (after[r > 29] == LIVER).all()


def test_a_donor_in_the_context_lends_its_outline(ball_donor):
    case, donor = block(), ball_donor(20.0)
    long = np.zeros_like(donor.mask)
    c = [n // 2 for n in long.shape]
    long[c[0] - 1 : c[0] + 2, c[1] - 2 : c[1] + 3, 3:-3] = True
    donor = type(donor)(**{**donor.__dict__, "mask": long})
    params = SigmoidParams(delta_hu=-50, edge_mm=0.8)
    sample = Sigmoid().render(Context(case, middle(case, 14.0), donor=donor), params)
    extent = np.ptp(np.argwhere(sample.mask), axis=0)
    assert extent[2] > 2 * extent[1]
    assert sample.recipe.donor == donor.id


def test_the_outline_of_a_volume_does_not_fit_a_slice():
    case = block((1, 40, 40))
    params = SigmoidParams(outline=(0.1,) * 48)
    with pytest.raises(ParameterError, match="48 harmonics"):
        Sigmoid().render(Context(case, middle(case)), params)


@pytest.mark.parametrize("center", [(0, 0, 0), (99, 10, 10), (-1, 24, 24)])
def test_a_site_outside_the_organ_is_refused(center):
    organ = np.zeros((49, 49, 49), bool)
    organ[10:40, 10:40, 10:40] = True
    with pytest.raises(SiteError, match="does not lie in the organ"):
        synthesize(block(organ=organ), Site(center, Zone.RIM, 1.0, 10.0))


def test_parameters_survive_the_way_through_a_recipe():
    case = block()
    for kind in LesionKind:
        sample = synthesize(case, middle(case), kind=kind, seed=2)
        again = SigmoidParams.model_validate(sample.recipe.params)
        assert again.model_dump(mode="json") == sample.recipe.params


def test_every_kind_has_a_composition_and_answers_to_its_first_word():
    assert set(COMPOSITIONS) == set(LesionKind)
    assert LesionKind("Ring Enhancing") is LesionKind.RING_ENHANCING
    assert LesionKind("necrotic_core") is LesionKind.NECROTIC_CORE
    assert LesionKind("calcified") is LesionKind.CALCIFIED


numbers = {
    "edge_mm": st.floats(0.1, 8.0),
    "irregularity": st.floats(0.0, 0.4),
    "elongation": st.floats(1.0, 4.0),
    "rotation_deg": st.tuples(*[st.floats(-360, 360)] * 3),
    "offset_voxels": st.tuples(*[st.floats(-0.5, 0.5)] * 3),
    "texture_hu": st.floats(0.0, 60.0),
    "texture_mm": st.floats(0.5, 20.0),
    "shape_seed": st.integers(0, 2**32 - 1),
    "host_structure": st.floats(0.0, 1.0),
    "feature_hu": st.none() | st.floats(-300, 2000),
    "feature_size": st.none() | st.floats(0.01, 0.95),
}


@settings(deadline=None, max_examples=60)
@given(
    values=st.fixed_dictionaries(numbers),
    kind=st.sampled_from(LesionKind),
    contrast=st.floats(0, 300),
    shape=st.sampled_from([(9, 21, 22), (1, 30, 31), (20, 1, 21), (25, 18, 1)]),
    spacing=st.sampled_from([(1.0, 1.0, 1.0), (5.0, 0.7, 0.7), (0.8, 2.0, 1.5)]),
    diameter=st.floats(0.5, 40.0),
    data=st.data(),
)
def test_any_parameters_within_their_ranges_make_a_valid_sample(
    values, kind, contrast, shape, spacing, diameter, data
):
    rng = np.random.default_rng(0)
    hu = rng.normal(LIVER, 30, shape).round().astype(np.int16)
    organ = rng.random(shape) < 0.9
    index = data.draw(st.integers(0, int(organ.sum()) - 1))
    center = tuple(int(i) for i in np.argwhere(organ)[index])
    case = Case(Volume(hu, spacing), Organ(organ, spacing))
    params = SigmoidParams(kind=kind, delta_hu=COMPOSITIONS[kind].sign * contrast, **values)
    sample = Sigmoid().render(Context(case, Site(center, Zone.RIM, 1.0, diameter)), params)
    assert sample.mask.any()
    assert not (sample.mask & ~sample.support).any()
    assert not (sample.support & ~organ[sample.bbox]).any()
    outside = ~sample.support
    assert np.array_equal(sample.hu[outside], hu[sample.bbox][outside])
    assert sample.hu.dtype == np.int16
    assert sample.hu[sample.support].min() >= HU_MIN
    assert sample.hu[sample.support].max() <= HU_MAX
