"""Real food photographs: trainings within limits of changed copies, and beyond them.

160 photos of 8 categories, rated once each. A model learns from them and from changed copies of
them, each changed by one transform, by up to 0, 0.5, 1, 1.5 and 2 times a limit, and is tested on
categories that it has not learnt from; it tunes itself within the training rows. Were the limit
where changes begin to matter, the errors would draw a U. Nobody was asked about these limits: they
are a share of the plausible ranges, unless `--policy` names a measured policy. What is done is kept
in `--work`; a run that was stopped goes on.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from food_photos import Food, food, told
from harness import WORK, arguments, report
from perception_goals import Goal

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.jobs.study_limits_ucurve_svg import ucurve_svg
from napari_lesion_synth.perception.limits.policy import read_policy
from napari_lesion_synth.perception.limits.ucurve import MULTIPLES, UCurve, judge_limit, trained
from napari_lesion_synth.perception.regression.augmented import (
    AugmentationSettings,
    assumed_policy,
)
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.limit_training import LimitTraining
from napari_lesion_synth.perception.regression.models.registry import MODELS, make_model
from napari_lesion_synth.perception.regression.photo_model import Describer

SHARES = (0.25, 0.5)
"""Of the plausible ranges, that stand for limits nobody has measured."""


@dataclass(frozen=True)
class Settings:
    """What is trained, and how often."""

    work: Path
    model: Any = "ridge"
    copies: int = 2
    trainings: int = 2
    multiples: tuple[float, ...] = MULTIPLES
    shares: tuple[float, ...] = SHARES
    policy: Path | None = None


def curves(settings: Settings) -> dict[str, UCurve]:
    """A curve for each policy, by its name; drawings lie in the work folder."""
    settings.work.mkdir(parents=True, exist_ok=True)
    data = food()
    if settings.policy is not None:
        return {
            f"limits of {settings.policy}": _curve(settings, data, read_policy(settings.policy))
        }
    return {
        f"assumed limits, {share:g} of each plausible range": _curve(
            settings, data, assumed_policy(share)
        )
        for share in settings.shares
    }


def _curve(settings: Settings, data: Food, policy: Any) -> UCurve:
    cache, describer = FeatureCache(settings.work / "features"), Describer()
    training = LimitTraining(
        data.stimuli,
        data.table.with_inputs(*describer.of_stimuli(data.stimuli, cache)),
        describer,
        make_model(settings.model),
        policy,
        AugmentationSettings(copies=settings.copies, at_once=1),
        settings.trainings,
        cache=cache,
    )
    points = {}
    for multiple, scores in trained(training, settings.multiples):
        print(f"  {multiple:g} times the limits: MAE {scores.errors.mean():.4f}", flush=True)
        points[multiple] = scores
    return judge_limit(points, np.random.default_rng(0))


def rows(found: dict[str, UCurve], settings: Settings) -> list[dict[str, Any]]:
    """A row a multiple."""
    return [
        {
            "limits": name, "model": settings.model, "times": f"{multiple:g}",
            "MAE": told(mae, 4), "less that at the limits": told(apart, 4),
        }
        for name, curve in found.items()
        for multiple, mae, apart in zip(curve.multiples, curve.errors, curve.apart, strict=True)
    ]  # fmt: skip


def draw(found: dict[str, UCurve], settings: Settings) -> None:
    """A drawing of each curve."""
    for number, curve in enumerate(found.values()):
        path = settings.work / f"ucurve-{settings.model}-{number}.svg"
        path.write_bytes(svg.free_standing(ucurve_svg(curve, settings.model)))


def goals(settings: Settings) -> list[Goal]:
    """What each curve says of its limits; nothing is promised."""
    found = curves(settings)
    draw(found, settings)
    listed = []
    for name, curve in found.items():
        verdict = "neither proves nor disproves them"
        if curve.supports or curve.contradicts:
            verdict = "supports them" if curve.supports else "contradicts them"
        words = [
            f"{m:g}: {told(mae, 4)}" for m, mae in zip(curve.multiples, curve.errors, strict=True)
        ]
        listed += [
            Goal(f"{name}: MAE by multiple, {settings.model}", "; ".join(words)),
            Goal(f"{name}: none less at the limits", told(curve.benefit, 4)),
            Goal(f"{name}: most less at the limits", f"{told(curve.harm, 4)}; the curve {verdict}"),
        ]
    return listed


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=WORK / "food")
    parser.add_argument("--model", choices=list(MODELS), default="ridge")
    parser.add_argument("--copies", type=int, default=2, help="of each photo")
    parser.add_argument("--trainings", type=int, default=2, help="at each multiple")
    parser.add_argument("--multiples", type=float, nargs="*", default=list(MULTIPLES))
    parser.add_argument("--shares", type=float, nargs="*", default=list(SHARES))
    parser.add_argument("--policy", type=Path, help="a measured policy, for the assumed ones")
    given = parser.parse_args()
    settings = Settings(
        given.work, given.model, given.copies, given.trainings, tuple(given.multiples),
        tuple(given.shares), given.policy,
    )  # fmt: skip
    found = curves(settings)
    draw(found, settings)
    report("errors at multiples of limits", rows(found, settings), as_json=given.json)
    if not given.json:
        for name, curve in found.items():
            print(f"{name}: {curve.words}")


if __name__ == "__main__":
    main()
