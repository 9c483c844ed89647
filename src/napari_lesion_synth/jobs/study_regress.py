"""Predicting attractiveness from photos: models, their errors, and whether gaze helps."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation import svg
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_files import (
    CACHE,
    REGRESSION_JSON,
    origin,
    results_folder,
    write_result,
)
from napari_lesion_synth.jobs.study_regress_gaze import Looked, gaze_ablation, looked_at
from napari_lesion_synth.jobs.study_scale import scaled_groups
from napari_lesion_synth.jobs.study_scaled import Scaled, ScaleSettings
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.export.tables import csv_bytes
from napari_lesion_synth.perception.regression.controls import Ablation
from napari_lesion_synth.perception.regression.crossval import (
    OutOfFold,
    Summary,
    compared,
    cross_validated,
    summary,
)
from napari_lesion_synth.perception.regression.dial import make_dial, within_dish_error
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.features.families import feature_table
from napari_lesion_synth.perception.regression.folds import By, plan
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings
from napari_lesion_synth.perception.regression.mae_svg import MaeRow, mae_svg
from napari_lesion_synth.perception.regression.models.registry import ModelName, make_model
from napari_lesion_synth.perception.regression.noise import LabelNoise, noise_of_posterior
from napari_lesion_synth.perception.regression.table import Block, Table
from napari_lesion_synth.perception.stimuli.views import View
from napari_lesion_synth.wording import counted

__all__ = ["MAE_SVG", "PREDICTIONS_CSV", "RegressStudy", "regress_study"]

Array = NDArray[np.float64]

MAE_SVG, PREDICTIONS_CSV = "mae.svg", "predictions.csv"
_FEWEST_DISHES = 3
_FEWEST_PHOTOS = 8
_FEWEST_VIEWS = 3


class RegressStudy(BaseModel):
    """What is predicted from what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    models: tuple[ModelName, ...] = Field(
        ("mean", "ridge", "GP", "forest"),
        min_length=1,
        title="Models",
        description="Which are compared; the mean is what knowing nothing costs.",
    )
    by: By | None = Field(
        None,
        title="Tested on",
        description="dish: dishes that were not learnt from; photo: other photos of any dish. "
        "Empty: dish where there are 3 or more.",
    )
    gaze: bool = Field(
        True, title="Gaze", description="Where gaze was recorded, ask whether it helps."
    )
    gaze_model: ModelName = Field(
        "ridge", title="Model for gaze", description="With which that is asked."
    )
    gaze_inputs: GazeInputSettings = Field(
        GazeInputSettings(), description="how a fixation map becomes columns"
    )
    predicted: bool = Field(
        False,
        title="Predicted gaze",
        description="Ask it of gaze predicted from the photos, too; takes minutes.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of what chance decides.")


@dataclass(frozen=True, eq=False)
class _Labels:
    """Attractiveness of the photos that were judged, and what its noise allows."""

    items: tuple[str, ...]
    value: Array
    noise: LabelNoise | None
    text: str
    gaze: str


def regress_study(settings: RegressStudy, token: StopToken) -> EventStream:
    """Learn attractiveness from the photos, test it, and compare.

    Labels come from answers alone, without any prior from features. Writes ``regression.json``,
    ``predictions.csv`` and ``mae.svg`` into the results.

    Parameters
    ----------
    settings : RegressStudy
        Which study, which models.
    token : StopToken
        Checked before each model.

    Yields
    ------
    Event
        Started (total: models, and one for gaze), Progress, Log, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the study or its photos cannot be read, or nobody has answered.
    ParameterError
        If there are too few photos, or a model's package is not installed.
    StorageError
        If results cannot be written.
    """
    study = open_study(settings.folder)
    cohort = gather(study)
    labels = _labels(cohort, settings.seed)
    steps = len(settings.models) + 2
    yield Started("study regress", steps)
    yield Progress(0, steps, "describing the photos")
    table = _table(study, labels)
    by: By = settings.by or ("dish" if len(set(table.dishes)) >= _FEWEST_DISHES else "photo")
    found: list[OutOfFold] = []
    for number, name in enumerate(settings.models):
        token.check()
        yield Progress(1 + number, steps, name)
        found.append(
            cross_validated(
                make_model(name), table, plan(table, by), seed=settings.seed, intervals=True
            )
        )
    token.check()
    yield Progress(steps - 1, steps, "gaze")
    gaze = yield from _gaze(cohort, table, (labels, by, settings))
    yield Progress(steps, steps)
    yield from _written(cohort, (labels, table, by), (found, gaze), settings)


def _labels(cohort: Cohort, seed: int) -> _Labels:
    """Of the largest group; where dishes were compared only with themselves, of all of them."""
    groups = scaled_groups(cohort, ScaleSettings(seed=seed))
    way = groups[0].group.way
    alike = [
        one
        for one in groups
        if (one.group.way.kind, one.group.way.mode, one.group.way.seconds, one.group.way.gaze)
        == (way.kind, way.mode, way.seconds, way.gaze)
    ]
    items: list[str] = []
    values: list[float] = []
    for one in alike:
        for k, name in enumerate(one.group.items):
            if one.compared[k]:
                items.append(name)
                values.append(float(one.values.value[k]))
    if len(items) < _FEWEST_PHOTOS:
        raise ParameterError(
            f"{counted(len(items), 'judged photo')} are too few to learn from, at least "
            f"{_FEWEST_PHOTOS} are needed",
            remedy="Judge more photos",
        )
    text = f"{way.text}. {alike[0].values.anchors}"
    return _Labels(tuple(items), np.array(values), _noise(alike, seed), text, way.gaze)


