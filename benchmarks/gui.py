"""The dock widget "Synthesize lesions" in a napari window: how long a person waits.

Real Qt events go in, and frames of the canvas are waited for. Each measure runs in child processes
of its own, on a screen that Xvfb simulates where there is none; OpenGL is then drawn by the
processor. `median` and `p95` end when the canvas has been painted with the change, `seen_p95` when
Qt has put the whole window together. Goals are for `p95`; for the ticks of the event loop, `p95`
holds the 99th percentile.

Cases: 3D-IRCADb-01, case 1, where it lies beside the repository, and the phantom.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ct"
CASES = ("ircadb01", "phantom")
PARTS = ("start", "open", "session", "batch", "rounds")
STEPS = 4
"""Steps of a slider and clicks in a warm window, for each repeat."""

Rows = Iterator[dict[str, Any]]


# --- the parent ---------------------------------------------------------------------------------


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A screen for the windows: the one that is there, or Xvfb."""
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield "display"
        return
    from pyvirtualdisplay import Display

    with Display(visible=False, size=(1600, 1000), color_depth=24):
        yield "Xvfb"


def child(what: str, **asked: Any) -> Any:
    """What a measure in a process of its own found."""
    with tempfile.TemporaryDirectory() as folder:
        # napari's settings are the user's business; each child begins with the usual ones.
        environment = {**os.environ, "NAPARI_CONFIG": str(Path(folder) / "settings.yaml")}
        command = [sys.executable, __file__, "--child", json.dumps({"what": what, **asked})]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False, encoding="utf-8"
        )
    if done.returncode:
        raise SystemExit(f"{what} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def row(
    where: str,
    what: str,
    unit: str,
    values: list[float],
    goal: float | None = None,
    *,
    seen: list[float] | None = None,
    at_least: bool = False,
    share: float = 95,
) -> dict[str, Any]:
    """Figures of one measure beside their goal."""
    tail = float(np.percentile(values, 100 - share if at_least else share))
    met = goal is None or (tail >= goal if at_least else tail <= goal)
    sign = ">=" if at_least else "<="
    return {
        "case": where,
        "what": what,
        "unit": unit,
        "n": len(values),
        "median": float(np.median(values)),
        "p95": tail,
        "max": float(max(values)),
        "seen_p95": float(np.percentile(seen, share)) if seen else None,
        "goal": "" if goal is None else f"{sign} {goal:g}",
        "verdict": "" if goal is None else "met" if met else "MISSED",
    }


def starting(repeats: int) -> Rows:
    runs = [child("start") for _ in range(repeats)]
    together: dict[str, list[float]] = {
        key: [value for run in runs for value in run[key]] for key in runs[0]
    }
    yield row("-", "napari itself: import and window", "s", together["napari"])
    yield row("-", "the dock widget's imports", "s", together["imports"])
    yield row("-", "dock widget with imports, shown", "s", together["cold"], 1.5)
    yield row("-", "dock widget in a warm napari, shown", "s", together["warm"], 1.5)


def opening(name: str, files: dict[str, Any], repeats: int) -> Rows:
    """New windows: the CT on the canvas, and the very first click."""
    opened: dict[str, list[float]] = {"drawn": [], "seen": []}
    rested: list[float] = []
    for at_once in (False, True):
        runs = [child("first", files=files, at_once=at_once) for _ in range(repeats)]
        for key, values in opened.items():
            values += [run["open"][key][0] / 1000 for run in runs]
        rested += [run["rest"]["drawn"][0] / 1000 for run in runs if run["rest"]["drawn"]]
        when = "at once" if at_once else "at rest"
        drawn = [run["click"]["drawn"][0] for run in runs]
        seen = [run["click"]["seen"][0] for run in runs]
        yield row(name, f"very first click, {when}", "ms", drawn, 150, seen=seen)
    yield row(name, "CT opened, on the canvas", "s", opened["drawn"], 5, seen=opened["seen"])
    yield row(name, "CT opened, donors measured too", "s", rested)


