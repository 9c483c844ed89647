"""What one run of an experiment measured: one arm, one fold, one seed; as JSON on the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.counts import one_rule
from napari_lesion_synth.evaluation.experiment.case_json import (
    case_from_json,
    case_to_json,
    number,
    plain,
    sham_from_json,
    sham_to_json,
)
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.shams.response import ShamPair
from napari_lesion_synth.files import TEMPORARY, write_atomic

__all__ = [
    "EDITION",
    "RUNS",
    "RunResult",
    "arm_in",
    "read_run",
    "read_runs",
    "run_name",
    "write_run",
]

RUNS = "runs"
"""Folder of the finished runs, in that of an experiment."""

EDITION = 2
"""Raised where the program comes to teach or test otherwise by the same plan: such runs are not
compared. 2: shams of a learnt generator hold its grain, and beside sets they are by the methods
that made them."""

_SCHEMA = 1
_REMEDY = "Delete the file and run the experiment again: it repeats what is missing"


@dataclass(frozen=True, eq=False)
class RunResult:
    """What one run measured.

    Parameters
    ----------
    arm : str
        Name of the arm.
    fold, seed : int
        Which division of the patients, and which training of it.
    plan : str
        Tells the plan: first 16 digits of the SHA-256 of its JSON.
    per : str
        What false alarms are counted per, in words for an axis: ``"ct"`` or ``"slice"``.
    cases : tuple of CaseResult
        One a test CT or slice.
    threshold : float or None
        Chosen on the validation patients; None where there were none.
    validation : mapping of str to float
        What was measured on them.
    shams : tuple of ShamPair
        The detector's answers to shams in test CTs; may be empty.
    seconds : mapping of str to float
        Time spent, by what: ``"train"`` on the clock, ``"train_cpu"`` of processors, and so on.
    facts : mapping
        JSON types: the detector's id, steps, settings of the arm, software, device, lineage.
    """

    arm: str
    fold: int
    seed: int
    plan: str
    per: str
    cases: tuple[CaseResult, ...]
    threshold: float | None = None
    validation: Mapping[str, float] = field(default_factory=dict)
    shams: tuple[ShamPair, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its file, without the ending."""
        return run_name(self.arm, self.fold, self.seed)

    @property
    def edition(self) -> int:
        """The `EDITION` of the program that made it."""
        return int(self.facts.get("edition", 1))

    def to_json(self) -> dict[str, Any]:
        """As JSON types: numbers with 6 digits, NaN as null.

        Raises
        ------
        ParameterError
            If the cases' rules differ, or a CT is there twice.
        """
        if self.cases:
            one_rule(self.cases)
        rule = self.cases[0].rule.model_dump(mode="json") if self.cases else None
        content: dict[str, Any] = plain(
            {
                "schema": _SCHEMA,
                "arm": self.arm,
                "fold": self.fold,
                "seed": self.seed,
                "plan": self.plan,
                "per": self.per,
                "threshold": self.threshold,
                "validation": dict(self.validation),
                "seconds": dict(self.seconds),
                "facts": dict(self.facts),
                "rule": rule,
                "cases": [case_to_json(case) for case in self.cases],
                "shams": [sham_to_json(pair) for pair in self.shams],
            }
        )
        return content

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str | Path) -> RunResult:
        """Inverse of `to_json`.

        Parameters
        ----------
        data : mapping
            What was read.
        where : path
            From where, for the error.

        Raises
        ------
        DatasetError
            If it is damaged or of another layout.
        """
        try:
            if data["schema"] != _SCHEMA:
                raise ValueError(f"layout version {data['schema']} is not known")
            rule = None if data["rule"] is None else HitRule.model_validate(data["rule"])
            threshold = data["threshold"]
            return cls(
                str(data["arm"]),
                int(data["fold"]),
                int(data["seed"]),
                str(data["plan"]),
                str(data["per"]),
                tuple(case_from_json(case, rule) for case in data["cases"]),
                None if threshold is None else float(threshold),
                {str(name): number(value) for name, value in data["validation"].items()},
                tuple(sham_from_json(pair) for pair in data["shams"]),
                {str(name): number(value) for name, value in data["seconds"].items()},
                dict(data["facts"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as cause:
            raise DatasetError(
                f"this is no result of a run, or a damaged one ({_reason(cause)})",
                where=where,
                remedy=_REMEDY,
            ) from cause


def run_name(arm: str, fold: int, seed: int) -> str:
    """Name of a run, as in ``poisson--0--2``."""
    return f"{arm}--{fold}--{seed}"


def arm_in(name: str) -> str:
    """The arm in a run's name."""
    return name.rsplit("--", 2)[0]


def write_run(path: Path, run: RunResult) -> None:
    """Keep a finished run; the file is whole or absent.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    text = json.dumps(run.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomic(path, (text + "\n").encode(), durable=True)


def read_run(path: Path) -> RunResult:
    """Read a finished run.

    Raises
    ------
    DatasetError
        If the file is missing, torn, or holds something else.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DatasetError("there is no such run", where=path) from None
    except (OSError, ValueError) as cause:
        raise DatasetError(
            f"the result of a run cannot be read ({cause})", where=path, remedy=_REMEDY
        ) from cause
    return RunResult.from_json(data, path)


def read_runs(folder: Path) -> list[RunResult]:
    """All finished runs of an experiment.

    Parameters
    ----------
    folder : Path
        Of the experiment; its runs lie in ``runs/``.

    Returns
    -------
    list of RunResult
        By seed, fold and name of the arm; empty where none is finished.

    Raises
    ------
    DatasetError
        If a file is torn or holds something else, bears another run's name, or its run is of
        another plan than the others, or of another edition of the program.
    """
    found: dict[Path, RunResult] = {}
    for path in sorted((folder / RUNS).glob("*.json")):
        if path.name.startswith(TEMPORARY):
            continue
        run = read_run(path)
        if run.name != path.stem:
            raise DatasetError(
                f"the file holds the run {run.name}, and bears another name",
                where=path,
                remedy="Give it its own name, or delete it",
            )
        found[path] = run
    plans = {run.plan: path for path, run in found.items()}
    if len(plans) > 1:
        (one, first), (other, second) = list(plans.items())[:2]
        raise DatasetError(
            f"the runs are of two plans: {first.name} of {one}, {second.name} of {other}",
            where=folder / RUNS,
            remedy="Keep the runs of each plan in a folder of their own",
        )
    editions = {run.edition: path.name for path, run in found.items()}
    if len(editions) > 1:
        raise DatasetError(
            "the program came to teach or test otherwise between these runs: "
            + ", ".join(f"{name} is of edition {number}" for number, name in editions.items()),
            where=folder / RUNS,
            remedy="Keep the runs of one edition, and make the others anew",
        )
    return sorted(found.values(), key=lambda run: (run.seed, run.fold, run.arm))


def _reason(cause: Exception) -> str:
    if isinstance(cause, KeyError):
        return f"{cause} is missing"
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__
