"""Reading a CT: peak memory against its int16 array, seconds; and the package's import time.

Every figure is taken in a child process of its own. Peak memory is what the process needed on top
of its imports.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import harness

SHAPE = (400, 512, 512)

WRITE = """
import sys
import numpy as np
import SimpleITK as sitk
rng = np.random.default_rng(0)
hu = np.full({shape}, -1000, np.int16)
hu[:, 100:400, 60:450] = rng.normal(60, 20, (len(hu), 300, 390)).astype(np.float32)
kind, turned, paths = sys.argv[1], sys.argv[2] == "turned", sys.argv[3:]
image = sitk.GetImageFromArray(hu.astype(kind))
image.SetSpacing((0.7, 0.7, 1.0))
if turned:
    image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
for path in paths:
    sitk.WriteImage(image, path)
"""

READ = """
import json, sys, time
from pathlib import Path
from napari_lesion_synth.ct.read import read_volume

def peak():
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    import resource
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale

before = peak()
start = time.perf_counter()
volume = read_volume(sys.argv[1])
seconds = time.perf_counter() - start
print(json.dumps(dict(ratio=(peak() - before) / volume.hu.nbytes, seconds=seconds)))
"""

IMPORT = """
import time
start = time.perf_counter()
import napari_lesion_synth
print(time.perf_counter() - start)
"""


def child(code: str, *arguments: str) -> str:
    """Standard output of a child process."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout


def spread(values: list[float]) -> dict[str, float]:
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": middle, "q1": low, "q3": high}


def reading(folder: Path, repeats: int) -> list[dict[str, Any]]:
    write = WRITE.format(shape=SHAPE)
    rows = []
    for kind, way, names in (
        ("int16", "as LPS", ("ct.nii", "ct.nii.gz")),
        ("int16", "turned", ("ras.nii.gz",)),
        ("float32", "as LPS", ("float.nii",)),
    ):
        paths = [folder / name for name in names]
        child(write, kind, way, *map(str, paths))
        for path in paths:
            runs = [json.loads(child(READ, str(path))) for _ in range(repeats)]
            seconds = spread([run["seconds"] for run in runs])
            rows.append(
                {
                    "what": f"read {path.name} ({kind}, {way})",
                    "peak_over_array": max(run["ratio"] for run in runs),
                    **{f"{k}_s": v for k, v in seconds.items()},
                }
            )
            path.unlink()
    return rows


def main() -> None:
    parser = harness.arguments(__doc__ or "")
    parser.set_defaults(repeats=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = reading(Path(folder), args.repeats)
    imports = spread([float(child(IMPORT)) for _ in range(max(args.repeats, 5))])
    rows.append(
        {
            "what": "import napari_lesion_synth",
            "peak_over_array": None,
            **{f"{k}_s": v for k, v in imports.items()},
        }
    )
    size = " x ".join(map(str, reversed(SHAPE)))
    harness.report(f"Loading a CT of {size} voxels", rows, as_json=args.json)


if __name__ == "__main__":
    main()
