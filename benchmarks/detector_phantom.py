"""A detector from ten lesions of five simulated patients, with and without synthetic ones.

Tested on 40 other simulated patients with 160 lesions. Trainings and CTs are kept in `--work`,
and a run that was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from detector_arms import ARMS, keep, searched, table, trained
from harness import arguments, report

import napari_lesion_synth as nls
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.evaluation.truth import Truth

FIRST_TRAINED, FIRST_TESTED = 700, 800
RATES = (0.1, 0.2, 0.5, 1.0)


def phantom(work: Path, seed: int, lesions: int) -> Case:
    """A simulated CT, kept on the disk."""
    path = work / "phantoms" / f"{seed}-{lesions}.npz"
    patient = f"phantom-{seed}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        case = nls.phantom(seed=seed, lesions=lesions, spacing=(2.5, 1.0, 1.0))
        part = path.with_suffix(".part.npz")
        np.savez_compressed(
            part,
            hu=case.volume.hu,
            organ=np.packbits(case.require_organ().mask),
            lesions=np.packbits(case.lesions),
            spacing=case.volume.spacing,
        )
        part.rename(path)
    stored = np.load(path)
    hu = stored["hu"]
    organ, known = (
        np.unpackbits(stored[name], count=hu.size).reshape(hu.shape).astype(bool)
        for name in ("organ", "lesions")
    )
    return case_from_arrays(
        hu, tuple(map(float, stored["spacing"])), organ=organ, lesions=known, patient=patient
    )


def tested(work: Path, patients: int) -> Iterator[Case]:
    for seed in range(FIRST_TESTED, FIRST_TESTED + patients):
        yield phantom(work, seed, 4)


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--patients", type=int, default=40, help="tested")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--verifier-steps", type=int, default=800)
    parser.add_argument("--threads", type=int, help="of the training; default: all cores")
    parser.add_argument("--arms", nargs="*", default=list(ARMS))
    options = parser.parse_args()
    work = options.work
    cases = [phantom(work, seed, 2) for seed in range(FIRST_TRAINED, FIRST_TRAINED + 5)]
    truths = [Truth.of(case) for case in tested(work, options.patients)]
    results: dict[str, list] = {}
    for seed in range(options.seeds):
        for arm in options.arms:
            settings = DetectorSettings(
                steps=options.steps, verifier_steps=options.verifier_steps, seed=seed,
                holdout=0.0, threads=options.threads,
            )  # fmt: skip
            name = f"{arm.replace(' + ', '-')}-{seed}-{options.steps}"
            path = trained(work / name, cases, settings, DataSettings(**ARMS[arm]), ())
            results.setdefault(arm, []).append(
                searched(path, tested(work, options.patients), truths)
            )
            rows = table(results, RATES)
            keep(work / "phantom.json", rows)
            report("detector, phantoms, sensitivity at false alarms a CT", rows,
                   as_json=options.json)  # fmt: skip


if __name__ == "__main__":
    main()
