from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.layout import SAMPLES_CSV, patch_path
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import (
    DatasetError,
    DonorError,
    LesionSynthWarning,
    ParameterError,
    SiteError,
    StorageError,
)
from napari_lesion_synth.events import Done, Progress, Started, Stopped, StopToken
from napari_lesion_synth.jobs import scene as scenes
from napari_lesion_synth.jobs.generate import generate


@pytest.fixture
def whole(host, request_for, make_set, content):
    """Content of the small set, made in one go in this process."""
    request = request_for("whole")
    make_set(request, cases=[host])
    return content(request.out)


def test_the_stream_begins_counts_lesions_and_ends_with_the_set(host, request_for, make_set):
    request = request_for()
    events = make_set(request, cases=[host])
    assert events[0] == Started("generate", 7)
    counts = [event.done for event in events if isinstance(event, Progress)]
    assert counts == [0, 3, 6, 7]
    assert isinstance(events[-1], Done)
    assert events[-1].result["lesions"] == 7


def test_a_set_has_the_lesions_zones_and_methods_asked_for(host, request_for, make_set):
    request = request_for(n=12, rim=0.25)
    make_set(request, cases=[host])
    table = GeneratedSet.open(request.out).table
    assert len(table) == 12
    assert list(table["zone"]).count("rim") == 3
    assert set(table["method"]) == {"sigmoid"}
    assert table["diameter_mm"].between(6, 9).all()
    assert (table["voxels"] > 0).all()


def test_patches_show_the_host_before_and_the_lesion_after(host, request_for, make_set):
    request = request_for()
    make_set(request, cases=[host])
    opened = GeneratedSet.open(request.out)
    for name, recipe in opened.recipes.items():
        patch = opened.patch(name)
        assert np.array_equal(patch.before, host.volume.hu[patch.bbox])
        assert not np.array_equal(patch.before, patch.after)
        assert np.array_equal(patch.before[~patch.support], patch.after[~patch.support])
        organ = host.require_organ().mask[patch.bbox]
        assert (organ | ~patch.support).all()
        assert recipe.host == host.volume.sha256


def test_lesions_of_a_scene_do_not_run_into_each_other(host, request_for, make_set, monkeypatch):
    monkeypatch.setattr(scenes, "_ROOM", 0.0)  # so close that some do, at first
    request = request_for(n=12, per_scene=6, diameter_mm=(8.0, 12.0))
    assert make_set(request, cases=[host])[-1].result["redrawn"] > 0
    opened = GeneratedSet.open(request.out)
    for _, rows in opened.table.groupby("scene"):
        count = np.zeros(host.volume.shape, int)
        reach = np.zeros(host.volume.shape, int)
        for name in rows["id"]:
            patch = opened.patch(str(name))
            count[patch.bbox] += patch.mask
            reach[patch.bbox] += patch.support
        assert count.max() == 1
        assert (reach[count > 0] == 1).all()


def test_generating_leaves_the_host_alone(host, request_for, make_set):
    before = host.volume.hu.copy()
    make_set(request_for(), cases=[host])
    assert np.array_equal(host.volume.hu, before)


def test_the_same_request_gives_the_same_bytes(host, request_for, make_set, content, whole):
    request = request_for("again")
    make_set(request, cases=[host])
    assert content(request.out) == whole


def test_another_seed_gives_other_lesions(host, request_for, make_set, content, whole):
    request = request_for("other", seed=1)
    make_set(request, cases=[host])
    other = content(request.out)
    assert all(other[name] != whole[name] for name in whole if name.endswith(".npz"))


def test_processes_give_the_same_bytes_as_this_one(host, request_for, make_set, content, whole):
    request = request_for("processes", workers=2)
    make_set(request, cases=[host])
    assert content(request.out) == whole


def test_a_rerun_of_a_finished_set_changes_nothing(host, request_for, make_set, content, whole):
    events = make_set(request_for("whole"), cases=[host])
    assert "7 of 7 lesions are there already" in [getattr(e, "text", "") for e in events]
    assert content(request_for("whole").out) == whole


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    host, request_for, make_set, content, whole, steps
):
    request = request_for("stopped")
    token = StopToken()
    heard = []

    def listen():
        for event in generate(request, token, cases=[host]):
            heard.append(event)
            if sum(isinstance(e, Progress) for e in heard) == steps:
                token.stop()

    with pytest.raises(Stopped):
        listen()
    finished = len(GeneratedSet.open(request.out).ids)
    assert finished == min(3 * (steps - 1), 7)
    assert f"{finished} of 7" in heard[-1].text
    make_set(request, cases=[host])
    assert content(request.out) == whole


