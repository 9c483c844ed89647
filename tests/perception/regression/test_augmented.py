from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy
from napari_lesion_synth.perception.limits.range_found import FoundRange
from napari_lesion_synth.perception.limits.ucurve import judge_limit, trained
from napari_lesion_synth.perception.regression.augmented import (
    AugmentationSettings,
    assumed_policy,
    augmented,
    copies_of,
)
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.limit_training import LimitTraining
from napari_lesion_synth.perception.regression.models.ridge import Ridge
from napari_lesion_synth.perception.regression.photo_model import Describer, PhotoModel
from napari_lesion_synth.perception.regression.table import Block, Table
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS

LIMITED, ANYTHING = AugmentationSettings(), AugmentationSettings(strength="unlimited")


@pytest.fixture
def photos(save_photo, disc):
    """Four photos of two dishes."""
    changes = (disc, disc[:, ::-1], disc[::-1], 255 - disc)
    return [save_photo(f"p{k}.png", picture, f"dish{k // 2}") for k, picture in enumerate(changes)]


def table_of(photos, describer: Describer) -> Table:
    blocks = describer.of_stimuli(photos)
    target = np.linspace(0.2, 0.8, len(photos))
    return Table(
        tuple(p.id for p in photos), target, tuple(p.category for p in photos), tuple(blocks)
    )


def test_copies_stay_within_the_policy_and_unlimited_ones_do_not(photos):
    policy = assumed_policy(0.2)

    inside = copies_of(photos, LIMITED, policy)
    anywhere = copies_of(photos, ANYTHING)

    assert len(inside) == len(anywhere) == 16
    for copy in inside:
        assert len(copy.magnitudes) == 2
        for name, magnitude in copy.magnitudes.items():
            low, high = policy.range(name, copy.stimulus.category)
            assert low <= magnitude <= high
    beyond = [
        not 0.2 * TRANSFORMS[n].low <= m <= 0.2 * TRANSFORMS[n].high
        for copy in anywhere
        for n, m in copy.magnitudes.items()
    ]
    assert np.mean(beyond) > 0.5
    assert copies_of(photos, AugmentationSettings(strength="none"), policy) == []


def test_copies_depend_on_the_photo_and_the_seed_alone(photos):
    policy = assumed_policy()

    one = copies_of(photos, LIMITED, policy)
    other = copies_of(photos[1:2], LIMITED, policy)
    seeded = copies_of(photos, LIMITED.model_copy(update={"seed": 1}), policy)

    assert one[4:8] == other
    assert one[0].magnitudes != seeded[0].magnitudes
    np.testing.assert_array_equal(one[0].picture(), one[0].picture(photos[0].picture()))


def test_a_policy_at_0_times_its_limits_changes_nothing(photos):
    copies = copies_of(photos, LIMITED, assumed_policy().times(0))

    np.testing.assert_array_equal(copies[0].picture(), photos[0].picture())


def test_what_no_policy_allows_is_refused(photos):
    other = FoundRange(
        transform="blur", category="soup", low=0, high=1, margin=0.2, answers=9, raters=2, photos=3,
        method="asked",
    )  # fmt: skip

    with pytest.raises(ParameterError, match="need a policy"):
        copies_of(photos, LIMITED)
    with pytest.raises(ParameterError, match="no transform of dish0"):
        copies_of(photos, LIMITED, AugmentationPolicy(ranges=(other,)))


def test_the_assumed_policy_says_that_nobody_was_asked():
    policy = assumed_policy()

    assert set(policy.transforms) == set(TRANSFORMS)
    assert {each.method for each in policy.ranges} == {
        "assumed as a share of the plausible range; nobody was asked"
    }
    assert policy.ranges[0].answers == 0


def test_copies_are_learnt_from_with_their_photos_attractiveness_and_not_judged(photos, tmp_path):
    describer = Describer()
    table = table_of(photos, describer)
    copies = copies_of(photos, AugmentationSettings(copies=2), assumed_policy(0.1))
    cache = FeatureCache(tmp_path / "cache")

    found = augmented(table, copies, describer, cache)
    again = augmented(table, copies, describer, cache)

    assert len(found) == 12
    assert found.judged.tolist() == [True] * 4 + [False] * 8
    np.testing.assert_array_equal(found.target[4:], np.repeat(table.target, 2))
    assert found.dishes[4:] == tuple(np.repeat(table.dishes, 2))
    values = found.inputs[0].values(np.arange(12))
    np.testing.assert_array_equal(values, again.inputs[0].values(np.arange(12)))
    assert not np.allclose(values[4], values[0])
    assert len(list((tmp_path / "cache").iterdir())) == 8
    for fold in plan(found).folds:
        assert not {found.dishes[k] for k in fold.train} & {found.dishes[k] for k in fold.test}


def test_a_table_is_not_joined_with_copies_of_other_photos_or_columns(photos):
    describer = Describer()
    table = table_of(photos, describer)
    copies = copies_of(photos, AugmentationSettings(copies=1), assumed_policy())

    with pytest.raises(ParameterError, match=r"no photo p3\.png"):
        augmented(table_of(photos[:3], describer), copies, describer)
    gaze = table.with_inputs(Block("gaze", np.zeros((4, 2))))
    with pytest.raises(ParameterError, match="not made from pictures"):
        augmented(gaze, copies, describer)
    assert augmented(table, [], describer) is table


def test_a_model_of_photos_predicts_pictures_as_it_predicts_their_rows(photos):
    describer = Describer()
    table = table_of(photos, describer)
    model = PhotoModel.of(describer, Ridge(), table)

    found = model.predict([photo.picture() for photo in photos])

    rows = [source.values(np.arange(4)) for source in table.inputs]
    np.testing.assert_allclose(found, model.fitted.predict(rows))
    with pytest.raises(ParameterError, match="features, a net"):
        Describer(features=False)


def test_trainings_at_multiples_of_a_limit_make_the_curve_that_judges_it(save_photo, disc):
    changes = (disc, disc[:, ::-1], disc[::-1], 255 - disc, disc // 2, disc.transpose(1, 0, 2))
    photos = [save_photo(f"p{k}.png", one, f"dish{k // 2}") for k, one in enumerate(changes)]
    describer = Describer()
    training = LimitTraining(
        photos,
        table_of(photos, describer),
        describer,
        Ridge(),
        assumed_policy(),
        AugmentationSettings(copies=1),
    )

    points = dict(trained(training, (0.0, 1.0, 2.0)))
    curve = judge_limit(points, np.random.default_rng(0))

    assert points[1.0].errors.shape == (2, 6)
    assert points[1.0].clusters == tuple(p.category for p in photos)
    np.testing.assert_array_equal(points[0.0].errors[0], points[0.0].errors[1])
    assert not np.allclose(points[1.0].errors[0], points[1.0].errors[1])
    assert curve.multiples == (0.0, 1.0, 2.0)
    with pytest.raises(ParameterError, match="not those of the table"):
        replace(training, stimuli=photos[:3])
