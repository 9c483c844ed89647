"""On what the runs of an experiment were computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from napari_lesion_synth.evaluation.experiment.run_result import RunResult
from napari_lesion_synth.wording import counted

__all__ = ["way_of", "ways_words"]


def way_of(run: RunResult) -> str:
    """Device, threads and number type of a run, in words."""
    return str(run.facts.get("device", "not told"))


def ways_words(runs: Iterable[RunResult]) -> str:
    """How many runs were computed in each way; empty where all were computed alike."""
    ways = Counter(way_of(run) for run in runs)
    if len(ways) == 1:
        return ""
    return "; ".join(f"{way}: {counted(n, 'run')}" for way, n in ways.most_common())