def test_an_abandoned_stream_gives_the_folder_free(host, request_for, make_set, content, whole):
    request = request_for("abandoned")
    stream = generate(request, StopToken(), cases=[host])
    while not isinstance(event := next(stream), Progress) or event.done == 0:
        pass
    stream.close()
    make_set(request, cases=[host])
    assert content(request.out) == whole


def test_files_and_arrays_are_the_same_host(host, request_for, make_set, content, whole, save_case):
    request = request_for("files", cases=(save_case(host, "ball"),))
    make_set(request)
    made = content(request.out)
    names = {name for name in whole if name.endswith((".npz", ".png", ".csv"))}
    assert {name: made[name] for name in names} == {name: whole[name] for name in names}


def test_several_cases_share_the_lesions_and_are_told_apart(
    ball_case, request_for, make_set, save_case
):
    shape = (24, 80, 80)
    one = save_case(ball_case(shape, seed=1), folder=None, name="a")
    other = save_case(ball_case(shape, seed=2), name="b")
    request = request_for(cases=(one, other), workers=2)
    make_set(request)
    opened = GeneratedSet.open(request.out)
    assert list(opened.table["case"]) == ["a"] * 4 + ["b"] * 3
    assert opened.table["scene"].nunique() == 3
    hosts = {case["name"]: case["host"] for case in opened.info["cases"]}
    assert len(set(hosts.values())) == 2
    for name, recipe in opened.recipes.items():
        case = opened.table.set_index("id").loc[name, "case"]
        assert recipe.host == hosts[case]


def test_two_cases_of_one_patient_get_names_of_their_own(ball_case, request_for, make_set):
    shape = (24, 80, 80)
    cases = [ball_case(shape, seed=k, patient="p/1") for k in range(2)]
    request = request_for()
    make_set(request, cases=cases)
    opened = GeneratedSet.open(request.out)
    assert [case["name"] for case in opened.info["cases"]] == ["p-1", "p-1-2"]
    assert set(opened.table["patient"]) == {"p/1"}


def test_a_single_slice_is_a_host_like_any_other(ball_case, request_for, make_set):
    case = ball_case((1, 128, 128), margin_mm=10.0)
    request = request_for(n=4)
    make_set(request, cases=[case])
    opened = GeneratedSet.open(request.out)
    assert len(opened.table) == 4
    assert all(opened.patch(name).mask.shape[0] == 1 for name in opened.ids)


def test_the_record_says_what_was_asked_and_from_what(host, request_for, make_set, save_case):
    files = save_case(host)
    request = request_for(cases=(files,), fixed={"sigmoid": {"delta_hu": -30}})
    make_set(request)
    info = GeneratedSet.open(request.out).info
    assert info["n"] == 7
    assert info["fixed"] == {"sigmoid": {"delta_hu": -30}}
    (case,) = info["cases"]
    assert case["host"] == host.volume.sha256
    assert case["inputs"]["ct"] == files.ct
    assert info["donors"] == {"lesions": [], "source": "none"}


def test_fixed_parameters_reach_every_recipe(host, request_for, make_set):
    request = request_for(fixed={"sigmoid": {"delta_hu": -30}})
    make_set(request, cases=[host])
    recipes = GeneratedSet.open(request.out).recipes.values()
    assert {recipe.params["delta_hu"] for recipe in recipes} == {-30}


def test_another_set_in_the_folder_is_refused_with_what_differs(host, request_for, make_set):
    make_set(request_for(), cases=[host])
    with pytest.raises(DatasetError, match="n is 7 there and 8 here"):
        make_set(request_for(n=8), cases=[host])


def test_the_same_request_on_another_host_is_another_set(host, ball_case, request_for, make_set):
    make_set(request_for(), cases=[host])
    with pytest.raises(DatasetError, match=r"cases\[0\]\.host is"):
        make_set(request_for(), cases=[ball_case((24, 80, 80), (2.5, 1.0, 1.0), seed=9)])


def test_a_damaged_patch_is_made_again(host, request_for, make_set, content, whole, texts):
    request = request_for("whole")
    patch_path(request.out, "lesion_000004").write_bytes(b"damaged")
    events = make_set(request, cases=[host])
    assert "lost files" in texts(events)
    assert content(request.out) == whole


def test_a_torn_table_is_mended(host, request_for, make_set, content, whole):
    request = request_for("whole")
    table = request.out / SAMPLES_CSV
    table.write_bytes(table.read_bytes()[:-200])
    make_set(request, cases=[host])
    assert content(request.out) == whole


