"""Time to describe a photo: each family of features, all of them, and the net where there is one.

A photo of 512 px with noise, shapes and a main ingredient. Single thread (set OMP_NUM_THREADS=1)
for figures that compare. The aim is less than 50 ms for all families, in processor time: what it
takes on a machine that does nothing else.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import arguments, report, timed
from perception_goals import Goal

from napari_lesion_synth.perception.regression.cnn import LiteFeatures, installed
from napari_lesion_synth.perception.regression.features import families
from napari_lesion_synth.perception.regression.features.prepared import Prepared
from napari_lesion_synth.perception.regression.patches import patch_features

AIM_MS = 50.0


def photo() -> tuple[np.ndarray, np.ndarray]:
    """A picture, and its main ingredient."""
    y, x = np.mgrid[:512, :512]
    picture = np.full((512, 512, 3), (140, 120, 100), np.int64)
    picture[(x - 280) ** 2 + (y - 250) ** 2 < 190**2] = (230, 228, 220)
    main = (x - 290) ** 2 / 2 + (y - 260) ** 2 < 90**2
    picture[main] = (180, 80, 40)
    picture += np.random.default_rng(0).integers(-20, 21, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), main


def prepared(picture: np.ndarray, main: np.ndarray) -> Prepared:
    """A photo whose shared planes are made."""
    found = Prepared.of(picture, main)
    _ = found.lab, found.hsv, found.full_grey, found.gradient, found.foreground
    return found


def row(what: str, call: Callable[[], object], repeats: int) -> dict[str, Any]:
    """Milliseconds of the clock, and of the processor."""
    spent = []
    found = timed(call, repeats)
    for _ in range(repeats):
        begun = time.process_time()
        call()
        spent.append(1000 * (time.process_time() - begun))
    return {"what": what, **found, "processor_ms": statistics.median(spent)}


def goals(repeats: int) -> list[Goal]:
    """All families within the aim."""
    picture, area = photo()
    one = row("all families", lambda: families.photo_features(picture, area), repeats)
    spent = one["processor_ms"]
    told = f"{spent:.1f} ms (by the clock {one['q1_ms']:.0f} to {one['q3_ms']:.0f}, quartiles)"
    name = "hand-crafted features of a photo of 512 px, processor time"
    return [Goal(name, told, f"< {AIM_MS:g} ms", spent < AIM_MS)]


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    picture, area = photo()
    ready, n = prepared(picture, area), options.repeats
    rows = [row("shared planes", lambda: prepared(picture, area), n)]
    rows += [row(name, lambda m=make: m(ready), n) for name, make in families.MAKERS.items()]
    whole = row("all families", lambda: families.photo_features(picture, area), n)
    rows += [whole, row("patches for maps", lambda: patch_features(picture), n)]
    if installed():
        net = LiteFeatures()
        rows.append(row("net, 224 px", lambda: net.channels(picture), n))
    report("features of a photo of 512 px", rows, as_json=options.json)
    if not options.json:
        reached = "reached" if whole["processor_ms"] < AIM_MS else "missed"
        print(f"aim: all families in less than {AIM_MS:g} ms of the processor: {reached}")


if __name__ == "__main__":
    main()
