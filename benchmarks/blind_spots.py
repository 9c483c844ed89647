"""Which lesions a detector of an experiment does not see: by size, real and synthetic.

    python benchmarks/blind_spots.py OUT --arm all

OUT is the folder of an experiment (`experiment run`) that still holds its trainings. Looked at are
the patients on whom weights and thresholds were chosen, never those who test: what is learnt here
may change the detector. Into each of their CTs synthetic lesions of 5 to 15 mm are put, by the
donors that the detector learnt from. A detector that misses small lesions of the very kind that it
was shown has learnt too little; one that finds those and misses real ones was shown the wrong kind.

It takes an experiment or an hour, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import argparse
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from harness import machine
from scipy import ndimage

from napari_lesion_synth.detection.cascade import Cascade
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.linking import link
from napari_lesion_synth.detection.materials import REAL, Materials
from napari_lesion_synth.detection.mining import MINING
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.detection.scenes import Scene, Want, insert, scene_of
from napari_lesion_synth.errors import LesionSynthWarning
from napari_lesion_synth.intervals import wilson
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT
from napari_lesion_synth.jobs.experiment_cts import with_cts
from napari_lesion_synth.jobs.experiment_model import Experiment, PlannedCt, RunJob, open_ct
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML, read_plan
from napari_lesion_synth.jobs.experiment_prepare import files_of
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.training.device import choose_compute

SIZES_MM = (0, 7, 10, 15, 200)
METHODS = ("poisson", "sigmoid")
MIXTURE = DataSettings(diameter_mm=(5, 15))
RING = (2, 4)
"""Pixels from a lesion's edge within which its surroundings are measured."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lesion, and what the detector's first net made of it."""

    kind: str
    diameter_mm: float
    contrast_hu: float
    candidate: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the experiment")
    parser.add_argument("--arm", default="all")
    parser.add_argument("--seed", type=int, default=0, help="which training of the arm")
    parser.add_argument("--copies", type=int, default=2, help="synthetic lesions a CT and method")
    asked = parser.parse_args()
    warnings.simplefilter("ignore", LesionSynthWarning)
    experiment = opened(asked.out.resolve())
    found = list(looked_at(experiment, RunJob(asked.arm, 0, asked.seed), asked.copies))
    print(f"Lesions with a candidate of {asked.arm}  ({machine()})")
    print(f"{'kind':>8}  {'mm':>8}  {'lesions':>7}  {'contrast HU':>11}  share (95 %)")
    for kind in (REAL, *METHODS):
        for low, high in itertools.pairwise(SIZES_MM):
            rows = [s for s in found if s.kind == kind and low <= s.diameter_mm < high]
            if rows:
                hits = sum(row.candidate for row in rows)
                share = wilson(hits, len(rows))
                contrast = np.nanmedian([row.contrast_hu for row in rows])
                print(
                    f"{kind:>8}  {low:>3} - {high:<3} {len(rows):>7}  {contrast:>11.0f}  "
                    f"{hits / len(rows):.2f} ({share.low:.2f} to {share.high:.2f})"
                )


def opened(folder: Path) -> Experiment:
    """The experiment as it was run, with the CTs that it prepared."""
    bare = Experiment(read_plan(folder / PLAN_YAML), folder, folder)
    cts, folds = with_cts(bare)
    return Experiment(bare.plan, folder, folder, cts=tuple(cts), folds=folds)


def looked_at(experiment: Experiment, job: RunJob, copies: int) -> Iterator[Seen]:
    """Real lesions as they are, then synthetic ones, one at a time."""
    model = DetectorModel.load(experiment.training(job) / DETECTOR_PT)
    detector = Cascade(model, choose_compute("cpu", 1))
    donors = tuple(load_donors(files_of(experiment, job.fold).donors))
    statistics = LesionStatistics.fit(donors)
    for ct in experiment.of(experiment.folds[job.fold].choose):
        host = Host.of(open_ct(ct), model.facts.grid)
        materials = Materials((host,), donors, statistics)
        yield from judged(detector, scene_of(host, ()), REAL)
        for method in METHODS:
            for copy in range(copies):
                rng = np.random.default_rng([_number(experiment, ct), copy])
                placed = insert(materials, MIXTURE, host, [Want(method)], rng)
                yield from judged(detector, scene_of(host, placed), method)


def _number(experiment: Experiment, ct: PlannedCt) -> int:
    return [each.name for each in experiment.cts].index(ct.name)


def judged(detector: Cascade, scene: Scene, kind: str) -> Iterator[Seen]:
    """The lesions of one kind in a scene."""
    frame = scene.frame
    found = link(detector.heat(frame, None, None), frame, MINING)
    hit = {int(scene.labels[tuple(round(i) for i in each.center)]) for each in found}
    for number, name in enumerate(scene.kinds, start=1):
        if name != kind:
            continue
        mask = scene.labels == number
        z = int(mask.sum(axis=(1, 2)).argmax())
        area = np.count_nonzero(mask[z]) * frame.spacing[1] * frame.spacing[2]
        inner, outer = (ndimage.binary_dilation(mask[z], iterations=n) for n in RING)
        ring = outer & ~inner & frame.organ[z] & (scene.labels[z] == 0)
        around = float(np.median(frame.hu[z][ring])) if ring.any() else np.nan
        yield Seen(
            kind, 2 * np.sqrt(area / np.pi), float(frame.hu[mask].mean()) - around, number in hit
        )


if __name__ == "__main__":
    main()
