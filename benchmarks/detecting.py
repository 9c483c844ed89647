"""Whole-CT detection: seconds by stage, and peak memory.

Nets of the usual sizes with random weights: their speed is that of trained ones. Every peak is
parted, so that as many candidates are verified as there can be. The CT is 3D-IRCADb-01 where it
lies beside the repository, else a phantom. Each row is a child process of its own; `peak_gb` is
all that it needed, imports included.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import harness

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom, read_case

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ct"
NETS = ("small", "lite", "single")
STAGES = ("frame", "slices", "windows", "linking", "verifying", "findings")
SPREAD = 0.3


def the_case() -> Case:
    """The CT, and its liver with the tumours in it."""
    if DATA.is_dir():
        return read_case(DATA / "ircadb01_ct.nii.gz", organ=DATA / "ircadb01_label.nii.gz")
    return phantom(seed=0, spacing=(1.6, 0.6, 0.6))


def detector(name: str, device: str, threads: int) -> Any:
    """An untrained detector that sees candidates."""
    import torch

    from napari_lesion_synth.detection.cascade import Cascade
    from napari_lesion_synth.detection.facts import DetectorFacts
    from napari_lesion_synth.detection.grid import GridSettings
    from napari_lesion_synth.detection.linking import LinkSettings
    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.detection.nets.registry import build, spec_of
    from napari_lesion_synth.detection.single_stage import SingleStage
    from napari_lesion_synth.training.device import choose_compute
    from napari_lesion_synth.training.seeds import initial_weights

    cascade = name != "single"
    roles = (("candidate", name), ("verifier", "")) if cascade else (("single", ""),)
    specs = tuple(spec_of(*role) for role in roles)
    with initial_weights(0):
        nets = {spec.role: build(spec) for spec in specs}
        if cascade:
            torch.nn.init.normal_(nets["candidate"].head.weight, std=SPREAD)
            torch.nn.init.zeros_(nets["candidate"].head.bias)
    facts = DetectorFacts("cascade" if cascade else "single", GridSettings(), specs)
    model = DetectorModel.of(facts, {role: net.state_dict() for role, net in nets.items()})
    kind = Cascade if cascade else SingleStage
    return kind(model, choose_compute(device, threads), LinkSettings(lowest=0.3, valley=1))


def measure(name: str, device: str, threads: int, repeats: int) -> dict[str, Any]:
    case, finder = the_case(), detector(name, device, threads)
    best: dict[str, Any] = {}
    for _ in range(repeats):
        fresh = Case(case.volume, type(case.require_organ())(case.organ.mask, case.volume.spacing))
        start, work = time.perf_counter(), time.process_time()
        found = finder.detect(fresh)
        total, work = time.perf_counter() - start, time.process_time() - work
        if not best or total < best["total_s"]:
            stages = {f"{stage}_s": found.seconds.get(stage, 0.0) for stage in STAGES}
            best = {"net": name, "total_s": total, **stages, "cpu_s": work}
            best["findings"] = len(found.findings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {**best, "peak_gb": peak, "computed_on": found.facts["computed_on"]}


def main() -> None:
    parser = harness.arguments(__doc__ or "")
    parser.set_defaults(repeats=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--net", choices=NETS, help="this one alone, in this process")
    given = parser.parse_args()
    if given.net:
        print(json.dumps(measure(given.net, given.device, given.threads, given.repeats)))
        return
    rows = []
    for net in NETS:
        words = [sys.executable, __file__, "--net", net, "--repeats", str(given.repeats)]
        words += ["--device", given.device, "--threads", str(given.threads)]
        ended = subprocess.run(words, check=True, capture_output=True, text=True, encoding="utf-8")
        rows.append(json.loads(ended.stdout.splitlines()[-1]))
    harness.report("detection in a whole CT, the fastest run", rows, as_json=given.json)


if __name__ == "__main__":
    main()
