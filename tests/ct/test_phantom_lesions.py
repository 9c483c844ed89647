"""The phantom's lesions and the table that tells the truth about them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.phantom import PhantomScan, PhantomSettings, make_phantom
from napari_lesion_synth.ct.phantom.growth import grow_lesion
from napari_lesion_synth.ct.phantom.lesions import draw_lesions
from napari_lesion_synth.ct.phantom.sites import choose_seats

CASES = {
    "whole": {"seed": 1, "lesions": 7, "spacing": (5.0, 2.5, 2.5), "diameter_mm": (12, 30)},
    "thin slab": {"seed": 2, "lesions": 5, "spacing": (2.0, 2.0, 2.0), "slices": 24},
    "single slice": {"seed": 3, "lesions": 5, "spacing": (3.0, 1.0, 1.0), "slices": 1},
    "all at the rim": {
        "seed": 4,
        "lesions": 4,
        "spacing": (5.0, 2.5, 2.5),
        "rim_fraction": 1.0,
        "diameter_mm": (14, 24),
    },
}


@cache
def scan(name: str, *, lesions: int | None = None, noise_hu: float = 0.0) -> PhantomScan:
    options = {**CASES[name], "noise_hu": noise_hu}
    if lesions is not None:
        options["lesions"] = lesions
    return make_phantom(**options)


@pytest.fixture(params=CASES)
def case(request):
    return request.param


def size_mm(voxels: int, phantom: PhantomScan) -> float:
    """Equivalent diameter: of a sphere, or of a disc in a single slice."""
    if phantom.volume.shape[0] == 1:
        return float(np.sqrt(4 * voxels * np.prod(phantom.volume.spacing[1:]) / np.pi))
    return float(np.cbrt(6 * voxels * np.prod(phantom.volume.spacing) / np.pi))


def test_instances_follow_the_table(case):
    phantom = scan(case)
    assert [t["id"] for t in phantom.truth] == list(range(1, CASES[case]["lesions"] + 1))
    assert set(np.unique(phantom.instances)) == {0, *(t["id"] for t in phantom.truth)}
    assert np.array_equal(phantom.instances > 0, phantom.lesions)
    for record in phantom.truth:
        assert phantom.instances[record["center"]] == record["id"]
        assert record["voxels"] == (phantom.instances == record["id"]).sum()


def test_lesions_lie_in_the_liver(case):
    phantom = scan(case)
    assert phantom.lesions.any()
    assert not (phantom.lesions & ~phantom.liver).any()


def test_lesions_do_not_touch(case):
    phantom = scan(case)
    _, count = ndimage.label(phantom.lesions, np.ones((3, 3, 3)))
    assert count == len(phantom.truth)


def test_rim_quota_is_exact(case):
    asked = CASES[case]
    rim = [t for t in scan(case).truth if t["zone"] == "rim"]
    assert len(rim) == round(asked["lesions"] * asked.get("rim_fraction", 0.5))


def test_depth_and_zone_are_those_of_the_organ(case):
    phantom = scan(case)
    organ = Organ(phantom.liver, phantom.volume.spacing)
    for record in phantom.truth:
        inside = tuple(c - s.start for c, s in zip(record["center"], organ.bbox, strict=True))
        assert record["depth_mm"] == pytest.approx(float(organ.depth_map[inside]), abs=0.01)
        near = record["depth_mm"] - record["diameter_mm"] / 2 < 5
        assert record["zone"] == ("rim" if near else "interior")


def test_interior_lesions_have_their_diameter(case):
    phantom = scan(case)
    voxel = max(phantom.volume.spacing)
    for record in phantom.truth:
        measured = size_mm(record["voxels"], phantom)
        if record["zone"] == "interior":
            assert measured == pytest.approx(record["diameter_mm"], rel=0.1, abs=0.2 * voxel)
        else:
            assert measured < 1.1 * record["diameter_mm"] + 0.2 * voxel


def test_contrast_is_the_change_that_the_lesion_made(case):
    phantom, healthy = scan(case), scan(case, lesions=0)
    change = phantom.volume.hu.astype(float) - healthy.volume.hu
    seen = 0
    for record in phantom.truth:
        core = ndimage.binary_erosion(phantom.instances == record["id"], np.ones((1, 3, 3)))
        if record["diameter_mm"] < 10 or core.sum() < 8:
            continue  # blurred through and through: the plateau is not reached
        ratio = np.median(change[core]) / record["delta_hu"]
        low, high = (0.8, 1.15) if record["kind"] == "solid" else (0.9, 1.5)
        assert low < ratio < high
        seen += 1
    assert seen


@pytest.mark.parametrize("case", ["thin slab", "single slice"])
def test_without_lesions_the_rest_of_the_scan_is_the_same(case):
    with_lesions = scan(case, noise_hu=15.0)
    healthy = scan(case, lesions=0, noise_hu=15.0)
    changed = with_lesions.volume.hu != healthy.volume.hu
    away = ndimage.distance_transform_edt(~with_lesions.liver, sampling=healthy.volume.spacing)
    assert changed.any()
    assert not changed[away > 3 * max(healthy.volume.spacing)].any()


def ball(shape=(40, 80, 80), spacing=(4.0, 2.5, 2.5)):
    z, y, x = np.ogrid[tuple(slice(n) for n in shape)]
    half = [n / 2 for n in shape]
    inside = sum(((a - h) / (h - 2)) ** 2 for a, h in zip((z, y, x), half, strict=True)) < 1
    return inside, spacing


NO_VESSELS = np.empty((0, 3)), np.empty(0)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 30), share=st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_seats_keep_the_quota_and_their_distance(seed, count, share):
    liver, spacing = ball()
    wanted = PhantomSettings(
        lesions=count, spacing=spacing, rim_fraction=share, diameter_mm=(6, 14)
    )
    seats = choose_seats(liver, wanted, NO_VESSELS, np.random.default_rng(seed))
    assert len(seats) == count
    assert sum(s.rim for s in seats) == round(count * share)
    for a, first in enumerate(seats):
        assert liver[first.center]
        for second in seats[:a]:
            apart = np.multiply(np.subtract(first.center, second.center), spacing)
            assert np.linalg.norm(apart) > 0.5 * (first.diameter_mm + second.diameter_mm)


def test_default_lesions_are_hypodense_and_mostly_small():
    liver, spacing = ball((60, 120, 120), (4.0, 2.0, 2.0))
    wanted = PhantomSettings(lesions=60, spacing=spacing)
    seats = choose_seats(liver, wanted, NO_VESSELS, np.random.default_rng(0))
    sizes = np.array([s.diameter_mm for s in seats])
    assert sizes.min() >= 6
    assert sizes.max() <= 30
    assert np.median(sizes) < np.mean(wanted.diameter_mm) - 3
    deltas = [lesion.delta_hu for lesion in draw_lesions(seats, wanted, np.random.default_rng(0))]
    assert min(deltas) >= -70
    assert max(deltas) <= -15
    assert np.median(deltas) == pytest.approx(-38, abs=6)


def test_large_vessels_are_spared():
    liver = np.ones((20, 60, 60), bool)
    liver[:, [0, -1], :] = False
    axis = np.stack([np.full(60, 20.0), np.full(60, 60.0), np.arange(60) * 2.0], axis=1)
    wanted = PhantomSettings(
        lesions=4, spacing=(2.0, 2.0, 2.0), diameter_mm=(10, 12), rim_fraction=0
    )
    seats = choose_seats(liver, wanted, (axis, np.full(60, 5.0)), np.random.default_rng(1))
    for seat in seats:
        off = np.linalg.norm(np.multiply(seat.center, 2.0) - axis, axis=1).min()
        assert off > 5 + 0.3 * seat.diameter_mm


@pytest.mark.parametrize("flat", [False, True])
def test_growth_has_the_volume_asked_for(flat):
    growth = grow_lesion(np.random.default_rng(0), 18.0, 1.2, "solid", flat=flat)
    cells = growth.tissue.sum()
    size = (
        np.sqrt(4 * cells * growth.step**2 / np.pi)
        if flat
        else np.cbrt(6 * cells * growth.step**3 / np.pi)
    )
    assert size == pytest.approx(18.0, rel=0.02)
    assert growth.reach > 9.5  # no sphere


def test_growth_is_never_twice_the_same():
    first, second = (
        grow_lesion(np.random.default_rng(k), 18.0, 1.2, "solid", flat=False) for k in (1, 2)
    )
    assert not np.array_equal(first.tissue, second.tissue)


def test_edge_has_its_width():
    growth = grow_lesion(np.random.default_rng(3), 30.0, 4.0, "solid", flat=True)
    tissue = growth.tissue[0]
    band = ((tissue > 0.1) & (tissue < 0.9)).sum() * growth.step**2
    rim = ndimage.gaussian_filter((tissue > 0.5).astype(float), 1.0)
    length = np.hypot(*np.gradient(rim)).sum() * growth.step
    assert band / length == pytest.approx(4.0, rel=0.25)


@pytest.mark.parametrize(("kind", "sign"), [("necrotic", 1), ("target", 1), ("solid", 0)])
def test_kinds_differ_from_core_to_border(kind, sign):
    growth = grow_lesion(np.random.default_rng(5), 24.0, 1.0, kind, flat=False)
    inside = growth.tissue > 0.5
    depth = ndimage.distance_transform_edt(inside)
    core = growth.contrast[depth > 0.75 * depth.max()].mean()
    border = growth.contrast[inside & (depth < 3)].mean()
    assert (growth.contrast * growth.tissue).sum() / growth.tissue.sum() == pytest.approx(1)
    assert core - border > 0.2 if sign else abs(core - border) < 0.2
