"""A detector from the lesions of six real patients, with and without synthetic ones.

Single slices (see `msd_slices`). Six patients with tumours and the healthy slices of a third of
the other patients are learnt from, eight patients with tumours choose the weights, all others
are tested on. Trainings are kept in `--work`, and a run that was stopped goes on.
"""

from __future__ import annotations

from pathlib import Path

from detector_arms import ARMS, keep, searched, table, trained
from harness import arguments, report
from msd_slices import division

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.evaluation.truth import Truth

RATES = (0.25, 0.5, 1.0, 2.0)


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--verifier-steps", type=int, default=400)
    parser.add_argument("--net", default="auto")
    parser.add_argument("--threads", type=int, help="of the training; default: all cores")
    parser.add_argument("--arms", nargs="*", default=list(ARMS))
    parser.add_argument("--division", type=int, default=0, help="seed that divides the patients")
    options = parser.parse_args()
    train, choose, test = division(options.division)
    truths = [Truth.of(case, name=f"{k}") for k, case in enumerate(test)]
    validation = sorted({case.patient for case in choose})
    results: dict[str, list] = {}
    for seed in range(options.seeds):
        for arm in options.arms:
            settings = DetectorSettings(
                steps=options.steps, verifier_steps=options.verifier_steps, seed=seed,
                net=options.net, threads=options.threads,
            )  # fmt: skip
            data = DataSettings(**ARMS[arm], per_scene=(1, 1))
            name = f"{arm.replace(' + ', '-')}-{options.net}-{seed}-{options.steps}"
            path = trained(options.work / name, [*train, *choose], settings, data, validation)
            results.setdefault(arm, []).append(searched(path, test, truths))
            rows = table(results, RATES)
            keep(options.work / "slices.json", rows)
            report("detector, real slices, sensitivity at false alarms a slice", rows,
                   as_json=options.json)  # fmt: skip


if __name__ == "__main__":
    main()
