from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.fit import fit_sigmoid, radial_profile
from napari_lesion_synth.synthesis.noise import host_noise
from napari_lesion_synth.synthesis.shapes import equivalent_diameter
from napari_lesion_synth.synthesis.sigmoid import Sigmoid

SPACING = (1.6, 0.8, 0.8)


def liver(seed=0, shape=(30, 60, 60), spacing=SPACING, noise=23.0):
    correlation = (0.8, 0.5, 0.6) if shape[0] > 1 else (0.0, 0.5, 0.6)
    grain = host_noise(shape, spacing, noise, correlation, np.random.default_rng(seed))
    organ = np.ones(shape, bool)
    return Case(Volume(np.round(110 + grain).astype(np.int16), spacing), Organ(organ, spacing))


def lesion_in(case, diameter=20.0, seed=0, center=None, label=None, **params):
    """A rendered lesion as a donor; with `label`, labelled by another mask."""
    middle = tuple(n // 2 for n in case.volume.shape) if center is None else center
    context = Context(case, Site(middle, Zone.INTERIOR, 30.0, diameter), fixed=params, seed=seed)
    method = Sigmoid()
    sample = method.render(context, method.sample(context, np.random.default_rng(seed)))
    volume = Volume(case.volume.hu.copy(), case.volume.spacing)
    sample.paste(volume)
    mask = np.zeros(volume.shape, bool)
    mask[sample.bbox] = sample.mask
    if label is not None:
        mask = label(mask) & case.organ.mask
    return Donor(
        id=f"made-{seed}",
        patient="made",
        hu=volume.hu,
        mask=mask,
        organ=case.organ.mask,
        spacing=volume.spacing,
        diameter_mm=equivalent_diameter(mask, volume.spacing),
        depth_mm=30.0,
        zone=Zone.INTERIOR,
        organ_hu=110.0,
        noise_hu=23.0,
    )


def test_at_the_noise_of_a_real_ct_the_parameters_are_found_again():
    errors = []
    for number, (diameter, delta, edge) in enumerate(
        [(15, -70, 1.0), (22, -45, 0.8), (22, -75, 2.0), (22, 50, 1.2), (20, -60, 1.5)]
    ):
        donor = lesion_in(liver(number), diameter, number, delta_hu=delta, edge_mm=edge)
        fit = fit_sigmoid(donor)
        errors.append(
            [fit.delta_hu / delta - 1, fit.diameter_mm / diameter - 1, fit.edge_mm / edge - 1]
        )
        assert fit.background_hu == pytest.approx(110, abs=3)
        assert fit.reliable
    delta, diameter, edge = np.median(np.abs(errors), axis=0)
    assert delta < 0.05
    assert diameter < 0.05
    assert edge < 0.20


def test_without_noise_the_fit_is_close_in_every_number():
    case = liver(noise=0.5)
    donor = lesion_in(case, 18.0, 3, delta_hu=-50, edge_mm=1.3, texture_hu=0.0)
    fit = fit_sigmoid(donor)
    assert fit.delta_hu == pytest.approx(-50, rel=0.02)
    assert fit.edge_mm == pytest.approx(1.3, rel=0.08)
    assert fit.diameter_mm == pytest.approx(18.0, rel=0.01)
    assert fit.residual_hu < 2.5
    assert np.abs(np.subtract(fit.center, [15, 30, 30])).max() < 0.7


def test_the_errors_it_gives_are_those_it_makes():
    scores = []
    for seed in range(6):
        donor = lesion_in(liver(seed, (26, 46, 46), noise=20.0), 14.0, 5, delta_hu=-50, edge_mm=1.2)
        fit = fit_sigmoid(donor)
        scores.append((fit.delta_hu + 50) / fit.delta_error_hu)
    assert 0.3 < np.sqrt(np.mean(np.square(scores))) < 3.0


def grown(mask, by_mm=1.6):
    from scipy import ndimage

    return ndimage.distance_transform_edt(~mask, sampling=SPACING) <= by_mm


def test_a_label_drawn_too_wide_does_not_make_the_lesion_wider():
    case = liver(noise=15.0)
    donor = lesion_in(case, 18.0, 2, label=grown, delta_hu=-60, edge_mm=1.0)
    assert donor.diameter_mm > 20.5
    fit = fit_sigmoid(donor)
    assert fit.diameter_mm == pytest.approx(18.0, abs=0.8)
    assert fit.delta_hu == pytest.approx(-60, rel=0.1)


def test_a_vessel_beside_the_lesion_does_not_count_as_its_surroundings():
    case = liver(noise=15.0)
    case.volume.hu[:, 40:47, :] += 90
    fit = fit_sigmoid(lesion_in(case, 14.0, 1, delta_hu=-50, edge_mm=1.0))
    assert fit.background_hu == pytest.approx(110, abs=3)
    assert fit.delta_hu == pytest.approx(-50, rel=0.12)


def test_at_the_capsule_fat_does_not_count_as_surroundings():
    shape = (30, 60, 60)
    organ = np.zeros(shape, bool)
    organ[:, :, :34] = True
    base = liver(noise=15.0)
    base.volume.hu[:, :, 34:] = -100
    base.volume.hu[:, :, 33] = 5
    case = Case(base.volume, Organ(organ, SPACING))
    donor = lesion_in(case, 18.0, 4, center=(15, 30, 29), delta_hu=-50, edge_mm=1.0)
    fit = fit_sigmoid(donor)
    assert fit.background_hu == pytest.approx(110, abs=3)
    assert fit.delta_hu == pytest.approx(-50, rel=0.1)


def test_a_single_slice_is_fitted_as_a_disc():
    case = liver(1, (1, 70, 70), (5.0, 0.8, 0.8), noise=8.0)
    fit = fit_sigmoid(lesion_in(case, 20.0, 1, delta_hu=-50, edge_mm=1.2))
    assert fit.flat == 0
    assert fit.diameter_mm == pytest.approx(20.0, rel=0.05)
    assert fit.delta_hu == pytest.approx(-50, rel=0.08)
    assert fit.edge_mm == pytest.approx(1.2, rel=0.3)
    assert len(fit.outline) == 12


def test_a_textured_lesion_is_told_from_a_smooth_one():
    case = liver(noise=15.0)
    smooth, rough = (
        fit_sigmoid(lesion_in(case, 20.0, 3, delta_hu=-60, texture_hu=hu, texture_mm=2.0))
        for hu in (0.0, 18.0)
    )
    assert smooth.texture_hu < 6
    assert rough.texture_hu == pytest.approx(18, rel=0.4)


def test_a_lesion_lost_in_the_noise_is_called_unreliable():
    donor = lesion_in(liver(3, noise=30.0), 6.0, 3, delta_hu=-10, texture_hu=0.0)
    assert not fit_sigmoid(donor).reliable


def test_the_fit_draws_the_lesion_again():
    case = liver(noise=2.0)
    donor = lesion_in(case, 18.0, 6, delta_hu=-50, edge_mm=1.3, texture_hu=0.0)
    fit = fit_sigmoid(donor)
    fresh = liver(noise=2.0)
    center = tuple(round(c) for c in fit.center)
    offset = tuple(np.clip(np.subtract(fit.center, center), -0.5, 0.5).tolist())
    params = fit.params().model_copy(update={"offset_voxels": offset, "texture_hu": 0.0})
    site = Site(center, Zone.INTERIOR, 30.0, fit.diameter_mm)
    sample = Sigmoid().render(Context(fresh, site), params)
    sample.paste(fresh.volume)
    difference = fresh.volume.hu.astype(float) - donor.hu
    assert np.sqrt((difference**2).mean()) < 1.0
    assert np.abs(difference).max() < 25


def test_the_profile_shows_the_lesion_and_its_model():
    donor = lesion_in(liver(noise=10.0), 18.0, 2, delta_hu=-50, edge_mm=1.0)
    fit = fit_sigmoid(donor)
    profile = radial_profile(donor, fit)
    assert (np.diff(profile.depth_mm) > 0).all()
    assert profile.mean_hu[profile.depth_mm > 3].mean() == pytest.approx(60, abs=6)
    assert profile.mean_hu[profile.depth_mm < -5].mean() == pytest.approx(110, abs=4)
    busy = profile.voxels > 100
    assert np.abs(profile.mean_hu - profile.model_hu)[busy].max() < 8
    assert profile.voxels.sum() > 1000


def test_the_same_donor_gives_the_same_fit():
    donor = lesion_in(liver(), 16.0, 2, delta_hu=-50)
    first, second = fit_sigmoid(donor), fit_sigmoid(donor)
    assert asdict(first) == asdict(second)
    assert first.donor == donor.id
    assert first.patient == donor.patient


def test_a_lesion_without_surroundings_is_refused():
    donor = lesion_in(liver(), 10.0, 2, delta_hu=-50)
    with pytest.raises(DonorError, match="no parenchyma around"):
        fit_sigmoid(replace(donor, organ=donor.mask))


def test_a_lesion_that_fades_over_all_its_surroundings_is_refused():
    donor = lesion_in(liver(noise=5.0), 16.0, 2, delta_hu=-60, edge_mm=6)
    with pytest.raises(DonorError, match="fades away"):
        fit_sigmoid(replace(donor, organ=grown(donor.mask, 2.0)))


def test_a_lesion_that_the_fit_shrinks_to_nothing_is_unreliable_and_still_has_figures():
    looks = {"diameter_mm": (8, 25), "delta_hu": (-60, -25), "noise_hu": 14}
    case = phantom(7000, lesions=3, spacing=(6.0, 3.0, 3.0), **looks)
    fits = [fit_sigmoid(donor) for donor in extract_donors(case)]
    assert not all(fit.reliable for fit in fits)
    assert all(np.isfinite(fit.residual_hu) for fit in fits)


def test_a_voxel_at_the_very_centre_of_a_round_lesion_does_no_harm():
    outline = {
        "irregularity": 0.0,
        "elongation": 1.0,
        "texture_hu": 0.0,
        "offset_voxels": (0, 0, 0),
    }
    donor = lesion_in(liver(shape=(31, 61, 61)), 14.0, delta_hu=-50, **outline)
    fit = fit_sigmoid(donor)
    assert fit.delta_hu == pytest.approx(-50, abs=8)


@pytest.mark.realdata
def test_the_lesions_of_a_real_ct_are_darker_than_its_liver(real_data):
    import napari_lesion_synth as nls

    label = real_data / "ct" / "ircadb01_label.nii.gz"
    case = nls.read_case(
        real_data / "ct" / "ircadb01_ct.nii.gz",
        organ=label,
        organ_label=1,
        lesions=label,
        lesion_label=2,
    )
    fits = [fit_sigmoid(donor) for donor in nls.extract_donors(case)]
    sure = [fit for fit in fits if fit.reliable]
    assert len(sure) >= 5
    assert all(-90 < fit.delta_hu < -25 for fit in sure)
    assert all(0.3 < fit.edge_mm < 3 for fit in sure)
    assert all(100 < fit.background_hu < 140 for fit in sure)