def session(name: str, files: dict[str, Any], repeats: int) -> Rows:
    """One warm window."""
    found = child("session", files=files, steps=STEPS * repeats)
    about = found.pop("renderer")
    print(f"{name}: canvas {about['canvas']}, {about['name']}", file=sys.stderr)
    for what, values in found.items():
        kind, _, rest = what.partition(" ")
        if kind == "click":
            drawn, seen = values["drawn"], values["seen"]
            yield row(name, "click, 20 mm", "ms", drawn, 150, seen=seen)
        elif kind == "step":
            goal = 120.0 if "48 mm" in rest else 60.0
            label = "delta_hu of sigmoid, 31 sites" if rest == "crowd" else rest
            yield row(name, f"step {label}", "ms", values["drawn"], goal, seen=values["seen"])
        elif kind == "slide":
            goal = 120.0 if "48 mm" in rest else 60.0
            yield row(name, what, "ms", values["drawn"], goal)
            yield row(name, f"new frames, {what}", "1/s", values["fps"])
        elif kind == "drag":
            yield row(name, f"{what}: new frames", "1/s", values["fps"], 15, at_least=True)
            yield row(name, f"{what}: between them", "ms", values["gaps"])
        else:
            yield row(name, "1,000 slider events: each", "ms", values["sending"])
            yield row(name, "1,000 slider events: most waiting", "", values["most"], 1)
            yield row(name, "1,000 slider events: waiting after", "", values["waiting"], 0)
            yield row(name, "1,000 slider events: last one drawn after", "ms", values["settled"])


def batches(name: str, files: dict[str, Any]) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        found = child("batch", files=files, out=str(Path(folder) / "set"))
    yield row(name, "tick at rest (p99)", "ms", found["rest"]["ticks"], share=99)
    yield row(name, "tick while a batch runs (p99)", "ms", found["busy"]["ticks"], 50, share=99)


def rounds() -> Rows:
    found = child("rounds")
    for what, change in found["left"].items():
        yield row("phantom", f"left after 20 rounds: {what}", "", [change], 0)
    resident = found["resident_mb"]
    growth = list(np.diff(resident[5:]))
    yield row("phantom", "memory a round, after five", "MB", growth)
    yield row("phantom", "memory, rounds 6 to 20", "MB", [resident[-1] - resident[5]])


def measures(parts: list[str], cases: list[str], repeats: int) -> Rows:
    """All rows of the parts that are wanted."""
    if "start" in parts:
        yield from starting(repeats)
    with tempfile.TemporaryDirectory() as folder:
        for name in cases:
            files = child("files", name=name, folder=folder)
            if files is None:
                continue  # the real CT is not everywhere
            if "open" in parts:
                yield from opening(name, files, repeats)
            if "session" in parts:
                yield from session(name, files, repeats)
            if "batch" in parts:
                yield from batches(name, files)
    if "rounds" in parts:
        yield from rounds()


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.set_defaults(repeats=10)
    parser.add_argument("--child", help="used by the program itself")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    options = parser.parse_args()
    if options.child:
        serve(json.loads(options.child))
        return
    rows: list[dict[str, Any]] = []
    try:
        with screen():
            for one in measures(options.only, options.cases, options.repeats):
                print(*one.values(), sep="  ", file=sys.stderr, flush=True)
                rows.append(one)
    finally:  # it takes long: what was measured before a failure is worth having
        if rows:
            report("The dock widget", rows, as_json=options.json)


# --- a child ------------------------------------------------------------------------------------


def serve(asked: dict[str, Any]) -> None:
    """Measure one thing, and print it as the last line."""
    what = asked.pop("what")
    found: Any
    if what in ("start", "rounds"):
        import gui_start

        found = getattr(gui_start, what)()
    elif what == "files":
        from gui_window import sample_files

        found = sample_files(asked["name"], Path(asked["folder"]), DATA)
    else:
        import gui_session

        if what == "session":
            found = dict(gui_session.session(**asked))
        elif what == "batch":
            found = gui_session.batch(asked["files"], Path(asked["out"]))
        else:
            found = gui_session.first(**asked)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
