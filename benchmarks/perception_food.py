"""Real food photographs: how well models predict what one person says of a photo.

160 photos of 8 categories, rated once each, half of the categories by one person and half by
another. Every model is tested on categories that it has not learnt from (and, `--by photo`, on
other photos of categories that it has), tunes itself within the training rows, and is compared
with the average. Then training with changed copies: none, within limits, anything. Nobody was
asked about limits here: they are a share of the plausible ranges, and the benchmark says so.
What is done is kept in `--work`; a run that was stopped goes on.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from food_photos import REPORTED, ROUNDING, Food, food, told
from harness import WORK, arguments, report
from kept_runs import KeptRuns
from perception_goals import Goal

from napari_lesion_synth.perception.regression.augmented import (
    AugmentationSettings,
    assumed_policy,
    augmented,
    copies_of,
)
from napari_lesion_synth.perception.regression.cnn import LiteFeatures, installed
from napari_lesion_synth.perception.regression.crossval import (
    OutOfFold,
    compared,
    cross_validated,
    summary,
)
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.mae_svg import MaeRow, mae_svg
from napari_lesion_synth.perception.regression.models.registry import MODELS, make_model
from napari_lesion_synth.perception.regression.photo_model import Describer

LIMIT = 0.25
"""Share of the plausible ranges that stands for limits nobody has measured."""


@dataclass(frozen=True)
class Settings:
    """What is run."""

    models: tuple[str, ...]
    columns: tuple[str, ...]
    copies: int
    augmented: tuple[str, ...]
    work: Path

    @property
    def cache(self) -> FeatureCache:
        return FeatureCache(self.work / "features")


def describer(columns: str) -> Describer:
    net = LiteFeatures() if "net" in columns else None
    return Describer(features="hand" in columns, net=net)


def models(data: Food, settings: Settings, kept: KeptRuns, by: str) -> list[dict[str, Any]]:
    """Every model with every kind of columns, and its difference from the average."""
    found: dict[str, OutOfFold] = {}
    for columns in settings.columns:
        blocks = describer(columns).of_stimuli(data.stimuli, settings.cache)
        table = data.table.with_inputs(*blocks)
        for name in settings.models:
            key = "mean" if name == "mean" else f"{name}, {columns}"
            if key not in found:
                found[key] = kept.get(
                    f"{by}: {key}",
                    lambda name=name, table=table: cross_validated(
                        make_model(name), table, plan(table, by), intervals=True
                    ),
                )
    rows = []
    for key, one in found.items():
        rng = np.random.default_rng(0)
        figures = summary(one, rng)
        apart = compared(one, found["mean"], rng)
        rows.append({
            "tested by": by, "model": key, "MAE": told(figures.mae),
            "less the average": "-" if key == "mean" else told(apart),
            "RMSE": told(figures.rmse), "Spearman": told(figures.spearman, 2),
            "pairs": told(figures.pairwise, 2), "pairs within": told(figures.pairwise_within, 2),
            "90 % covered": told(figures.coverage, 2), "width": figures.width,
        })  # fmt: skip
    draw(settings.work / f"mae-{by}.svg", found, summary(found["mean"], rng).note)
    return rows


def draw(path: Path, found: dict[str, OutOfFold], note: str) -> None:
    """The drawing of the errors; the labels' noise is not known."""
    maes = {k: summary(f, np.random.default_rng(0)).mae for k, f in found.items()}
    rows = [MaeRow(key, mae) for key, mae in maes.items() if key != "mean"]
    drawing = mae_svg(rows, None, MaeRow("mean", maes["mean"]), note)
    path.write_text(drawing, encoding="utf-8")


