"""An append-only file of JSON lines: each is on the disk before the call returns.

Every line is an object ``{"n": k, "t": utc, "mono": seconds, "kind": ..., ...}``. Lines are
ordered by ``n``, never by time. A line that a crash cut short was never acknowledged; it is
dropped, with a note. Any other damage is an error that names the line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from napari_lesion_synth.errors import InputError, StorageError
from napari_lesion_synth.files import writing
from napari_lesion_synth.locks import claim
from napari_lesion_synth.perception.ledger.clock import SYSTEM_CLOCK, Clock

__all__ = ["NOTE", "Ledger", "LedgerBusy", "Record", "read_records"]

Record = Mapping[str, Any]
"""One line: ``n``, ``t``, ``mono``, ``kind``, and what belongs to the kind."""

NOTE = "note"
"""Kind of a line that says something about the file itself."""

_OWN = ("n", "t", "mono", "kind")


class LedgerBusy(InputError):
    """Another program writes to the ledger."""


class Ledger:
    """A ledger that is open for writing; nobody else can write to it meanwhile.

    Attributes
    ----------
    path : Path
        The file.
    records : tuple of mapping
        All lines.
    """

    def __init__(self, path: Path, file: BinaryIO, clock: Clock) -> None:
        self.path = path
        self.records: tuple[Record, ...] = ()
        self._file = file
        self._clock = clock
        self._size = 0

    @classmethod
    def create(cls, path: Path, clock: Clock = SYSTEM_CLOCK) -> Self:
        """Begin a ledger.

        Raises
        ------
        FileExistsError
            If there is one.
        LedgerBusy
            If another program was quicker.
        StorageError
            If it cannot be written.
        """
        try:
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                file = path.open("xb+", buffering=0)
        except StorageError as error:
            if isinstance(error.__cause__, FileExistsError):
                raise error.__cause__ from None
            raise
        _sync_folder(path.parent)
        return cls._claimed(path, file, clock)._mended()

    @classmethod
    def open(cls, path: Path, clock: Clock = SYSTEM_CLOCK) -> Self:
        """Go on with a ledger.

        A last line that was cut short is taken out, and a note says so.

        Raises
        ------
        LedgerBusy
            If another program writes to it.
        InputError
            If there is no such file, or a line is damaged.
        StorageError
            If it cannot be written.
        """
        if not path.exists():
            raise InputError("there is no such ledger", where=path)
        with writing(path):
            file = path.open("rb+", buffering=0)
        return cls._claimed(path, file, clock)._mended()

    def append(self, kind: str, facts: Mapping[str, Any] | None = None) -> Record:
        """Write one line.

        Parameters
        ----------
        kind : str
            What happened.
        facts : mapping, optional
            JSON types, under other names than ``n``, ``t``, ``mono`` and ``kind``.

        Returns
        -------
        mapping
            The line as it was written.

        Raises
        ------
        StorageError
            If it cannot be written; nothing of it is left then, and the same call can be made
            again when there is room.
        """
        now = self._clock.utc().isoformat(timespec="milliseconds")
        head = (len(self.records), now, round(self._clock.monotonic(), 6), kind)
        record: dict[str, Any] = dict(zip(_OWN, head, strict=True))
        if set(_OWN) & set(facts or ()):
            raise ValueError(f"these names are the ledger's own: {', '.join(_OWN)}")
        record |= facts or {}
        line = json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        self._write(line.encode())
        # As read back from the file, so that a live state and a replayed one cannot differ.
        kept: Record = json.loads(line)
        self.records = (*self.records, kept)
        return kept

    def close(self) -> None:
        """Let others write."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def _claimed(cls, path: Path, file: BinaryIO, clock: Clock) -> Self:
        if not claim(file):
            file.close()
            raise LedgerBusy(
                "another program is writing to this ledger",
                where=path,
                remedy="Close the other window or program first",
            )
        return cls(path, file, clock)

    def _mended(self) -> Self:
        try:
            self._mend()
        except BaseException:
            self.close()
            raise
        return self

    def _mend(self) -> None:
        data = self.path.read_bytes()
        records, whole = _parsed(data, self.path)
        self.records, self._size = tuple(records), whole
        if whole > len(data):  # complete but for its line end
            self._size = len(data)
            self._write(b"\n")
        elif whole < len(data):
            with writing(self.path):
                self._file.truncate(whole)
                os.fsync(self._file.fileno())
            lost = len(data) - whole
            if not records:
                return  # nothing was there yet
            self.append(NOTE, {"text": f"a last line of {lost} bytes was cut short, and dropped"})

    def _write(self, data: bytes) -> None:
        try:
            with writing(self.path):
                try:
                    # Whatever a failed attempt has left behind goes first.
                    self._file.truncate(self._size)
                    self._file.seek(self._size)
                    rest = memoryview(data)
                    while rest:
                        rest = rest[self._file.write(rest) or 0 :]
                    os.fsync(self._file.fileno())
                except OSError:
                    self._take_back()
                    raise
        except StorageError as error:
            raise StorageError(
                error.what,
                where=error.where,
                remedy="Make room, then go on from here; nothing that was answered before is lost",
            ) from error
        self._size += len(data)

    def _take_back(self) -> None:
        try:
            self._file.truncate(self._size)
            os.fsync(self._file.fileno())
        except OSError:
            pass  # the next attempt begins with it


def read_records(path: Path) -> list[Record]:
    """All lines of a ledger, without writing to it; a last line that was cut short is left out.

    Raises
    ------
    InputError
        If there is no such file, or a line is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise InputError("the ledger cannot be read", where=path) from cause
    return _parsed(data, path)[0]


def _parsed(data: bytes, path: Path) -> tuple[list[Record], int]:
    """The lines, and how many bytes hold them; one more where the last lacks its line end."""
    records: list[Record] = []
    whole = 0
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        record = _record(line, number)
        if record is None:
            if last:  # empty after the last line end, or cut short
                break
            raise InputError(
                f"line {number + 1} of the ledger is damaged",
                where=path,
                remedy="Bring back the file from a copy; do not delete the line",
            )
        records.append(record)
        whole += len(line) + 1
    return records, whole


def _record(line: bytes, number: int) -> Record | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    right = isinstance(found, dict) and all(name in found for name in _OWN) and found["n"] == number
    return found if right else None


def _sync_folder(folder: Path) -> None:
    """A new file is only on the disk when its folder is."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems know no such thing
    finally:
        os.close(handle)
