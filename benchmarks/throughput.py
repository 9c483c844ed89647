"""How many lesions a second `generate` makes, and whether the size of the CT matters.

First part: whole runs of `generate` with two processes, everything included (sites, drawing,
rendering, patch, thumbnail, table), timed once both processes are warm. The host is a real
abdominal CT (3D-IRCADb-01, case 1) where it lies beside the repository, else the phantom.

Second part: the same steps in one process, on synthetic hosts of more and more slices around
the same organ, in turns.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
from harness import arguments, report

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays, phantom, read_case
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.writer import SetWriter
from napari_lesion_synth.events import Progress, StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.inputs import gather
from napari_lesion_synth.jobs.plan import plan_scenes
from napari_lesion_synth.jobs.scene import render_scene
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.synthesis.extraction import extract_donors

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "ct"
METHODS = ("poisson", "sigmoid")
TARGETS = {8.0: 100, 32.0: 25}
SLICES = (128, 256, 512, 1024)
TURNS = 3
WARM = 0.2  # of a run is not timed: both processes have read the CT and measured the organ then


def host() -> tuple[str, Case]:
    """The real CT, or the phantom."""
    ct, labels = REAL / "ircadb01_ct.nii.gz", REAL / "ircadb01_label.nii.gz"
    if ct.exists():
        return "ircadb01", read_case(ct, organ=labels, lesions=labels, lesion_label=2)
    return "phantom", phantom(seed=0, lesions=6, spacing=(1.6, 0.7, 0.7))


def rates(stamps: Sequence[tuple[float, int]], parts: int) -> list[float]:
    """Lesions a second in each of `parts` stretches of a run, from (seconds, lesions done)."""
    edges = np.linspace(stamps[0][1], stamps[-1][1], parts + 1)
    when = np.interp(edges, [n for _, n in stamps], [t for t, _ in stamps])
    return list(np.diff(edges) / np.diff(when))


def throughput(repeats: int) -> Iterator[dict[str, Any]]:
    """Lesions a second by method and diameter, two processes."""
    name, case = host()
    donors = extract_donors(case)
    for method in METHODS:
        for diameter, target in TARGETS.items():
            n = target * 10
            with tempfile.TemporaryDirectory() as folder:
                settings = GenerateSettings(
                    out=Path(folder) / "set",
                    methods={method: 1.0},
                    n=n,
                    diameter_mm=(diameter, diameter),
                    workers=2,
                )
                stamps = [
                    (time.perf_counter(), event.done)
                    for event in generate(settings, StopToken(), cases=[case], donors=donors)
                    if isinstance(event, Progress) and event.done >= WARM * n
                ]
            low, middle, high = quantiles(rates(stamps, repeats), n=4)
            yield row(name, case, method, diameter, 2, low, middle, high, target)


def row(
    name: str,
    case: Case,
    method: str,
    diameter: float,
    processes: int,
    low: float,
    middle: float,
    high: float,
    target: int | str = "-",
) -> dict[str, Any]:
    """One line of the table."""
    return {
        "host": name,
        "slices": case.volume.shape[0],
        "method": method,
        "diameter_mm": diameter,
        "processes": processes,
        "lesions_per_s": middle,
        "q1": low,
        "q3": high,
        "target": target,
    }


def tall_host(slices: int) -> Case:
    """An ellipsoid liver with one lesion in the middle of a CT of so many slices of 2 mm."""
    axes = [np.arange(n) - (n - 1) / 2 for n in (slices, 256, 256)]
    z, y, x = np.meshgrid(*(axes[0] * 2.0, axes[1], axes[2]), indexing="ij", sparse=True)
    organ = (z / 80) ** 2 + (y / 75) ** 2 + (x / 95) ** 2 <= 1
    lesion = z**2 + y**2 + x**2 <= 10**2
    hu = np.where(organ, np.float32(110), np.float32(-100)) - np.float32(50) * lesion
    hu += np.random.default_rng(0).normal(0, 15, (1, 256, 256)).astype(np.float32)
    return case_from_arrays(hu.astype(np.int16), (2.0, 1.0, 1.0), organ=organ, lesions=lesion)


def by_size(repeats: int) -> Iterator[dict[str, Any]]:
    """Lesions a second in hosts of different heights, one process, in turns."""
    per_scene, diameter = 5, 16.0
    hosts = {slices: tall_host(slices) for slices in SLICES}
    for method in METHODS:
        settings = GenerateSettings(
            out=Path("-"), methods={method: 1.0}, diameter_mm=(diameter, diameter)
        )
        plans = plan_scenes(
            per_scene * TURNS * (repeats + 1),
            cases=1,
            rim=0.5,
            methods=settings.methods,
            per_scene=per_scene,
            seed=0,
        )
        ids = [plan.ids for plan in plans]
        found: dict[int, list[float]] = {slices: [] for slices in hosts}
        with tempfile.TemporaryDirectory() as folder:
            for turn in range(TURNS):
                for slices, case in hosts.items():
                    inputs = _last(gather(settings, [case], (), StopToken()))
                    with SetWriter(Path(folder) / str(slices), header_of({}, 0), ids) as writer:
                        for plan in plans[turn * (repeats + 1) :][: repeats + 1]:
                            start = time.perf_counter()
                            scene = render_scene(inputs.materials, plan)
                            writer.add(scene.index, scene.lesions)
                            found[slices].append(per_scene / (time.perf_counter() - start))
                    del found[slices][-repeats - 1]  # the first scene of a turn warms up
        for slices, case in hosts.items():
            low, middle, high = quantiles(found[slices], n=4)
            yield row("synthetic", case, method, diameter, 1, low, middle, high)


def _last(steps: Any) -> Any:
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def main() -> None:
    """Run both parts."""
    options = arguments(__doc__.splitlines()[0]).parse_args()
    rows = [*throughput(options.repeats), *by_size(options.repeats)]
    report("throughput of generate", rows, as_json=options.json)


if __name__ == "__main__":
    main()
