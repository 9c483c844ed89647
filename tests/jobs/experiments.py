"""Experiments of seconds: small slices with lesions that nobody can miss, and tiny nets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from tests.detection.toys import SPACING, toy

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.events import Event, StopToken
from napari_lesion_synth.jobs.experiment import run_experiment
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings

TRAINING = {
    "net": "small", "steps": 6, "verifier_steps": 2, "scenes": 2, "width": 4, "look_every": 3,
    "device": "cpu", "threads": 1, "workers": 0,
}  # fmt: skip

PLAN: dict[str, Any] = {
    "name": "Toy slices",
    "data": {"slices": {"file": "slices.npz", "fewest_px": 50}},
    "division": {"fixed": {"train": 2, "hosts": 0.5, "choose": 1}},
    "arms": ["augmented", "sigmoid"],
    "baseline": "augmented",
    "seeds": 1,
    "rate": 0.5,
    "rates": [0.5, 2],
    "training": TRAINING,
    "mixture": {"side": 32, "batch": 2, "diameter_mm": [14, 22], "per_scene": [1, 1]},
    "sets": {"n": 6, "per_scene": 1, "diameter_mm": [14, 22]},
    "shams": {"per_ct": 1, "cts": 2},
}


def archive(path: Path, ill: int = 5, well: int = 3) -> Path:
    """Slices of some patients with a lesion or two, and of some without."""
    cases = [toy(n, 1 + n % 2, dims=2, patient=f"ill-{n}") for n in range(ill)]
    cases += [toy(50 + n, 0, dims=2, patient=f"well-{n}") for n in range(well)]
    none = np.zeros(cases[0].volume.shape[1:], bool)
    np.savez_compressed(
        path,
        image=np.stack([case.volume.hu[0] for case in cases]),
        liver=np.stack([case.organ.mask[0] for case in cases]),
        tumor=np.stack([none if case.lesions is None else case.lesions[0] for case in cases]),
        patient=np.array([case.patient for case in cases]),
        slice_index=np.arange(len(cases)),
        pixel_mm=np.full(len(cases), SPACING[1]),
    )
    return path


def case_entries(folder: Path, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """CTs as files beside a plan, and what the plan says of them."""
    entries = []
    for case in cases:
        ct, organ, lesions = (f"{case.patient}{part}.nii.gz" for part in ("", "_organ", "_lesions"))
        write_volume(folder / ct, case.volume)
        write_mask(folder / organ, case.require_organ().mask, case.volume)
        entry = {"ct": ct, "organ": organ, "patient": case.patient, "units": "hu"}
        if case.lesions is None:
            entries.append({**entry, "healthy": True})
        else:
            write_mask(folder / lesions, case.lesions, case.volume)
            entries.append({**entry, "lesions": lesions})
    return entries


def plan_file(folder: Path, name: str = "plan.yaml", **changes: Any) -> Path:
    """A plan beside its slices, which are written if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "slices.npz").exists():
        archive(folder / "slices.npz")
    path = folder / name
    path.write_text(yaml.safe_dump({**PLAN, **changes}, sort_keys=False), encoding="utf-8")
    return path


def run(plan: Path, out: Path, token: StopToken | None = None, **options: Any) -> list[Event]:
    """Run a plan to its end, or to where it is stopped."""
    asked = ExperimentSettings(plan=plan, out=out, **options)
    return list(run_experiment(asked, token or StopToken()))


def results(out: Path) -> dict[str, dict[str, Any]]:
    """Finished runs without the time that they took, by name."""
    found = {}
    for path in sorted((out / "runs").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        content.pop("seconds")
        found[path.stem] = content
    return found
