"""The one writer of a generated set.

Scenes may arrive in any order; they are written in theirs. A lesion's patch and thumbnail are
moved into place before its row is appended, so that a row never lies. Whatever moment the
writer is killed at, what it leaves can be continued, and the finished set has the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from napari_lesion_synth.dataset.layout import (
    DATASET_JSON,
    PATCHES,
    SAMPLES_CSV,
    THUMBS,
    patch_path,
    thumb_path,
)
from napari_lesion_synth.dataset.provenance import check_same, header_bytes
from napari_lesion_synth.dataset.reader import read_header, whole_lines
from napari_lesion_synth.dataset.rows import Lesion
from napari_lesion_synth.dataset.table_file import TableFile
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import TEMPORARY, write_atomic, writing

__all__ = ["SetWriter", "refuse_foreign"]


class SetWriter:
    """Starts a set, or continues one that was interrupted.

    Parameters
    ----------
    folder : Path
        Output folder: absent, empty, the unfinished set itself, or a set that never got a lesion.
    header : dict
        Content of ``dataset.json``.
    scenes : sequence of sequence of str
        Ids of the lesions of each scene, in order.

    Raises
    ------
    DatasetError
        If the folder holds something else.
    StorageError
        If it cannot be written.
    """

    def __init__(
        self, folder: Path, header: dict[str, Any], scenes: Sequence[Sequence[str]]
    ) -> None:
        self.folder = folder
        self._scenes = scenes
        self._waiting: dict[int, tuple[Lesion, ...]] = {}
        refuse_foreign(folder)
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._table = TableFile(folder / SAMPLES_CSV)
        try:
            self._start(header)
        except BaseException:
            self._table.close()
            raise

    def _start(self, header: dict[str, Any]) -> None:
        path = self.folder / DATASET_JSON
        found = read_header(self.folder) if path.exists() else None
        if found is not None and len(whole_lines(self.folder / SAMPLES_CSV)) > 1:
            check_same(found, header, self.folder)
            header = {
                **found,
                "numTraining": max(found.get("numTraining", 0), header["numTraining"]),
            }
        if not path.exists() or path.read_bytes() != header_bytes(header):
            write_atomic(path, header_bytes(header), durable=True)
        with writing(self.folder):
            (self.folder / PATCHES).mkdir(exist_ok=True)
            (self.folder / THUMBS).mkdir(exist_ok=True)
        rows = self._table.recover(self._scenes)
        self._finished = {row["id"]: row["patch_sha256"] for row in rows}
        self._next = _scene_count(len(rows), self._scenes)
        self._remove_orphans()
        self._damaged = {n for n in range(self._next) if not self._intact(self._scenes[n])}

    def __enter__(self) -> SetWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._table.close()

    @property
    def todo(self) -> list[int]:
        """Numbers of the scenes that are missing or damaged, in order."""
        return [*sorted(self._damaged), *range(self._next, len(self._scenes))]

    @property
    def damaged(self) -> int:
        """Number of scenes that were finished and have lost a file since."""
        return len(self._damaged)

    @property
    def finished(self) -> int:
        """Number of lesions whose rows are on the disk."""
        return len(self._finished)

    def add(self, scene: int, lesions: Sequence[Lesion]) -> None:
        """Take in one scene, and write every scene whose turn has come.

        Parameters
        ----------
        scene : int
            Its number.
        lesions : sequence of Lesion
            Its lesions, in order.

        Raises
        ------
        StorageError
            If they cannot be written; what was finished stays valid.
        DatasetError
            If a damaged lesion came out differently when it was made again.
        """
        if scene in self._damaged:
            self._repair(scene, lesions)
            return
        self._waiting[scene] = tuple(lesions)
        while self._next in self._waiting:
            self._write(self._waiting[self._next])
            del self._waiting[self._next]
            self._next += 1

    def _write(self, lesions: Sequence[Lesion]) -> None:
        self._write_files(lesions)
        self._table.append([lesion.cells for lesion in lesions])
        self._finished.update({lesion.id: _hash(lesion.patch) for lesion in lesions})

    def _repair(self, scene: int, lesions: Sequence[Lesion]) -> None:
        for lesion in lesions:
            if _hash(lesion.patch) != self._finished[lesion.id]:
                raise DatasetError(
                    f"{lesion.id} is damaged, and comes out differently when it is made again",
                    where=patch_path(self.folder, lesion.id),
                    remedy="Use the versions of the libraries that the set was made with "
                    f"(they are in {DATASET_JSON})",
                )
        self._write_files(lesions)
        self._damaged.remove(scene)

    def _write_files(self, lesions: Sequence[Lesion]) -> None:
        for lesion in lesions:
            write_atomic(patch_path(self.folder, lesion.id), lesion.patch)
            write_atomic(thumb_path(self.folder, lesion.id), lesion.thumb)

    def _intact(self, ids: Sequence[str]) -> bool:
        return all(
            _hash_file(patch_path(self.folder, name)) == self._finished[name]
            and _size(thumb_path(self.folder, name)) > 0
            for name in ids
        )

    def _remove_orphans(self) -> None:
        """Delete files of lesions that have no row; leave alone what others put there."""
        planned = {name for scene in self._scenes for name in scene}
        for folder in (self.folder, self.folder / PATCHES, self.folder / THUMBS):
            for path in folder.iterdir():
                unfinished = path.stem in planned and path.stem not in self._finished
                if path.name.startswith(TEMPORARY) or unfinished:
                    with writing(path):
                        path.unlink()


def refuse_foreign(folder: Path) -> None:
    """Accept an absent or empty folder, a set, or what a run killed at its start left.

    Raises
    ------
    DatasetError
        If the folder holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise DatasetError(
            "the output is a file, not a folder", where=folder, remedy="Choose another --out"
        )
    if not folder.exists() or (folder / DATASET_JSON).exists():
        return
    for path in folder.iterdir():
        begun = path.name == SAMPLES_CSV and path.stat().st_size == 0
        if not begun and not path.name.startswith(TEMPORARY):
            raise DatasetError(
                f"the folder holds other files ({path.name}) and no generated set",
                where=folder,
                remedy="Choose an empty or new output folder",
            )


def _scene_count(rows: int, scenes: Sequence[Sequence[str]]) -> int:
    """Number of scenes that the first `rows` rows make up."""
    count = 0
    while rows > 0:
        rows -= len(scenes[count])
        count += 1
    return count


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_file(path: Path) -> str:
    return _hash(path.read_bytes()) if path.exists() else ""


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