def _noise(groups: Sequence[Scaled], seed: int) -> LabelNoise | None:
    """What the labels' noise leaves, averaged over the groups by their photos."""
    rng = np.random.default_rng([seed, 0x401])
    found = [
        noise_of_posterior(one.posterior, one.values, rng)
        for one in groups
        if one.posterior is not None
    ]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    sizes = np.array([len(one.group.items) for one in groups if one.posterior is not None])
    floor = float(np.average([each.floor.value for each in found], weights=sizes))
    best = float(np.average([each.best_r.value for each in found], weights=sizes))
    return LabelNoise(Interval(floor), Interval(best), f"{found[0].text}, mean of the dishes")


def _table(study: Study, labels: _Labels) -> Table:
    photos = [study.stimuli.by_id(name) for name in labels.items]
    features = feature_table(photos, FeatureCache(study.folder / CACHE))
    dishes = tuple(photo.category or photo.id for photo in photos)
    block = Block("features", features.values, features.columns)
    return Table(labels.items, labels.value, dishes, (block,))


def _gaze(
    cohort: Cohort, table: Table, asked: tuple[_Labels, By, RegressStudy]
) -> Generator[Event, None, tuple[Ablation, Looked] | None]:
    labels, by, settings = asked
    if not settings.gaze or labels.gaze in ("none", "pooled"):
        if settings.gaze:
            yield Log("no gaze was recorded with these judgements: nothing is said of it")
        return None
    looked = looked_at(cohort, labels.gaze)
    for note in looked.notes:
        yield Log(f"gaze: {note}")
    try:
        how = (settings.gaze_inputs, by, settings.predicted, settings.seed)
        model = make_model(settings.gaze_model)
        return gaze_ablation(cohort.study, table, looked, model, how), looked
    except ParameterError as error:
        yield Log(f"gaze was not compared: {error.what}", "warning")
        return None


def _written(
    cohort: Cohort,
    asked: tuple[_Labels, Table, By],
    results: tuple[list[OutOfFold], tuple[Ablation, Looked] | None],
    settings: RegressStudy,
) -> EventStream:
    (labels, table, by), (found, gaze) = asked, results
    study = cohort.study
    rng = np.random.default_rng([settings.seed, 0x4E9])
    rows = [(one, summary(one, rng)) for one in found]
    mean = next((row for row in rows if row[0].model == "mean"), None)
    folder = results_folder(study.folder)
    drawn = _drawing(rows, labels.noise, gaze, rng)
    write_atomic(folder / MAE_SVG, svg.free_standing(drawn))
    yield Artifact("errors", str(folder / MAE_SVG))
    write_atomic(
        folder / PREDICTIONS_CSV,
        csv_bytes(("model", "photo", "dish", "label", "predicted"), _predictions(found)),
    )
    yield Artifact("predictions", str(folder / PREDICTIONS_CSV))
    models = [_model_json(one, told, mean, rng) for one, told in rows]
    content: dict[str, Any] = {
        **origin(cohort),
        "settings": settings.model_dump(mode="json", exclude={"folder"}),
        "labels": labels.text,
        "photos": len(table),
        "dishes": len(set(table.dishes)),
        "tested": plan(table, by).text,
        "features": len(feature_names(table)),
        "noise": None if labels.noise is None else _noise_json(labels.noise),
        "models": models,
        "intervals": rows[0][1].note,
        "gaze": None if gaze is None else _gaze_json(gaze, rng),
        "dials": _dials(study, found),
    }
    yield Artifact("regression", str(write_result(study.folder, REGRESSION_JSON, content)))
    told: dict[str, Any] = {
        "folder": str(study.folder),
        "tested": content["tested"],
        "study_models": models,
    }
    if content["gaze"] is not None:
        told["gaze"] = content["gaze"]["verdict"]
    yield Done(told)


def feature_names(table: Table) -> tuple[str, ...]:
    """Columns of the image features."""
    return tuple(
        name for source in table.inputs if isinstance(source, Block) for name in source.columns
    )


def _drawing(
    rows: Sequence[tuple[OutOfFold, Summary]],
    noise: LabelNoise | None,
    gaze: tuple[Ablation, Looked] | None,
    rng: np.random.Generator,
) -> str:
    drawn = [MaeRow(one.model, told.mae) for one, told in rows if one.model != "mean"]
    ceiling = next((MaeRow("mean", told.mae) for one, told in rows if one.model == "mean"), None)
    if gaze is not None:
        arms = gaze[0].mae(rng)
        drawn += [MaeRow(f"{gaze[0].model}: {name}", mae) for name, mae in arms.items()]
    if not drawn and ceiling is not None:
        drawn = [ceiling]
    return mae_svg(drawn, noise, ceiling, rows[0][1].note)


def _model_json(
    one: OutOfFold,
    told: Summary,
    mean: tuple[OutOfFold, Summary] | None,
    rng: np.random.Generator,
) -> dict[str, Any]:
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


def _gaze_json(gaze: tuple[Ablation, Looked], rng: np.random.Generator) -> dict[str, Any]:
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


def _dials(study: Study, found: Sequence[OutOfFold]) -> list[dict[str, Any]]:
    """The predicted best view of each dish, by the model with the smallest error."""
    able = [one for one in found if one.model != "mean"]
    if not able:
        return []
    best = min(able, key=lambda one: float(one.errors.mean()))
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
        dials.append({"dish": dish, "best": dial.best.view.name, "words": dial.sentence})
    return dials


def _predictions(found: Sequence[OutOfFold]) -> list[dict[str, str | float]]:
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


def _noise_json(noise: LabelNoise) -> dict[str, Any]:
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
