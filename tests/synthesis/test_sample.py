from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.sample import Sample

RECIPE = Recipe(
    "sigmoid", {"delta_hu": -40.0}, Site((2, 5, 5), Zone.RIM, 3.0, 8.0), None, 7, "ab" * 32
)


def make_sample(corner: int = 2, level: int = 50) -> Sample:
    box = (slice(1, 3), slice(corner, corner + 4), slice(corner, corner + 4))
    hu = np.full((2, 4, 4), level, np.int16)
    support = np.zeros(hu.shape, bool)
    support[:, 1:3, 1:3] = True
    return Sample(box, hu, support.copy(), support, RECIPE)


@pytest.fixture
def volume() -> Volume:
    values = np.arange(4 * 12 * 12, dtype=np.int16).reshape(4, 12, 12)
    return Volume(values, (1.0, 1.0, 1.0))


def test_paste_writes_the_support_and_nothing_else(volume):
    before = volume.hu.copy()
    make_sample().paste(volume)
    assert (volume.hu != before).sum() == 8
    assert (volume.hu[1:3, 3:5, 3:5] == 50).all()


def test_undo_restores_the_exact_values_and_works_once(volume):
    before = volume.hu.copy()
    undo = make_sample().paste(volume)
    undo()
    assert np.array_equal(volume.hu, before)
    volume.hu[:] = 0
    undo()
    assert (volume.hu == 0).all()


def test_overlapping_pastes_undone_last_first_leave_no_trace(volume):
    before = volume.hu.copy()
    undos = [make_sample(corner, corner).paste(volume) for corner in (2, 3, 4)]
    for undo in reversed(undos):
        undo()
    assert np.array_equal(volume.hu, before)


def test_disjoint_pastes_can_be_undone_in_any_order(volume):
    before = volume.hu.copy()
    first, second = make_sample(0).paste(volume), make_sample(6).paste(volume)
    first()
    second()
    assert np.array_equal(volume.hu, before)


def test_pasting_does_not_change_the_identity_of_the_host(volume):
    untouched = Volume(volume.hu.copy(), volume.spacing)
    make_sample().paste(volume)
    assert volume.sha256 == untouched.sha256


def test_a_sample_of_another_grid_is_refused(volume):
    small = Volume(np.zeros((2, 4, 4), np.int16), volume.spacing)
    with pytest.raises(GeometryError, match="does not fit"):
        make_sample().paste(small)


def test_a_read_only_volume_is_refused(volume):
    volume.hu.flags.writeable = False
    with pytest.raises(GeometryError, match="read-only"):
        make_sample().paste(volume)


def test_the_hash_tells_samples_apart():
    assert make_sample().sha256 == make_sample().sha256
    assert make_sample(level=51).sha256 != make_sample().sha256
    assert make_sample(3).sha256 != make_sample(2).sha256


def test_a_recipe_survives_its_text_form():
    assert Recipe.from_json(RECIPE.to_json()) == RECIPE


def test_equal_recipes_have_equal_text_whatever_the_order_of_their_parameters():
    one = Recipe("m", {"a": 1, "b": 2}, RECIPE.site, None, 0, "h")
    other = Recipe("m", {"b": 2, "a": 1}, RECIPE.site, None, 0, "h")
    assert one.to_json() == other.to_json()


def test_a_sample_of_a_smaller_volume_is_refused_though_its_box_would_fit(volume):
    sample = replace(make_sample(), host_shape=(3, 12, 12))
    with pytest.raises(GeometryError, match=r"its host \(3, 12, 12\), this volume \(4, 12, 12\)"):
        sample.paste(volume)
