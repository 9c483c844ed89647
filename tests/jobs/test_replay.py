from __future__ import annotations

import pandas as pd
import pytest

from napari_lesion_synth.dataset.layout import SAMPLES_CSV
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError, DonorError, InputError
from napari_lesion_synth.events import Done, StopToken
from napari_lesion_synth.jobs.donors import DonorSettings, collect_donors
from napari_lesion_synth.jobs.reopen import moved
from napari_lesion_synth.jobs.replay import ReplaySettings, replay


def remake(folder, **changes):
    inputs = {key: changes.pop(key) for key in ("cases", "donors_given") if key in changes}
    if "donors_given" in inputs:
        inputs["donors"] = inputs.pop("donors_given")
    return list(replay(ReplaySettings(folder=folder, **changes), StopToken(), **inputs))


@pytest.fixture
def sick(ball_case):
    """A liver with a labelled lesion in it."""
    return ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=14.0)


@pytest.fixture
def from_files(sick, save_case, request_for, make_set):
    """A set of both methods, its donor taken from the CT's own labels."""
    request = request_for(
        cases=(save_case(sick),), methods={"poisson": 1.0, "sigmoid": 1.0}, n=6, rim=0.5
    )
    make_set(request)
    return request


@pytest.mark.parametrize("workers", [1, 2])
def test_a_set_comes_out_the_same(from_files, workers):
    table = GeneratedSet.open(from_files.out).table
    assert set(table["method"]) == {"poisson", "sigmoid"}
    events = remake(from_files.out, workers=workers)
    assert isinstance(events[-1], Done)
    assert events[-1].result == {"set": str(from_files.out), "same": 6, "total": 6}


def test_replay_writes_nothing(from_files, content):
    before = content(from_files.out)
    remake(from_files.out)
    assert content(from_files.out) == before


def test_a_set_made_from_arrays_is_remade_from_them(host, request_for, make_set):
    request = request_for()
    make_set(request, cases=[host])
    assert remake(request.out, cases=[host])[-1].result["same"] == 7


def test_arrays_that_are_not_given_again_are_asked_for(host, request_for, make_set):
    request = request_for()
    make_set(request, cases=[host])
    with pytest.raises(InputError, match="made from arrays"):
        remake(request.out)


def test_lesions_that_come_out_differently_are_named(from_files):
    path = from_files.out / SAMPLES_CSV
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    sigmoid = table.index[table["method"] == "sigmoid"][0]
    table.loc[sigmoid, "sha256"] = "0" * 64
    table.to_csv(path, index=False)
    with pytest.raises(DatasetError, match=f"1 of 6 .*{table.loc[sigmoid, 'id']}"):
        remake(from_files.out)


def test_another_ct_is_refused_before_anything_is_compared(from_files, ball_case, save_case):
    save_case(ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=14.0, seed=5))
    with pytest.raises((DatasetError, DonorError), match="not the one that the set was made from"):
        remake(from_files.out)


def test_another_organ_mask_is_refused(host, ball_case, request_for, make_set):
    from dataclasses import replace

    from napari_lesion_synth.anatomy.organ import Organ

    request = request_for()
    make_set(request, cases=[host])
    mask = host.require_organ().mask.copy()
    mask[:, :30] = False
    other = replace(host, organ=Organ(mask, host.volume.spacing))
    with pytest.raises(DatasetError, match="organ mask is not the one"):
        remake(request.out, cases=[other])


def test_moved_inputs_are_found_under_their_new_root(from_files, tmp_path):
    (tmp_path / "inputs").rename(tmp_path / "archive")
    with pytest.raises(InputError):
        remake(from_files.out)
    events = remake(from_files.out, root=tmp_path / "archive")
    assert events[-1].result["same"] == 6


def test_a_moved_donor_library_is_found(sick, host, save_case, request_for, make_set, tmp_path):
    library = tmp_path / "donors"
    settings = DonorSettings(cases=(save_case(sick, "sick"),), out=library)
    list(collect_donors(settings, StopToken()))
    request = request_for(
        cases=(save_case(host, "host"),), methods={"poisson": 1.0}, n=4, donors=library
    )
    make_set(request)
    assert remake(request.out)[-1].result["same"] == 4
    library.rename(tmp_path / "elsewhere")
    with pytest.raises(DonorError, match="1 donors of the set are not there"):
        remake(request.out)
    assert remake(request.out, donors=tmp_path / "elsewhere")[-1].result["same"] == 4


def test_the_longest_end_of_a_path_that_exists_is_taken(tmp_path):
    (tmp_path / "p1").mkdir()
    for place in (tmp_path / "ct.nii", tmp_path / "p1" / "ct.nii"):
        place.touch()
    assert moved(tmp_path / "old" / "p1" / "ct.nii", tmp_path) == tmp_path / "p1" / "ct.nii"
    assert moved(tmp_path / "old" / "p2" / "ct.nii", tmp_path) == tmp_path / "ct.nii"
    assert moved(tmp_path / "old" / "mr.nii", tmp_path) == tmp_path / "old" / "mr.nii"
