"""Lesions of a contrast that was asked for, by every method alike."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.errors import DonorError, SiteError
from napari_lesion_synth.evaluation.limits.design import PlannedLesion, Spot
from napari_lesion_synth.evaluation.limits.making import LesionMaker, LimitMaterials, surface_of
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.sample_data import sample_generator

GRID = LimitSettings(contrasts_hu=(-10, -20, -40), methods=("sigmoid", "poisson", "cgan"))


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0))


@pytest.fixture(scope="session")
def generator():
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

    return GeneratorModel.load(sample_generator())


@pytest.fixture
def materials(ball_donor, generator):
    donors = (ball_donor(14.0, seed=1), ball_donor(20.0, lesion_hu=30.0, seed=2))
    contrasts = {donors[0].id: -50.0, donors[1].id: -80.0}
    return LimitMaterials(donors, contrasts, None, generator)


def planned(case, contrast, diameter=12.0, center=(15, 45, 45), number=0):
    site = site_at(case, center, diameter)
    return PlannedLesion(Spot(number, "deep", site), contrast)


def added(case, sample):
    """Mean change of the label: what a method adds, or puts in the host's place."""
    before = case.volume.hu[sample.bbox][sample.mask].mean(dtype=float)
    return sample.hu[sample.mask].mean(dtype=float) - before


@pytest.mark.parametrize("contrast", [-10.0, -20.0, -40.0])
@pytest.mark.parametrize("method", ["sigmoid", "cgan"])
@pytest.mark.parametrize("diameter", [5.0, 12.0])
def test_the_mean_over_the_label_is_what_was_asked_for(
    liver, materials, method, contrast, diameter
):
    maker = LesionMaker(liver, method, materials, GRID)

    sample, told = maker.make(planned(liver, contrast, diameter))

    assert told == pytest.approx(added(liver, sample))
    assert told == pytest.approx(contrast, abs=0.5)


@pytest.mark.parametrize("contrast", [-10.0, -20.0, -40.0])
def test_a_transplant_has_the_contrast_against_what_would_be_there_without_it(
    ball_case, materials, contrast
):
    quiet = ball_case((30, 90, 90), (2.5, 1.0, 1.0), noise_hu=0.0)
    maker = LesionMaker(quiet, "poisson", materials, GRID)

    sample, told = maker.make(planned(quiet, contrast))

    assert told == pytest.approx(contrast, abs=0.5)
    assert added(quiet, sample) == pytest.approx(contrast, abs=1.5)


def test_what_the_host_has_in_the_place_does_not_count_as_the_transplant(liver, materials):
    """A bright spot that the transplant replaces leaves its contrast to the surroundings alone."""
    hu = liver.volume.hu.copy()
    hu[13:18, 42:49, 42:49] += 40
    spotted = type(liver)(type(liver.volume)(hu, liver.volume.spacing), liver.organ, None, "ball")
    sample, told = LesionMaker(spotted, "poisson", materials, GRID).make(planned(spotted, -20.0))

    plain, _ = LesionMaker(liver, "poisson", materials, GRID).make(planned(liver, -20.0))

    assert told == pytest.approx(-20, abs=0.5)
    assert added(spotted, sample) < -25
    inside = sample.hu[sample.mask].mean() - plain.hu[plain.mask].mean()
    assert inside == pytest.approx(0, abs=2)


@pytest.mark.parametrize("method", ["sigmoid", "poisson", "cgan"])
def test_at_one_place_only_the_contrast_differs(liver, materials, method):
    maker = LesionMaker(liver, method, materials, GRID)

    made = [maker.make(planned(liver, contrast))[0] for contrast in GRID.contrasts_hu]

    labels = [np.argwhere(s.mask) + [side.start for side in s.bbox] for s in made]
    assert all(np.array_equal(labels[0], other) for other in labels[1:])
    assert len({sample.recipe.donor for sample in made}) == 1


def test_the_same_plan_gives_the_same_bytes(liver, materials):
    maker = LesionMaker(liver, "poisson", materials, GRID)

    assert (
        maker.make(planned(liver, -20.0))[0].sha256 == maker.make(planned(liver, -20.0))[0].sha256
    )


def test_donors_that_serve_for_all_contrasts_come_first(liver, ball_donor):
    strong = ball_donor(14.0, lesion_hu=-190.0, seed=5)
    fit = ball_donor(14.0, seed=6)
    materials = LimitMaterials((strong, fit), {strong.id: -300.0, fit.id: -50.0})
    maker = LesionMaker(liver, "poisson", materials, GRID)

    donors = {maker.make(planned(liver, -40.0, number=k))[0].recipe.donor for k in range(6)}

    assert donors == {fit.id}


def test_a_donor_that_is_too_faint_or_of_the_other_sign_is_not_stretched(liver, ball_donor):
    faint, bright = ball_donor(seed=7), ball_donor(seed=8)
    materials = LimitMaterials((faint, bright), {faint.id: -5.0, bright.id: 60.0})

    with pytest.raises(DonorError, match="no donor can be scaled to -40 HU"):
        LesionMaker(liver, "poisson", materials, GRID).make(planned(liver, -40.0))


def test_an_outline_that_leaves_the_depth_is_drawn_anew_and_at_last_refused(liver, materials):
    """No outline of 12 mm stays within 2 mm of its centre."""
    site = site_at(liver, (15, 45, 45), 12.0)
    deep = LimitSettings(depth_edges_mm=(site.depth_mm - 2,), contrasts_hu=(-10, -20))
    spot = Spot(0, "deep", site)

    with pytest.raises(SiteError, match="none of its outlines lies at this depth"):
        LesionMaker(liver, "sigmoid", materials, deep).make(PlannedLesion(spot, -20.0))


def test_a_lesion_lies_at_its_depth(liver, materials):
    maker = LesionMaker(liver, "sigmoid", materials, GRID)

    sample, _ = maker.make(planned(liver, -20.0))

    assert surface_of(liver, sample) >= 5
    assert GRID.band("deep").holds(surface_of(liver, sample))


def test_one_that_would_run_into_another_is_refused(liver, materials):
    maker = LesionMaker(liver, "sigmoid", materials, GRID)
    first, _ = maker.make(planned(liver, -20.0))

    with pytest.raises(SiteError, match="run into another lesion"):
        maker.make(planned(liver, -20.0, center=(15, 47, 45), number=1), [first])