def test_a_disk_that_fills_up_keeps_what_is_finished(
    host, request_for, make_set, content, whole, monkeypatch
):
    from pathlib import Path

    request = request_for("full")
    real = Path.replace

    def full(self, target):
        if "lesion_000004" in str(target):
            raise OSError(28, "No space left on device")
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(StorageError, match="the disk is full"):
            make_set(request, cases=[host])
    assert len(GeneratedSet.open(request.out).ids) == 3
    make_set(request, cases=[host])
    assert content(request.out) == whole


def test_no_case_is_bad_usage(request_for, make_set):
    with pytest.raises(ParameterError, match="no CT"):
        make_set(request_for())


def test_an_unknown_method_is_bad_usage(host, request_for, make_set):
    with pytest.raises(ParameterError, match="no synthesis method 'magic'"):
        make_set(request_for(methods={"magic": 1.0}), cases=[host])


@pytest.mark.parametrize("fixed", [{"no_such": 1}, {"delta_hu": "dark"}])
def test_a_parameter_that_cannot_be_is_refused_before_anything_is_read(request_for, fixed):
    request = request_for(fixed={"sigmoid": fixed}, cases=({"ct": "absent.nii.gz"},))
    with pytest.raises(ParameterError, match=next(iter(fixed))):
        list(generate(request, StopToken()))


def test_a_method_that_needs_donors_without_any_is_bad_usage(request_for):
    request = request_for(methods={"poisson": 1.0}, cases=({"ct": "absent.nii.gz"},))
    with pytest.raises(ParameterError, match="there are none") as caught:
        list(generate(request, StopToken()))
    assert "--donors" in str(caught.value.remedy)
    assert "--lesions" in str(caught.value.remedy)


def test_no_room_for_the_sites_is_said_so(ball_case, request_for, make_set):
    with pytest.raises(SiteError) as caught:
        make_set(
            request_for(diameter_mm=(18.0, 20.0), per_scene=7), cases=[ball_case((12, 32, 32))]
        )
    assert caught.value.remedy


def test_a_case_without_organ_is_refused(host, request_for, make_set):
    with pytest.raises(Exception, match="needs the organ's mask"):
        make_set(request_for(), cases=[Case(host.volume)])


def failing(times, kind=DonorError):
    """Stand in for `synthesize`, failing the first times that it is called."""
    real = scenes.synthesize
    calls = []

    def call(*args, **kwargs):
        calls.append(kwargs["seed"])
        if len(calls) <= times:
            raise kind("does not fit here", where="d1")
        return real(*args, **kwargs)

    return call, calls


@pytest.mark.parametrize("kind", [DonorError, SiteError])
def test_what_cannot_be_made_is_drawn_again_and_counted(
    host, request_for, make_set, monkeypatch, texts, kind
):
    call, calls = failing(3, kind)
    monkeypatch.setattr(scenes, "synthesize", call)
    events = make_set(request_for(per_scene=1), cases=[host])
    assert len(calls) == 7 + 3
    assert len(set(calls)) == len(calls)
    assert events[-1].result == {**events[-1].result, "lesions": 7, "redrawn": 3}
    assert "3 draws did not fit" in texts(events)


def test_what_can_never_be_made_is_an_error_after_a_bounded_number_of_draws(
    host, request_for, make_set, monkeypatch
):
    call, calls = failing(10**6)
    monkeypatch.setattr(scenes, "synthesize", call)
    request = request_for()
    with pytest.raises(DonorError, match="does not fit here"):
        make_set(request, cases=[host])
    assert len(calls) < 50
    assert GeneratedSet.open(request.out).ids == []


def test_warnings_of_the_work_become_logs_each_once(host, request_for, make_set, monkeypatch):
    real = scenes.synthesize

    def warn(*args, **kwargs):
        warnings.warn("the donor is small", LesionSynthWarning, stacklevel=1)
        return real(*args, **kwargs)

    monkeypatch.setattr(scenes, "synthesize", warn)
    events = make_set(request_for(), cases=[host])
    heard = [event for event in events if getattr(event, "text", "") == "the donor is small"]
    assert [event.level for event in heard] == ["warning"]


def test_events_are_json(host, request_for, make_set):
    from napari_lesion_synth.events import from_json, to_json

    for event in make_set(request_for(), cases=[host]):
        assert from_json(to_json(event)) == event
        json.loads(to_json(event))


def test_settings_that_contradict_each_other_are_refused(request_for):
    with pytest.raises(ValueError, match="exceeds the largest"):
        request_for(diameter_mm=(20.0, 10.0))
    with pytest.raises(ValueError, match="not among the methods"):
        request_for(fixed={"poisson": {"a": 1}})
