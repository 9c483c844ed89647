"""A change of the training tried on patients of the slices' plan who do not test.

    python benchmarks/inner_choice.py                                    as the plan says
    python benchmarks/inner_choice.py --change training.rate=0.003       another learning rate
    python benchmarks/inner_choice.py --lowest 0.003                     fainter candidates, too

The patients of examples/plans/msd_slices.yaml who train and choose (14 with lesions, and healthy
ones beside them) are divided anew: 6 learn, 3 choose, the others are looked at. Two arms are
trained, without synthetic lesions and with those of both classic methods. There are so few lesions
that one more or less is 0.05: this finds large effects, and no small ones. Trainings are kept in
build/benchmarks and not repeated.

It takes an experiment or an hour, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from blind_spots import opened
from harness import ROOT, WORK, machine

from napari_lesion_synth.detection.cascade import Cascade
from napari_lesion_synth.detection.linking import LinkSettings
from napari_lesion_synth.detection.mining import MINING
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.evaluation.experiment.division import divide_patients
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT
from napari_lesion_synth.jobs.experiment import run_experiment
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings, RunJob, open_ct
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML, read_plan
from napari_lesion_synth.jobs.experiment_slices import slice_arrays, slice_owners
from napari_lesion_synth.training.device import choose_compute

PLAN = ROOT / "examples" / "plans" / "msd_slices.yaml"
BOTH = {"name": "both", "like": "poisson", "methods": {"poisson": 1.0, "sigmoid": 1.0}}
RATES = (0.25, 0.5, 1.0, 2.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--division", type=int, default=1, help="seed of the inner division")
    parser.add_argument("--change", action="append", default=[], metavar="PART.FIELD=VALUE")
    parser.add_argument("--lowest", type=float, default=MINING.lowest, help="heat of a candidate")
    asked = parser.parse_args()
    name = "-".join([f"inner{asked.division}", *(c.replace("=", "_") for c in asked.change)])
    folder = WORK / name
    plan = inner_plan(folder, asked.division, asked.change)
    for event in run_experiment(ExperimentSettings(plan=plan, out=folder / "out"), StopToken()):
        if isinstance(event, Log):
            print(event.text, flush=True)
    print(f"{name}, candidates from a heat of {asked.lowest:g}  ({machine()})")
    for arm, cases in judged(folder / "out", asked.lowest):
        curve = froc(cases)
        shares = "  ".join(f"{curve.at(rate).sensitivity:.2f}" for rate in RATES)
        ever = sum(bool(lesion.found(-np.inf)) for case in cases for lesion in case.lesions)
        print(
            f"{arm:>10}: {curve.lesions} lesions in {curve.cts} slices; at {RATES} false alarms a "
            f"slice {shares}; with any candidate {ever}; the curve ends at {curve.end():.1f}"
        )


def inner_plan(folder: Path, division: int, changes: Sequence[str]) -> Path:
    """The plan among the patients who do not test, and their slices, written to a folder."""
    outer = read_plan(PLAN)
    slices = outer.data.slices.model_copy(
        update={"file": str((PLAN.parent / outer.data.slices.file).resolve())}
    )
    owners = slice_owners(slices)
    ill = [name for name, has in owners.items() if has]
    (fold,) = divide_patients(outer.division, ill, owners.keys() - set(ill))
    arrays = slice_arrays(slices.file)
    kept = np.isin(arrays["patient"], [*fold.train, *fold.choose])
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "inner.npz", **{name: values[kept] for name, values in arrays.items()})
    content: dict[str, Any] = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    for key in ("gan", "autoencoder", "sets", "shams", "strata", "goals"):
        content.pop(key)
    content["name"] = "Among patients who do not test"
    content["data"]["slices"]["file"] = str(folder / "inner.npz")
    content["division"] = {"fixed": {"train": 6, "hosts": "1/2", "choose": 3, "seed": division}}
    content |= {"arms": ["augmented", BOTH], "baseline": "augmented", "seeds": 1}
    for change in changes:
        where, value = change.split("=", 1)
        part, field = where.split(".", 1)
        content[part][field] = yaml.safe_load(value)
    path = folder / PLAN_YAML
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def judged(out: Path, lowest: float) -> Iterator[tuple[str, list[CaseResult]]]:
    """Each arm's detector on the patients who are looked at, with candidates from a heat on."""
    experiment = opened(out)
    plan = experiment.plan
    linking = LinkSettings(lowest=lowest, most=MINING.most)
    for arm in plan.arms:
        model = DetectorModel.load(experiment.training(RunJob(arm.name, 0, 0)) / DETECTOR_PT)
        detector = Cascade(model, choose_compute("cpu", 1), linking)
        cases = []
        for ct in experiment.of(experiment.folds[0].test):
            case = open_ct(ct)
            cases.append(match(detector.detect(case), Truth.of(case, ct.name), plan.hit))
        yield arm.name, cases


if __name__ == "__main__":
    main()
