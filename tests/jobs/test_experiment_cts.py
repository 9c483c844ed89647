"""CTs of experiments: made, unpacked, looked at, and divided."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.detection.toys import toy
from tests.jobs.experiments import archive, case_entries, plan_file

import napari_lesion_synth as nls
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.jobs.experiment_cts import (
    facts_of,
    make_cts,
    missing_cts,
    planned_lesions,
    with_cts,
)
from napari_lesion_synth.jobs.experiment_model import Experiment, open_ct
from napari_lesion_synth.jobs.experiment_plan import read_plan
from napari_lesion_synth.jobs.experiment_slices import slice_arrays

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "msd_slices"


def experiment(plan_path, out=None):
    folder = plan_path.parent
    bare = Experiment(read_plan(plan_path), out or folder / "out", folder)
    cts, folds = with_cts(bare)
    return Experiment(bare.plan, bare.folder, folder, tuple(cts), folds)


def made(asked):
    for names in missing_cts(asked):
        make_cts(asked, names)
    return asked


def test_slices_become_files_that_show_the_same(tmp_path):
    asked = made(experiment(plan_file(tmp_path)))
    assert missing_cts(asked) == []
    for ct in asked.cts:
        number = int(ct.patient.split("-")[1])
        ill = ct.patient.startswith("ill")
        seed, lesions = (number, 1 + number % 2) if ill else (50 + number, 0)
        original = toy(seed, lesions, dims=2, patient=ct.patient)
        case = open_ct(ct)
        assert np.array_equal(case.volume.hu, original.volume.hu)
        assert np.array_equal(case.organ.mask, original.organ.mask)
        assert case.volume.spacing == pytest.approx(original.volume.spacing)
        known = np.zeros_like(case.lesions) if original.lesions is None else original.lesions
        assert np.array_equal(case.lesions, known)
        facts = facts_of(asked, ct.name)
        assert facts.sha256 == case.volume.sha256
        assert facts.lesions == planned_lesions(asked, ct) == (1 + number % 2 if ill else 0)
        assert facts.slices == 1


def test_what_is_there_is_not_made_again(tmp_path, content):
    asked = made(experiment(plan_file(tmp_path)))
    before = content(tmp_path / "out")
    (tmp_path / "out" / "prepared" / "cts" / "ill-0-0000.facts.json").unlink()
    assert missing_cts(asked) == [("ill-0-0000",)]
    made(asked)
    assert content(tmp_path / "out") == before


def test_simulated_cts_are_marked_and_divided_by_their_sides(tmp_path):
    side = {"patients": 1, "lesions": 2}
    plan = plan_file(
        tmp_path,
        data={
            "phantoms": {
                "train": {**side, "first": 3},
                "test": {**side, "first": 5},
                "spacing": [10.0, 3.0, 3.0],
                "options": {"noise_hu": 5.0},
            }
        },
        division=None,
    )
    asked = experiment(plan)
    (fold,) = asked.folds
    assert (fold.train, fold.choose, fold.test) == (("phantom-3",), (), ("phantom-5",))
    assert missing_cts(asked) == [("phantom-3",), ("phantom-5",)]
    assert planned_lesions(asked, asked.cts[0]) == 2
    make_cts(asked, ("phantom-5",))
    case = open_ct(asked.cts[1])
    original = nls.phantom(5, 2, (10.0, 3.0, 3.0), noise=5.0)
    assert np.array_equal(case.volume.hu, original.volume.hu)
    assert np.array_equal(case.lesions, original.lesions)
    assert case.patient == "phantom-5"
    assert "SYNTHETIC" in (tmp_path / "out/prepared/cts/phantom-5.json").read_text(encoding="utf-8")


def test_cts_of_ones_own_are_read_where_they_are(tmp_path):
    cases = [toy(0, 2, dims=2, patient="a"), toy(1, 1, dims=2, patient="b"),
             toy(2, 1, dims=2, patient="c"), toy(3, 0, dims=2, patient="d")]  # fmt: skip
    entries = case_entries(tmp_path, cases)
    entries[3]["patient"] = "a"
    plan = plan_file(
        tmp_path,
        data={"cases": entries},
        division={"named": {"choose": ["b"], "test": ["c"]}},
    )
    asked = made(experiment(plan))
    assert [ct.name for ct in asked.cts] == ["a", "b", "c", "a-2"]
    assert asked.folds[0].train == ("a",)
    assert not open_ct(asked.cts[3]).lesions.any()
    assert facts_of(asked, "a").lesions == planned_lesions(asked, asked.cts[0]) == 2
    assert planned_lesions(asked, asked.cts[3]) == 0
    assert not list((tmp_path / "out" / "prepared" / "cts").glob("*.nii.gz"))


def test_slices_with_little_of_the_organ_are_left_out_and_the_draw_is_among_all(tmp_path):
    archive(tmp_path / "slices.npz")
    with np.load(tmp_path / "slices.npz") as stored:
        arrays = dict(stored)
    arrays["liver"][5:] = False  # of those without a lesion
    np.savez(tmp_path / "slices.npz", **arrays)
    whole = experiment(plan_file(tmp_path, data={"slices": {"file": "slices.npz", "fewest_px": 1}}))
    assert {ct.patient for ct in whole.cts} == {f"ill-{n}" for n in range(5)}
    (fold,) = whole.folds
    assert not [name for name in (*fold.train, *fold.test) if name.startswith("well")]
    archive(tmp_path / "other.npz")
    other = experiment(plan_file(tmp_path, data={"slices": {"file": "other.npz", "fewest_px": 1}}))
    assert set(fold.train) == {n for n in other.folds[0].train if n.startswith("ill")}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive"])
def test_what_is_no_archive_is_told(tmp_path, content):
    slice_arrays.cache_clear()
    plan = plan_file(tmp_path)
    (tmp_path / "slices.npz").write_bytes(content)
    with pytest.raises(InputError) as caught:
        experiment(plan)
    assert caught.value.where == str(tmp_path / "slices.npz")


def test_an_archive_that_lacks_an_array_says_which(tmp_path):
    plan = plan_file(tmp_path)
    with np.load(tmp_path / "slices.npz") as stored:
        arrays = dict(stored)
    del arrays["pixel_mm"]
    np.savez(tmp_path / "slices.npz", **arrays)
    with pytest.raises(InputError, match="no 'pixel_mm'"):
        experiment(plan)


def test_a_slice_that_is_there_twice_is_told(tmp_path):
    plan = plan_file(tmp_path)
    with np.load(tmp_path / "slices.npz") as stored:
        arrays = dict(stored)
    arrays["slice_index"][:] = 0
    arrays["patient"][:] = "same"
    np.savez(tmp_path / "slices.npz", **arrays)
    with pytest.raises(ParameterError, match="same-0000 is there twice"):
        experiment(plan)


def test_a_damaged_note_of_a_ct_is_told(tmp_path):
    asked = made(experiment(plan_file(tmp_path)))
    path = tmp_path / "out" / "prepared" / "cts" / "ill-0-0000.facts.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="ill-0-0000") as caught:
        facts_of(asked, "ill-0-0000")
    assert caught.value.where == str(path)


@pytest.mark.realdata
@pytest.mark.skipif(not REAL.is_dir(), reason="the real slices are not beside the repository")
def test_the_published_division_of_the_real_slices(tmp_path):
    plans = Path(__file__).resolve().parents[2] / "examples" / "plans"
    asked = experiment(plans / "msd_slices.yaml", tmp_path)
    (fold,) = asked.folds
    assert (len(fold.train), len(fold.choose), len(fold.test)) == (13, 8, 36)
    tested = asked.of(fold.test)
    assert len(tested) == 146
    assert sum(ct.files.lesions is not None for ct in tested) == 54
    assert sum(planned_lesions(asked, ct) for ct in tested) == 89
