"""What proposing sites costs: the first call on a case, and every call after it.

The synthetic organ has the same size in millimetres whatever the number of slices, with a lesion,
vessels and noise. A real CT is timed as well where the data lie beside the repository.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report, timed

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.ct.volume import Volume

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ct"
SCENE = 5
FIRST_CALLS = 3


def synthetic(slices: int) -> Case:
    shape, spacing = (slices, 512, 512), (256 / slices, 0.75, 0.75)
    rng = np.random.default_rng(0)
    hu = rng.integers(-25, 26, shape, dtype=np.int16)
    z, y, x = (
        ((np.arange(n) - n / 2) * s)
        .astype(np.float32)
        .reshape([-1 if a == b else 1 for b in "zyx"])
        for a, n, s in zip("zyx", shape, spacing, strict=True)
    )
    organ = (z / 80) ** 2 + (y / 70) ** 2 + (x / 95) ** 2 < 1
    lesion = (z - 10) ** 2 + (y - 20) ** 2 + (x - 50) ** 2 < 12**2
    vessels = (z**2 + (y - 10) ** 2 < 5**2) | (z**2 + (x + 20) ** 2 < 4**2)
    hu += 110
    hu[~organ] -= 200
    hu[vessels & organ] += 60
    hu[lesion] -= 50
    return Case(Volume(hu, spacing), Organ(organ, spacing), lesion, f"synthetic, {slices} slices")


def real() -> Case:
    import SimpleITK as sitk

    image = sitk.ReadImage(str(DATA / "ircadb01_ct.nii.gz"))
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(DATA / "ircadb01_label.nii.gz")))
    hu = sitk.GetArrayFromImage(image).astype(np.int16)
    z, y, x = image.GetSpacing()[::-1]
    return Case(Volume(hu, (z, y, x)), Organ(label > 0, (z, y, x)), label == 2, "ircadb01")


def fresh(case: Case) -> Case:
    """The same case without its caches."""
    organ = Organ(case.require_organ().mask, case.require_organ().spacing)
    return Case(case.volume, organ, case.lesions, case.patient)


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak_mb(case: Case) -> float:
    """Memory that the first call needs at most, beside the case itself."""
    tracemalloc.start()
    propose_sites(fresh(case), SCENE, rim_fraction=0.4)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def measure(case: Case, repeats: int) -> dict[str, Any]:
    first, capsule = [], []
    for _ in range(FIRST_CALLS):
        used = fresh(case)
        organ = used.require_organ()
        first.append(seconds(lambda: propose_sites(used, SCENE, rim_fraction=0.4)))  # noqa: B023
        corner = tuple(slice(s.start, s.start + 1) for s in organ.bbox)
        capsule.append(seconds(lambda: organ.distance_in(corner)))  # noqa: B023
    seeds: Iterator[int] = iter(range(10**9))
    later = timed(lambda: propose_sites(used, SCENE, rim_fraction=0.4, seed=next(seeds)), repeats)
    middle = tuple(slice((s.start + s.stop) // 2 - 20, (s.start + s.stop) // 2 + 20)
                   for s in organ.bbox)  # fmt: skip
    box = timed(lambda: organ.distance_in(middle), repeats)
    return {
        "case": case.patient,
        "organ Mvoxels": organ.voxels / 1e6,
        "first call s": statistics.median(first),
        "outside s": statistics.median(capsule),
        "peak MB": peak_mb(case),
        f"{SCENE} sites ms": later["median_ms"],
        "q1": later["q1_ms"],
        "q3": later["q3_ms"],
        "40^3 distances ms": box["median_ms"],
    }


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--slices", type=int, nargs="*", default=[128, 256, 512])
    options = parser.parse_args()
    rows = [measure(synthetic(n), max(options.repeats, 200)) for n in options.slices]
    if DATA.is_dir():
        rows.append(measure(real(), max(options.repeats, 200)))
    report(f"proposing {SCENE} sites", rows, as_json=options.json)


if __name__ == "__main__":
    main()
