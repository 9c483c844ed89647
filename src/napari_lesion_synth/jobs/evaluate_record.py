"""An evaluation as one file, from which every figure can be worked out again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from napari_lesion_synth.errors import DatasetError, ParameterError
from napari_lesion_synth.evaluation.assessment import Assessment, Choice, assess
from napari_lesion_synth.evaluation.experiment.case_json import case_from_json, case_to_json, plain
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.two_detectors import compare
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.evaluate_page import Evaluated

__all__ = [
    "EVALUATION_JSON",
    "Fairness",
    "KeptEvaluation",
    "TestedCt",
    "read_evaluation",
    "write_evaluation",
]

EVALUATION_JSON = "evaluation.json"

_SCHEMA = 1
_REMEDY = "Run evaluate again with the same --out: what was searched stays"


@dataclass(frozen=True, slots=True)
class TestedCt:
    """A CT that findings were judged in.

    Parameters
    ----------
    name, patient : str
        Which, and whose.
    sha256 : str
        `Volume.sha256`.
    inputs : mapping
        `Case.inputs`: where it can be read again; empty where it cannot.
    """

    name: str
    patient: str
    sha256: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fairness:
    """Whether a test was fair.

    Parameters
    ----------
    verdict : str
        ``"clean"``, ``"unknown"`` or ``"contaminated"``.
    words : tuple of str
        Why, in sentences.
    """

    verdict: str
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class KeptEvaluation:
    """An evaluation that was read back.

    Parameters
    ----------
    evaluated : Evaluated
        Its figures; how the test was looked at stands in `fairness`.
    fairness : mapping of str to Fairness
        By detector.
    cts : tuple of TestedCt
        The CTs.
    """

    evaluated: Evaluated
    fairness: Mapping[str, Fairness]
    cts: tuple[TestedCt, ...]


def write_evaluation(
    path: Path, evaluated: Evaluated, cts: Sequence[TestedCt], seed: int = 0
) -> None:
    """Keep the judged CTs of every detector, and where the CTs are.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    content = {
        "schema": _SCHEMA,
        "seed": seed,
        "rule": evaluated.first.results[0].rule.model_dump(mode="json"),
        "cts": [
            {"name": ct.name, "patient": ct.patient, "sha256": ct.sha256, "inputs": dict(ct.inputs)}
            for ct in cts
        ],
        "detectors": [_detector(whole, evaluated) for whole in evaluated.assessments],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    write_atomic(path, (text + "\n").encode())


def _detector(whole: Assessment, evaluated: Evaluated) -> dict[str, Any]:
    choice, found = whole.point.choice, evaluated.inspections.get(whole.name)
    content: dict[str, Any] = plain(
        {
            "name": whole.name,
            "threshold": choice.threshold,
            "rate": choice.rate,
            "why": choice.why,
            "verdict": "unknown" if found is None else found.verdict,
            "words": [] if found is None else list(found.words),
            "cut": evaluated.cut.get(whole.name),
        }
    )
    return {**content, "cases": [case_to_json(case) for case in whole.results]}


def read_evaluation(folder: Path) -> KeptEvaluation:
    """Read an evaluation back, and work its figures out again.

    Parameters
    ----------
    folder : Path
        That `evaluate` wrote.

    Raises
    ------
    DatasetError
        If there is none, or its file is damaged.
    """
    path = folder / EVALUATION_JSON
    try:
        return _kept(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DatasetError("there is no evaluation here", where=folder, remedy=_REMEDY) from None
    except (
        *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError),
        *(ValidationError, ParameterError),
    ) as cause:
        reason = f"{cause} is missing" if isinstance(cause, KeyError) else str(cause).split("\n")[0]
        raise DatasetError(
            f"the evaluation cannot be read ({reason})", where=path, remedy=_REMEDY
        ) from cause


def _kept(data: Mapping[str, Any]) -> KeptEvaluation:
    if data["schema"] != _SCHEMA:
        raise ValueError(f"layout version {data['schema']} is not known")
    rule, seed = HitRule.model_validate(data["rule"]), int(data["seed"])
    wholes, cut, fairness = [], {}, {}
    for each in data["detectors"]:
        name = str(each["name"])
        choice = Choice(
            None if each["threshold"] is None else float(each["threshold"]),
            None if each["rate"] is None else float(each["rate"]),
            str(each["why"]),
        )
        cases = [case_from_json(case, rule) for case in each["cases"]]
        wholes.append(assess(name, cases, choice, seed=seed))
        fairness[name] = Fairness(str(each["verdict"]), tuple(map(str, each["words"])))
        if each["cut"] is not None:
            cut[name] = float(each["cut"][0]), int(each["cut"][1])
    pairs = tuple(compare(other, wholes[0], seed=seed) for other in wholes[1:])
    cts = tuple(
        TestedCt(str(ct["name"]), str(ct["patient"]), str(ct["sha256"]), dict(ct["inputs"]))
        for ct in data["cts"]
    )
    if not wholes:
        raise ValueError("it holds no detector")
    return KeptEvaluation(Evaluated(tuple(wholes), pairs, {}, cut), fairness, cts)
