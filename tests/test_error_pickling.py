"""Errors cross process borders with everything a person needs to mend them."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from napari_lesion_synth import errors
from napari_lesion_synth.errors import DonorError, InputError, LesionSynthError
from napari_lesion_synth.synthesis.library import load_donors

KINDS = [
    getattr(errors, name)
    for name in errors.__all__
    if issubclass(getattr(errors, name), LesionSynthError)
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind, protocol):
    error = kind("the mask is empty", where=Path("a") / "mask.nii", remedy="Draw one")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is kind
    assert (again.what, again.where, again.remedy) == (error.what, error.where, error.remedy)
    assert str(again) == str(error)
    assert again.args == error.args


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_without_place_and_remedy_survives_as_well(kind):
    again = pickle.loads(pickle.dumps(kind("it is broken")))
    assert (again.what, again.where, again.remedy) == ("it is broken", None, None)


def test_an_error_can_be_copied():
    error = InputError("it is broken", where="file", remedy="Mend it")
    again = copy.copy(error)
    assert str(again) == str(error) == "file: it is broken. Mend it."


def test_an_error_arrives_from_another_process(tmp_path):
    nowhere = str(tmp_path / "nowhere")
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as pool,
        pytest.raises(DonorError, match="not a donor library") as caught,
    ):
        pool.submit(load_donors, nowhere).result(timeout=120)
    assert caught.value.where == nowhere
    assert "extract-donors" in caught.value.remedy


def test_every_error_is_of_the_family_that_the_faces_catch():
    assert len(KINDS) >= 7
    assert all(issubclass(kind, LesionSynthError) for kind in KINDS)
