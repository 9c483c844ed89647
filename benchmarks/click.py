"""An organ from one click: Dice against its mask, and seconds.

First clicks are drawn uniformly from the organ's voxels that lie 10 mm deep or deeper. `after`
is the Dice after so many corrections more (`--corrections`), each of them a click at the deepest
point of the largest error: inside where the organ was missed, outside where it leaked. `once_s`
is `segment_organ` on a CT that nothing is known of; `again_s` a correction with what a
`ClickSegmenter` remembers. Errors count as they are after opening by 3 mm: a click cannot be
placed in a sheet of one voxel.

The CTs: 3D-IRCADb-01 and CHAOS where these lie beside the repository, the shipped part of a CT
without contrast medium, and phantoms. Others with `--case CT MASK`.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom, read_case
from napari_lesion_synth.anatomy.click import ClickSegmenter, segment_organ
from napari_lesion_synth.errors import LesionSynthError, LesionSynthWarning
from napari_lesion_synth.sample_data import sample_case

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
DEEP_MM = 10.0
OPENING_MM = 3.0

Click = tuple[int, int, int]
Mask = NDArray[np.bool_]


def cases(pairs: list[list[str]], phantoms: int) -> Iterator[tuple[str, Case]]:
    """The CTs that were named, or those that are here."""
    for ct, mask in pairs:
        yield Path(ct).name, read_case(ct, organ=mask)
    if pairs:
        return
    if (DATA / "ct").is_dir():
        ct = DATA / "ct"
        yield "ircadb01", read_case(ct / "ircadb01_ct.nii.gz", organ=ct / "ircadb01_label.nii.gz")
    if (DATA / "chaos").is_dir():
        chaos = DATA / "chaos"
        yield "chaos", read_case(chaos / "dicom", organ=chaos / "liver.nii.gz")
    yield "sample", sample_case()
    for seed in range(phantoms):
        yield f"phantom {seed}", phantom(seed=seed)


def first_clicks(case: Case, n: int) -> list[Click]:
    organ = case.require_organ()
    deep = np.argwhere(organ.depth_map >= DEEP_MM)
    chosen = np.random.default_rng(0).choice(len(deep), n, replace=False)
    corner = [side.start for side in organ.bbox]
    return [(int(z), int(y), int(x)) for z, y, x in deep[chosen] + corner]


def dice(found: Mask, truth: Mask) -> float:
    both = np.count_nonzero(found & truth)
    return 2 * both / (np.count_nonzero(found) + np.count_nonzero(truth))


def largest_error(found: Mask, truth: Mask, case: Case) -> tuple[str, Click] | None:
    """On which side the largest error is, and its deepest point."""
    largest, result = 0, None
    for side, error in (("inside", truth & ~found), ("outside", found & ~truth)):
        if not error.any():
            continue
        box = ndimage.find_objects(error.astype(np.int8))[0]
        depth = ndimage.distance_transform_edt(np.pad(error[box], 1), sampling=case.volume.spacing)[
            1:-1, 1:-1, 1:-1
        ]
        labels, count = ndimage.label(depth > OPENING_MM)
        if not count:
            continue
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        if sizes.max() > largest:
            largest = int(sizes.max())
            place = np.unravel_index((depth * (labels == sizes.argmax())).argmax(), depth.shape)
            z, y, x = (int(i) + b.start for i, b in zip(place, box, strict=True))
            result = (side, (z, y, x))
    return result


def corrected(case: Case, first: Click, corrections: int) -> tuple[float, list[float]]:
    """Dice after the corrections, and the seconds of each."""
    truth = case.require_organ().mask
    segmenter = ClickSegmenter(case.volume)
    clicks: dict[str, list[Click]] = {"inside": [first], "outside": []}
    found, seconds = segmenter.segment(**clicks), []
    for _ in range(corrections):
        error = largest_error(found, truth, case)
        if error is None:
            break
        clicks[error[0]].append(error[1])
        start = time.perf_counter()
        found = segmenter.segment(**clicks)
        seconds.append(time.perf_counter() - start)
    return dice(found, truth), seconds


def measure(name: str, case: Case, clicks: int, corrections: int) -> dict[str, Any]:
    truth = case.require_organ().mask
    values, once, after, again, refused = [], [], [], [], 0
    for number, click in enumerate(first_clicks(case, clicks)):
        start = time.perf_counter()
        try:
            found = segment_organ(case.volume, [click])
        except LesionSynthError:
            refused += 1
            values.append(0.0)
            continue
        once.append(time.perf_counter() - start)
        values.append(dice(found, truth))
        if number < 3:
            value, seconds = corrected(case, click, corrections)
            after.append(value)
            again += seconds
    low, middle, high = statistics.quantiles(values, n=4)
    quick, usual, slow = statistics.quantiles(once, n=4) if len(once) > 1 else [float("nan")] * 3
    return {
        "case": name,
        "voxels": "x".join(map(str, reversed(case.volume.shape))),
        "clicks": clicks,
        "refused": refused,
        "dice": middle,
        "q1": low,
        "q3": high,
        "min": min(values),
        "after": statistics.median(after) if after else None,
        "once_s": usual,
        "once_q1": quick,
        "once_q3": slow,
        "again_s": statistics.median(again) if again else None,
    }


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.set_defaults(repeats=20)
    parser.add_argument(
        "--case", nargs=2, action="append", default=[], metavar=("CT", "MASK"),
        help="a CT and the mask of its organ; in place of the CTs that are here",
    )  # fmt: skip
    parser.add_argument("--phantoms", type=int, default=5, help="simulated CTs")
    parser.add_argument("--corrections", type=int, default=2, help="later clicks")
    options = parser.parse_args()
    warnings.simplefilter("ignore", LesionSynthWarning)
    rows = [
        measure(name, case, options.repeats, options.corrections)
        for name, case in cases(options.case, options.phantoms)
    ]
    report("An organ from one click", rows, as_json=options.json)


if __name__ == "__main__":
    main()
