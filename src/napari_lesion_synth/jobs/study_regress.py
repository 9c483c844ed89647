"""Predicting attractiveness from photos: models, their errors, and whether gaze helps."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.drawing import svg
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
from napari_lesion_synth.jobs.study_files import (
    REGRESSION_JSON,
    origin,
    results_folder,
    write_result,
)
from napari_lesion_synth.jobs.study_limits_ucurve import (
    LimitsTried,
    Retraining,
    limits_tried,
    ucurve_json,
)
from napari_lesion_synth.jobs.study_limits_ucurve_svg import ucurve_svg
from napari_lesion_synth.jobs.study_regress_gaze import Looked, gaze_ablation, looked_at
from napari_lesion_synth.jobs.study_regress_labels import Labels, labels_of, table_of
from napari_lesion_synth.jobs.study_regress_results import (
    dials_of,
    drawing,
    gaze_json,
    model_json,
    noise_json,
    prediction_rows,
)
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.export.tables import csv_bytes
from napari_lesion_synth.perception.limits.policy import read_policy
from napari_lesion_synth.perception.regression.controls import Ablation
from napari_lesion_synth.perception.regression.crossval import (
    OutOfFold,
    cross_validated,
    summary,
)
from napari_lesion_synth.perception.regression.folds import By, plan
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings
from napari_lesion_synth.perception.regression.models.registry import ModelName, make_model
from napari_lesion_synth.perception.regression.table import Block, Table

__all__ = ["MAE_SVG", "PREDICTIONS_CSV", "UCURVE_SVG", "RegressStudy", "regress_study"]

Array = NDArray[np.float64]

MAE_SVG, PREDICTIONS_CSV, UCURVE_SVG = "mae.svg", "predictions.csv", "ucurve.svg"
_FEWEST_DISHES = 3


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
    retraining: Retraining = Field(
        Retraining(), description="how a policy's limits are tried by trainings"
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of what chance decides.")


@dataclass(frozen=True)
class _Results:
    """What was found."""

    models: list[OutOfFold]
    gaze: tuple[Ablation, Looked] | None
    limits: LimitsTried | None


def regress_study(settings: RegressStudy, token: StopToken) -> EventStream:
    """Learn attractiveness from the photos, test it, and compare.

    Labels come from answers alone, without any prior from features. Writes ``regression.json``,
    ``predictions.csv`` and ``mae.svg`` into the results, and ``ucurve.svg`` where a policy's limits
    are tried.

    Parameters
    ----------
    settings : RegressStudy
        Which study, which models.
    token : StopToken
        Checked before each model.

    Yields
    ------
    Event
        Started (total: models, one for gaze, one for limits), Progress, Log, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the study, its photos or the policy cannot be read, or nobody has answered.
    ParameterError
        If there are too few photos, or a model's package is not installed.
    StorageError
        If results cannot be written.
    """
    study = open_study(settings.folder)
    path = settings.retraining.policy
    policy = None if path is None else read_policy(path)
    cohort = gather(study)
    labels = labels_of(cohort, settings.seed)
    steps = len(settings.models) + 3
    yield Started("study regress", steps)
    yield Progress(0, steps, "describing the photos")
    table = table_of(study, labels)
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
    yield Progress(steps - 2, steps, "gaze")
    gaze = yield from _gaze(cohort, table, (labels, by, settings))
    token.check()
    asked = (settings.retraining, by, settings.seed)
    limits = yield from limits_tried(study, table, policy, asked, token, (steps - 1, steps))
    yield Progress(steps, steps)
    yield from _written(cohort, (labels, table, by), _Results(found, gaze, limits), settings)


def _gaze(
    cohort: Cohort, table: Table, asked: tuple[Labels, By, RegressStudy]
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
    asked: tuple[Labels, Table, By],
    results: _Results,
    settings: RegressStudy,
) -> EventStream:
    (labels, table, by), found, gaze = asked, results.models, results.gaze
    study = cohort.study
    rng = np.random.default_rng([settings.seed, 0x4E9])
    rows = [(one, summary(one, rng)) for one in found]
    mean = next((row for row in rows if row[0].model == "mean"), None)
    folder = results_folder(study.folder)
    drawn = drawing(rows, labels.noise, gaze, rng)
    write_atomic(folder / MAE_SVG, svg.free_standing(drawn))
    yield Artifact("errors", str(folder / MAE_SVG))
    write_atomic(
        folder / PREDICTIONS_CSV,
        csv_bytes(("model", "photo", "dish", "label", "predicted"), prediction_rows(found)),
    )
    yield Artifact("predictions", str(folder / PREDICTIONS_CSV))
    yield from _drawn(folder / UCURVE_SVG, results.limits)
    models = [model_json(one, told, mean, rng) for one, told in rows]
    content: dict[str, Any] = {
        **origin(cohort),
        "settings": settings.model_dump(
            mode="json", exclude={"folder": True, "retraining": {"policy"}}
        ),
        "labels": labels.text,
        "photos": len(table),
        "dishes": len(set(table.dishes)),
        "tested": plan(table, by).text,
        "features": _features(table),
        "noise": None if labels.noise is None else noise_json(labels.noise),
        "models": models,
        "intervals": rows[0][1].note,
        "gaze": None if gaze is None else gaze_json(gaze, rng),
        "limits": None if results.limits is None else ucurve_json(results.limits),
        "dials": dials_of(study, found, table, plan(table, by), settings.seed),
    }
    yield Artifact("regression", str(write_result(study.folder, REGRESSION_JSON, content)))
    told: dict[str, Any] = {
        "folder": str(study.folder),
        "tested": content["tested"],
        "study_models": models,
    }
    if content["gaze"] is not None:
        told["gaze"] = content["gaze"]["verdict"]
    if content["limits"] is not None:
        told["limits"] = content["limits"]["words"]
    yield Done(told)


def _drawn(path: Path, tried: LimitsTried | None) -> EventStream:
    """The curve of the limits; one of an earlier call does not stay beside other results."""
    if tried is None:
        path.unlink(missing_ok=True)
        return
    write_atomic(path, svg.free_standing(ucurve_svg(tried.curve, tried.model)))
    yield Artifact("limits", str(path))


def _features(table: Table) -> int:
    """Columns of the image."""
    return sum(block.numbers.shape[1] for block in table.inputs if isinstance(block, Block))
