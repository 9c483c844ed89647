"""What a folder of photos holds: the usable ones, and what is wrong with the others."""

from __future__ import annotations

import csv
import io
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError, LesionSynthWarning
from napari_lesion_synth.files import TEMPORARY
from napari_lesion_synth.perception.stimuli.areas import is_areas_file
from napari_lesion_synth.perception.stimuli.photos import Stimulus, StimulusSet, named
from napari_lesion_synth.perception.stimuli.pictures import SUFFIXES, file_sha256, read_size
from napari_lesion_synth.perception.stimuli.views import view_in_name
from napari_lesion_synth.wording import counted

__all__ = ["ScanRules", "Survey", "survey"]

_ENCODINGS = ("utf-8-sig", "cp932")
"""Spreadsheets in Japan save tables as cp932."""


class ScanRules(BaseModel):
    """What counts as a usable photo, and where its category and view are told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(
        "",
        title="Table",
        description="CSV file with the columns file, category and view; only the photos in it "
        "are taken. Empty: categories are the subfolders, views are told by the names.",
    )
    min_side: int = Field(
        256,
        ge=1,
        le=20_000,
        title="Smallest side (px)",
        description="Photos with fewer pixels along their shorter side are refused.",
    )


@dataclass(frozen=True)
class Survey:
    """The photos of a folder, and what is wrong with some.

    Parameters
    ----------
    folder : Path
        Where they are.
    stimuli : StimulusSet
        Those that can be used, in alphabetical order.
    broken : dict of str to str
        Why a file cannot be read, by id.
    small : dict of str to tuple of int
        Width and height of those that are too small, by id.
    duplicates : dict of str to str
        Photos with the same content as one before them: their ids, and the one that is taken.
    missing : tuple of str
        Files that the table names and the folder lacks.
    unlisted : tuple of str
        Photos that the table does not name.
    """

    folder: Path
    stimuli: StimulusSet
    broken: dict[str, str] = field(default_factory=dict)
    small: dict[str, tuple[int, int]] = field(default_factory=dict)
    duplicates: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def faults(self) -> list[str]:
        """What has to be mended before a study can be made, a sentence each."""
        sizes = [f"{name} ({w} x {h})" for name, (w, h) in self.small.items()]
        return _sentences(
            ("cannot be read", tuple(self.broken)),
            ("named in the table and not there", self.missing),
            ("too small", sizes),
        )

    @property
    def notes(self) -> list[str]:
        """What a person should know, a sentence each."""
        twins = [f"{name} (as {first})" for name, first in self.duplicates.items()]
        return _sentences(
            ("there twice, and taken once", twins),
            ("not named in the table, and left out", self.unlisted),
        )

    def accepted(self) -> StimulusSet:
        """The photos, if nothing speaks against a study with them.

        Raises
        ------
        InputError
            If there are none, or some are damaged, missing or too small.

        Warns
        -----
        LesionSynthWarning
            If some are there twice.
        """
        if self.faults:
            raise InputError(
                "; ".join(self.faults),
                where=self.folder,
                remedy="Replace these photos, or take them out of the folder",
            )
        if not len(self.stimuli):
            raise InputError(
                "there are no photos in the folder",
                where=self.folder,
                remedy="Photos are JPEG, PNG, WebP or TIFF files",
            )
        if self.duplicates:
            warnings.warn(f"{self.notes[0]}.", LesionSynthWarning, stacklevel=3)
        return self.stimuli


def _sentences(*found: tuple[str, Sequence[str]]) -> list[str]:
    return [
        f"{counted(len(names), 'photo')} {what}: {named(names)}" for what, names in found if names
    ]


def survey(folder: str | Path, rules: ScanRules | None = None) -> Survey:
    """Look through a folder of photos.

    Parameters
    ----------
    folder : path
        Photos, in subfolders or not. Hidden files and masks of areas are passed over.
    rules : ScanRules, optional
        What counts as usable.

    Returns
    -------
    Survey

    Raises
    ------
    InputError
        If the folder or the table is not there, or the table cannot be understood.
    """
    rules, root = rules or ScanRules(), Path(folder).expanduser()
    if not root.is_dir():
        raise InputError("there is no such folder", where=root, remedy="Choose the photos' folder")
    files = _files(root)
    table = _read_table(Path(rules.table).expanduser()) if rules.table else None
    wanted = files if table is None else {name: files[name] for name in table if name in files}
    found = _Sorted(rules.min_side)
    for name in sorted(wanted):
        category, view = ("", "") if table is None else table[name]
        found.sort(name, wanted[name], category or _category(name), view or _view(name))
    return Survey(
        root,
        StimulusSet(tuple(found.usable)),
        found.broken,
        found.small,
        found.duplicates,
        missing=tuple(sorted(set(table or ()) - set(files))),
        unlisted=() if table is None else tuple(sorted(set(files) - set(table))),
    )


@dataclass
class _Sorted:
    """Photos looked at so far."""

    min_side: int
    usable: list[Stimulus] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    small: dict[str, tuple[int, int]] = field(default_factory=dict)
    duplicates: dict[str, str] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)

    def sort(self, name: str, path: Path, category: str, view: str) -> None:
        try:
            width, height = read_size(path)
            digest = file_sha256(path)
        except InputError as error:
            self.broken[name] = error.what
            return
        if digest in self._first:
            self.duplicates[name] = self._first[digest]
        elif min(width, height) < self.min_side:
            self.small[name] = (width, height)
        else:
            self._first[digest] = name
            self.usable.append(Stimulus(name, path, digest, width, height, category, view))


def _files(root: Path) -> dict[str, Path]:
    """Photos by id. The same name can be written in two ways; ids are written in one."""
    found: dict[str, Path] = {}
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts) or TEMPORARY in path.name
        if hidden or path.suffix.lower() not in SUFFIXES or is_areas_file(path):
            continue
        if path.is_file():
            found.setdefault(unicodedata.normalize("NFC", inside.as_posix()), path)
    return found


def _category(name: str) -> str:
    return name.split("/", maxsplit=1)[0] if "/" in name else ""


def _view(name: str) -> str:
    return view_in_name(name.rsplit("/", 1)[-1].rsplit(".", 1)[0])


def _read_table(path: Path) -> dict[str, tuple[str, str]]:
    """Category and view by id."""
    rows = list(csv.DictReader(io.StringIO(_text(path))))
    columns = {str(name).strip().lower(): name for name in (rows[0] if rows else ())}
    if "file" not in columns:
        raise InputError(
            "the table has no rows, or no column named file",
            where=path,
            remedy="Its first line reads: file,category,view",
        )
    return {_clean(row[columns["file"]]): _facts(row, columns) for row in rows if any(row.values())}


def _facts(row: dict[str, str], columns: dict[str, str]) -> tuple[str, str]:
    cells = [row.get(columns.get(name, ""), "") or "" for name in ("category", "view")]
    return cells[0].strip(), cells[1].strip()


def _clean(name: str | None) -> str:
    text = unicodedata.normalize("NFC", (name or "").strip().replace("\\", "/"))
    return text.removeprefix("./")


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise InputError(f"the table cannot be read ({cause.strerror})", where=path) from cause
    return _decoded(data, _ENCODINGS, path)


def _decoded(data: bytes, encodings: Iterable[str], path: Path) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("the table is not text", where=path, remedy="Save it as CSV in UTF-8")
