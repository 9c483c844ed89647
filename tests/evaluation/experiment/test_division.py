"""Folds: nobody in two parts, everybody where the plan says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.experiment.division import divide_patients
from napari_lesion_synth.evaluation.experiment.plan_data import Division

ILL = [f"ill-{n:02d}" for n in range(20)]
WELL = [f"well-{n:02d}" for n in range(9)]


def fixed(**fields):
    return Division.model_validate({"fixed": {"train": 6, "choose": 8, **fields}})


def test_one_division_is_drawn_as_said():
    (fold,) = divide_patients(fixed(), ILL, WELL)
    assert len(set(fold.train) & set(ILL)) == 6
    assert len(set(fold.train) & set(WELL)) == 3
    assert len(fold.choose) == 8
    assert set(fold.choose) <= set(ILL)
    assert sorted([*fold.train, *fold.choose, *fold.test]) == sorted([*ILL, *WELL])


def test_it_is_the_draw_of_a_permutation():
    """So that divisions published with it can be made again."""
    (fold,) = divide_patients(fixed(seed=3), ILL, WELL)
    rng = np.random.default_rng(3)
    ill, well = rng.permutation(np.array(ILL)), rng.permutation(np.array(WELL))
    assert set(fold.train) == {*ill[:6], *well[:3]}
    assert set(fold.choose) == {*ill[6:14]}


def test_another_seed_draws_others_and_the_order_of_the_names_does_not_matter():
    one = divide_patients(fixed(), ILL, WELL)
    assert divide_patients(fixed(), ILL[::-1], WELL[::-1]) == one
    assert divide_patients(fixed(seed=1), ILL, WELL) != one


@pytest.mark.parametrize(("share", "hosts"), [("1/3", 7), (0.5, 10), (0, 0), (1, 21)])
def test_shares_are_exact(share, hosts):
    well = [f"w{n:02d}" for n in range(21)]
    (fold,) = divide_patients(fixed(hosts=share), ILL, well)
    assert len(set(fold.train) & set(well)) == hosts


def test_more_patients_than_there_are_is_refused():
    with pytest.raises(ParameterError, match="there are 14 in all"):
        divide_patients(fixed(), ILL[:14], WELL)


@given(st.integers(2, 5), st.integers(6, 24), st.integers(0, 12), st.sampled_from(["1/4", 0.5, 0]))
def test_folds_test_everybody_once_and_nobody_is_in_two_parts(k, ill, well, choose):
    names = [f"i{n:02d}" for n in range(ill)], [f"w{n:02d}" for n in range(well)]
    division = Division.model_validate({"folds": {"k": k, "choose": choose}})
    folds = divide_patients(division, *names)
    tested = Counter(name for fold in folds for name in fold.test)
    assert tested == Counter([*names[0], *names[1]])
    for number, fold in enumerate(folds):
        assert fold.number == number
        parts = [*fold.train, *fold.choose, *fold.test]
        assert len(parts) == len(set(parts)) == ill + well
        assert set(fold.train) & set(names[0])
        assert set(fold.test) & set(names[0])
        assert bool(set(fold.choose) & set(names[0])) == (choose != 0)


def test_more_folds_than_patients_with_lesions_are_refused():
    division = Division.model_validate({"folds": {"k": 4}})
    with pytest.raises(ParameterError, match="nothing to find"):
        divide_patients(division, ILL[:3], WELL)


def test_patients_can_be_named():
    division = Division.model_validate(
        {"named": {"choose": ["ill-00"], "test": ["ill-01", "well-00"]}}
    )
    (fold,) = divide_patients(division, ILL, WELL)
    assert fold.choose == ("ill-00",)
    assert fold.test == ("ill-01", "well-00")
    assert fold.part("ill-02") is Part.TRAIN
    assert fold.part("ill-00") is Part.VALIDATION
    assert fold.part("well-00") is Part.TEST
    assert fold.part("stranger") is None


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"test": ["nobody"]}, "'nobody' is not there"),
        ({"choose": ["ill-01"], "test": ["ill-01"]}, "to choose and to test"),
        ({"test": ["well-01"]}, "no patient with a lesion to test on"),
        ({"test": ILL}, "no patient with a lesion to learn from"),
    ],
)
def test_names_that_make_no_test_are_refused(named, words):
    with pytest.raises(ParameterError, match=words):
        divide_patients(Division.model_validate({"named": named}), ILL, WELL)
