"""What the examples of a step are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from napari_lesion_synth.detection.batches import Batches
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.materials import HEALTHY, REAL, SHAM, SYNTHETIC, Materials
from napari_lesion_synth.errors import ParameterError, SiteError

PLAIN = {"flips": False, "zoom": 0.0, "shift_hu": 0.0, "gain": 0.0, "noise_hu": 0.0}


def same(one, other):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(one, other, strict=True)
        for name in ("image", "target", "weight")
    )


def test_a_batch_depends_on_nothing_but_its_seed_and_step(materials, data):
    straight = Batches(materials, data(), 7)
    in_order = {step: straight.examples(step) for step in range(1, 7)}
    astray = Batches(materials, data(), 7)
    for step in (5, 2, 6):
        assert same(astray.examples(step), in_order[step])
    assert not same(Batches(materials, data(), 8).examples(5), in_order[5])


def test_shares_of_kinds_are_those_of_the_settings(materials, data):
    mixture = data(synthetic=0.6, healthy=0.25, sham=0.15, reuse=1, batch=16)
    batches = Batches(materials, mixture)
    count = Counter(kind for step in range(1, 201) for kind in batches.kinds(step))
    total = sum(count.values())
    expected = {REAL: 0.24, SYNTHETIC: 0.36, HEALTHY: 0.25, SHAM: 0.15}
    assert {kind: n / total for kind, n in count.items()} == pytest.approx(expected, abs=0.03)


def test_reuse_keeps_the_shares_and_renews_a_part_of_the_scenes_at_each_step(materials, data):
    batches = Batches(materials, data(reuse=4, batch=8))
    number = batches._number
    for step in range(1, 12):
        assert sum(number(k, step) != number(k, step + 1) for k in range(8)) == 2


@pytest.mark.parametrize("slices", [1, 8])
def test_lesions_lie_in_the_organ_and_nothing_else_counts(materials, data, slices):
    batches = Batches(materials, data(slices=slices, healthy=0.2, sham=0.2))
    some = 0
    for step in range(1, 7):
        for example in batches.examples(step):
            shape = (1, 64, 64) if slices == 1 else (1, slices, 64, 64)
            assert example.target.shape == example.weight.shape == shape
            assert example.image.shape == ((4, 64, 64) if slices == 1 else (2, *shape[1:]))
            assert example.image.dtype == np.float32
            assert np.isfinite(example.image).all()
            assert np.abs(example.image).max() <= 3
            assert not (example.target & ~example.weight).any()
            some += int(example.target.sum())
    assert some


def test_an_example_with_a_lesion_shows_it(materials, data):
    for synthetic in (0.0, 1.0):
        batches = Batches(materials, data(synthetic=synthetic, healthy=0.0, sham=0.0))
        shown = [e.target.any() for step in range(1, 6) for e in batches.examples(step)]
        assert np.mean(shown) > 0.9


@pytest.mark.parametrize("kind", ["healthy", "sham"])
def test_healthy_examples_and_shams_have_an_empty_target(host_of, ball_donor, data, kind):
    materials = Materials((host_of(),), (ball_donor(),))
    shares = {"healthy": 0.0, "sham": 0.0, kind: 1.0}
    batches = Batches(materials, data(**shares))
    for step in range(1, 5):
        for example in batches.examples(step):
            assert not example.target.any()
            assert example.weight.any()


def test_what_is_shown_is_the_frame_where_nothing_is_changed(host_of, data):
    host = host_of(lesion_mm=12.0)
    mixture = data(synthetic=0.0, healthy=0.0, side=32, **PLAIN)
    seen, lesions = host.frame.seen, host.frame.lesions
    shown = 0
    for example in Batches(Materials((host,)), mixture).examples(1):
        found = [
            (z, y, x)
            for z in range(1, len(seen) - 1)
            for y in range(seen.shape[1] - 31)
            for x in range(seen.shape[2] - 31)
            if np.allclose(seen[z, y : y + 32, x : x + 32], example.image[1], atol=1e-5)
        ]
        shown += len(found)  # those that reach beyond the frame are not in it
        for z, y, x in found:
            part = (slice(y, y + 32), slice(x, x + 32))
            np.testing.assert_allclose(example.image[0], seen[(z - 1, *part)], atol=1e-5)
            np.testing.assert_allclose(example.image[2], seen[(z + 1, *part)], atol=1e-5)
            np.testing.assert_array_equal(example.target[0], lesions[(z, *part)])
    assert shown


def test_single_slices_are_their_own_neighbours(host_of, ball_donor, data):
    host = host_of((1, 90, 90), spacing=(1.0, 1.0, 1.0), lesion_mm=10.0)
    donor = ball_donor(single_slice=True)
    examples = Batches(Materials((host,), (donor,)), data(noise_hu=0.0)).examples(1)
    for example in examples:
        np.testing.assert_array_equal(example.image[0], example.image[1])
        np.testing.assert_array_equal(example.image[2], example.image[1])


def test_without_real_lesions_all_are_synthetic(host_of, data):
    kinds = Materials((host_of(),)).kinds(data(synthetic=0.5, healthy=0.3, sham=0.1))
    assert kinds == pytest.approx({REAL: 0.0, SYNTHETIC: 0.6, HEALTHY: 0.3, SHAM: 0.1})


def test_real_lesions_alone_come_without_shams(materials, data):
    kinds = materials.kinds(data(synthetic=0.0, healthy=0.3))
    assert kinds == pytest.approx({REAL: 0.55, SYNTHETIC: 0.0, HEALTHY: 0.45, SHAM: 0.0})


def test_shams_that_are_asked_for_come_without_synthetic_lesions_too(materials, data):
    mixture = data(synthetic=0.0, healthy=0.3, sham=0.1)
    expected = {REAL: 0.6, SYNTHETIC: 0.0, HEALTHY: 0.3, SHAM: 0.1}
    assert materials.kinds(mixture) == pytest.approx(expected)
    batches = Batches(materials, data(synthetic=0.0, healthy=0.0, sham=1.0))
    assert set(batches.kinds(1)) == {SHAM}
    assert len(batches.examples(1)) == 4


def test_shams_beside_synthetic_lesions_are_usual(materials, data):
    kinds = materials.kinds(data(synthetic=0.5, healthy=0.3))
    assert kinds == pytest.approx({REAL: 0.275, SYNTHETIC: 0.275, HEALTHY: 0.3, SHAM: 0.15})


def test_each_arm_shows_lesions_in_the_same_share_of_its_examples(materials, data):
    for arm in ({}, {"synthetic": 0.0}, {"synthetic": 0.0, "sham": 0.15}):
        kinds = materials.kinds(data(**arm))
        assert kinds[REAL] + kinds[SYNTHETIC] == pytest.approx(0.55)
        assert sum(kinds.values()) == pytest.approx(1)


def test_shams_need_nothing_to_make_lesions_from(host_of, data):
    alone = Materials((host_of(lesion_mm=12.0),))
    mixture = data(synthetic=0.0, sham=0.2, methods={"poisson": 1.0})
    assert alone.check(mixture)[SHAM] == 0.2
    with pytest.raises(ParameterError, match="nothing is there to make them from"):
        alone.check(data(synthetic=0.5, methods={"poisson": 1.0}))


def test_real_lesions_alone_where_there_are_none_are_refused(host_of, data):
    with pytest.raises(ParameterError, match="no training CT has one"):
        Batches(Materials((host_of(),)), data(synthetic=0.0))


def test_no_ct_is_refused(data):
    with pytest.raises(ParameterError, match="no CT"):
        Batches(Materials(()), data())


def test_organs_without_room_for_a_lesion_are_named(host_of, data):
    materials = Materials((host_of(patient="small"),))
    mixture = data(diameter_mm=(150.0, 160.0), healthy=0.0, sham=0.0)
    with pytest.raises(SiteError, match="small"):
        Batches(materials, mixture).examples(1)


def test_places_that_a_person_called_healthy_are_shown(host_of, data):
    host = host_of()
    place = tuple(n / 2 for n in host.frame.shape)
    batches = Batches(
        Materials((replace(host, healthy=(place,)),)), data(healthy=1.0, sham=0.0, **PLAIN)
    )
    examples = [e for step in range(1, 5) for e in batches.examples(step)]
    first = [e.image for e in examples]
    alike = max(sum(np.array_equal(one, other) for other in first) for one in first)
    assert alike > len(first) / 4


@pytest.mark.parametrize(
    "changes",
    [
        {"healthy": 0.7, "sham": 0.4},
        {"healthy": 0.9},
        {"sham": 1.5},
        {"diameter_mm": (10, 5)},
        {"lesions": (3, 1)},
        {"methods": {}},
        {"methods": {"sigmoid": 0}},
        {"side": 100},
        {"zoom": 1.0},
    ],
)
def test_settings_that_cannot_be_are_refused(changes):
    with pytest.raises(ValidationError):
        DataSettings(**changes)
