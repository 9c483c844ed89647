"""Donors from one CT: what each step costs, how large the library is, and what is in it.

Without arguments: the real CT beside the repository, or the phantom where that is absent.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, machine, report, timed

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom, read_case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors, save_donors
from napari_lesion_synth.synthesis.noise import measure_noise

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ct"


def read(ct: Path | None, label: Path | None) -> tuple[str, Case]:
    """The case to measure on, and its name. In the label file, 1 is organ and 2 lesion."""
    ct = ct or DATA / "ircadb01_ct.nii.gz"
    label = label or DATA / "ircadb01_label.nii.gz"
    if ct.exists() and label.exists():
        return ct.name, read_case(ct, organ=label, lesions=label, lesion_label=2)
    return "phantom", phantom(seed=0, lesions=6, spacing=(2.5, 1.0, 1.0))


def steps(case: Case, repeats: int, folder: Path) -> list[dict[str, Any]]:
    """Time of each step. Saving overwrites, so that every run writes every file."""
    donors = extract_donors(case)
    organ, volume = case.require_organ(), case.volume

    def distances() -> None:
        _ = Organ(organ.mask, organ.spacing).depth_map

    def fresh() -> None:
        extract_donors(
            replace(case, volume=replace(volume), organ=Organ(organ.mask, organ.spacing))
        )

    saving = "save with thumbnails"
    calls = {
        "noise of the host": lambda: measure_noise(volume.hu, organ.mask, volume.spacing),
        "distance to the capsule": distances,
        "extract, distances known": lambda: extract_donors(case),
        "extract, all included": fresh,
        saving: lambda: save_donors(donors, folder / "library", overwrite=True),
        "load": lambda: load_donors(folder / "library"),
    }
    rows = [{"step": name, **timed(call, repeats, warm=1)} for name, call in calls.items()]
    for line in rows:
        if line["step"] == saving:
            line["step"] += f" ({size_mb(folder / 'library'):.1f} MB)"
    return rows


def size_mb(folder: Path) -> float:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def row(donor: Donor) -> dict[str, Any]:
    """What is known of a donor; the contrast is the lesion's median against the organ's."""
    return {
        "donor": donor.id,
        "diameter_mm": donor.diameter_mm,
        "depth_mm": donor.depth_mm,
        "zone": donor.zone.value,
        "contrast_hu": float(np.median(donor.hu[donor.mask])) - donor.organ_hu,
        "noise_hu": donor.noise_hu,
        "box": "x".join(map(str, donor.hu.shape)),
    }


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--ct", type=Path)
    parser.add_argument("--label", type=Path)
    parser.set_defaults(repeats=7)
    options = parser.parse_args()
    name, case = read(options.ct, options.label)
    noise = measure_noise(case.volume.hu, case.require_organ().mask, case.volume.spacing)
    with tempfile.TemporaryDirectory() as folder:
        times = steps(case, options.repeats, Path(folder))
    donors = [row(donor) for donor in extract_donors(case)]
    found = {"level_hu": noise.level, "correlation_mm": noise.correlation}
    if options.json:
        print(
            json.dumps(
                {
                    "benchmark": f"donors of {name}",
                    "machine": machine(),
                    "rows": times,
                    "noise": found,
                    "donors": donors,
                }
            )
        )
        return
    report(f"donors of {name}, {case.volume.shape} voxels", times, as_json=False)
    reach = ", ".join(f"{c:.2f}" for c in noise.correlation)
    print(f"\nnoise of the organ: {noise.level:.1f} HU, kernel ({reach}) mm along (z, y, x)\n")
    report("what was found", donors, as_json=False)


if __name__ == "__main__":
    main()
