"""Healthy tissue put in as a lesion would be."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.cgan.shams import grain_of
from napari_lesion_synth.synthesis.replay import render_recipe
from napari_lesion_synth.synthesis.sham import sham, sham_donor

METHODS = ["poisson", "sigmoid", "copy-paste"]


@pytest.fixture
def case(ball_case):
    return ball_case((24, 80, 80), lesion_mm=10.0)


@pytest.fixture
def site(case):
    return propose_sites(case, 1, diameter_mm=12.0, seed=1)[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_sham_changes_the_host_within_its_support_alone(case, site, ball_donor, method):
    made = sham(case, site, method=method, like=ball_donor(), seed=2)
    host = case.volume.hu[made.bbox]
    np.testing.assert_array_equal(made.hu[~made.support], host[~made.support])
    assert (made.hu != host).any()
    assert not (made.support & ~case.organ.mask[made.bbox]).any()


@pytest.mark.parametrize("method", METHODS)
def test_a_sham_has_no_contrast_where_a_lesion_has(case, site, ball_donor, method):
    donor = ball_donor()
    host = case.volume.hu[case.organ.mask & ~case.lesions].mean()
    healthy = sham(case, site, method=method, like=donor, seed=2)
    lesion = synthesize(case, site, method=method, donor=donor, seed=2)
    assert healthy.hu[healthy.mask].mean() == pytest.approx(host, abs=4)
    assert lesion.hu[lesion.mask].mean() < host - 15


def test_the_same_seed_gives_the_same_sham(case, site, ball_donor):
    one, again = (sham(case, site, method="poisson", like=ball_donor(), seed=4) for _ in range(2))
    assert one.sha256 == again.sha256


def test_a_method_that_transplants_needs_a_shape(case, site):
    with pytest.raises(DonorError, match="shape"):
        sham(case, site, method="poisson")


@pytest.mark.parametrize("spacing", [(2.5, 1.0, 1.0), (1.5, 0.7, 0.7)])
def test_the_piece_cut_out_is_healthy_and_of_the_lesions_size(case, ball_donor, spacing):
    like = ball_donor(12.0, spacing)
    donor = sham_donor(case, like, np.random.default_rng(0))
    assert donor.diameter_mm == pytest.approx(12.0, rel=0.2)
    assert donor.hu[donor.mask].mean() == pytest.approx(110, abs=4)
    assert donor.patient == case.patient
    assert donor.id.startswith("sham-")
    assert not (donor.mask & ~donor.organ).any()


def test_an_organ_without_a_place_of_that_size_gives_a_smaller_piece(ball_case, ball_donor):
    small = ball_case((16, 40, 40))
    donor = sham_donor(small, ball_donor(40.0), np.random.default_rng(0))
    assert donor.diameter_mm < 40


def test_a_single_slice_gives_a_piece_of_one_slice(ball_case, ball_donor):
    flat = ball_case((1, 80, 80))
    donor = sham_donor(flat, ball_donor(single_slice=True), np.random.default_rng(0))
    assert donor.mask.shape[0] == 1


@pytest.mark.parametrize("mode", ["residual", "cgan"])
def test_a_generators_sham_has_its_grain_and_no_contrast(case, site, tiny_generator, mode):
    model = tiny_generator(mode=mode)
    made = sham(case, site, method="cgan", model=model, seed=2)
    host = case.volume.hu[made.bbox]
    change = (made.hu.astype(float) - host)[made.mask]
    assert (change != 0).mean() > 0.3  # the whole of it is what the generator makes
    assert abs(change.mean()) < 3
    assert not (made.hu != host)[~made.support].any()


def test_a_generators_sham_is_made_again_from_its_recipe(case, site, tiny_generator):
    model = tiny_generator()
    made = sham(case, site, method="cgan", model=model, seed=2)
    again = render_recipe(case, made.recipe, model=model)
    np.testing.assert_array_equal(made.hu, again.hu)
    assert made.recipe.params["sham"]


def test_the_grain_keeps_what_is_fine_and_loses_what_is_wide():
    z, y, x = np.mgrid[:12, :32, :32].astype(np.float32)
    apart = np.sqrt((2 * (z - 6)) ** 2 + (y - 16) ** 2 + (x - 16) ** 2)
    weight = np.clip((12 - apart) / 2, 0, 1).astype(np.float32)
    board = np.where((y + x) % 2 == 0, 4, -4).astype(np.float32)
    lesion = (-40 + 15 * np.clip(1 - np.abs(apart - 8) / 6, 0, 1)).astype(np.float32)
    grain = grain_of(board + lesion, weight, (2.0, 1.0, 1.0))
    inside = weight == 1
    assert abs((grain * weight).sum() / weight.sum()) < 0.01

    def likeness(seen):
        return np.corrcoef(seen[inside], board[inside])[0, 1]

    assert likeness(grain) > 0.85 > 0.8 > likeness(board + lesion)
    assert np.abs(grain - board)[inside].mean() < 4  # of a wall of 15 HU
