"""The CTs by which weights are chosen."""

from __future__ import annotations

import numpy as np
from tests.detection.toys import lessons, mixture, toy

from napari_lesion_synth.detection.questions import questions_of


def count(question):
    return int(question.labels.max())


def test_few_real_lesions_are_joined_by_synthetic_ones_in_the_same_cts():
    given = lessons([toy(1, 2)], [toy(2, 2), toy(3, 1)])
    asked = questions_of(given, mixture(), seed=0)
    assert [count(each) for each in asked[:2]] == [2, 1]
    assert len(asked) == 4
    assert count(asked[2]) > 2
    assert count(asked[3]) > 1
    for host, plain in zip(given.exam, asked[:2], strict=True):
        np.testing.assert_array_equal(plain.frame.hu, host.frame.hu)


def test_the_same_seed_gives_the_same_and_another_one_others():
    given = lessons([toy(1, 2)], [toy(2, 2)])
    once, again, other = (questions_of(given, mixture(), seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(once[1].frame.hu, again[1].frame.hu)
    np.testing.assert_array_equal(once[1].labels, again[1].labels)
    assert not np.array_equal(once[1].frame.hu, other[1].frame.hu)


def test_without_synthetic_lesions_in_the_mixture_none_choose():
    given = lessons([toy(1, 2)], [toy(2, 2)])
    assert len(questions_of(given, mixture(synthetic=0.0), seed=0)) == 1


def test_enough_real_lesions_choose_alone():
    given = lessons([toy(1, 2)], [toy(seed, 3) for seed in (2, 3, 4)])
    assert len(questions_of(given, mixture(), seed=0)) == 3


def test_healthy_validation_patients_alone_choose_nothing_unless_lesions_are_put_in():
    given = lessons([toy(1, 2)], [toy(2, 0)])
    assert questions_of(given, mixture(synthetic=0.0), seed=0) == []
    assert [count(each) > 0 for each in questions_of(given, mixture(), seed=0)] == [False, True]


def test_nobody_to_ask():
    assert questions_of(lessons([toy(1, 2)]), mixture(), seed=0) == []


def test_slices_are_asked_about_with_one_lesion_more():
    given = lessons([toy(1, 2, dims=2)], [toy(2, 1, dims=2)], dims=2)
    asked = questions_of(given, mixture(diameter_mm=(8.0, 12.0)), seed=0)
    assert [count(each) for each in asked] == [1, 2]
