"""What a person does in one window: open a CT, click, slide, drag, run a batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from gui_window import Bench, Shown, renderer
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtTest import QTest

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.sites import Site

SLIDERS = {"sigmoid": "delta_hu", "poisson": "contrast_gain"}
DIAMETERS_MM = (20.0, 48.0)
ZONES = ("rim", "interior")
SLIDE_S, SLIDE_MS = 3.0, 16
DRAG_S, DRAG_MS, DRAG_MM = 4.0, 8, 8.0
EVENTS = 1000
BATCH, TICK_MS = 60, 10

Times = dict[str, Any]


def site_of(bench: Bench, diameter: float, zone: str, seed: int = 0) -> Site:
    case, anywhere = bench.bench.case, {"gap_mm": 0.0, "avoid_vessels": False}
    (site,) = propose_sites(case, n=1, zone=zone, diameter_mm=diameter, seed=seed, **anywhere)
    return site


def times(shown: list[tuple[float, Shown]]) -> Times:
    """Milliseconds from each start to the frame that shows it."""
    return {
        "drawn": [1000 * (s.drawn - start) for start, s in shown],
        "seen": [1000 * (s.seen - start) for start, s in shown],
    }


def now(do: Callable[[], Any], starts: list[float]) -> Callable[[], None]:
    """The call, which writes down when it starts."""

    def call() -> None:
        starts.append(time.perf_counter())
        do()

    return call


# --- opening and the first click ----------------------------------------------------------------


def first(files: dict[str, Any], at_once: bool) -> dict[str, Times]:
    """In a new window: the CT opened, and the very first click."""
    bench = Bench.open()
    starts: list[float] = []
    begin = time.perf_counter()
    opened = bench.read(files)
    if not at_once:
        bench.rest(500)
    measured = 1000 * (time.perf_counter() - begin)
    site = site_of(bench, 20.0, "interior")
    bench.stage.jump_to_voxel(site.center)
    QTest.qWait(50 if at_once else 500)
    shown = bench.canvas.wait_for(
        now(lambda: bench.click(site.center), starts), lambda: bench.placed_shown() is not None
    )
    bench.close()
    return {
        "open": times([(begin, opened)]),
        "click": times([(starts[0], shown)]),
        "rest": {"drawn": [] if at_once else [measured]},
    }


# --- in a window that is warm -------------------------------------------------------------------


def session(files: dict[str, Any], steps: int) -> Iterator[tuple[str, Times]]:
    """Rows by name."""
    bench = Bench.open()
    bench.read(files)
    bench.rest(500)
    bench.scroll_to("how")
    yield "renderer", {"name": renderer(), "canvas": _size(bench)}
    yield "click", clicks(bench, steps)
    for method, field in SLIDERS.items():
        for diameter in DIAMETERS_MM:
            for zone in ZONES:
                name = f"{field} of {method}, {diameter:.0f} mm {zone}"
                place(bench, method, site_of(bench, diameter, zone))
                yield f"step {name}", step(bench, method, field, steps)
                yield f"slide {name}", slide(bench, method, field)
    for method in SLIDERS:
        for diameter in DIAMETERS_MM:
            place(bench, method, site_of(bench, diameter, "interior"))
            yield f"drag {method}, {diameter:.0f} mm", drag(bench)
    place(bench, "sigmoid", site_of(bench, 20.0, "rim"))
    yield "burst", burst(bench)
    crowd(bench)
    yield "step crowd", step(bench, "sigmoid", SLIDERS["sigmoid"], steps)
    bench.close()


def _size(bench: Bench) -> str:
    size = bench.canvas.native.size()
    return f"{size.width()} x {size.height()}"


def place(bench: Bench, method: str, site: Site) -> None:
    """One lesion, on the canvas, and nothing else."""
    bench.bench.remove([placed.id for placed in bench.bench.scene.sites])
    bench.bench.set_method(method)
    placed = bench.bench.place(site.center, site.diameter_mm)
    bench.stage.jump_to(placed.id)
    bench.rest(500)


def crowd(bench: Bench) -> None:
    """Thirty sites more."""
    sites = propose_sites(bench.bench.case, n=30, diameter_mm=(6, 12), seed=1)
    bench.bench.add(sites)
    bench.stage.jump_to(bench.bench.scene.selected)
    bench.rest(500)


def clicks(bench: Bench, steps: int) -> Times:
    """Clicks at many places, each lesion removed again."""
    found = []
    for seed in range(steps):
        site = site_of(bench, 20.0, ZONES[seed % 2], seed)
        bench.bench.diameter_mm = 20.0
        bench.stage.jump_to_voxel(site.center)
        bench.rest(200)
        starts: list[float] = []
        shown = bench.canvas.wait_for(
            now(lambda at=site.center: bench.click(at), starts),
            lambda: bench.placed_shown() is not None,
        )
        found.append((starts[0], shown))
        bench.rest(100)
        bench.bench.remove([placed.id for placed in bench.bench.scene.sites])
        bench.rest(100)
    return times(found)


def slider_of(bench: Bench, method: str, field: str) -> Any:
    slider = bench.widget.how.tab(method).form.control(field).slider
    assert slider.isEnabled()
    return slider


def positions(slider: Any, field: str) -> range:
    """Positions that leave the kind of lesion as it is: the lower half is darker."""
    last = slider.maximum() // 2 if field == "delta_hu" else slider.maximum()
    return range(slider.minimum() + 2, last - 2)


def step(bench: Bench, method: str, field: str, steps: int) -> Times:
    """One change at a time, with rest in between."""
    slider = slider_of(bench, method, field)
    among, rng, found = positions(slider, field), np.random.default_rng(0), []
    for number in range(steps):
        target = int(rng.choice([p for p in among if abs(p - slider.value()) > 3]))
        before = bench.canvas.pixels() if number == 0 else b""
        starts: list[float] = []
        old = bench.placed_shown()
        shown = bench.canvas.wait_for(
            now(lambda to=target: slider.setValue(to), starts),
            lambda old=old: bench.placed_shown() is not old,
        )
        if number == 0 and bench.canvas.pixels() == before:
            raise RuntimeError("the canvas did not change with the slider")
        found.append((starts[0], shown))
        bench.rest(250)
    return times(found)


def slide(bench: Bench, method: str, field: str) -> Times:
    """A hand on the slider: a change every 16 ms; until each, or a newer one, is drawn."""
    slider = slider_of(bench, method, field)
    among = positions(slider, field)
    path = [*among, *reversed(among)]
    asked: list[tuple[float, Any]] = []
    frames: list[tuple[float, Any]] = []

    def move() -> None:
        start = time.perf_counter()
        slider.setValue(path[len(asked) % len(path)])
        asked.append((start, bench.bench.scene.current))

    bench.canvas.on_frame = lambda: frames.append((time.perf_counter(), bench.placed_shown()))
    _every(SLIDE_MS, move, SLIDE_S)
    bench.rest(100)
    bench.canvas.on_frame = None
    number = {id(placed): n for n, (_, placed) in enumerate(asked)}
    waits, done = [], 0
    for when, placed in frames:
        newest = number.get(id(placed), -1)
        waits += [1000 * (when - start) for start, _ in asked[done : newest + 1]]
        done = max(done, newest + 1)
    if done < len(asked):
        raise RuntimeError(f"{len(asked) - done} changes were never drawn")
    return {"drawn": waits, "fps": [_fresh(frames) / SLIDE_S]}


def _fresh(frames: list[tuple[float, Any]]) -> int:
    """How many frames show another preview than the frame before."""
    return sum(one[1] is not other[1] for one, other in pairwise(frames))


def _every(interval_ms: int, do: Callable[[], None], seconds: float) -> None:
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(interval_ms)
    timer.timeout.connect(do)
    timer.start()
    QTest.qWait(round(1000 * seconds))
    timer.stop()


def drag(bench: Bench) -> Times:
    """A lesion carried round in a circle by the mouse: frames a second with a new preview."""
    z, y, x = (float(c) for c in bench.bench.scene.current.site.center)
    _, down, right = bench.bench.case.volume.spacing
    begin = time.perf_counter()
    frames: list[tuple[float, Any]] = []

    def move() -> None:
        turn = 2 * math.pi * (time.perf_counter() - begin)
        away = (DRAG_MM * math.sin(turn) / down, DRAG_MM * (math.cos(turn) - 1) / right)
        place = (z, y + away[0], x + away[1])
        bench.mouse(QEvent.Type.MouseMove, place, held=True)

    bench.mouse(QEvent.Type.MouseButtonPress, (z, y, x), held=True)
    bench.canvas.on_frame = lambda: frames.append((time.perf_counter(), bench.placed_shown()))
    _every(DRAG_MS, move, DRAG_S)
    bench.canvas.on_frame = None
    bench.mouse(QEvent.Type.MouseButtonRelease, (z, y, x))
    bench.rest(200)
    seconds = [frames[0], *(b for a, b in pairwise(frames) if a[1] is not b[1])]
    stamps = [when for when, _ in seconds]
    gaps = [1000 * (b - a) for a, b in pairwise(stamps)]
    return {"fps": [_fresh(frames) / DRAG_S], "gaps": gaps}


def burst(bench: Bench) -> Times:
    """A thousand slider events without a pause."""
    slider = slider_of(bench, "sigmoid", "delta_hu")
    among = positions(slider, "delta_hu")
    path = [*among, *reversed(among)]
    most, starts = 0, []

    def send() -> None:
        nonlocal most
        for number in range(EVENTS):
            slider.setValue(path[number % len(path)])
            most = max(most, bench.stage.renderer.waiting)
        starts.append(time.perf_counter())

    begin = time.perf_counter()
    last = bench.canvas.wait_for(
        send, lambda: bool(starts) and bench.placed_shown() is bench.bench.scene.current
    )
    waiting = bench.stage.renderer.waiting
    if bench.placed_shown().params["sigmoid"]["delta_hu"] != slider.number():
        raise RuntimeError("the last event is not what is shown")
    bench.rest(200)
    return {
        "sending": [1000 * (starts[0] - begin) / EVENTS],
        "most": [most],
        "waiting": [waiting],
        "settled": [1000 * (last.drawn - starts[0])],
    }


# --- a batch in the background ------------------------------------------------------------------


def batch(files: dict[str, Any], out: Path) -> dict[str, Times]:
    """Milliseconds between the ticks of a timer of 10 ms: at rest, and while a batch runs."""
    bench = Bench.open()
    bench.read(files)
    bench.rest(500)
    bench.scroll_to("batch")
    section = bench.widget.batch
    section.set_settings({"n": BATCH, "workers": 2, "out": out, "seed": 1})
    rest = ticks(lambda: QTest.qWait(5000))
    outcomes: list[Any] = []
    section.finished.connect(outcomes.append)

    def run() -> None:
        section.run.button.click()
        end = time.monotonic() + 600
        while not outcomes and time.monotonic() < end:
            QTest.qWait(50)

    busy = ticks(run)
    if not outcomes or outcomes[0].end.value != "done":
        raise RuntimeError(f"the batch did not end well: {outcomes}")
    bench.close()
    return {"rest": {"ticks": rest}, "busy": {"ticks": busy}}


def ticks(do: Callable[[], None]) -> list[float]:
    stamps: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(TICK_MS)
    timer.timeout.connect(lambda: stamps.append(time.perf_counter()))
    timer.start()
    do()
    timer.stop()
    return [1000 * float(gap) for gap in np.diff(stamps)]
