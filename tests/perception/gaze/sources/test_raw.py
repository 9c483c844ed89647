import errno
import os

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, StorageError
from napari_lesion_synth.perception.gaze.sources.raw import RawFile, read_raw

COLUMNS = ("stamp_s", "x", "y")


def test_rows_come_back_as_they_were_added(tmp_path):
    path, rows = tmp_path / "gaze.f64", np.arange(12.0).reshape(4, 3)
    with RawFile(path, COLUMNS, {"stream": "made up"}) as raw:
        raw.add(rows[:1])
        raw.add(rows[1:])
    columns, again = read_raw(path)
    assert columns == COLUMNS
    assert np.array_equal(again, rows)


def test_a_file_is_continued_and_a_torn_row_dropped(tmp_path):
    path, rows = tmp_path / "gaze.f64", np.arange(6.0).reshape(2, 3)
    with RawFile(path, COLUMNS, {}) as raw:
        raw.add(rows)
    with path.open("ab") as file:
        file.write(b"\1" * 13)  # a crash in the middle of a row
    assert np.array_equal(read_raw(path)[1], rows)
    with RawFile(path, COLUMNS, {}) as raw:
        raw.add(rows)
    assert np.array_equal(read_raw(path)[1], np.concatenate([rows, rows]))


def test_another_trackers_file_is_not_continued(tmp_path):
    RawFile(tmp_path / "gaze.f64", COLUMNS, {}).close()
    with pytest.raises(InputError, match="another tracker"):
        RawFile(tmp_path / "gaze.f64", ("stamp_s", "x"), {})


def test_the_disk_is_waited_for_every_second(tmp_path, clock, monkeypatch):
    waits = []
    monkeypatch.setattr(os, "fsync", lambda _: waits.append(clock.now))
    raw = RawFile(tmp_path / "gaze.f64", COLUMNS, {}, clock=clock)
    for _ in range(25):
        clock.now += 0.1
        raw.add(np.zeros((1, 3)))
    assert len(waits) == 2
    raw.close()
    raw.close()
    assert len(waits) == 3


def test_a_full_disk_is_an_error_for_people(tmp_path, monkeypatch):
    raw = RawFile(tmp_path / "gaze.f64", COLUMNS, {})

    class Full:
        closed = False

        def write(self, _):
            raise OSError(errno.ENOSPC, "no room")

    file, raw._file = raw._file, Full()
    with pytest.raises(StorageError, match="disk is full"):
        raw.add(np.zeros((1, 3)))
    file.close()


def test_rows_without_their_head_cannot_be_read(tmp_path):
    path = tmp_path / "gaze.f64"
    path.write_bytes(b"\0" * 24)
    with pytest.raises(InputError, match="columns"):
        read_raw(path)
    RawFile(tmp_path / "other.f64", COLUMNS, {}).close()
    (tmp_path / "other.f64").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_raw(tmp_path / "other.f64")
