from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.proposal import propose_sites, site_at
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.cgan import Cgan, CganParams
from napari_lesion_synth.synthesis.lesion_records import LesionDraw, LesionRecord
from napari_lesion_synth.synthesis.statistics import LesionStatistics

MIDDLE = (12, 32, 32)


def make(case, model, seed=3, center=MIDDLE, diameter=14.0, **params):
    site = site_at(case, center, diameter)
    return synthesize(case, site, method="cgan", model=model, seed=seed, **params)


def test_without_its_residual_it_is_the_sigmoid_model(ball_case, tiny_generator):
    case, model = ball_case(), tiny_generator(lively=False)
    shared = {"texture_hu": 0.0, "delta_hu": -40.0}
    plain = synthesize(case, site_at(case, MIDDLE, 14.0), method="sigmoid", seed=3, **shared)
    made = make(case, model, strength=0.0, **shared)
    assert np.array_equal(plain.mask, made.mask)
    assert np.array_equal(plain.hu, made.hu)
    # Untrained weights add nothing either; only the box is wider.
    untrained = make(case, model, **shared)
    for sample in (made, untrained):
        undo = sample.paste(case.volume)
        if sample is made:
            expected = case.volume.hu.copy()
        else:
            assert np.array_equal(case.volume.hu, expected)
        undo()


def test_strength_scales_what_was_learnt_and_the_label_does_not_move(ball_case, tiny_generator):
    case, model = ball_case(), tiny_generator()
    none, half, whole = (make(case, model, strength=s) for s in (0.0, 0.5, 1.0))
    assert none.mask.sum() == half.mask.sum() == whole.mask.sum()

    def inside(sample):
        return sample.hu[sample.mask].astype(float)

    small, large = inside(half) - inside(none), inside(whole) - inside(none)
    assert np.abs(large).max() > 10
    assert small == pytest.approx(large / 2, abs=1.01)


def test_the_noise_seed_changes_the_lesion_and_nothing_else(ball_case, tiny_generator):
    case, model = ball_case(), tiny_generator()
    first, second = (make(case, model, latent_seed=seed) for seed in (1, 2))
    assert np.array_equal(first.mask, second.mask)
    assert not np.array_equal(first.hu, second.hu)


def test_a_latent_walk_begins_and_ends_at_the_two_seeds(ball_case, tiny_generator):
    case, model = ball_case(), tiny_generator()
    ends = [make(case, model, latent_seed=seed) for seed in (1, 2)]
    walk = [
        make(case, model, latent_seed=1, latent_seed_2=2, latent_mix=mix) for mix in (0.0, 0.5, 1.0)
    ]
    assert np.array_equal(walk[0].hu, ends[0].hu)
    assert np.abs(walk[2].hu.astype(int) - ends[1].hu).max() <= 1
    assert not np.array_equal(walk[1].hu, walk[0].hu)


@pytest.mark.parametrize("mode", ["residual", "cgan", "dcgan"])
def test_rim_lesions_lie_in_the_rim_and_in_the_organ(ball_case, tiny_generator, mode):
    case, model = ball_case((40, 70, 70), (1.5, 1.0, 1.0)), tiny_generator(mode=mode)
    depth = np.zeros(case.volume.shape)
    depth[case.organ.bbox] = case.organ.depth_map
    for zone in Zone:
        for site in propose_sites(case, 3, zone=zone, diameter_mm=10.0, seed=2):
            sample = synthesize(case, site, method="cgan", model=model, seed=5)
            found = np.zeros(case.volume.shape, bool)
            found[sample.bbox] = sample.mask
            assert not (found & ~case.organ.mask).any()
            assert (depth[found].min() < 5.0) == (zone is Zone.RIM)


def test_open_parameters_come_from_the_models_lesions(ball_case, tiny_generator):
    values = LesionDraw(14.0, -77.0, 1.0, 0.1, 1.2, 3.0, 2.0)
    known = LesionStatistics(tuple(LesionRecord(f"d{i}", "p", values) for i in range(40)))
    model = tiny_generator(statistics=known)
    case = ball_case()
    context = Context(case, site_at(case, MIDDLE, 14.0), model=model)
    drawn = [Cgan().sample(context, np.random.default_rng(seed)).delta_hu for seed in range(20)]
    assert np.median(drawn) == pytest.approx(-77, abs=10)
    other = Context(
        case, context.site, model=model, statistics=LesionStatistics.default(), fixed={}
    )
    drawn = [Cgan().sample(other, np.random.default_rng(seed)).delta_hu for seed in range(20)]
    assert np.median(drawn) > -60


def test_fixing_one_parameter_does_not_change_the_others(ball_case, tiny_generator):
    case, model = ball_case(), tiny_generator()
    site = site_at(case, MIDDLE, 14.0)
    free = Cgan().sample(Context(case, site, model=model), np.random.default_rng(1))
    fixed = Context(case, site, model=model, fixed={"delta_hu": -12.0})
    held = Cgan().sample(fixed, np.random.default_rng(1))
    assert held == free.model_copy(update={"delta_hu": -12.0})
    assert free.model == model.id


def test_without_a_model_the_error_says_what_to_do(ball_case):
    with pytest.raises(ParameterError, match="Train one"):
        make(ball_case(), None)


def test_a_model_of_slices_is_refused_in_a_volume_and_the_other_way_round(
    ball_case, tiny_generator
):
    with pytest.raises(ParameterError, match="trained on single slices"):
        make(ball_case(), tiny_generator(2))
    with pytest.raises(ParameterError, match="trained on volumes"):
        make(ball_case((1, 64, 64)), tiny_generator(3), center=(0, 32, 32))


def test_a_zone_that_was_not_learnt_is_refused(ball_case, tiny_generator):
    model = tiny_generator(lesions={Zone.RIM: 0, Zone.INTERIOR: 20})
    make(ball_case(), model, diameter=8.0)
    with pytest.raises(ParameterError, match="no lesion of the rim"):
        make(ball_case(), model, diameter=42.0)


def test_a_recipe_of_another_model_is_refused(ball_case, tiny_generator):
    case, model = ball_case(), tiny_generator()
    site = site_at(case, MIDDLE, 14.0)
    with pytest.raises(ParameterError, match="belong to the generator"):
        Cgan().render(Context(case, site, model=model), CganParams(model="abc"))
    with pytest.raises(ParameterError, match="belong to the generator"):
        Cgan().sample(
            Context(case, site, model=model, fixed={"model": "abc"}), np.random.default_rng(0)
        )


def test_a_large_lesion_is_made_on_a_coarser_grid(ball_case, tiny_generator):
    case = ball_case((60, 90, 90), (1.5, 1.5, 1.5))
    sample = make(case, tiny_generator(), center=(30, 45, 45), diameter=60.0)
    volume = sample.mask.sum() * 1.5**3
    assert (6 * volume / np.pi) ** (1 / 3) == pytest.approx(60, rel=0.1)
