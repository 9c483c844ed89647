"""The section on where an experiment's figures come from: plan, programs, machines, detectors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from napari_lesion_synth.dataset.report import Section, folded, paragraph, table
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.measures import DRAWS
from napari_lesion_synth.evaluation.experiment.run_result import EDITION, RunResult
from napari_lesion_synth.evaluation.report.figure_words import (
    NONE,
    missing_words,
    threshold_words,
)
from napari_lesion_synth.evaluation.statistics.bootstrap import RESAMPLES
from napari_lesion_synth.evaluation.statistics.permutation import PERMUTATIONS
from napari_lesion_synth.wording import counted

__all__ = ["provenance_section"]

_FACTS = {
    "program": "program",
    "device": "device",
    "software": "software",
    "steps": "best weights, which are kept, after so many steps",
}
"""What runs know of themselves, and how it is called."""
_NOTHING = "not told"

Row = dict[str, object]


def provenance_section(comparison: Comparison) -> Section:
    """Runs, plan, versions, lineage."""
    harvest, runs = comparison.harvest, comparison.harvest.runs
    what = {
        "plan": harvest.plan.key,
        "runs": f"{len(runs)} of {counted(harvest.planned, 'run')}",
        "missing": missing_words(harvest.missing_of) or "none",
        **{
            words: _different(run.facts.get(name) for run in runs) for name, words in _FACTS.items()
        },
        "edition": _edition(runs),
        "draws": f"{RESAMPLES} resamples of patients and up to {PERMUTATIONS + 1} permutations, "
        f"seed {DRAWS}: the same runs give the same page",
        "lineage": _lineage(runs),
    }
    rows = [{"what": name, "which": words} for name, words in what.items()]
    parts = [
        table(rows, words=("which",)),
        folded(f"Every run ({len(runs)})", table([_run(run) for run in runs], ("detector",))),
    ]
    selections = _selections(runs)
    if selections:
        parts.insert(1, paragraph(selections))
    return Section("Provenance", tuple(parts))


def _run(run: RunResult) -> Row:
    threshold = run.threshold
    chosen = run.validation.get("sensitivity")
    return {
        "run": run.name,
        "detector": str(run.facts.get("detector", _NOTHING)),
        "threshold": NONE if threshold is None else threshold_words(threshold),
        "sensitivity where it was chosen": NONE if chosen is None else f"{chosen:.2f}",
        "test cases": str(len(run.cases)),
    }


def _different(values: Iterable[Any]) -> str:
    """All values that runs have."""
    found = dict.fromkeys(_words(value) for value in values if value is not None)
    return "; ".join(found) or _NOTHING


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value)


def _edition(runs: Iterable[RunResult]) -> str:
    """Whether the program still teaches as it did."""
    found = sorted({run.edition for run in runs})
    told = ", ".join(str(number) for number in found) or _NOTHING
    if not found or found == [EDITION]:
        return told
    return f"{told}; the program teaches and tests otherwise now (edition {EDITION})"


def _lineage(runs: Iterable[RunResult]) -> str:
    """Whether a test patient stands behind a detector."""
    told = [run for run in runs if isinstance(run.facts.get("lineage"), list)]
    leaks = [
        f"{patient} in {run.name}"
        for run in told
        for patient in sorted({case.patient for case in run.cases} & set(run.facts["lineage"]))
    ]
    if leaks:
        return f"LEAK: detectors have learnt from whom they are tested on ({', '.join(leaks)})"
    if not told:
        return _NOTHING
    return f"no detector's patients are among those it is tested on ({counted(len(told), 'run')})"


def _selections(runs: Iterable[RunResult]) -> str:
    """How many lesions of each generated set were accepted."""
    found: dict[str, str] = {}
    for run in runs:
        prepared = run.facts.get("prepared")
        for name, facts in (prepared if isinstance(prepared, dict) else {}).items():
            if isinstance(facts, dict) and "made" in facts and "accepted" in facts:
                key = f"{name} of fold {run.fold}"
                found[key] = f"{key}: {facts['accepted']} of {facts['made']}"
    return f"Lesions accepted. {'; '.join(found[key] for key in sorted(found))}." if found else ""
