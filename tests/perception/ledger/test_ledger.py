from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import InputError, StorageError
from napari_lesion_synth.perception.ledger import ledger as module
from napari_lesion_synth.perception.ledger.clock import Clock
from napari_lesion_synth.perception.ledger.ledger import (
    NOTE,
    Ledger,
    LedgerBusy,
    read_records,
)


def facts(records):
    """What was written, without numbers and times."""
    return [{k: v for k, v in record.items() if k not in ("n", "t", "mono")} for record in records]


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "participants" / "p.jsonl"


@pytest.fixture
def whole(path) -> bytes:
    """A ledger of three lines, the last with characters of several bytes."""
    with Ledger.create(path) as ledger:
        for word in ("one", "two", "三つ"):
            ledger.append("said", {"word": word})
    return path.read_bytes()


def test_lines_are_numbered_dated_and_read_back(path):
    moment = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
    with Ledger.create(path, Clock(lambda: moment, lambda: 12.5)) as ledger:
        first = ledger.append("begun", {"code": "p"})
        ledger.append("said", {"word": "äöü\u2028", "nested": {"a": [1, None, 0.5]}})
        kept = ledger.records
    assert first == {
        "n": 0,
        "t": "2026-03-04T05:06:07.891+00:00",
        "mono": 12.5,
        "kind": "begun",
        "code": "p",
    }
    assert read_records(path) == list(kept)
    assert path.read_bytes().count(b"\n") == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(min_size=5), json_values, max_size=3), max_size=5))
def test_whatever_is_written_is_read_back(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("ledger") / "p.jsonl"
    with Ledger.create(path) as ledger:
        for line in lines:
            ledger.append("said", {"facts": line})
    assert [record["facts"] for record in read_records(path)] == lines


def test_a_last_line_that_was_cut_anywhere_is_dropped_with_a_note(path, whole):
    """At every byte of the last line: what was acknowledged before is whole, and work goes on."""
    begin = whole[:-1].rindex(b"\n") + 1
    for end in range(begin, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert len(read_records(path)) == 2
        with Ledger.open(path) as ledger:
            ledger.append("said", {"word": "again"})
        found = facts(read_records(path))
        assert found[:2] == [{"kind": "said", "word": w} for w in ("one", "two")]
        assert found[-1] == {"kind": "said", "word": "again"}
        notes = found[2:-1]
        assert len(notes) == (end > begin)
        assert all(note["kind"] == NOTE and "cut short" in note["text"] for note in notes)


def test_a_last_line_that_lacks_its_end_alone_is_kept(path, whole):
    path.write_bytes(whole[:-1])
    with Ledger.open(path) as ledger:
        assert len(ledger.records) == 3
        ledger.append("said", {"word": "four"})
    assert [r["word"] for r in read_records(path)] == ["one", "two", "三つ", "four"]


def test_zeros_that_a_power_cut_left_behind_are_dropped(path, whole):
    path.write_bytes(whole + bytes(40))
    with Ledger.open(path) as ledger:
        assert facts(ledger.records)[-1]["text"].startswith("a last line of 40 bytes")
    assert len(read_records(path)) == 4


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0], b"{half", lines[2]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[0], lines[0], lines[1]],
        lambda lines: [lines[0], b"", lines[1]],
        lambda lines: [lines[0], b"[1, 2]", lines[2]],
        lambda lines: [lines[0], b'{"n": 1, "kind": "x"}', lines[2]],
        lambda lines: [lines[0], b"\xff\xfe", lines[2]],
    ],
)
def test_other_damage_is_an_error_with_the_lines_number(path, whole, damage):
    path.write_bytes(b"\n".join(damage(whole.splitlines())) + b"\n")
    before = path.read_bytes()
    for read in (read_records, Ledger.open):
        with pytest.raises(InputError, match="line 2 of the ledger is damaged"):
            read(path)
    assert path.read_bytes() == before


def test_a_ledger_has_one_writer(path, whole):
    with Ledger.open(path) as ledger:
        with pytest.raises(LedgerBusy, match="another program"):
            Ledger.open(path)
        ledger.append("said", {"word": "four"})
    with Ledger.open(path) as ledger:
        assert len(ledger.records) == 4
    assert len(whole) < path.stat().st_size


