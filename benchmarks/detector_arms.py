"""What two benchmarks of detectors share: train the arms, search the test CTs, print the table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.data_settings import SHAM, DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.evaluation.bootstrap import Figure, average, bootstrap, paired_difference
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.strata import by_diameter, by_zone
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.events import Done, Log, Metric, StopToken
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT, DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.jobs.train_detector import learn_detector

RULE = HitRule()
ARMS = {
    "real": {"synthetic": 0.0},
    "sham": {"synthetic": 0.0, "sham": SHAM},
    "real + synthetic": {"synthetic": 0.5},
}
"""The same share of examples shows lesions in each; `sham` is a control without synthetic ones."""


def trained(
    folder: Path,
    cases: Sequence[Case],
    settings: DetectorSettings,
    data: DataSettings,
    validation: Sequence[str],
) -> Path:
    """Train, or come back to a training; the detector's file."""
    path = folder / DETECTOR_PT
    if path.exists():
        return path
    files = DetectorFiles(cases=(), validation=tuple(validation))
    job = DetectorJob(files=files, out=folder, data=data, settings=settings)
    begun = time.perf_counter()
    for event in learn_detector(job, StopToken(), cases=cases):
        spent = time.perf_counter() - begun
        if isinstance(event, Log) and event.level != "info":
            print(f"  {folder.name}: {event.text}", flush=True)
        if isinstance(event, Metric) and "validation" in event.name:
            text = f"{event.name} {event.value:.3f}"
            print(f"  {folder.name} {event.step}: {text}, {spent:.0f} s", flush=True)
        if isinstance(event, Log) and "waited" in event.text:
            print(f"  {folder.name}: {event.text}", flush=True)
        if isinstance(event, Done):
            print(f"{folder.name}: trained in {spent:.0f} s of this run", flush=True)
    return path


def searched(detector: Path, cases: Iterable[Case], truths: Sequence[Truth]) -> list[CaseResult]:
    """Every test CT, searched and compared with its truth."""
    finder = open_detector(detector)
    return [
        match(finder.detect(case), truth, RULE) for case, truth in zip(cases, truths, strict=True)
    ]


def table(
    results: dict[str, list[list[CaseResult]]], rates: Sequence[float], per: str = "ct"
) -> list[dict[str, Any]]:
    """One row an arm and stratum: sensitivity at each rate, mean of the seeds, with intervals.

    Below the arms, each of them less the first.
    """
    rows = []
    first = next(iter(results.values()))[0]
    strata: list[tuple[str, Callable[[list[CaseResult]], list[CaseResult]]]] = [
        ("all", list),
        *((stratum.name, stratum.of) for stratum in (*by_diameter(), *by_zone())),
    ]
    for name, of in strata:
        lesions = sum(len(result.lesions) for result in of(first))
        if not lesions:
            continue
        figures: dict[str, Figure] = {}
        for arm, seeds in results.items():
            figures[arm] = average(
                [Counts.of(of(seed)).sensitivities(rates, per) for seed in seeds]
            )
            intervals = bootstrap(figures[arm], np.random.default_rng(0))
            row: dict[str, Any] = {"stratum": name, "lesions": lesions, "arm": arm}
            for rate, interval in zip(rates, intervals, strict=True):
                row[f"@{rate:g}"] = told(interval)
            rows.append(row)
        base, *others = results
        for arm in others:
            differences = paired_difference(figures[arm], figures[base], np.random.default_rng(0))
            row = {"stratum": name, "lesions": lesions, "arm": f"{arm} less {base}"}
            for rate, interval in zip(rates, differences, strict=True):
                row[f"@{rate:g}"] = told(interval)
            rows.append(row)
    return rows


def told(interval: Any) -> str:
    """A figure with its interval."""
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def keep(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the table as it is so far."""
    path.write_text(json.dumps(list(rows), indent=1), encoding="utf-8")
