"""What a regression found, as a drawing, rows and JSON types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_regress_gaze import Looked
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.regression.controls import Ablation, arm_words
from napari_lesion_synth.perception.regression.crossval import OutOfFold, Summary, compared
from napari_lesion_synth.perception.regression.dial import (
    DialPoint,
    make_dial,
    views_apart,
    within_dish_error,
)
from napari_lesion_synth.perception.regression.folds import Plan
from napari_lesion_synth.perception.regression.mae_svg import MaeRow, mae_svg
from napari_lesion_synth.perception.regression.models.registry import ModelName, make_model
from napari_lesion_synth.perception.regression.noise import LabelNoise
from napari_lesion_synth.perception.regression.table import Table
from napari_lesion_synth.perception.stimuli.views import View

__all__ = ["dials_of", "drawing", "gaze_json", "model_json", "noise_json", "prediction_rows"]

_FEWEST_VIEWS = 3


def drawing(
    rows: Sequence[tuple[OutOfFold, Summary]],
    noise: LabelNoise | None,
    gaze: tuple[Ablation, Looked] | None,
    rng: np.random.Generator,
) -> str:
    """Errors of models and arms, between what labels allow and what knowing nothing costs."""
    drawn = [MaeRow(one.model, told.mae) for one, told in rows if one.model != "mean"]
    ceiling = next((MaeRow("mean", told.mae) for one, told in rows if one.model == "mean"), None)
    if gaze is not None:
        arms = gaze[0].mae(rng)
        who, source = gaze[0].model, gaze[0].source
        drawn += [MaeRow(f"{who}: {arm_words(name, source)}", mae) for name, mae in arms.items()]
    if not drawn and ceiling is not None:
        drawn = [ceiling]
    return mae_svg(drawn, noise, ceiling, rows[0][1].note)


def model_json(
    one: OutOfFold,
    told: Summary,
    mean: tuple[OutOfFold, Summary] | None,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Figures of a model, with what it saves against the mean."""
    less = None
    if mean is not None and one is not mean[0]:
        less = _interval(compared(one, mean[0], rng))
    return {
        "model": one.model,
        "mae": _interval(told.mae),
        "rmse": _interval(told.rmse),
        "spearman": _interval(told.spearman),
        "pairwise": _interval(told.pairwise),
        "pairwise_within": _interval(told.pairwise_within),
        "coverage": None if told.coverage is None else _interval(told.coverage),
        "less_than_mean": less,
        "chosen": list(dict.fromkeys(one.chosen)),
    }


def gaze_json(gaze: tuple[Ablation, Looked], rng: np.random.Generator) -> dict[str, Any]:
    """The arms of the comparison, and what may be said of gaze."""
    found, looked = gaze
    verdict = found.verdict(rng)
    return {
        "source": looked.source,
        "photos": len(looked.looks),
        "viewers": looked.viewers,
        "model": found.model,
        "arms": {name: _interval(mae) for name, mae in found.mae(rng).items()},
        "differences": {name: _interval(each) for name, each in verdict.differences.items()},
        "gain": verdict.gain,
        "verdict": verdict.sentence,
        "notes": list(looked.notes),
    }


def dials_of(
    study: Study, found: Sequence[OutOfFold], table: Table, plan: Plan, seed: int
) -> list[dict[str, Any]]:
    """The predicted best view of each dish, by the model with the smallest error.

    Where dishes are tested that were not learnt from, how a dish's views differ is learnt as such.
    """
    able = [one for one in found if one.model != "mean"]
    if not able:
        return []
    best = min(able, key=lambda one: float(one.errors.mean()))
    if plan.by == "dish":
        model = make_model(cast("ModelName", best.model))
        best = views_apart(best, model, table, plan, seed=seed)
    try:
        error = within_dish_error(best)
    except ParameterError:
        return []
    dials = []
    for number, dish in enumerate(dict.fromkeys(best.dishes)):
        rows = [k for k, name in enumerate(best.dishes) if name == dish]
        views = {View.of(study.stimuli.by_id(best.items[k]).view): k for k in rows}
        views.pop(None, None)
        if len(views) < max(_FEWEST_VIEWS, len(rows)):  # a view is unknown, or there twice
            continue
        angles = [view for view in views if view is not None]
        predicted = np.array([best.predicted[views[view]] for view in angles])
        dial = make_dial(angles, predicted, error, np.random.default_rng([number, 0xD1A1]))
        points = [_point_json(each, best.items[views[each.view]]) for each in dial.points]
        dials.append(
            {
                "dish": dish,
                "model": best.model,
                "best": dial.best.view.name,
                "words": dial.sentence,
                "points": points,
            }
        )
    return dials


def _point_json(point: DialPoint, photo: str) -> dict[str, Any]:
    return {
        "photo": photo,
        "view": point.view.name,
        "value": point.value,
        "low": point.low,
        "high": point.high,
        "chance": point.chance,
    }


def prediction_rows(found: Sequence[OutOfFold]) -> list[dict[str, str | float]]:
    """One row a model and photo."""
    return [
        {
            "model": one.model,
            "photo": one.items[k],
            "dish": one.dishes[k],
            "label": float(one.target[k]),
            "predicted": float(one.predicted[k]),
        }
        for one in found
        for k in range(len(one.items))
    ]


def noise_json(noise: LabelNoise) -> dict[str, Any]:
    """What the labels allow."""
    return {
        "floor": _interval(noise.floor),
        "best_r": _interval(noise.best_r),
        "text": noise.text,
    }


def _interval(each: Interval) -> list[float | None]:
    """Value and ends; what is not a number is None."""
    return [
        None if end is None or not np.isfinite(end) else float(end)
        for end in (each.value, each.low, each.high)
    ]