def test_a_ledger_is_created_once_and_opened_where_it_is(path):
    with pytest.raises(InputError, match="no such ledger"):
        Ledger.open(path)
    Ledger.create(path).close()
    with pytest.raises(FileExistsError):
        Ledger.create(path)


def test_the_ledgers_own_names_cannot_be_given(path):
    with Ledger.create(path) as ledger:
        for name in ("n", "t", "mono", "kind"):
            with pytest.raises(ValueError, match="own"):
                ledger.append("said", {name: 1})
        with pytest.raises(ValueError, match="JSON"):
            ledger.append("said", {"x": float("nan")})
    assert path.read_bytes() == b""


class FullDisk:
    """Takes so many bytes of a file, then has no room; it may then refuse to truncate, too."""

    def __init__(self, file, room: int, gets_stuck: bool) -> None:
        self._file, self.room, self._gets_stuck, self.stuck = file, room, gets_stuck, False

    def write(self, data):
        taken = self._file.write(bytes(data[: self.room]))
        self.room -= taken
        if not taken:
            self.stuck = self._gets_stuck
            raise OSError(errno.ENOSPC, "no space left on device")
        return taken

    def truncate(self, size):
        if self.stuck:
            raise OSError(errno.EIO, "input/output error")
        return self._file.truncate(size)

    def __getattr__(self, name):
        return getattr(self._file, name)


@pytest.mark.parametrize("room", [0, 1, 20, 60])
@pytest.mark.parametrize("stuck", [False, True])
def test_after_a_full_disk_nothing_is_left_and_the_same_call_can_be_made_again(
    path, whole, room, stuck
):
    with Ledger.open(path) as ledger:
        ledger._file = disk = FullDisk(ledger._file, room, stuck)
        with pytest.raises(StorageError, match=r"disk is full.*nothing that was answered"):
            ledger.append("said", {"word": "lost?"})
        assert len(ledger.records) == 3
        if not stuck:
            assert path.read_bytes() == whole
        disk.room, disk.stuck = 10**6, False
        ledger.append("said", {"word": "kept"})
    assert [r["word"] for r in read_records(path)] == ["one", "two", "三つ", "kept"]


def test_a_line_that_the_disk_did_not_confirm_does_not_count(path, whole, monkeypatch):
    def refusing(_):
        raise OSError(errno.EIO, "input/output error")

    with Ledger.open(path) as ledger:
        monkeypatch.setattr(module.os, "fsync", refusing)
        with pytest.raises(StorageError):
            ledger.append("said", {"word": "unsure"})
        monkeypatch.undo()
        assert len(ledger.records) == 3
        ledger.append("said", {"word": "sure"})
    assert [r["word"] for r in read_records(path)][3:] == ["sure"]
    assert path.read_bytes().startswith(whole)


def test_each_line_is_on_the_disk_before_the_call_returns(path, monkeypatch):
    synced = []
    fsync = os.fsync

    def noted(handle):
        synced.append(os.fstat(handle).st_size)
        fsync(handle)

    with Ledger.create(path) as ledger:
        monkeypatch.setattr(module.os, "fsync", noted)
        for _ in range(3):
            ledger.append("said")
            assert synced[-1] == path.stat().st_size


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are POSIX")
def test_a_real_limit_of_the_file_system_is_survived(path):
    """A process that may not write files beyond a size stands for a full disk."""
    code = f"""
import resource, signal
from pathlib import Path
from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.perception.ledger.ledger import Ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Ledger.create(Path({str(path)!r})) as ledger:
    ledger.append("said", {{"word": "before"}})
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
    try:
        ledger.append("said", {{"word": "x" * 500}})
    except StorageError as error:
        print(error.what)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ledger.append("said", {{"word": "after"}})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip() == "the disk is full"
    assert [record["word"] for record in read_records(path)] == ["before", "after"]


def test_order_is_by_number_also_when_the_clock_is_set_back(path):
    times = iter([0, 3600, -7200, 10])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with Ledger.create(path, Clock(lambda: start + timedelta(seconds=next(times)))) as ledger:
        for k in range(4):
            ledger.append("said", {"k": k})
    records = read_records(path)
    assert (
        [record["k"] for record in records] == [record["n"] for record in records] == [0, 1, 2, 3]
    )
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[2])["t"] < records[0]["t"]
