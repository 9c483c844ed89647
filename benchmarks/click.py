"""The organ from one click: Dice and time over random clicks at least 10 mm deep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom, read_case
from napari_lesion_synth.anatomy.click import ClickSegmenter
from napari_lesion_synth.sample_data import sample_case

REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
DEEP_MM = 10.0


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--clicks", type=int, default=20, help="random clicks a CT")
    options = parser.parse_args()
    rows = [row(name, case, options.clicks) for name, case in cases()]
    report("the organ from one click", rows, as_json=options.json)


def cases() -> Iterator[tuple[str, Case]]:
    """The real CTs, where they are, and those that come with the package."""
    if (REAL / "ct").is_dir():
        ct, chaos = REAL / "ct", REAL / "chaos"
        organ = ct / "ircadb01_label.nii.gz"
        yield "ircadb01", read_case(ct / "ircadb01_ct.nii.gz", organ=organ)
        yield "CHAOS", read_case(chaos / "dicom", organ=chaos / "liver.nii.gz")
    yield "shipped, 3 mm", sample_case()
    for seed in range(3):
        yield f"phantom {seed}", phantom(seed=seed, lesions=4)


def row(name: str, case: Case, clicks: int) -> dict[str, Any]:
    organ = case.require_organ()
    deep = np.argwhere(organ.depth_map >= DEEP_MM)
    chosen = deep[np.random.default_rng(0).choice(len(deep), clicks, replace=False)]
    quality, seconds = [], []
    for voxel in chosen + [side.start for side in organ.bbox]:
        start = time.perf_counter()
        mask = ClickSegmenter(case.volume).segment([tuple(int(i) for i in voxel)])
        seconds.append(time.perf_counter() - start)
        quality.append(2 * (mask & organ.mask).sum() / (mask.sum() + organ.mask.sum()))
    low, middle, high = np.percentile(quality, [25, 50, 75])
    return {
        "CT": name,
        "voxels": " x ".join(map(str, case.volume.shape)),
        "clicks": clicks,
        "Dice": f"{middle:.3f}",
        "quartiles": f"{low:.3f} {high:.3f}",
        "worst": f"{min(quality):.3f}",
        "seconds": float(np.median(seconds)),
        "slowest": max(seconds),
    }


if __name__ == "__main__":
    main()
