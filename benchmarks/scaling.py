"""An experiment on a Dask cluster of this machine: with 1, 2 and 4 workers, and without one.

    python benchmarks/scaling.py

Four runs of small simulated CTs, the same each time; what they learn from is prepared before and
not counted. With more workers than cores, overhead is all that can be seen.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from distributed import LocalCluster
from harness import ROOT, arguments, report

from napari_lesion_synth.evaluation.experiment.run_result import RUNS, read_runs
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.experiment import run_experiment
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML

PLAN = ROOT / "examples" / "plans" / "phantom-small.yaml"
WORKERS = (0, 1, 2, 4)
"""0: the command's own process, without a cluster."""

SHORT = {"steps": 30, "verifier_steps": 6, "scenes": 6, "look_every": 30}


def main() -> None:
    asked = arguments(__doc__.splitlines()[0])
    asked.set_defaults(repeats=2)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        plan = short_plan(folder)
        prepared = folder / "prepared"
        seconds(plan, prepared, 0)
        rows = [row(plan, prepared, folder / "out", n, options.repeats) for n in WORKERS]
    first = rows[0]["seconds"]
    for each in rows:
        each["times as fast"] = first / each["seconds"]
    report("four runs of an experiment, seconds on the clock", rows, as_json=options.json)


def short_plan(folder: Path) -> Path:
    """Two arms, two trainings each."""
    content: dict[str, Any] = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    content |= {"arms": ["augmented", "sigmoid"], "seeds": 2}
    content["training"] |= SHORT
    content["data"]["phantoms"]["test"]["patients"] = 3
    content.pop("goals", None)
    path = folder / PLAN_YAML
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def row(plan: Path, prepared: Path, out: Path, workers: int, repeats: int) -> dict[str, Any]:
    """Median and spread of several goes, and what they cost in processor time."""
    times, costs = [], []
    for _ in range(repeats):
        shutil.copytree(prepared, out)
        for name in (RUNS, "trainings"):
            shutil.rmtree(out / name)
        times.append(seconds(plan, out, workers))
        costs.append(
            sum(s for run in read_runs(out) for name, s in run.seconds.items() if "_cpu" in name)
        )
        shutil.rmtree(out)
    return {
        "workers": workers or "none",
        "seconds": statistics.median(times),
        "least": min(times),
        "most": max(times),
        "CPU seconds": statistics.median(costs),
    }


def seconds(plan: Path, out: Path, workers: int) -> float:
    """One go, on the clock; a cluster is up before it begins."""
    if not workers:
        return _timed(ExperimentSettings(plan=plan, out=out))
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        return _timed(ExperimentSettings(plan=plan, out=out, scheduler=cluster.scheduler_address))


def _timed(settings: ExperimentSettings) -> float:
    begun = time.perf_counter()
    for _ in run_experiment(settings, StopToken()):
        pass
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
