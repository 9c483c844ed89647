"""What holds for every registered method, whatever it does inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.registry import get_method, method_names
from napari_lesion_synth.synthesis.replay import render_recipe
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN

pytestmark = pytest.mark.parametrize("method", method_names())

GENERATORS = {}

SPACINGS = [(2.5, 1.0, 1.0), (1.0, 1.0, 1.0), (3.0, 0.6, 0.9), (1.6, 2.0, 2.0)]


@st.composite
def places(draw, volume_case: Case):
    """A voxel of the organ and a diameter."""
    inside = np.argwhere(volume_case.organ.mask)
    index = inside[draw(st.integers(0, len(inside) - 1))]
    return tuple(int(i) for i in index), draw(st.floats(5.0, 22.0))


@pytest.fixture(autouse=True)
def generators(tiny_generator):
    """Untrained generators for the methods that need one, of slices and of volumes."""
    for dims in (2, 3):
        GENERATORS[dims] = GENERATORS.get(dims) or tiny_generator(dims)


def generator_for(case, method):
    dims = 2 if 1 in case.volume.shape else 3
    return GENERATORS[dims] if get_method(method).needs_model else None


def synthesize_at(case, center, diameter, method, donor, seed, **params):
    return synthesize(
        case,
        site_at(case, center, diameter),
        method=method,
        donor=donor if get_method(method).needs_donor else None,
        model=generator_for(case, method),
        seed=seed,
        **params,
    )


relaxed = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@relaxed
@given(data=st.data(), spacing=st.sampled_from(SPACINGS), depth=st.sampled_from([1, 9, 20]))
def test_only_the_support_changes_and_undo_restores_every_byte(
    method, ball_case, ball_donor, data, spacing, depth
):
    case = ball_case((depth, 48, 44), spacing, margin_mm=data.draw(st.sampled_from([0.0, 5.0])))
    center, diameter = data.draw(places(case))
    donor = ball_donor(single_slice=depth == 1)
    try:
        sample = synthesize_at(case, center, diameter, method, donor, data.draw(st.integers(0, 99)))
    except DonorError:
        assume(False)
    before = case.volume.hu.copy()
    undo = sample.paste(case.volume)
    after = case.volume.hu
    allowed = np.zeros(case.volume.shape, bool)
    allowed[sample.bbox] = sample.support
    assert np.array_equal(after[~allowed], before[~allowed])
    assert not (allowed & ~case.organ.mask).any()
    assert not (sample.mask & ~sample.support).any()
    assert sample.mask.any()
    assert (sample.hu[~sample.support] == before[sample.bbox][~sample.support]).all()
    changed = after[allowed]
    assert after.dtype == np.int16
    assert changed.min() >= HU_MIN
    assert changed.max() <= HU_MAX
    undo()
    assert np.array_equal(case.volume.hu, before)


@relaxed
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_bytes_and_replay_gives_them_again(
    method, ball_case, ball_donor, data, seed
):
    case = ball_case((14, 40, 40))
    center, diameter = data.draw(places(case))
    donor = ball_donor()
    first, second = (synthesize_at(case, center, diameter, method, donor, seed) for _ in range(2))
    assert first.sha256 == second.sha256
    stored = Recipe.from_json(first.recipe.to_json())
    needed = donor if get_method(method).needs_donor else None
    again = render_recipe(case, stored, needed, generator_for(case, method))
    assert again.sha256 == first.sha256


def test_different_seeds_give_different_lesions(method, ball_case, ball_donor):
    case = ball_case()
    made = {
        synthesize_at(case, (12, 32, 32), 14.0, method, ball_donor(), seed).sha256
        for seed in range(5)
    }
    assert len(made) == 5


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_label_has_the_size_asked_for_in_mm(method, ball_case, ball_donor, spacing):
    shape = tuple(int(60 / s) for s in spacing)
    case = ball_case(shape, spacing)
    center = tuple(n // 2 for n in shape)
    volumes = [
        synthesize_at(case, center, 20.0, method, ball_donor(20.0), seed).mask.sum()
        * np.prod(spacing)
        for seed in range(5)
    ]
    diameter = (6 * np.median(volumes) / np.pi) ** (1 / 3)
    assert diameter == pytest.approx(20.0, rel=0.12)


def test_a_single_slice_gets_a_disc_of_the_diameter_asked_for(method, ball_case, ball_donor):
    case = ball_case((1, 80, 80), (5.0, 1.0, 1.0))
    donor = ball_donor(20.0, single_slice=True)
    areas = [
        synthesize_at(case, (0, 40, 40), 20.0, method, donor, seed).mask.sum() for seed in range(5)
    ]
    assert 2 * np.sqrt(np.median(areas) / np.pi) == pytest.approx(20.0, rel=0.12)


@pytest.mark.parametrize("corner", [(0, 0, 0), (19, 47, 43), (0, 24, 43)])
def test_a_site_in_the_corner_of_the_volume_works(method, ball_donor, corner):
    organ = np.ones((20, 48, 44), bool)
    hu = np.random.default_rng(0).normal(110, 10, organ.shape).astype(np.int16)
    spacing = (2.5, 1.0, 1.0)
    case = Case(Volume(hu, spacing), Organ(organ, spacing))
    sample = synthesize_at(case, corner, 16.0, method, ball_donor(), 1)
    assert sample.mask.any()
    assert sample.hu.shape == case.volume.hu[sample.bbox].shape


def test_the_host_is_not_touched_before_the_paste(method, ball_case, ball_donor):
    case = ball_case()
    before = case.volume.hu.copy()
    synthesize_at(case, (12, 32, 32), 14.0, method, ball_donor(), 0)
    assert np.array_equal(case.volume.hu, before)


def test_an_unknown_parameter_is_refused_with_the_names_that_exist(method, ball_case, ball_donor):
    with pytest.raises(ParameterError, match="no_such_parameter") as caught:
        synthesize_at(ball_case(), (12, 32, 32), 14.0, method, ball_donor(), 0, no_such_parameter=1)
    known = next(iter(get_method(method).Params.model_fields))
    assert known in str(caught.value)


def test_every_parameter_is_described(method):
    fields = get_method(method).Params.model_fields
    assert fields
    assert [name for name, field in fields.items() if not field.description] == []
