from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.files import npz_bytes, write_atomic, writing


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path):
    write_atomic(tmp_path / "a.bin", b"content", durable=True)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.bin", b"content")]


def test_a_failure_on_the_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError, match="writing failed"):
        write_atomic(path, b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.bin", b"old")]


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.bin", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named_as_such():
    full = Path("/dev/full")
    expected = pytest.raises(StorageError, match=r"/dev/full: the disk is full\. Free some space")
    with expected, writing(full), full.open("wb", buffering=0) as file:
        file.write(b"0" * 65536)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_forbidden_folder_is_named_as_such(tmp_path, code):
    expected = pytest.raises(StorageError, match=r"may not be written.*folder of your own")
    with expected, writing(tmp_path):
        raise OSError(code, os.strerror(code))


def test_equal_arrays_give_equal_bytes_and_come_back():
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.ones((2, 2), bool, order="F")}
    assert npz_bytes(arrays) == npz_bytes({name: array.copy() for name, array in arrays.items()})
    with np.load(io.BytesIO(npz_bytes(arrays)), allow_pickle=False) as stored:
        assert all(np.array_equal(stored[name], array) for name, array in arrays.items())


def test_objects_are_refused_rather_than_pickled():
    with pytest.raises(ValueError, match="allow_pickle"):
        npz_bytes({"a": np.array([{}], dtype=object)})
