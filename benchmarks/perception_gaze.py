"""Gaze: fixations found, accuracy told, streams received, and what maps of viewers agree on.

Made up. Gaze with everything known about it (`gaze.simulated`), 30 s a seed at 250 Hz, on a photo
with four salient places: 0.05 degrees of drift, blinks, drop-outs, and white noise of 0.3 degrees,
once as root mean square from sample to sample (0.15 degrees of deviation in each axis), once as
deviation in each axis. A fixation that is found and a true one are a pair where they share more
than half of the time that either covers; true ones end at blinks, and no saccade is smaller than a
degree. Accuracy: looks at 9 targets with a known offset of the tracker, whose size is compared with
the accuracy that the validation tells.

Streamed. 1000 samples a second for 6 s over Lab Streaming Layer, on this machine, fetched 60 times
a second.

Real (OSIE, where it lies beside the repository): 332 photos, 15 viewers each, 2 s a
viewer. Maps weigh fixations by their duration, with spots of 24 px standard deviation, about one
degree there as far as is known (the screen's geometry is not in the data), in cells of 8 px.
"half against half" is the correlation of the map of k viewers with that of k others. The centre
prior is a Gaussian fitted to the fixations of the photos of the other half of the set; "7 other
viewers" is the map of 7 viewers; both are asked about the fixations of the 8 remaining ones (CC:
their map). The first fixation of each viewer counts like all others; it lies near the middle, which
favours the centre prior. sAUC takes the fixations of 20 other photos for chance.

Intervals: over photos 95 %, by bootstrap; over seeds the smallest and the largest.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import csv
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from harness import DATA, arguments, report
from numpy.typing import NDArray
from perception_goals import Goal
from scipy import ndimage

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.intervals import Interval, over_patients
from napari_lesion_synth.perception.gaze.fixations import FixationSettings, find_fixations
from napari_lesion_synth.perception.gaze.geometry import Screen, Viewing, letterbox
from napari_lesion_synth.perception.gaze.map_metrics import (
    auc_judd,
    correlation,
    nss,
    shuffled_auc,
)
from napari_lesion_synth.perception.gaze.maps import CentrePrior, MapGrid, heatmap
from napari_lesion_synth.perception.gaze.matching import match_fixations
from napari_lesion_synth.perception.gaze.samples import Fixation, Samples, Scanpath
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulated_looks import simulate_looks
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.sources.lsl import LslSource
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.gaze.stability import half_against_half, viewers_needed
from napari_lesion_synth.perception.gaze.targets import target_points
from napari_lesion_synth.perception.gaze.validation import validate

GAZE = DATA / "gaze"
SCREEN = Screen(1920, 1080, 531.0, 299.0, 600.0)
SHOWN = letterbox((800, 600), (1920, 1080))
SIZE, SIGMA_PX, CELL_PX = (800, 600), (24.0, 24.0), 8
OVER_SEEDS, OVER_PHOTOS = "min, max over seeds", "95 % over photos"
F1_GOAL, ACCURACY_GOAL_DEG, TARGET_CC = 0.95, 0.1, 0.9
HALF, ELSEWHERE = 7, 20

Array = NDArray[np.float64]
Row = dict[str, Any]
Viewers = dict[int, Scanpath]


def row(what: str, n: int, found: Interval, spread: str, goal: str = "", met: str = "") -> Row:
    ends = {"low": found.low, "high": found.high}
    return {
        "what": what,
        "n": n,
        "value": found.value,
        **ends,
        "": spread,
        "goal": goal,
        "met": met,
    }


def goals(rows: Iterable[Row]) -> list[Goal]:
    """Those rows that have a goal."""
    found = []
    for each in rows:
        told = f"{each['value']:.3g}"
        if each["low"] is not None:
            told += f" ({each['low']:.3g} to {each['high']:.3g}, {each['']})"
        if each["goal"]:
            found.append(Goal(each["what"], told, each["goal"], each["met"] == "yes"))
    return found


def over_seeds(values: Sequence[float]) -> Interval:
    return Interval(float(np.mean(values)), float(np.min(values)), float(np.max(values)))


def over_photos(values: Array, seed: int = 0) -> Interval:
    known = values[np.isfinite(values)]
    return over_patients(
        float(known.mean()),
        lambda weights: weights @ known / weights.sum(axis=1),
        len(known),
        np.random.default_rng(seed),
    )


def yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def salience(rng: np.random.Generator) -> Array:
    peaks = np.zeros((30, 40))
    peaks[rng.integers(3, 27, 4), rng.integers(3, 37, 4)] = 1
    return np.asarray(ndimage.gaussian_filter(peaks, 2) + 5e-4, np.float64)


def fixation_rows(seeds: int) -> Iterator[Row]:
    noises = (("0.3° RMS sample to sample", 0.3), ("0.3° SD in each axis", 0.6))
    for noise, noise_deg in noises:
        for method in ("ivt", "idt"):
            scores, late = [], []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                settings = SimulationSettings(noise_deg=noise_deg)
                gaze = simulate_gaze(
                    30, SCREEN, SHOWN, rng, salience=salience(rng), settings=settings
                )
                rules = FixationSettings(method=method)
                found = find_fixations(gaze.samples, Viewing(SCREEN), rules)
                match = match_fixations(found, gaze.fixations)
                scores.append(100 * match.f1)
                late.append(
                    1000
                    * np.median([one.duration_s - true.duration_s for one, true in match.pairs])
                )
            name, f1 = f"fixations, {method.upper()}, {noise}", over_seeds(scores)
            met = yes(f1.value >= 100 * F1_GOAL)
            yield row(f"{name}: F1, %", seeds, f1, OVER_SEEDS, f">= {F1_GOAL:.0%}", met)
            yield row(f"{name}: longer by, ms", seeds, over_seeds(late), OVER_SEEDS)


def accuracy_rows(seeds: int) -> Iterator[Row]:
    targets = target_points(SCREEN, 9)
    for offset in ((0.5, 0.0), (-1.2, 0.9), (0.0, 2.0)):
        size = float(np.hypot(*offset))
        errors = []
        for seed in range(seeds):
            settings = SimulationSettings(noise_deg=0.3, offset_deg=offset)
            looks = simulate_looks(targets, SCREEN, np.random.default_rng(seed), settings=settings)
            errors.append(abs(validate(looks, SCREEN).accuracy_deg - size))
        error = over_seeds(errors)
        met = yes(max(errors) <= ACCURACY_GOAL_DEG)
        goal = f"all <= {ACCURACY_GOAL_DEG}"
        name = f"accuracy, offset {size:.1f}°: error, degrees"
        yield row(name, seeds, error, OVER_SEEDS, goal, met)


def streamed_rows(n: int = 6000, rate: int = 1000) -> Iterator[Row]:
    import pylsl

    name = f"benchmark-{uuid.uuid4().hex}"
    info = pylsl.StreamInfo(name, "Gaze", 2, rate, pylsl.cf_double64, name)
    channels = info.desc().append_child("channels")
    for label in ("x", "y"):
        channels.append_child("channel").append_child_value("label", label)
    outlet = pylsl.StreamOutlet(info)

    def send() -> None:
        begun, sent = pylsl.local_clock(), 0
        while sent < n:
            due = min(n, int((pylsl.local_clock() - begun) * rate))
            if due > sent:
                k = np.arange(sent, due)
                outlet.push_chunk(np.column_stack([k, k]).tolist(), begun + (due - 1) / rate)
                sent = due
            time.sleep(0.004)

    with tempfile.TemporaryDirectory() as folder:
        source = LslSource(
            (1920, 1080), LslSettings(stream=name, resolve_s=10), raw=Path(folder) / "gaze.f64"
        )
        source.start()
        sender = threading.Thread(target=send)
        sender.start()
        parts, late = [], []
        while sender.is_alive() or (parts and sum(map(len, parts)) < n and len(late) < 1000):
            part = source.poll()
            if len(part):
                late.append(1000 * (time.perf_counter() - float(part.t[-1])))
            parts.append(part)
            time.sleep(1 / 60)
        time.sleep(0.2)
        parts.append(source.poll())
        source.stop()
    gaze = Samples.joined(parts)
    lost, gaps = n - len(gaze), len(gaze.gaps())
    yield row("stream, 1000 Hz, 6 s: samples lost", n, Interval(lost), "", "0", yes(not lost))
    yield row("stream, 1000 Hz, 6 s: gaps", n, Interval(gaps), "", "0", yes(not gaps))
    low, middle, high = np.quantile(late, [0.05, 0.5, 0.95])
    delay = Interval(float(middle), float(low), float(high))
    yield row("stream: newest sample is late by, ms", len(late), delay, "5 %, 95 % of polls")


def read_viewers() -> dict[int, Viewers]:
    """Fixations of each viewer of each photo."""
    photos: dict[int, dict[int, list[Fixation]]] = {}
    with (GAZE / "fixations.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            viewers = photos.setdefault(int(line["image_id"]), {})
            path = viewers.setdefault(int(line["viewer"]), [])
            start = path[-1].end_s if path else 0.0
            lasts = float(line["duration_ms"]) / 1000
            x, y = float(line["x_px"]), float(line["y_px"])
            path.append(Fixation(start, lasts, x, y, 0, float("nan")))
    return {
        photo: {viewer: tuple(path) for viewer, path in viewers.items()}
        for photo, viewers in photos.items()
    }


def stable_rows(photos: dict[int, Viewers]) -> Iterator[Row]:
    grid, rng = MapGrid(*SIZE, CELL_PX), np.random.default_rng(0)
    maps = [
        np.stack([heatmap(path, grid, SIGMA_PX) for path in viewers.values()])
        for viewers in photos.values()
    ]
    means = {}
    for k in range(1, HALF + 1):
        found = over_photos(np.array([half_against_half(of, k, rng) for of in maps]))
        means[k] = found.value
        yield row(f"{k} viewers, half against half: CC", len(maps), found, OVER_PHOTOS)
    # Spearman-Brown, from the most viewers that could be compared.
    odds = means[HALF] / (1 - means[HALF])
    expected = {k: (k / HALF) * odds / (1 + (k / HALF) * odds) for k in range(1, 200)}
    needed = viewers_needed(means, TARGET_CC) or viewers_needed(expected, TARGET_CC)
    how = "measured" if viewers_needed(means, TARGET_CC) else "extrapolated (Spearman-Brown)"
    name = f"viewers for a CC of {TARGET_CC} between two such maps"
    yield row(name, len(maps), Interval(float(needed or np.nan)), how)


def predicted_rows(photos: dict[int, Viewers]) -> Iterator[Row]:
    grid, rng = MapGrid(*SIZE, CELL_PX), np.random.default_rng(1)
    names = list(photos)
    half = {name: bool(k % 2) for k, name in enumerate(rng.permutation(names).tolist())}
    priors = {
        side: CentrePrior.fitted(
            [path for name in names if half[name] is not side for path in photos[name].values()],
            *SIZE,
        ).map(grid)
        for side in (False, True)
    }
    drawn = {name: rng.permutation(list(photos[name])) for name in names}
    asked = {n: _together(photos[n], drawn[n][HALF:].tolist()) for n in names}
    cells = {n: _cells(asked[n], grid) for n in names}
    figures: dict[tuple[str, str], list[float]] = {}
    for name in names:
        others = rng.choice([other for other in names if other != name], ELSEWHERE, replace=False)
        elsewhere = tuple(
            np.concatenate([cells[int(other)][axis] for other in others]) for axis in (0, 1)
        )
        truth = heatmap(asked[name], grid, SIGMA_PX)
        known = heatmap(_together(photos[name], drawn[name][:HALF].tolist()), grid, SIGMA_PX)
        for who, field in (("centre prior", priors[half[name]]), ("7 other viewers", known)):
            values = {
                "NSS": nss(field, cells[name]),
                "AUC": auc_judd(field, cells[name]),
                "sAUC": shuffled_auc(field, cells[name], elsewhere),
                "CC": correlation(field, truth),
            }
            for what, value in values.items():
                figures.setdefault((who, what), []).append(value)
    food = {int(line) for line in (GAZE / "food_image_ids.txt").read_text(encoding="utf-8").split()}
    is_food = np.array([name in food for name in names])
    for (who, what), listed in figures.items():
        yield row(f"{who}: {what}", len(names), over_photos(np.array(listed)), OVER_PHOTOS)
    for what in ("NSS", "AUC", "sAUC", "CC"):
        better = np.array(figures["7 other viewers", what]) - figures["centre prior", what]
        name = f"7 other viewers less centre prior: {what}"
        yield row(name, len(names), over_photos(better), OVER_PHOTOS)
        chosen = better[is_food]
        yield row(f"{name}, food only", len(chosen), over_photos(chosen), OVER_PHOTOS)


def _together(viewers: Viewers, chosen: list[int]) -> Scanpath:
    return tuple(fixation for viewer in chosen for fixation in viewers[viewer])


def _cells(path: Scanpath, grid: MapGrid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return grid.cells(np.array([f.x for f in path]), np.array([f.y for f in path]))


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="made-up recordings a row")
    options = parser.parse_args()
    rows = [*fixation_rows(options.seeds), *accuracy_rows(options.seeds)]
    try:
        rows += streamed_rows()
    except (ImportError, InputError) as missing:
        rows.append(row(f"stream: not measured ({missing})", 0, Interval(float("nan")), ""))
    if GAZE.is_dir():
        photos = read_viewers()
        rows += [*stable_rows(photos), *predicted_rows(photos)]
    report("Gaze", rows, as_json=options.json)


if __name__ == "__main__":
    main()
