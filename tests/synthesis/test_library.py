"""A donor library is a small folder that grows, survives accidents and says what is wrong."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DonorError, LesionSynthWarning, StorageError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.library import list_donors, load_donors, save_donors


def donor(name: str = "a-1", patient: str = "a", seed: int = 0, slices: int = 5) -> Donor:
    rng = np.random.default_rng(seed)
    mask = np.zeros((slices, 9, 8), bool)
    mask[slices // 2, 3:6, 2:6] = True
    return Donor(
        id=name,
        patient=patient,
        hu=rng.integers(0, 150, mask.shape, dtype=np.int16),
        mask=mask,
        organ=np.ones_like(mask),
        spacing=(2.5, 0.7, 0.7),
        diameter_mm=3.5,
        depth_mm=4.25,
        zone=Zone.RIM,
        organ_hu=110.0,
        noise_hu=12.34,
        source="f00d",
        center=(10, 20, 30),
    )


def assert_equal(one: Donor, other: Donor) -> None:
    for field in fields(Donor):
        left, right = getattr(one, field.name), getattr(other, field.name)
        assert type(left) is type(right), field.name
        np.testing.assert_array_equal(left, right, err_msg=field.name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype


def contents(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_what_is_saved_is_loaded(tmp_path):
    donors = [donor("a-1"), donor("b-1", "b", seed=1, slices=1)]
    folder = save_donors(donors, tmp_path / "new" / "library")
    for before, after in zip(donors, load_donors(folder), strict=True):
        assert_equal(before, after)


def test_a_donor_without_known_source_is_kept_as_well(tmp_path):
    unknown = replace(donor(), source="", center=None)
    (loaded,) = load_donors(save_donors([unknown], tmp_path / "l"))
    assert_equal(unknown, loaded)


def test_the_folder_is_what_the_manual_says(tmp_path):
    folder = save_donors([donor("a-1"), donor("b-2", "b", seed=1)], tmp_path / "l")
    assert sorted(contents(folder)) == [
        "a-1.npz", "b-2.npz", "donors.json", "thumbs/a-1.png", "thumbs/b-2.png",
    ]  # fmt: skip
    index = json.loads((folder / "donors.json").read_text(encoding="utf-8"))
    assert index["schema"] == 1
    assert index["patients"] == ["a", "b"]
    assert index["items"][0]["source"] == "f00d"
    assert index["items"][0]["center"] == [10, 20, 30]


def test_the_voxels_are_stored_without_pickles(tmp_path):
    folder = save_donors([donor()], tmp_path / "l")
    with np.load(folder / "a-1.npz", allow_pickle=False) as stored:
        assert set(stored.files) == {"hu", "mask", "organ"}


def test_equal_donors_give_equal_bytes_in_any_order(tmp_path):
    one, two = donor("a-1"), donor("b-1", "b", seed=1)
    first = contents(save_donors([one, two], tmp_path / "first"))
    save_donors([two], tmp_path / "second")
    second = contents(save_donors([one], tmp_path / "second"))
    assert first == second


def test_the_bytes_do_not_depend_on_the_clock(tmp_path):
    folder = save_donors([donor()], tmp_path / "l")
    with zipfile.ZipFile(folder / "a-1.npz") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_a_library_grows_by_patients_and_ignores_what_it_has(tmp_path):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    save_donors([donor("a-1"), donor("b-1", "b", seed=1)], folder)
    save_donors([], folder)
    assert [d.id for d in load_donors(folder)] == ["a-1", "b-1"]


def test_the_same_lesion_cut_out_otherwise_is_not_kept_twice(tmp_path):
    whole = donor("a-1")
    cropped = replace(
        whole,
        id="a-2",
        **{name: getattr(whole, name)[:, 1:-1, 1:-1] for name in ("hu", "mask", "organ")},
    )
    folder = save_donors([whole], tmp_path / "l")
    with pytest.warns(LesionSynthWarning, match="a-2 is there already.*as a-1"):
        save_donors([cropped], folder)
    assert [d.id for d in load_donors(folder)] == ["a-1"]


def test_overwriting_replaces_the_donors_and_nothing_else(tmp_path):
    folder = save_donors([donor("a-1"), donor("b-1", "b", seed=1)], tmp_path / "l")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    save_donors([donor("b-1", "b", seed=1)], folder, overwrite=True)
    assert sorted(contents(folder)) == ["b-1.npz", "donors.json", "notes.txt", "thumbs/b-1.png"]
    assert [d.id for d in load_donors(folder)] == ["b-1"]


def test_the_index_can_be_read_without_the_voxels(tmp_path):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    (folder / "a-1.npz").unlink()
    (entry,) = list_donors(folder)
    assert (entry.id, entry.zone, entry.diameter_mm) == ("a-1", Zone.RIM, 3.5)


def test_an_empty_library_is_a_library(tmp_path):
    assert load_donors(save_donors([], tmp_path / "l")) == []


def test_a_missing_file_is_named(tmp_path):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    (folder / "a-1.npz").unlink()
    with pytest.raises(DonorError, match=r"a-1\.npz: .*No such file.*Restore"):
        load_donors(folder)


@pytest.mark.parametrize("harm", ["truncate", "flip", "empty"])
def test_a_damaged_file_is_named(tmp_path, harm):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    data = bytearray((folder / "a-1.npz").read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
    (folder / "a-1.npz").write_bytes(
        {"truncate": data[: len(data) // 2], "flip": data, "empty": b""}[harm]
    )
    with pytest.raises(DonorError, match=r"a-1\.npz: .*not the one.*Restore"):
        load_donors(folder)


def test_pickles_are_not_opened_even_if_the_index_vouches_for_them(tmp_path):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    with (folder / "a-1.npz").open("wb") as file:
        np.savez(file, hu=np.array([{"a": 1}], object), mask=[True], organ=[True])
    index = json.loads((folder / "donors.json").read_text(encoding="utf-8"))
    index["items"][0]["sha256"] = sha256((folder / "a-1.npz").read_bytes()).hexdigest()
    (folder / "donors.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(DonorError, match=r"a-1\.npz: .*damaged.*allow_pickle"):
        load_donors(folder)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": "shape library", "schema": 1, "items": []}'],
)
def test_a_damaged_or_foreign_index_is_named(tmp_path, text):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    (folder / "donors.json").write_text(text, encoding="utf-8")
    with pytest.raises(DonorError, match=r"donors\.json: "):
        load_donors(folder)


@pytest.mark.parametrize("key", ["id", "zone", "sha256", "spacing"])
def test_an_incomplete_index_is_named(tmp_path, key):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    index = json.loads((folder / "donors.json").read_text(encoding="utf-8"))
    del index["items"][0][key]
    (folder / "donors.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(DonorError, match=rf"donors\.json: .*damaged.*{key}"):
        load_donors(folder)


def test_an_index_cannot_point_out_of_the_folder(tmp_path):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    index = json.loads((folder / "donors.json").read_text(encoding="utf-8"))
    index["items"][0]["id"] = "../a-1"
    (folder / "donors.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(DonorError, match="damaged"):
        load_donors(folder)


def test_a_newer_library_is_refused_with_the_way_out(tmp_path):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    index = json.loads((folder / "donors.json").read_text(encoding="utf-8"))
    (folder / "donors.json").write_text(json.dumps({**index, "schema": 99}), encoding="utf-8")
    with pytest.raises(DonorError, match=r"version 99; this program reads up to 1.*Update"):
        load_donors(folder)
    with pytest.raises(DonorError, match="version 99"):
        save_donors([donor("b-1")], folder)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_something_else_is_left_alone(tmp_path, overwrite):
    (tmp_path / "thesis.doc").write_text("years of work", encoding="utf-8")
    with pytest.raises(DonorError, match=r"not a donor library: it has no donors\.json"):
        save_donors([donor()], tmp_path, overwrite=overwrite)
    assert sorted(contents(tmp_path)) == ["thesis.doc"]


def test_no_library_there(tmp_path):
    with pytest.raises(DonorError, match=r"not a donor library.*extract-donors"):
        load_donors(tmp_path / "nowhere")


def test_a_file_is_no_library(tmp_path):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(DonorError, match="not a donor library"):
        load_donors(file)
    with pytest.raises(DonorError, match="this is a file"):
        save_donors([donor()], file)


def test_an_id_that_is_no_file_name_is_refused(tmp_path):
    with pytest.raises(DonorError, match=r"id: must match .*, not '\.\./x'"):
        save_donors([donor("../x")], tmp_path / "l")


def test_a_full_disk_leaves_the_library_as_it_was(tmp_path, monkeypatch):
    folder = save_donors([donor("a-1")], tmp_path / "l")
    before = contents(folder)
    rename = Path.replace

    def full(path: Path, target: Path) -> Path:
        if "c-1" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=r"c-1\.npz: the disk is full\. Free some space"):
        save_donors([donor("b-1", "b", seed=1), donor("c-1", "c", seed=2)], folder)
    monkeypatch.undo()
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if "partial" in name]
    assert [d.id for d in load_donors(folder)] == ["a-1"]
    save_donors([donor("b-1", "b", seed=1), donor("c-1", "c", seed=2)], folder)
    assert len(load_donors(folder)) == 3


def test_a_first_save_that_was_killed_can_be_repeated(tmp_path, monkeypatch):
    def killed(path: Path, target: Path) -> Path:
        if path.name.endswith(".png"):
            raise KeyboardInterrupt
        return rename(path, target)

    rename = Path.replace
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        save_donors([donor("a-1")], tmp_path / "l")
    monkeypatch.undo()
    assert load_donors(tmp_path / "l") == []
    assert len(load_donors(save_donors([donor("a-1")], tmp_path / "l"))) == 1


def test_a_folder_that_may_not_be_written_is_named(tmp_path, monkeypatch):
    def forbidden(path: Path, *_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(StorageError, match=r"may not be written.*folder of your own"):
        save_donors([donor()], tmp_path / "l")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder_is_named(tmp_path):
    folder = tmp_path / "l"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(StorageError, match="may not be written"):
        save_donors([donor()], folder)


def test_a_donor_whose_arrays_do_not_match_is_refused():
    with pytest.raises(DonorError, match=r"a-1: .*differ in shape"):
        replace(donor(), organ=np.ones((1, 2, 3), bool))


def test_a_donor_without_a_lesion_is_refused():
    with pytest.raises(DonorError, match="no lesion voxel"):
        replace(donor(), mask=np.zeros((5, 9, 8), bool))
