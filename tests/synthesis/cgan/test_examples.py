from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.cgan import examples_of
from napari_lesion_synth.synthesis.cgan.conditions import HU_SCALE, MAPS
from napari_lesion_synth.synthesis.cgan.examples import measure
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.cgan.hosts import healthy_places
from napari_lesion_synth.synthesis.cgan.pools import conditions_pool, examples_pool


@pytest.fixture
def donor_of(ball_donor):
    """Maker of donors whose label is not quite symmetric, as no real one is."""

    def make(*args, **options):
        donor = ball_donor(*args, **options)
        mask = donor.mask.copy()
        mask[tuple(np.argwhere(mask)[-1])] = False
        return replace(donor, mask=mask)

    return make


@pytest.fixture
def example(donor_of):
    return examples_of([donor_of(14.0, (1.0, 1.0, 1.0), noise_hu=8.0)])[0]


def test_the_lesion_is_taken_out_and_the_noise_stays(example):
    host, envelope = example.condition.maps[0], example.condition.maps[1]
    inside, beside = envelope > 0.9, (envelope < 0.01) & (example.condition.depth_mm > -5)
    assert example.image[inside].mean() * HU_SCALE == pytest.approx(-50, abs=4)
    assert host[inside].mean() * HU_SCALE == pytest.approx(0, abs=3)
    assert host[inside].std() == pytest.approx(host[beside].std(), rel=0.2)


def test_the_change_is_what_is_missing(example):
    assert example.change + example.condition.maps[0] == pytest.approx(example.image, abs=1e-5)
    assert np.abs(example.change[example.condition.maps[1] < 1e-3]).max() < 0.05


def test_a_lesion_is_measured(donor_of):
    lesion = measure(donor_of(14.0, (1.0, 1.0, 1.0))).lesion
    assert lesion.delta_hu == pytest.approx(-50, abs=5)
    assert lesion.diameter_mm == pytest.approx(14, abs=0.7)
    assert lesion.zone is Zone.INTERIOR


def test_slices_give_slices(donor_of):
    donor = donor_of(16.0, (5.0, 1.0, 1.0), single_slice=True)
    example = examples_of([donor], copies=2)[1]
    assert example.image.shape == (1, 64, 64)
    pool = examples_pool([example])
    assert pool.maps.shape == (1, len(MAPS) + 1, 64, 64)
    assert pool.maps.dtype == torch.float16


def test_copies_lie_at_different_parts_of_a_voxel_and_the_seed_decides(donor_of):
    donor = donor_of()
    first, second = examples_of([donor], copies=2, seed=4)
    again = examples_of([donor], copies=2, seed=4)
    assert not np.array_equal(first.image, second.image)
    assert np.array_equal(second.image, again[1].image)


def test_a_large_lesion_is_seen_on_a_coarser_grid(donor_of):
    donors = [donor_of(size, (2.0, 2.0, 2.0)) for size in (14.0, 70.0)]
    small, large = examples_of(donors)
    name = -3  # log of the coarsening
    assert small.condition.scalars[name] == 0
    assert large.condition.scalars[name] == pytest.approx(np.log(70 / (0.7 * 64)), abs=0.06)
    share = [example.condition.maps[1].mean() for example in (small, large)]
    assert share[1] > 20 * share[0]


def test_nothing_is_seen_far_from_the_lesion(example):
    far = example.condition.depth_mm < -10.5
    assert far.any()
    assert np.abs(example.condition.maps[0][far]).max() == 0


def test_healthy_places_hold_no_lesion_and_lie_in_both_zones(ball_case, donor_of):
    case = ball_case((40, 90, 90), (2.0, 1.0, 1.0))
    lesions = [measure(donor_of(10.0, (2.0, 1.0, 1.0)))]
    spec = GridSpec.of([(2.0, 1.0, 1.0)], 3)
    places = list(healthy_places(case, lesions, spec, 6, np.random.default_rng(0)))
    assert len(places) == 6
    for place in places:
        inside = place.maps[1] > 0.5
        assert inside.any()
        assert abs(np.median(place.maps[0][inside])) < 0.1
        assert (place.maps[4] <= 1.26 * place.maps[1] + 1e-6).all()
    again = list(healthy_places(case, lesions, spec, 6, np.random.default_rng(0)))
    assert np.array_equal(places[5].maps, again[5].maps)
    assert len(conditions_pool(places)) == 6
