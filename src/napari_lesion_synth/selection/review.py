"""A person's review of a set: verdicts, their undoing, and what follows for each lesion."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from napari_lesion_synth.dataset.decisions import (
    ACCEPT,
    REJECT,
    UNDO,
    append_records,
    read_records,
    standing,
)
from napari_lesion_synth.dataset.layout import SAMPLES_CSV
from napari_lesion_synth.dataset.reader import GeneratedSet, read_header
from napari_lesion_synth.errors import DatasetError, ParameterError

__all__ = ["OPEN", "Ledger", "Undone", "counts", "verdicts"]

OPEN = "open"
"""Verdict of a lesion that nobody has judged: neither a person nor the scores."""

PERSON, SCORES = "person", "scores"


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo took back.

    Parameters
    ----------
    ids : tuple of str
        The lesions; empty if there was nothing to take back.
    decision : str
        The verdict that was taken back.
    reason : str
        Its reason.
    """

    ids: tuple[str, ...]
    decision: str = ""
    reason: str = ""


class Ledger:
    """The verdicts of one set; made by `open`.

    Every call reads what other programs have added in the meantime, and returns after the disk
    has what it wrote itself.
    """

    def __init__(self, folder: Path, reviewer: str) -> None:
        self.folder = folder
        self.reviewer = reviewer
        self._known: frozenset[str] = frozenset()

    @classmethod
    def open(cls, folder: str | Path, reviewer: str | None = None) -> Ledger:
        """The ledger of a set.

        Parameters
        ----------
        folder : path
            The generated set.
        reviewer : str, optional
            Who judges; default: the name of the user who is logged in.

        Raises
        ------
        DatasetError
            If the folder is not a generated set.
        """
        read_header(Path(folder))
        return cls(Path(folder), _login() if reviewer is None else reviewer)

    def decide(
        self, ids: str | Sequence[str], decision: Literal["accept", "reject"], reason: str = ""
    ) -> None:
        """Judge lesions; all of them together are one step for `undo`.

        Parameters
        ----------
        ids : str or sequence of str
            One or more lesions.
        decision : {"accept", "reject"}
            The verdict.
        reason : str
            Why.

        Raises
        ------
        ParameterError
            If the verdict is another word, or no lesion is named.
        DatasetError
            If the set has no such lesion, or another program keeps the file to itself.
        StorageError
            If it cannot be written.
        """
        names = [ids] if isinstance(ids, str) else list(dict.fromkeys(ids))
        if decision not in (ACCEPT, REJECT):
            raise ParameterError(f"{decision!r} is no verdict", remedy="Use accept or reject")
        if not names:
            raise ParameterError("no lesion was named", remedy="Give the id of one or more")
        self._require(names)
        batch, now = secrets.token_hex(4), _now()
        append_records(
            self.folder,
            [
                {
                    "id": name,
                    "decision": decision,
                    "reason": reason,
                    "reviewer": self.reviewer,
                    "time": now,
                    "batch": batch,
                }
                for name in names
            ],
        )

    def undo(self) -> Undone:
        """Take back this reviewer's last step that still stands; again, the one before it.

        Returns
        -------
        Undone
            Empty if there is nothing left.

        Raises
        ------
        StorageError, DatasetError
            As `decide`.
        """
        records = read_records(self.folder)
        stands = {id(record) for stack in standing(records).values() for record in stack}
        mine = [r for r in records if id(r) in stands and r.get("reviewer") == self.reviewer]
        if not mine:
            return Undone(())
        last = mine[-1]
        batch = last.get("batch")
        step = [last] if batch is None else [r for r in mine if r.get("batch") == batch]
        append_records(self.folder, [self._undoing(record) for record in step])
        names = tuple(str(record["id"]) for record in step)
        return Undone(names, str(last["decision"]), str(last.get("reason", "")))

    def take_back(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Take back the last verdict on each of these lesions, whoever gave it.

        Returns
        -------
        tuple of str
            Those that had one.
        """
        current = self.verdicts
        step = [current[name] for name in dict.fromkeys(ids) if name in current]
        if step:
            append_records(self.folder, [self._undoing(record) for record in step])
        return tuple(str(record["id"]) for record in step)

    @property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        """The record that stands for each lesion, by id."""
        stacks = standing(read_records(self.folder))
        return {name: stack[-1] for name, stack in stacks.items()}

    def orphans(self, ids: Collection[str]) -> tuple[str, ...]:
        """Lesions that were judged and are not among `ids` any more; their verdicts are kept."""
        known = set(ids)
        return tuple(name for name in self.verdicts if name not in known)

    def _undoing(self, record: Mapping[str, Any]) -> dict[str, Any]:
        undo = {"id": record["id"], "decision": UNDO, "reviewer": self.reviewer, "time": _now()}
        batch = record.get("batch")
        return undo if batch is None else {**undo, "of": batch}

    def _require(self, names: Sequence[str]) -> None:
        missing = [name for name in names if name not in self._known]
        if missing:  # the set may have grown since its table was read
            self._known = frozenset(GeneratedSet.open(self.folder).ids)
            missing = [name for name in names if name not in self._known]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise DatasetError(
                f"the set has no lesion {', '.join(missing[:3])}{more}",
                where=self.folder / SAMPLES_CSV,
                remedy="Give ids as they stand in the first column of the table",
            )


def verdicts(
    table: pd.DataFrame,
    scores: pd.DataFrame | None,
    decisions: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """What becomes of each lesion, and who said so.

    A person's word counts before the scores'.

    Parameters
    ----------
    table : DataFrame
        `GeneratedSet.table`, or its columns ``id``, ``zone``, ``method``.
    scores : DataFrame or None
        Content of ``scores.csv``; None where the set was not scored.
    decisions : mapping
        `Ledger.verdicts`, or `GeneratedSet.decisions`.

    Returns
    -------
    DataFrame
        One row a lesion, in the table's order: ``id``, ``zone``, ``method``, ``verdict``
        (``"accept"``, ``"reject"`` or ``"open"``), ``by`` (``"person"``, ``"scores"`` or
        empty) and ``reason``.
    """
    result = table[["id", "zone", "method"]].reset_index(drop=True)
    ids = result["id"].astype(str)
    verdict = np.full(len(ids), OPEN, object)
    by, reason = np.full(len(ids), "", object), np.full(len(ids), "", object)
    if scores is not None:
        known = scores.drop_duplicates("id").set_index("id").reindex(ids)
        scored = known["passed"].notna().to_numpy()
        verdict[scored] = np.where(known["passed"].to_numpy()[scored] == 1, ACCEPT, REJECT)
        by[scored] = SCORES
        reason[scored] = known["reasons"].fillna("").astype(str).to_numpy()[scored]
    for place, name in enumerate(ids):
        record = decisions.get(name)
        if record is not None and record.get("decision") in (ACCEPT, REJECT):
            verdict[place], by[place] = record["decision"], PERSON
            reason[place] = str(record.get("reason", ""))
    return result.assign(verdict=verdict, by=by, reason=reason)


def counts(judged: pd.DataFrame) -> pd.DataFrame:
    """Number of lesions with each verdict, by zone and method.

    Parameters
    ----------
    judged : DataFrame
        From `verdicts`.

    Returns
    -------
    DataFrame
        Columns ``zone``, ``method``, ``n``, ``accept``, ``reject``, ``open``, and ``person``
        (how many of them a person decided).
    """
    kinds = {name: judged["verdict"] == name for name in (ACCEPT, REJECT, OPEN)}
    flags = judged[["zone", "method"]].assign(n=1, **kinds, person=judged["by"] == PERSON)
    summed = flags.groupby(["zone", "method"], observed=True, sort=True).sum()
    result: pd.DataFrame = summed.astype(int).reset_index()
    return result


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in containers
        return ""