def copies(data: Food, settings: Settings, kept: KeptRuns) -> list[dict[str, Any]]:
    """Training without copies, within assumed limits, and with anything."""
    columns = settings.columns[-1]
    how = describer(columns)
    base = data.table.with_inputs(*how.of_stimuli(data.stimuli, settings.cache))
    policy = assumed_policy(LIMIT)
    arms = {
        "none": ("none", 1.0), "limited": ("limited", 1.0), "limited, half": ("limited", 0.5),
        "limited, twice": ("limited", 2.0), "unlimited": ("unlimited", 1.0),
    }  # fmt: skip
    rows = []
    for name in settings.augmented:
        found: dict[str, OutOfFold] = {}
        for arm, (strength, times) in arms.items():
            asked = AugmentationSettings(strength=strength, copies=settings.copies)

            def make(asked: Any = asked, times: float = times, name: str = name) -> OutOfFold:
                more = copies_of(data.stimuli, asked, policy.times(times))
                table = augmented(base, more, how, settings.cache)
                return cross_validated(make_model(name), table, plan(table))

            key = f"copies {settings.copies}: {arm}, {name}, {columns}"
            found[arm] = kept.get(key, make)
        for arm, one in found.items():
            rng = np.random.default_rng(0)
            rows.append({
                "model": f"{name}, {columns}", "copies": arm, "MAE": told(summary(one, rng).mae),
                "less none": "-" if arm == "none" else told(compared(one, found["none"], rng)),
                "less unlimited":
                    "-" if arm == "unlimited" else told(compared(one, found["unlimited"], rng)),
            })  # fmt: skip
    return rows


def goals(settings: Settings) -> list[Goal]:
    """Errors on dishes that were not learnt from, and with copies; nothing was promised."""
    settings.work.mkdir(parents=True, exist_ok=True)
    data, kept = food(), KeptRuns(settings.work / "food.jsonl")
    found = [
        Goal(f"food photos, tested by dish: MAE, {row['model']}", _beside(row, "less the average"))
        for row in models(data, settings, kept, "dish")
    ]
    if settings.copies:
        found += [
            Goal(f"food photos, copies {row['copies']}: MAE, {row['model']}",
                 _beside(row, "less none", "less unlimited"))
            for row in copies(data, settings, kept)
        ]  # fmt: skip
    return [*found, Goal("food photos: what was reported elsewhere", REPORTED)]


def _beside(row: dict[str, Any], *differences: str) -> str:
    """The error, and how far it is from others."""
    apart = [f"{name}: {row[name]}" for name in differences if row[name] != "-"]
    return "; ".join([row["MAE"], *apart])


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=WORK / "food")
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--columns", nargs="*", default=["hand", "net", "hand + net"])
    parser.add_argument("--by", nargs="*", default=["dish", "photo"])
    parser.add_argument("--copies", type=int, default=3, help="of each photo; 0: no such training")
    parser.add_argument("--augmented", nargs="*", default=["ridge", "SVR"])
    options = parser.parse_args()
    data = food()
    columns = tuple(c for c in options.columns if installed() or "net" not in c)
    if len(columns) < len(options.columns):
        print("the extra imagenet is not installed: no columns of a net")
    options.work.mkdir(parents=True, exist_ok=True)
    names = tuple(dict.fromkeys(["mean", *options.models]))
    settings = Settings(names, columns, options.copies, tuple(options.augmented), options.work)
    kept = KeptRuns(options.work / "food.jsonl")
    for by in options.by:
        rows = models(data, settings, kept, by)
        report(f"food photos, attractiveness 0 to 1, tested by {by}", rows, as_json=options.json)
    if settings.copies:
        rows = copies(data, settings, kept)
        report("food photos, training with copies", rows, as_json=options.json)
    if not options.json:
        print(
            f"limits: nobody was asked; {LIMIT:g} of each plausible range is assumed.\n"
            f"many models are compared with the average: of 20 that know nothing, one has an "
            f"interval beyond 0. The one claim is that of 'chosen', picked within training rows.\n"
            f"8 categories, 4 a rater: intervals over 8 categories are rough, and a category's "
            f"level is its rater's too.\n"
            f"the average has ranks because it is another one in each fold.\n"
            f"label noise: not known, no photo was rated twice; the scale's five steps alone "
            f"leave up to {ROUNDING:.3f}.\n{REPORTED}"
        )


if __name__ == "__main__":
    main()
