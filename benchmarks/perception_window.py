"""The participant's window: from the swap of the photos to their first paint.

A window of 1920 x 1080 px, pairs of photos of 1024 x 768 px that are ready as pixmaps, as they are
while a study runs. swap to paint: from the moment that other photos are set to the end of the paint
in which they appear. swap to display: until the whole window has been handed to the display, too;
what the screen takes after that, up to a whole frame, no program sees. key to paint: from a key
that answers to the first paint of the next question, the answer and the next question written to
the disk in between. aperture: the same swap with blurred photos, and one move of the sharp disc.
Spread: quartiles, and the slowest. Without a display it starts Xvfb, whose software renderer is the
slow case.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report
from perception_goals import Goal
from PIL import Image

GOAL_MS = 8.0
SIZE = (1920, 1080)
PHOTO, PHOTOS = (1024, 768), 12


def main() -> int:
    """Measure and print; 1 where the goal is missed."""
    asked = arguments(__doc__.splitlines()[0]).parse_args()
    if not os.environ.get("DISPLAY") and sys.platform.startswith("linux"):
        return subprocess.call([*on_a_display(), sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), asked.repeats)
    report("the participant's window", rows, as_json=asked.json)
    found = goals_of(rows)
    for goal in found:
        if not asked.json:
            print(f"{goal.goal}: {goal.measured}, {goal.wanted}: {goal.verdict}")
    return 0 if all(goal.met for goal in found) else 1


def on_a_display() -> list[str]:
    """What to start a program with, so that it has a display."""
    return ["xvfb-run", "-a", "-s", f"-screen 0 {SIZE[0]}x{SIZE[1]}x24"]


def goals(repeats: int) -> list[Goal]:
    """Measured in a process of its own, since a window shares its process with nothing else."""
    command = [sys.executable, __file__, "--json", "--repeats", str(repeats)]
    if sys.platform.startswith("linux"):
        command = [*on_a_display(), *command]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"no window: {done.stderr.strip()[-500:]}")
    return goals_of(json.loads(done.stdout.splitlines()[-1])["rows"])


def goals_of(rows: Sequence[dict[str, Any]]) -> list[Goal]:
    """The swap to the paint, and to the display."""
    found = []
    for one in rows[:2]:
        spread = f"{one['q1_ms']:.2f} to {one['q3_ms']:.2f}, quartiles of {one['n']}"
        told = f"{one['median_ms']:.2f} ms ({spread})"
        met = one["median_ms"] < GOAL_MS
        found.append(Goal(f"{one['step']}, median", told, f"< {GOAL_MS:g} ms", met))
    return found


def measured(folder: Path, repeats: int) -> list[dict[str, Any]]:
    """One row a step."""
    from qtpy.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    for k in range(PHOTOS):
        write_photo(folder / "photos" / f"p{k:02d}.png", k)
    rows = []
    for gaze, more in (("none", ""), ("mouse_aperture", ", aperture")):
        window = opened(folder, gaze, 10 + 2 * repeats)
        painted, handed = swaps(window, repeats)
        rows.append(row(f"swap to paint{more}", painted))
        rows.append(row(f"swap to display{more}", handed))
        if gaze == "none":
            rows.append(row("key to paint", keys(window, repeats)))
        else:
            rows.append(row("move of the disc", moves(window, repeats)))
        window.close()
        window.deleteLater()
        application.processEvents()
    return rows


def row(name: str, times: Sequence[float]) -> dict[str, Any]:
    """Median and spread, ms."""
    low, middle, high = statistics.quantiles(times, n=4)
    return {
        "step": name,
        "median_ms": middle,
        "q1_ms": low,
        "q3_ms": high,
        "slowest_ms": max(times),
        "n": len(times),
    }


def write_photo(path: Path, seed: int) -> None:
    """Noise of several scales, so that nothing is cheaper to draw than a photo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(coarse).resize(PHOTO, Image.Resampling.BICUBIC).save(path, compress_level=1)


def opened(folder: Path, gaze: str, trials: int) -> Any:
    """A window at its first question."""
    from napari_lesion_synth.perception.design.settings import StudyDesign
    from napari_lesion_synth.perception.design.study import create_study
    from napari_lesion_synth.perception.session.enrolment import NewParticipant
    from napari_lesion_synth.perception.session.session import Session
    from napari_lesion_synth.widgets.study.opening import gaze_source
    from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow

    design = StudyDesign.checked(
        name=gaze,
        stimuli=str(folder / "photos"),
        viewing={"gaze_source": gaze},
        counts={"trials": trials, "practice": 0, "block_size": 1000},
        checks={"catch_share": 0.0, "repeat_share": 0.0},
        covariates={"hunger": False, "minutes_since_meal": False},
    )
    study = create_study(folder / gaze, design)
    session = Session.begin(study, NewParticipant("P01", "en"))
    session.agree(session.consent_text())
    window = ParticipantWindow(session, gaze_source(design, SIZE, 1.0))
    window.open_on()
    window.resize(*SIZE)
    wait_for(window.notice.isVisible)
    window.notice.go_on.click()
    wait_for(lambda: window.trial.accepts)
    return window


def swaps(window: Any, repeats: int) -> tuple[list[float], list[float]]:
    """Two scenes in turn: times to the paint, and to the display."""
    page = window.trial
    first = window.session.state.open_trial
    scenes = [window.scenes.scene(trial) for trial in (first, window.session.upcoming()[0])]
    painted, handed = [], []
    for k in range(repeats + 2):
        scene = scenes[k % 2]
        page.ask(scene)
        wait_for(lambda: page.canvas.swap_s is not None)
        painted.append(1000 * page.canvas.swap_s)
        begun = time.perf_counter()
        page.canvas.show_photos(scene.rects, scene.pixmaps, scene.sharp)
        page.canvas.repaint()  # comes back when all has been handed over
        handed.append(1000 * (time.perf_counter() - begun))
    page.ask(scenes[0])
    wait_for(lambda: page.accepts)
    return painted[2:], handed[2:]


def keys(window: Any, repeats: int) -> list[float]:
    """Answer after answer; the next photos are ready, as they are for a person."""
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    times = []
    for _ in range(repeats):
        wait_for(lambda: not window.scenes.awaiting)
        begun = time.perf_counter()
        QTest.keyClick(window, Qt.Key.Key_F)
        wait_for(lambda: window.trial.accepts)
        times.append(1000 * (window.trial.onset_s - begun))
    return times


def moves(window: Any, repeats: int) -> list[float]:
    """The disc jumps from one place to another."""
    from qtpy.QtCore import QPointF
    from qtpy.QtWidgets import QApplication

    canvas = window.trial.canvas
    centre = canvas.rects[0].center()
    times = []
    for k in range(repeats):
        begun = time.perf_counter()
        canvas.move_disc(centre + QPointF(40 * (k % 5) - 80, 30 * (k % 3)))
        canvas.repaint()
        times.append(1000 * (time.perf_counter() - begun))
        QApplication.processEvents()
    return times


def wait_for(holds: Callable[[], bool], patience_s: float = 30.0) -> None:
    """Let Qt work until something holds."""
    from qtpy.QtWidgets import QApplication

    end = time.perf_counter() + patience_s
    while not holds():
        QApplication.processEvents()
        if time.perf_counter() > end:
            raise TimeoutError("the window did not get there")


if __name__ == "__main__":
    sys.exit(main())
