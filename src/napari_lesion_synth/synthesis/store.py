"""A small folder of labelled arrays: the form of donor and shape libraries on disk.

A store is an index (JSON), one ``.npz`` file an item and, where the items have pictures, a
folder of thumbnails. Files are moved into place when they are whole, and the index last: a
killed writer leaves the store as it was, perhaps with files that the index does not know. One
writer at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.files import TEMPORARY, npz_bytes, write_atomic, writing
from napari_lesion_synth.synthesis.archive import arrays_from_npz

__all__ = ["THUMBS", "Entry", "Item", "Store"]

THUMBS = "thumbs"
"""Folder of the thumbnails in a store."""


class Entry(BaseModel):
    """One item in the index; each kind of store adds its own fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$", description="Name of the files.")
    patient: str = Field(description="Whose it is.")


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, eq=False)
class Item(Generic[E]):
    """What is kept of one thing: its index entry, its arrays, and a picture or none."""

    entry: E
    arrays: Mapping[str, NDArray[Any]]
    picture: bytes | None = None


@dataclass(frozen=True)
class Store(Generic[E]):
    """A kind of store.

    Parameters
    ----------
    name : str
        For messages, as in ``"donor library"``.
    index : str
        File name of the index.
    schema : int
        Version of the layout that this code writes, and the newest that it reads.
    entry : type
        Model of the index entries.
    arrays : tuple of str
        Arrays of each item.
    how : str
        How to make such a store, for messages.
    """

    name: str
    index: str
    schema: int
    entry: type[E]
    arrays: tuple[str, ...]
    how: str

    def describe(self, **known: Any) -> E:
        """An index entry.

        Raises
        ------
        DonorError
            If what is known cannot be kept, as an id that is no file name.
        """
        try:
            return self.entry(**known)
        except ValidationError as cause:
            raise DonorError(
                f"this cannot be kept in a {self.name} ({faults_text(cause)})"
            ) from cause

    def entries(self, folder: Path) -> list[E]:
        """The index of the store in `folder`.

        Raises
        ------
        DonorError
            If there is none, it is damaged, or a newer version wrote it.
        """
        return [entry for entry, _ in self._read(folder)]

    def load(self, folder: Path) -> list[Item[E]]:
        """All items of the store in `folder`, ordered by id, without their pictures.

        Raises
        ------
        DonorError
            If the folder is no such store, a newer version wrote it, or a file is missing or
            not the one that the index describes.
        """
        return [
            Item(entry, self._arrays(folder / f"{entry.id}.npz", sha256))
            for entry, sha256 in self._read(folder)
        ]

    def save(self, folder: Path, items: Sequence[Item[E]], *, overwrite: bool = False) -> Path:
        """Add items to the store in `folder`, which is made where absent.

        Parameters
        ----------
        folder : Path
            A store of this kind, an empty folder, or one that does not exist.
        items : sequence of Item
            Those whose id is known already are left out.
        overwrite : bool
            Replace what the store held.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        DonorError
            If the folder holds something else, or cannot be written.
        """
        before = self._claim(folder)
        kept = [] if overwrite else list(before)
        known = {entry.id for entry, _ in kept}
        for item in items:
            if item.entry.id not in known:
                kept.append((item.entry, self._write(folder, item)))
                known.add(item.entry.id)
        self._write_index(folder, kept)
        for entry, _ in before:
            if entry.id not in known:
                self._remove(folder, entry.id)
        return folder

    def _claim(self, folder: Path) -> list[tuple[E, str]]:
        """Entries of the store; an empty index first where there is none.

        The early index tells a store that was never finished from a folder of someone else's.
        """
        if folder.is_file():
            raise DonorError(
                f"this is a file; a {self.name} is a folder",
                where=folder,
                remedy="Name a folder, or one that does not exist yet",
            )
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            strangers = [p for p in folder.iterdir() if not p.name.startswith(TEMPORARY)]
        if (folder / self.index).exists() or strangers:
            return self._read(folder)
        self._write_index(folder, [])
        return []

    def _write(self, folder: Path, item: Item[E]) -> str:
        data = npz_bytes({name: item.arrays[name] for name in self.arrays})
        write_atomic(folder / f"{item.entry.id}.npz", data)
        if item.picture is not None:
            with writing(folder / THUMBS):
                (folder / THUMBS).mkdir(exist_ok=True)
            write_atomic(folder / THUMBS / f"{item.entry.id}.png", item.picture)
        return hashlib.sha256(data).hexdigest()

    def _write_index(self, folder: Path, rows: Sequence[tuple[E, str]]) -> None:
        rows = sorted(rows, key=lambda row: row[0].id)
        data = {
            "format": self.name,
            "schema": self.schema,
            "patients": sorted({entry.patient for entry, _ in rows}),
            "items": [{**entry.model_dump(mode="json"), "sha256": sha} for entry, sha in rows],
        }
        text = json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        write_atomic(folder / self.index, text.encode())

    def _remove(self, folder: Path, name: str) -> None:
        for path in (folder / f"{name}.npz", folder / THUMBS / f"{name}.png"):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _read(self, folder: Path) -> list[tuple[E, str]]:
        path = folder / self.index
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as cause:
            raise DonorError(
                f"this is not a {self.name}: it has no {self.index}", where=folder, remedy=self.how
            ) from cause
        except (OSError, ValueError) as cause:
            raise self._damaged(path, cause) from cause
        if not isinstance(data, dict) or data.get("format") != self.name:
            raise DonorError(f"this is not the index of a {self.name}", where=path, remedy=self.how)
        schema = data.get("schema")
        if not isinstance(schema, int) or schema > self.schema:
            raise DonorError(
                f"this {self.name} has version {schema}; this program reads up to {self.schema}",
                where=path,
                remedy="Update napari-lesion-synth (pip install --upgrade napari-lesion-synth)",
            )
        try:
            rows = [dict(row) for row in data["items"]]
            shas = [str(row.pop("sha256")) for row in rows]
            return [(self.entry.model_validate(r), s) for r, s in zip(rows, shas, strict=True)]
        except (KeyError, TypeError, ValueError, ValidationError) as cause:
            raise self._damaged(path, cause) from cause

    def _arrays(self, path: Path, sha256: str) -> dict[str, NDArray[Any]]:
        try:
            data = path.read_bytes()
        except OSError as cause:
            raise DonorError(
                f"a file of the {self.name} cannot be read ({cause.strerror})",
                where=path,
                remedy=self._mend,
            ) from cause
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DonorError(
                f"the file is not the one that the index of the {self.name} describes",
                where=path,
                remedy=self._mend,
            )
        try:
            stored = arrays_from_npz(data)
            return {name: stored[name] for name in self.arrays}
        except (ValueError, KeyError) as cause:
            raise self._damaged(path, cause) from cause

    def _damaged(self, path: Path, cause: Exception) -> DonorError:
        reason = " ".join(str(cause).split())
        return DonorError(f"the {self.name} is damaged ({reason})", where=path, remedy=self._mend)

    @property
    def _mend(self) -> str:
        return (
            f"Restore the file from a copy, or make the library anew in an empty folder. {self.how}"
        )
