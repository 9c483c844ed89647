"""Sites: true zones, exact quotas, room kept, the whole organ reached, the same for a seed."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.placement import MIN_DEPTH
from napari_lesion_synth.anatomy.proposal import GAP_MM, propose_sites, site_at
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone, zone_of
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError, InputError, ParameterError, SiteError

SPACINGS = [(2.5, 1.0, 1.0), (5.0, 0.9, 0.9), (1.0, 1.2, 1.1)]


def gap_between(one: Site, other: Site, spacing: tuple[float, float, float]) -> float:
    """Free space between two balls in mm."""
    places = ([i * s for i, s in zip(site.center, spacing, strict=True)] for site in (one, other))
    return math.dist(*places) - (one.diameter_mm + other.diameter_mm) / 2


def ball(site: Site, shape: tuple[int, ...], spacing: tuple[float, float, float]) -> np.ndarray:
    """Voxels whose centre lies in the lesion."""
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    squares = [((axis - i) * s) ** 2 for axis, i, s in zip(axes, site.center, spacing, strict=True)]
    return sum(squares) <= (site.diameter_mm / 2) ** 2


@pytest.fixture(scope="module")
def rich_case(millimetres) -> Case:
    """An organ with a lesion, a vessel and texture; large enough for a dozen sites."""
    shape, spacing = (36, 90, 100), (2.5, 1.2, 1.2)
    grid = millimetres(shape, spacing)
    organ = sum((g / h) ** 2 for g, h in zip(grid, (40, 48, 54), strict=True)) < 1
    vessel = (np.hypot(grid[0], grid[1]) < 4) & organ
    lesions = np.linalg.norm(grid - np.array([0, 25, 10])[:, None, None, None], axis=0) < 9
    hu = np.where(organ, 110.0, -100.0) + np.random.default_rng(0).normal(0, 12, shape)
    hu[vessel] += 60
    hu[lesions] -= 50
    return Case(Volume(np.round(hu).astype(np.int16), spacing), Organ(organ, spacing), lesions)


# What every proposal keeps to


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(0, 7),
    rim_fraction=st.floats(0, 1),
    sizes=st.tuples(st.floats(4, 16), st.floats(4, 16)).map(sorted),
    gap=st.floats(0, 6),
)
def test_quota_zone_gap_and_obstacles(rich_case, seed, n, rim_fraction, sizes, gap):
    low, high = sizes
    sites = propose_sites(
        rich_case, n, rim_fraction=rim_fraction, diameter_mm=(low, high), seed=seed, gap_mm=gap
    )
    organ = rich_case.organ
    assert len(sites) == n
    assert sum(site.zone is Zone.RIM for site in sites) == round(n * rim_fraction)
    vessels = np.zeros(organ.shape, bool)
    vessels[organ.bbox] = rich_case.site_index.vessels
    assert vessels.sum() > 500
    for site in sites:
        assert all(type(i) is int for i in site.center)
        assert organ.contains(site.center)
        assert site.depth_mm == organ.depth_at(site.center)
        assert low <= site.diameter_mm <= high
        assert site.zone is zone_of(site.depth_mm, site.diameter_mm)
        assert site.depth_mm >= MIN_DEPTH * site.diameter_mm / 2
        lesion = ball(site, organ.shape, organ.spacing)
        assert not (lesion & vessels).any()
        wide = ball(Site(site.center, site.zone, 0, site.diameter_mm + 2 * gap), *shape_of(organ))
        assert not (wide & rich_case.lesions).any()
        if site.zone is Zone.INTERIOR:
            assert not (lesion & ~organ.mask).any()
    for one, other in itertools.combinations(sites, 2):
        assert gap_between(one, other, organ.spacing) > gap


def shape_of(organ: Organ) -> tuple[tuple[int, ...], tuple[float, float, float]]:
    return organ.shape, organ.spacing


@pytest.mark.parametrize("zone", ["rim", "interior", Zone.RIM, Zone.INTERIOR])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_one_zone_only(zone, spacing, ball_case):
    shape = tuple(round(90 / s) for s in spacing)
    case = ball_case(shape, spacing)
    sites = propose_sites(case, 6, zone=zone, diameter_mm=(6, 12), seed=3)
    assert [site.zone for site in sites] == [Zone(zone)] * 6


def test_zones_fall_naturally_if_nothing_is_asked(rich_case):
    zones = [site.zone for seed in range(40) for site in propose_sites(rich_case, 3, seed=seed)]
    assert 0.3 < zones.count(Zone.RIM) / len(zones) < 0.95


def test_zones_and_sizes_come_in_random_order(rich_case):
    firsts = [propose_sites(rich_case, 4, rim_fraction=0.5, seed=seed)[0] for seed in range(30)]
    assert 5 < sum(site.zone is Zone.RIM for site in firsts) < 25
    assert np.std([site.diameter_mm for site in firsts]) > 2


def test_the_width_of_the_rim_counts(rich_case):
    for site in propose_sites(rich_case, 4, zone="interior", diameter_mm=8, rim_mm=12, seed=1):
        assert site.depth_mm >= 16
    for site in propose_sites(rich_case, 4, zone="rim", diameter_mm=8, rim_mm=0, seed=1):
        assert site.depth_mm < 4


def test_rim_lesions_stay_substantial(rich_case):
    organ = rich_case.organ
    kept = []
    for seed in range(25):
        for site in propose_sites(rich_case, 3, zone="rim", diameter_mm=16, seed=seed):
            lesion = ball(site, organ.shape, organ.spacing)
            kept.append((lesion & organ.mask).sum() / lesion.sum())
    assert min(kept) > 0.55
    assert np.median(kept) > 0.85


# Seeds


def test_the_same_seed_gives_the_same_sites(rich_case):
    copy = Case(rich_case.volume, Organ(rich_case.organ.mask, rich_case.organ.spacing),
                rich_case.lesions)  # fmt: skip
    sites = propose_sites(rich_case, 5, rim_fraction=0.4, seed=7)
    propose_sites(copy, 2, seed=1)  # calls before it have no influence
    assert propose_sites(copy, 5, rim_fraction=0.4, seed=7) == sites
    assert propose_sites(copy, 5, rim_fraction=0.4, seed=8) != sites


def test_a_seed_can_be_a_sequence_or_a_generator(rich_case):
    expected = propose_sites(rich_case, 3, seed=5)
    sequence = np.random.SeedSequence(5)
    assert propose_sites(rich_case, 3, seed=sequence) == expected
    assert propose_sites(rich_case, 3, seed=sequence) == expected
    generator = np.random.default_rng(5)
    assert propose_sites(rich_case, 3, seed=generator) == expected
    assert propose_sites(rich_case, 3, seed=generator) != expected


def test_the_global_generator_is_left_alone(rich_case):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    propose_sites(rich_case, 5)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


# Coverage


def test_every_part_of_the_organ_is_reached(ball_case):
    case = ball_case((40, 60, 60), (2.0, 1.5, 1.5), margin_mm=5)
    sites = [
        site
        for seed in range(300)
        for site in propose_sites(case, 4, diameter_mm=(6, 10), seed=seed)
    ]
    centers = np.array([site.center for site in sites])
    middle = (np.array(case.organ.shape) - 1) / 2
    octants = ((centers > middle) @ [4, 2, 1]).astype(int)
    counts = np.bincount(octants, minlength=8)
    assert counts.min() > 0.7 * counts.mean()
    # The dome and the lowest tip: as near as the depth of a centre allows.
    z = case.organ.bbox[0]
    assert centers[:, 0].min() <= z.start + 1
    assert centers[:, 0].max() >= z.stop - 2
    for axis in (1, 2):
        side = case.organ.bbox[axis]
        assert centers[:, axis].min() <= side.start + 3
        assert centers[:, axis].max() >= side.stop - 4


def test_a_site_can_be_any_eligible_voxel_with_equal_chance(millimetres):
    grid = millimetres((1, 16, 16), (1.0, 1.0, 1.0))
    organ = Organ(np.hypot(grid[1], grid[2]) < 7, (1.0, 1.0, 1.0))
    case = Case(Volume(np.zeros(organ.shape, np.int16), organ.spacing), organ)
    counts = np.zeros(organ.shape, int)
    rng = np.random.default_rng(0)
    for _ in range(3000):
        (site,) = propose_sites(case, 1, diameter_mm=6, seed=rng)
        counts[site.center] += 1
    eligible = np.zeros(organ.shape, bool)
    eligible[organ.bbox] = organ.depth_map >= 1
    assert not counts[~eligible].any()
    expected = 3000 / eligible.sum()
    chi2 = ((counts[eligible] - expected) ** 2).sum() / expected
    freedom = eligible.sum() - 1
    assert abs(chi2 - freedom) < 5 * math.sqrt(2 * freedom)


def test_all_parts_of_an_organ_are_reached():
    mask = np.zeros((10, 40, 90), bool)
    mask[1:9, 5:35, 5:35] = True
    mask[1:9, 5:35, 55:85] = True
    case = Case(Volume(np.full(mask.shape, 100, np.int16), (3, 1, 1)), Organ(mask, (3, 1, 1)))
    right = [propose_sites(case, 1, diameter_mm=8, seed=s)[0].center[2] > 45 for s in range(60)]
    assert 15 < sum(right) < 45


def test_an_organ_cut_by_the_border_has_interior_sites_there():
    mask = np.zeros((12, 50, 50), bool)
    mask[:, :, 20:] = True
    case = Case(Volume(np.full(mask.shape, 100, np.int16), (2, 1, 1)), Organ(mask, (2, 1, 1)))
    sites = [propose_sites(case, 1, zone="interior", diameter_mm=8, seed=s)[0] for s in range(50)]
    assert min(site.center[0] for site in sites) <= 1
    assert max(site.center[2] for site in sites) >= 46


def test_in_a_single_slice_lesions_are_discs(millimetres):
    spacing = (40.0, 0.8, 0.8)  # the slice's thickness plays no part
    grid = millimetres((1, 140, 140), spacing)
    organ = Organ(np.hypot(grid[1], grid[2]) < 50, spacing)
    lesions = np.hypot(grid[1] - 20, grid[2]) < 8
    case = Case(Volume(np.full(organ.shape, 100, np.int16), spacing), organ, lesions)
    sites = propose_sites(case, 8, rim_fraction=0.5, diameter_mm=(8, 16), seed=2)
    assert {site.center[0] for site in sites} == {0}
    for site in sites:
        assert not (ball(site, organ.shape, spacing) & lesions).any()
        radius = np.hypot(*(grid[1:, 0, site.center[1], site.center[2]]))
        assert site.depth_mm == pytest.approx(50 - radius, abs=0.5)
    for one, other in itertools.combinations(sites, 2):
        assert gap_between(one, other, spacing) > GAP_MM


# Avoiding more


def test_masks_and_sites_to_avoid_are_kept_clear(rich_case):
    organ = rich_case.organ
    drawn = np.zeros(organ.shape, bool)
    drawn[:, :, : organ.shape[2] // 2] = True
    earlier = propose_sites(rich_case, 3, seed=1, diameter_mm=(8, 12))
    for seed in range(15):
        sites = propose_sites(rich_case, 2, diameter_mm=(6, 10), seed=seed, avoid=[drawn, *earlier])
        for site in sites:
            assert not (ball(site, organ.shape, organ.spacing) & drawn).any()
            assert all(gap_between(site, old, organ.spacing) > GAP_MM for old in earlier)


def test_a_single_mask_or_site_need_not_be_in_a_list(rich_case):
    mask = np.zeros(rich_case.organ.shape, bool)
    mask[:18] = True
    (site,) = propose_sites(rich_case, 1, seed=4, avoid=mask)
    assert site.center[0] > 18
    assert propose_sites(rich_case, 1, seed=4, avoid=site) != [site]


def test_vessels_can_be_allowed(rich_case):
    organ = rich_case.organ
    vessels = np.zeros(organ.shape, bool)
    vessels[organ.bbox] = rich_case.site_index.vessels
    sites = [
        site
        for seed in range(30)
        for site in propose_sites(
            rich_case, 2, zone="interior", diameter_mm=14, seed=seed, avoid_vessels=False
        )
    ]
    hits = [(ball(site, organ.shape, organ.spacing) & vessels).any() for site in sites]
    assert any(hits)


# No room


def test_the_last_place_is_found(millimetres):
    """One voxel of the organ is left free: drawing at random would hardly ever meet it."""
    grid = millimetres((1, 200, 200), (1.0, 1.0, 1.0))
    organ = Organ(np.hypot(grid[1], grid[2]) < 95, (1.0, 1.0, 1.0))
    place = Site((0, 80, 120), Zone.INTERIOR, 0, 10)
    taken = ~ball(Site(place.center, place.zone, 0, 10 + 2 * 2.05), organ.shape, organ.spacing)
    case = Case(Volume(np.zeros(organ.shape, np.int16), organ.spacing), organ)
    (site,) = propose_sites(case, 1, diameter_mm=10, avoid=taken, seed=0)
    assert site.center == place.center


def test_a_size_that_finds_no_room_shrinks_within_its_range(millimetres):
    grid = millimetres((1, 80, 80), (1.0, 1.0, 1.0))
    organ = Organ(np.hypot(grid[1], grid[2]) < 16, (1.0, 1.0, 1.0))
    case = Case(Volume(np.zeros(organ.shape, np.int16), organ.spacing), organ)
    for seed in range(10):
        sites = propose_sites(case, 2, zone="interior", diameter_mm=(4, 60), seed=seed)
        assert all(4 <= site.diameter_mm <= 22 for site in sites)


def test_as_many_as_fit_are_placed(ball_case):
    """A crowd near the densest random packing still keeps its quota and its gaps."""
    case = ball_case((24, 64, 64), (2.5, 1.0, 1.0))
    sites = propose_sites(case, 30, rim_fraction=0.8, diameter_mm=(5, 14), seed=0, gap_mm=1)
    assert sum(site.zone is Zone.RIM for site in sites) == 24
    assert (
        min(gap_between(a, b, case.organ.spacing) for a, b in itertools.combinations(sites, 2)) > 1
    )


def test_no_room_says_how_many_fit_and_what_to_change(ball_case):
    case = ball_case()
    with pytest.raises(SiteError) as caught:
        propose_sites(case, 60, rim_fraction=0.5, diameter_mm=(12, 20))
    message = str(caught.value)
    assert message.startswith("ball: room was found for ")
    rim, interior = (int(part.split(" of ")[0].split()[-1]) for part in message.split(" and ")[:2])
    assert 1 <= rim < 30
    assert 1 <= interior < 30
    assert "of 30 rim sites" in message
    assert "of 30 interior sites of 12 to 20 mm" in message
    for advice in ("fewer or smaller lesions", "gap_mm", "rim_fraction"):
        assert advice in message
    assert "vessels" not in message  # there are none


def test_an_organ_too_thin_for_the_interior_says_so(ball_case):
    case = ball_case((8, 64, 64))
    with pytest.raises(SiteError, match=r"0 of 2 interior .* needs a depth of 15 mm, the organ"):
        propose_sites(case, 2, zone="interior", diameter_mm=20)


def test_no_room_in_either_zone_counts_both(ball_case):
    with pytest.raises(SiteError, match=r"of 90 sites \(\d+ rim, \d+ interior\) of 12 mm"):
        propose_sites(ball_case(), 90, diameter_mm=12)


def test_vessels_in_the_way_are_named(rich_case):
    with pytest.raises(SiteError, match=r"allow vessels \(avoid_vessels=False\)"):
        propose_sites(rich_case, 2, zone="interior", diameter_mm=50)


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": -1}, "number of sites cannot be -1"),
        ({"n": 2.5}, "number of sites cannot be 2.5"),
        ({"zone": "edge"}, "no zone 'edge'.*'rim', 'interior'"),
        ({"zone": "rim", "rim_fraction": 0.5}, "contradict each other"),
        ({"rim_fraction": 1.2}, "between 0 and 1"),
        ({"rim_fraction": float("nan")}, "between 0 and 1"),
        ({"diameter_mm": 0}, "above 0"),
        ({"diameter_mm": (10, 5)}, "range of two"),
        ({"diameter_mm": (5, 6, 7)}, "range of two"),
        ({"diameter_mm": ()}, "range of two"),
        ({"diameter_mm": float("inf")}, "above 0"),
        ({"gap_mm": -1}, "gap_mm must be 0 mm or more"),
        ({"rim_mm": float("nan")}, "rim_mm must be 0 mm or more"),
        ({"seed": -3}, "seed"),
        ({"seed": None}, "seed"),
        ({"seed": 0.5}, "seed"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, message, ball_case):
    with pytest.raises(ParameterError, match=message):
        propose_sites(ball_case(), **{"n": 1, **arguments})


def test_a_mask_of_another_size_is_refused(ball_case):
    with pytest.raises(GeometryError, match=r"has shape \(2, 2, 2\), the CT \(24, 64, 64\)"):
        propose_sites(ball_case(), 1, avoid=np.ones((2, 2, 2), bool))


def test_a_case_without_organ_is_refused(ball_case):
    case = Case(ball_case().volume)
    for call in (lambda: propose_sites(case, 1), lambda: site_at(case, (1, 2, 3), 10)):
        with pytest.raises(InputError, match="needs the organ's mask"):
            call()


def test_nothing_asked_nothing_given(ball_case):
    assert propose_sites(ball_case(), 0, rim_fraction=0.5) == []


# A click


def test_a_click_becomes_a_site(ball_case):
    case = ball_case()
    site = site_at(case, (11.6, 31.9, 32.2), 9)
    assert site == Site((12, 32, 32), Zone.INTERIOR, case.organ.depth_at((12, 32, 32)), 9.0)
    assert site_at(case, (12, 32, 32), 45).zone is Zone.RIM
    assert site_at(case, (12, 32, 32), 9, rim_mm=25).zone is Zone.RIM


@pytest.mark.parametrize(("point", "distance"), [((12, 32, 3), "3.5"), ((12, 32, -20), "26.5")])
def test_a_click_outside_says_how_far(point, distance, ball_case):
    with pytest.raises(SiteError, match=f"outside the organ, {distance} mm from it"):
        site_at(ball_case(), point, 10)


@pytest.mark.parametrize("point", [(1, 2), (1, 2, float("nan"))])
def test_a_click_needs_three_numbers(point, ball_case):
    with pytest.raises(ParameterError, match="three indices"):
        site_at(ball_case(), point, 10)


# A real liver


@pytest.mark.realdata
def test_sites_on_a_real_liver(real_data):
    sitk = pytest.importorskip("SimpleITK")
    image = sitk.ReadImage(str(real_data / "ct" / "ircadb01_ct.nii.gz"))
    labels = sitk.ReadImage(str(real_data / "ct" / "ircadb01_label.nii.gz"))
    spacing = image.GetSpacing()[::-1]
    hu = sitk.GetArrayFromImage(image).astype(np.int16)
    label = sitk.GetArrayFromImage(labels)
    case = Case(Volume(hu, spacing), Organ(label > 0, spacing), label == 2)
    vessels = case.site_index.vessels
    assert 0.005 < vessels.mean() / (label[case.organ.bbox] > 0).mean() < 0.05
    sites = [
        site
        for seed in range(200)
        for site in propose_sites(case, 5, rim_fraction=0.6, diameter_mm=(8, 16), seed=seed)
    ]
    assert sum(site.zone is Zone.RIM for site in sites) == 200 * 3
    z = np.array([site.center[0] for site in sites])
    box = case.organ.bbox
    assert z.min() < box[0].start + 12
    assert z.max() > box[0].stop - 8
    for site in sites[:40]:
        near = tuple(
            slice(max(i - int(15 / s), b.start), min(i + int(15 / s) + 1, b.stop))
            for i, s, b in zip(site.center, spacing, box, strict=True)
        )
        local = Site(
            tuple(i - n.start for i, n in zip(site.center, near, strict=True)),
            site.zone, site.depth_mm, site.diameter_mm,
        )  # fmt: skip
        inside = tuple(slice(n.start - b.start, n.stop - b.start)
                       for n, b in zip(near, box, strict=True))  # fmt: skip
        lesion = ball(local, label[near].shape, spacing)
        assert not (lesion & (label[near] == 2)).any()
        assert not (lesion & vessels[inside]).any()
