"""How many answers thresholds, safe ranges and a reader's limit take, of people who are simulated.

Three tables: the error of adaptive thresholds beside those from constant levels; safe ranges of a
transform, how far they reach and how often beyond the truth; a reader's contrast thresholds.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from harness import arguments, machine, report
from numpy.typing import NDArray
from perception_goals import Goal, told_interval
from scipy.special import ndtr

from napari_lesion_synth.perception.limits.answers import DoseAnswers
from napari_lesion_synth.perception.limits.dose import change_of_share, fit_dose
from napari_lesion_synth.perception.limits.psychometric import level_at
from napari_lesion_synth.perception.limits.quest import QuestGrid
from napari_lesion_synth.perception.limits.safe_range import safe_range
from napari_lesion_synth.perception.limits.visibility import VisibilityRun
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings
from napari_lesion_synth.perception.observers.doses import DoseTruth
from napari_lesion_synth.perception.observers.thresholds import ThresholdObserver

Array = NDArray[np.float64]

LEVELS = np.arange(1, 26) / 25
MARKS = (10, 20, 30, 40, 60)
GOAL_TRIALS, GOAL = 40, 0.10
"""Root mean square error of the threshold, as a share of the range, that is asked for."""

RATERS, PHOTOS, CATEGORIES = 12, 12, 3
SIZES = (5.0, 8.0, 12.0, 18.0, 27.0)


def people(n: int, rng: np.random.Generator) -> list[ThresholdObserver]:
    """Thresholds all over the range, slopes 1.5 to 10, lapses to 6 %."""
    return [
        ThresholdObserver(
            threshold=rng.uniform(0.1, 0.95),
            slope=np.exp(rng.uniform(np.log(1.5), np.log(10))),
            lapse=rng.uniform(0, 0.06),
        )
        for _ in range(n)
    ]


def rmse(errors: Sequence[float], rng: np.random.Generator) -> tuple[float, float, float]:
    """Root mean square error with its 95 % interval, people drawn with replacement."""
    squares = np.square(errors)
    drawn = squares[rng.integers(len(squares), size=(2000, len(squares)))].mean(axis=1)
    low, high = np.sqrt(np.quantile(drawn, [0.025, 0.975]))
    return float(np.sqrt(squares.mean())), float(low), float(high)


def thresholds(n: int) -> tuple[list[dict[str, Any]], Goal]:
    """Errors after some numbers of questions; the goal is met if the interval is below it."""
    rng, grid = np.random.default_rng(0), QuestGrid.over(LEVELS)
    errors: dict[tuple[str, int], list[float]] = {}
    held: dict[int, list[bool]] = {mark: [] for mark in MARKS}
    for person in people(n, rng):
        fixed = np.concatenate([rng.permutation(LEVELS) for _ in range(3)])[: MARKS[-1]]
        for kind in ("adaptive", "constant"):
            quest = grid.start()
            for k in range(MARKS[-1]):
                level = quest.next() if kind == "adaptive" else float(fixed[k])
                quest = quest.answered(level, person.answer(level, rng))
                if k + 1 not in MARKS:
                    continue
                found = quest.threshold
                errors.setdefault((kind, k + 1), []).append(found.value - person.threshold)
                if kind == "adaptive":
                    inside = (found.low or 0) <= person.threshold <= (found.high or 0)
                    held[k + 1].append(inside)
    rows, goal = [], Goal("", "")
    for mark in MARKS:
        chosen, constant = (rmse(errors[kind, mark], rng) for kind in ("adaptive", "constant"))
        if mark == GOAL_TRIALS:
            name = f"QUEST+: RMSE of the threshold at {mark} trials, share of the range, {n} people"
            met = chosen[2] <= GOAL
            goal = Goal(name, told_interval(chosen), f"interval <= {GOAL:.2f}", met)
        rows.append(
            {
                "trials": mark,
                "adaptive RMSE": told_interval(chosen),
                "constant RMSE": told_interval(constant),
                "95 % interval holds": f"{np.mean(held[mark]):.3f}",
                "goal": goal.verdict if mark == GOAL_TRIALS else "",
            }
        )
    return rows, goal


def range_goals(n: int) -> list[Goal]:
    """Of the studies with the most choices; nothing was promised, 90 and 5 % are meant."""
    row = _ranges(n, 1440, ratings=False)
    name = f"safe ranges, {row['answers']} choices, {n} studies"
    wanted = ("90 % interval holds", "limit beyond the true one", "limit / true limit")
    return [Goal(f"{name}: {key}", row[key]) for key in wanted]


def true_curve(magnitude: Array) -> Array:
    """Worse below 0; above 0 at first a little better, then worse."""
    above = 0.3 * np.sin(np.pi * np.clip(magnitude, 0, 1)) - 1.2 * magnitude**2
    return np.where(magnitude > 0, above, -1.5 * np.abs(magnitude) ** 1.5)


def study(seed: int, answers: int, *, ratings: bool) -> tuple[DoseTruth, DoseAnswers]:
    """Answers about one two-sided transform."""
    rng = np.random.default_rng(seed)
    photos = {f"{c}-{k}": f"dish {c}" for c in range(CATEGORIES) for k in range(PHOTOS)}
    raters = [f"rater {k}" for k in range(RATERS)]
    truth = DoseTruth.drawn(true_curve, (-1.0, 1.0), (photos, raters), rng)
    shown = [list(photos)[k] for k in rng.integers(len(photos), size=answers)]
    rater = [raters[k % RATERS] for k in range(answers)]
    size = rng.uniform(-1, 1, answers)
    change = np.array(
        [truth.change(m, photos[p], p, r) for m, p, r in zip(size, shown, rater, strict=True)]
    )
    if ratings:
        value = np.clip(0.15 * change + rng.normal(0, 0.2, answers), -1, 1)
    else:
        value = (rng.random(answers) < 0.01 + 0.98 * ndtr(change)).astype(float)
    columns = {"photo": shown, "rater": rater, "magnitude": size, "value": value}
    return truth, DoseAnswers.of("saturation", columns, photos, "rating" if ratings else "choice")


def safe_ranges(n: int) -> list[dict[str, Any]]:
    """How often curves hold the truth, and how far the limits reach."""
    sizes = (360, 720, 1440)
    return [_ranges(n, size, ratings=ratings) for ratings in (False, True) for size in sizes]


def _ranges(n: int, answers: int, *, ratings: bool) -> dict[str, Any]:
    unit = 0.15 if ratings else 1.0
    margin = unit * change_of_share(0.6)
    held, beyond, reached = [], [], []
    for seed in range(n):
        truth, asked = study(seed, answers, ratings=ratings)
        fit = fit_dose(asked)
        for category in asked.category_names:
            curve = fit.curve(category)
            true = unit * truth.of_category(category, curve.magnitudes)
            low, high = curve.interval()
            held.append(((low <= true) & (true <= high))[20:-20:30].mean())
            found = safe_range(curve, margin)
            for arm, sign in ((found.below, -1), (found.above, 1)):
                if arm is None:
                    continue
                there = curve.magnitudes * sign >= 0
                sizes, changes = np.abs(curve.magnitudes[there]), np.abs(true[there])
                outside = sizes[changes > margin]
                limit = outside.min() if len(outside) else 1.0
                beyond.append(abs(arm.limit) > limit)
                reached.append(abs(arm.limit) / limit)
    quartiles = np.quantile(reached, [0.25, 0.5, 0.75])
    return {
        "asked by": "ratings" if ratings else "choices",
        "answers": answers,
        "studies": n,
        "90 % interval holds": f"{np.mean(held):.3f}",
        "limit beyond the true one": f"{np.mean(beyond):.3f} of {len(beyond)}",
        "limit / true limit": f"{quartiles[1]:.2f} ({quartiles[0]:.2f} to {quartiles[2]:.2f})",
    }


def visibility(n: int) -> list[dict[str, Any]]:
    """Errors of a reader's contrast thresholds, as factors."""
    rows = []
    for trials in (20, 40, 60):
        logs, held = [], []
        for seed in range(n):
            settings = VisibilitySettings(diameters_mm=SIZES, trials_each=trials, seed=seed)
            run, rng = VisibilityRun(settings), np.random.default_rng([seed, 1])
            while (trial := run.next()) is not None:
                reader = ThresholdObserver(threshold=150 / trial.diameter_mm, slope=3)
                right = reader.answer(abs(trial.contrast_hu), rng)
                run = run.answered(trial, trial.place if right else 1 - trial.place)
            limit = run.limit()
            for k, size in enumerate(SIZES):
                true = float(level_at(0.5, 150 / size, 3.0))
                logs.append(float(np.log(limit.contrasts_hu[k] / true)))
                held.append(limit.low_hu[k] <= true <= limit.high_hu[k])
        error = rmse(logs, np.random.default_rng(0))
        rows.append(
            {
                "trials a size": trials,
                "readers": n,
                "error as a factor": " to ".join(f"{np.exp(e):.2f}" for e in error[1:]),
                "95 % interval holds": f"{np.mean(held):.3f}",
            }
        )
    return rows


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=300, help="simulated observers, or studies")
    options = parser.parse_args()
    few = max(options.people // 10, 2)
    tables = {
        "threshold error as a share of the range, with 95 % interval": thresholds(options.people)[
            0
        ],
        f"safe ranges, margin 40 to 60 %, {RATERS} raters, {CATEGORIES} categories, quartiles": (
            safe_ranges(few)
        ),
        "reader's limit of visibility": visibility(few),
    }
    if options.json:
        print(json.dumps({"machine": machine(), **tables}))
        return
    for title, rows in tables.items():
        report(title, rows, as_json=False)
        print()


if __name__ == "__main__":
    main()
