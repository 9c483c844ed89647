from __future__ import annotations

import pytest

from napari_lesion_synth.cli.arguments import case_files, fixed_parameters, method_weights
from napari_lesion_synth.errors import ParameterError


@pytest.fixture
def place(tmp_path):
    for name in ("p1/ct.nii.gz", "p2/ct.nii.gz", "p1/liver.nii.gz", "p2/liver.nii.gz", "a.mha"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_masks_go_with_cts_in_their_order(place):
    cts = [place / "p1/ct.nii.gz", place / "p2/ct.nii.gz"]
    organs = [str(place / "p1/liver.nii.gz"), str(place / "p2/liver.nii.gz")]
    cases = case_files(cts, organs=organs, organ_label=1)
    assert [case.ct for case in cases] == [str(ct) for ct in cts]
    assert [case.organ for case in cases] == organs
    assert {case.organ_label for case in cases} == {1}
    assert {case.lesions for case in cases} == {None}


def test_one_pattern_serves_all_cts(place):
    (place / "ct.mha").touch()
    cases = case_files(
        [place / "p1/ct.nii.gz", place / "p2/ct.nii.gz"],
        organs=["{folder}/liver.nii.gz"],
        lesions=[str(place / "{case}.mha")],
    )
    assert [case.organ for case in cases] == [
        str(place / "p1/liver.nii.gz"),
        str(place / "p2/liver.nii.gz"),
    ]
    assert {case.lesions for case in cases} == {str(place / "ct.mha")}


def test_none_stands_for_a_ct_without(place):
    cases = case_files(
        [place / "a.mha", place / "p1/ct.nii.gz"], lesions=["none", str(place / "a.mha")]
    )
    assert [case.lesions for case in cases] == [None, str(place / "a.mha")]


def test_cts_of_one_name_are_told_apart_by_their_folders(place):
    cases = case_files([place / "p1/ct.nii.gz", place / "p2/ct.nii.gz", place / "a.mha"])
    assert [case.patient for case in cases] == ["p1-ct", "p2-ct", None]


def test_pseudonyms_can_be_given(place):
    cases = case_files([place / "p1/ct.nii.gz", place / "p2/ct.nii.gz"], patients=["x", "x"])
    assert [case.patient for case in cases] == ["x", "x"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"organs": ["a", "b", "c"]}, "3 times --organ for 2 CTs"),
        ({"lesions": ["a"]}, "1 times --lesions for 2 CTs"),
        ({"patients": ["x"]}, "1 times --patient for 2 CTs"),
        ({"organs": ["{patient}.nii"]}, "cannot be filled in"),
        ({"organs": ["{case}.nii"]}, "no such file"),
        ({"organs": ["gone.nii", "gone.nii"]}, "no such file"),
    ],
)
def test_what_does_not_go_together_is_refused(place, changes, words):
    with pytest.raises(ParameterError, match=words):
        case_files([place / "p1/ct.nii.gz", place / "p2/ct.nii.gz"], **changes)


def test_a_missing_ct_is_named(place):
    with pytest.raises(ParameterError, match=r"gone\.nii: there is no such file"):
        case_files([place / "gone.nii"], organs=["also-gone.nii"])


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("poisson", {"poisson": 1}),
        ("poisson,sigmoid", {"poisson": 1, "sigmoid": 1}),
        (" poisson:2 , sigmoid:0.5", {"poisson": 2, "sigmoid": 0.5}),
    ],
)
def test_methods_are_names_with_weights(text, weights):
    assert method_weights(text) == weights


@pytest.mark.parametrize("text", ["", "a,,b", "a:x", "a:-1", "a:0", "a:nan", "a:inf", "a,a"])
def test_methods_that_cannot_be_understood_are_refused(text):
    with pytest.raises(ParameterError, match="cannot be understood"):
        method_weights(text)


def test_parameters_are_fixed_by_method_and_name():
    texts = ["sigmoid.delta_hu=-45", "sigmoid.kind=necrotic", "poisson.mixed=true", "a.b=[1, 2]"]
    assert fixed_parameters(texts) == {
        "sigmoid": {"delta_hu": -45, "kind": "necrotic"},
        "poisson": {"mixed": True},
        "a": {"b": [1, 2]},
    }


@pytest.mark.parametrize("text", ["delta_hu=-45", "sigmoid.delta_hu", ".a=1", "sigmoid.=1", "=1"])
def test_parameters_that_cannot_be_understood_are_refused(text):
    with pytest.raises(ParameterError, match="cannot be understood"):
        fixed_parameters([text])
