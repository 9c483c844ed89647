"""A generated set, read from its folder."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT, read_decisions
from napari_lesion_synth.dataset.layout import (
    BLOCK,
    COLUMNS,
    DATASET_JSON,
    SAMPLES_CSV,
    SCHEMA,
    SCORES_CSV,
    TEXT_COLUMNS,
    patch_path,
    thumb_path,
)
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.synthesis.recipe import Recipe

__all__ = ["GeneratedSet", "read_header", "whole_lines"]


@dataclass(frozen=True, eq=False)
class GeneratedSet:
    """The lesions of a set, as they were when first asked for.

    Parameters
    ----------
    folder : Path
        The set; made by `open`.
    header : dict
        Content of ``dataset.json``.
    """

    folder: Path
    header: dict[str, Any]

    @classmethod
    def open(cls, folder: str | Path) -> GeneratedSet:
        """Open a set, finished or not.

        Raises
        ------
        DatasetError
            If the folder is not a generated set, or a newer version wrote it.
        """
        path = Path(folder)
        return cls(path, read_header(path))

    @property
    def info(self) -> dict[str, Any]:
        """How the set was made: the `lesion_synth` block of ``dataset.json``."""
        block: dict[str, Any] = self.header[BLOCK]
        return block

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a lesion, with the columns of `layout.COLUMNS` and any scores after them.

        Raises
        ------
        DatasetError
            If ``samples.csv`` lacks a column.
        """
        path = self.folder / SAMPLES_CSV
        lines = whole_lines(path)
        if not lines:
            return pd.DataFrame(columns=list(COLUMNS))
        names = lines[0].decode().rstrip("\r\n").split(",")
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise DatasetError(f"the table lacks the columns {', '.join(missing)}", where=path)
        return pd.read_csv(
            io.BytesIO(b"".join(lines)),
            dtype=dict.fromkeys(TEXT_COLUMNS, "object"),
            keep_default_na=False,
            na_values={name: [""] for name in names if name not in TEXT_COLUMNS},
        )

    @property
    def ids(self) -> list[str]:
        """Ids of the finished lesions, in order."""
        return [str(name) for name in self.table["id"]]

    @property
    def complete(self) -> bool:
        """Whether every lesion asked for is there."""
        return len(self.table) >= int(self.info["n"])

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """How each lesion was made, by id."""
        pairs = zip(self.table["id"], self.table["recipe"], strict=True)
        return {str(name): Recipe.from_json(str(text)) for name, text in pairs}

    @cached_property
    def decisions(self) -> dict[str, dict[str, Any]]:
        """The last verdict on each lesion, by id; empty where none was given."""
        return read_decisions(self.folder)

    @cached_property
    def passed(self) -> dict[str, bool]:
        """Whether each lesion passed the selection, by id; empty where the set was not scored."""
        path = self.folder / SCORES_CSV
        if not path.exists():
            return {}
        try:
            table = pd.read_csv(path, usecols=["id", "passed"], dtype={"id": "object"})
        except (OSError, ValueError) as error:
            raise DatasetError(
                f"the scores cannot be read ({error})",
                where=path,
                remedy="Score the set again (napari-lesion-synth score)",
            ) from error
        return dict(zip(table["id"].astype(str), table["passed"] == 1, strict=True))

    @property
    def verdicts(self) -> dict[str, str]:
        """``"accept"`` or ``"reject"`` by id: a person's word, else that of the selection."""
        scored = {name: ACCEPT if passed else REJECT for name, passed in self.passed.items()}
        return {**scored, **{k: str(v.get("decision")) for k, v in self.decisions.items()}}

    def patch(self, sample: str) -> Patch:
        """The tissue before and after.

        Raises
        ------
        DatasetError
            If the patch is missing or damaged.
        """
        return Patch.load(patch_path(self.folder, sample))

    def thumb(self, sample: str) -> Path:
        """Path of the lesion's small picture."""
        return thumb_path(self.folder, sample)


def read_header(folder: Path) -> dict[str, Any]:
    """Content of a set's ``dataset.json``.

    Raises
    ------
    DatasetError
        If the folder is not a generated set, or a newer version wrote it.
    """
    path = folder / DATASET_JSON
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DatasetError(
            f"this is not a generated set: it has no {DATASET_JSON}",
            where=folder,
            remedy="Give the folder that `generate` wrote (its --out)",
        ) from None
    except (OSError, ValueError) as error:
        raise DatasetError(f"{DATASET_JSON} cannot be read ({error})", where=path) from error
    block = header.get(BLOCK) if isinstance(header, dict) else None
    if not isinstance(block, dict):
        raise DatasetError(
            f"{DATASET_JSON} was not written by this program: it has no {BLOCK!r} block",
            where=path,
            remedy="Give the folder that `generate` wrote (its --out)",
        )
    if block.get("schema", 0) > SCHEMA:
        raise DatasetError(
            f"the set has layout version {block['schema']}; this program knows up to {SCHEMA}",
            where=path,
            remedy="Update napari-lesion-synth",
        )
    result: dict[str, Any] = header
    return result


def whole_lines(path: Path) -> list[bytes]:
    """Lines of a file, without the last one if a crash cut it short; none if there is no file."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines(keepends=True)
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]
