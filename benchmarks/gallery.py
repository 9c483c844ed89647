"""The gallery of "Review samples" with a large set: how long a person waits.

A set of 20,000 lesions with scores is made of plain files: a few hundred small pictures and
patches, linked as often as needed. Real Qt events go in. `p95` is held against the goal; for
frames a second it is the slowest twentieth. Where no graphics card is at hand, napari's window is
put together by the processor at each frame, whatever has changed in it; that takes most of the
time of a frame there, and a window of the gallery's own does without.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from gui import screen
from harness import arguments, report

from napari_lesion_synth.dataset.layout import (
    COLUMNS,
    DATASET_JSON,
    PATCHES,
    SAMPLES_CSV,
    THUMBS,
    patch_path,
    sample_id,
    thumb_path,
)
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.provenance import header_bytes, header_of
from napari_lesion_synth.dataset.rows import csv_line, header_line
from napari_lesion_synth.dataset.thumbs import thumb_bytes

LESIONS = 20_000
DISTINCT = 200
SIZE = (1500, 950)
PATIENCE_S = 60.0

Rows = Iterator[dict[str, Any]]


# --- the set ------------------------------------------------------------------------------------


def make_set(folder: Path, n: int) -> None:
    """A set of `n` lesions, with scores."""
    (folder / PATCHES).mkdir(parents=True)
    (folder / THUMBS).mkdir()
    host = np.random.default_rng(0).normal(105, 14, (48, 160, 160)).astype(np.int16)
    facts = {"n": n, "cases": [case_facts(host)]}
    (folder / DATASET_JSON).write_bytes(header_bytes(header_of(facts, 0)))
    for k in range(n):
        if k < DISTINCT:
            patch = cut(host, k)
            patch_path(folder, sample_id(k)).write_bytes(patch.to_bytes())
            thumb_path(folder, sample_id(k)).write_bytes(thumb_bytes(patch))
        else:
            for path in (patch_path, thumb_path):
                os.link(path(folder, sample_id(k % DISTINCT)), path(folder, sample_id(k)))
    with (folder / SAMPLES_CSV).open("wb") as file:
        file.write(header_line())
        file.writelines(line(k) for k in range(n))
    make_scores(folder, n)


def case_facts(host: np.ndarray) -> dict[str, Any]:
    from napari_lesion_synth.ct.volume import Volume

    spacing = (2.5, 1.0, 1.0)
    return {
        "name": "made",
        "patient": "made",
        "host": Volume(host, spacing).sha256,
        "shape": list(host.shape),
        "spacing": list(spacing),
        "inputs": {},
    }


def cut(host: np.ndarray, k: int) -> Patch:
    """A dark ball somewhere in the host."""
    rng = np.random.default_rng([1, k])
    start = [int(rng.integers(0, n - m)) for n, m in zip(host.shape, (14, 36, 36), strict=True)]
    box = tuple(slice(s, s + m) for s, m in zip(start, (14, 36, 36), strict=True))
    before = np.ascontiguousarray(host[box])
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in before.shape), indexing="ij")
    mask = sum(g**2 for g in grid) < rng.uniform(0.1, 0.25)
    after = np.where(mask, before - 40, before).astype(np.int16)
    z, y, x = box
    return Patch(before, after, mask, mask, (z, y, x), (2.5, 1.0, 1.0), np.ones_like(mask))


def line(k: int) -> bytes:
    recipe = {"method": "poisson", "params": {f"parameter_{n}": n / 7 for n in range(24)}}
    facts = {
        "id": sample_id(k),
        "case": "made",
        "patient": "made",
        "scene": f"scene_{k // 10:05d}",
        "method": ("poisson", "sigmoid", "cgan")[k % 3],
        "zone": ("rim", "interior")[k // 3 % 2],
        "z": "24",
        "y": "80",
        "x": "80",
        "depth_mm": "9.5",
        "diameter_mm": f"{8 + k * 7 % 1700 / 100:.3f}",
        "seed": str(k),
        "voxels": "900",
        "sha256": "0" * 64,
        "patch_sha256": "0" * 64,
        "recipe": json.dumps(recipe),
    }
    return csv_line(tuple(facts.get(name, "") for name in COLUMNS))


def make_scores(folder: Path, n: int) -> None:
    import pandas as pd

    from napari_lesion_synth.anatomy.zones import Zone
    from napari_lesion_synth.selection.band import BandSettings, HeldOut, bands_of
    from napari_lesion_synth.selection.scores_file import apply_bands, write_scores

    rng = np.random.default_rng(2)
    zones = (Zone.RIM, Zone.INTERIOR)
    real = [
        HeldOut(f"r{k}", f"p{k // 2}", zones[k % 2], 12.0, 0, float(error))
        for k, error in enumerate(rng.lognormal(2.5, 0.3, 80))
    ]
    bands = bands_of(real, BandSettings())
    ones = np.ones(n, int)
    flags = dict.fromkeys(("in_band", "hu_ok", "seam_ok", "edge_ok", "label_ok"), ones)
    table = pd.DataFrame(
        {
            "id": [sample_id(k) for k in range(n)],
            "ae_error": rng.lognormal(2.7, 0.4, n),
            "ae_rank": 0.5,
            "seam": 1.0,
            "edge_mm": 2.0,
            "passed": ones,
            "reasons": "",
            **flags,
        }
    )
    own = np.array([("rim", "interior")[k // 3 % 2] for k in range(n)], object)
    summary = {"bands": {zone.value: band.to_dict() for zone, band in bands.items()}}
    write_scores(folder, apply_bands(table, own, bands), summary)


# --- measures -----------------------------------------------------------------------------------


def row(what: str, unit: str, values: list[float], goal: float | None = None) -> dict[str, Any]:
    """Figures of one measure beside its goal; of a rate the low end counts."""
    rate = unit == "1/s"
    tail = float(np.percentile(values, 5 if rate else 95))
    met = goal is None or (tail >= goal if rate else tail <= goal)
    return {
        "what": what,
        "unit": unit,
        "n": len(values),
        "median": float(np.median(values)),
        "p95": tail,
        "goal": "" if goal is None else f"{'>=' if rate else '<='} {goal:g}",
        "verdict": "" if goal is None else "met" if met else "MISSED",
    }


class Paints:
    """Counts the paintings of a widget."""

    def __init__(self, widget: Any) -> None:
        from qtpy.QtCore import QEvent, QObject

        class Filter(QObject):
            count = 0

            def eventFilter(self, _watched: Any, event: QEvent) -> bool:  # noqa: N802
                self.count += event.type() == QEvent.Type.Paint
                return False

        self._filter = Filter(widget)
        widget.installEventFilter(self._filter)

    @property
    def count(self) -> int:
        return self._filter.count


def wait(until: Callable[[], bool]) -> None:
    from qtpy.QtWidgets import QApplication

    end = time.perf_counter() + PATIENCE_S
    while not until():
        QApplication.processEvents()
        if time.perf_counter() > end:
            raise RuntimeError("it never happened")


def seconds(do: Callable[[], Any], until: Callable[[], bool]) -> float:
    start = time.perf_counter()
    do()
    wait(until)
    return time.perf_counter() - start


def timed(do: Callable[[], Any]) -> float:
    return seconds(do, lambda: True)


def measures(folder: Path, repeats: int) -> Rows:
    import napari
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    from napari_lesion_synth.widgets.review import ReviewWidget

    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    widget = ReviewWidget(viewer)
    dock = viewer.window.add_dock_widget(widget, name="Review samples", area="right")
    QTest.qWait(500)
    gallery, view = widget.gallery, widget.gallery.view
    paints = Paints(view.viewport())
    thumbs = gallery.thumbs

    def shown() -> bool:
        return thumbs.kept > 0 and not thumbs.pending

    opened = [seconds(lambda: widget.open_set(folder), shown) for _ in range(max(2, repeats // 5))]
    assert gallery.model.rowCount() == LESIONS
    yield row("open 20,000, pictures in view", "s", opened, 2.0)
    QTest.qWait(1000)
    yield from scrolling(view, paints, repeats, "in napari's window")
    dock.setFloating(True)
    QTest.qWait(500)
    yield from scrolling(view, paints, repeats, "in a window of its own")
    drawn = [1000 * timed(view.viewport().grab) for _ in range(4 * repeats)]
    yield row("one frame of the gallery drawn, the window not", "ms", drawn, 33)
    dock.setFloating(False)
    QTest.qWait(500)
    yield from choosing(widget, view, QTest, Qt, repeats)
    yield from asking(gallery, paints, repeats)
    yield from judging(gallery, view, QTest, Qt, repeats)
    viewer.close()


def scrolling(view: Any, paints: Paints, repeats: int, where: str) -> Rows:
    bar = view.verticalScrollBar()
    cell = view.gridSize().height()
    for what, step in (("by a third of a row", cell // 3), ("by 3 rows", 3 * cell)):
        rates, gaps = [], []
        for turn in range(max(3, repeats // 3)):
            bar.setValue(turn * bar.maximum() // 10)
            start = before = time.perf_counter()
            frames = 40
            for _ in range(frames):
                seen = paints.count
                bar.setValue(bar.value() + step)
                wait(lambda seen=seen: paints.count > seen)
                now = time.perf_counter()
                gaps.append(1000 * (now - before))
                before = now
            rates.append(frames / (time.perf_counter() - start))
        yield row(f"scroll {what}, {where}: frames", "1/s", rates, 30)
        yield row(f"scroll {what}, {where}: between frames", "ms", gaps)


def choosing(widget: Any, view: Any, test: Any, qt: Any, repeats: int) -> Rows:
    """From the arrow key to the lesion on the canvas."""
    layers = widget.viewer.layers

    def name() -> str:
        return next((layer.name for layer in layers if layer.name.startswith("Set: ")), "")

    view.show_place(0)
    wait(lambda: name() == f"Set: {sample_id(0)}")
    zoom, times = widget.viewer.scene.camera.zoom, []
    for _ in range(4 * repeats):
        press = seconds(
            lambda: test.keyClick(view, qt.Key.Key_Right),
            lambda: name() == f"Set: {view.current}",
        )
        times.append(1000 * press)
    assert widget.viewer.scene.camera.zoom == zoom
    yield row("arrow key: lesion on the canvas", "ms", times, 150)


def asking(gallery: Any, paints: Paints, repeats: int) -> Rows:
    """Sort, filter, and drag a threshold."""
    filters = gallery.filters

    def painted(do: Callable[[], Any]) -> float:
        seen = paints.count
        return 1000 * seconds(do, lambda: paints.count > seen)

    sorts = [painted(lambda k=k: filters.sort.setCurrentIndex(1 + k % 7)) for k in range(repeats)]
    yield row("sort 20,000", "ms", sorts, 300)
    filters.sort.setCurrentIndex(0)
    kinds = [
        painted(lambda k=k: filters.which.setCurrentIndex((k + 1) % 3)) for k in range(repeats)
    ]
    yield row("filter 20,000", "ms", kinds, 300)
    filters.clear()
    gallery.pages.setCurrentWidget(gallery.band)
    high = gallery.band.high
    moves = [painted(lambda k=k: high.setValue(18 + k % 9)) for k in range(4 * repeats)]
    yield row("threshold moved: new verdicts seen", "ms", moves, 150)
    gallery.pages.setCurrentWidget(gallery.lesion)


def judging(gallery: Any, view: Any, test: Any, qt: Any, repeats: int) -> Rows:
    """From a verdict's key to the next lesion."""
    times = []
    for _ in range(4 * repeats):
        before = view.current
        press = seconds(
            lambda: test.keyClick(view, qt.Key.Key_R), lambda before=before: view.current != before
        )
        times.append(1000 * press)
    yield row("verdict: next lesion chosen", "ms", times, 50)
    start = time.perf_counter()
    gallery.set.book.wait()
    yield row("verdicts on the disk after the last", "s", [time.perf_counter() - start])


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        os.environ["NAPARI_CONFIG"] = str(Path(place) / "settings.yaml")
        folder = Path(place) / "set"
        make_set(folder, LESIONS)
        try:
            with screen():
                for one in measures(folder, options.repeats):
                    print(*one.values(), sep="  ", file=sys.stderr, flush=True)
                    rows.append(one)
        finally:
            if rows:
                report("The gallery", rows, as_json=options.json)


if __name__ == "__main__":
    main()
