"""What a model's prediction of each photo rests on: part after part is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Artifact, Done, EventStream, Progress, Started, StopToken
from napari_lesion_synth.jobs.study_files import origin, read_result, write_result
from napari_lesion_synth.jobs.study_regress_labels import labels_of, table_of
from napari_lesion_synth.perception.design.settings import sha256_of
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.regression.attribution import (
    Attribution,
    Predict,
    part_by_part,
)
from napari_lesion_synth.perception.regression.features.families import photo_features
from napari_lesion_synth.perception.regression.models.protocol import Fitted
from napari_lesion_synth.perception.regression.models.registry import ModelName, make_model
from napari_lesion_synth.perception.regression.photo_model import learn
from napari_lesion_synth.perception.regression.table import Array, Block, Table
from napari_lesion_synth.perception.stimuli.areas import MAIN, read_areas
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["AttributeStudy", "attribute_study", "attribution_json", "kept_attribution"]

_FEWEST_DISHES = 3


class AttributeStudy(BaseModel):
    """Which predictions are taken apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    model: ModelName = Field("ridge", title="Model", description="Whose predictions; not the mean.")
    photos: tuple[str, ...] = Field(
        (), title="Photos", description="Which photos. Empty: all of the study."
    )
    parts: int = Field(
        8,
        ge=2,
        le=32,
        title="Parts",
        description="Along a photo's longer side. Each is hidden once: finer takes longer.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of what chance decides.")


def attribute_study(settings: AttributeStudy, token: StopToken) -> EventStream:
    """Find what a model's predictions rest on.

    As in a test of the regression, the model has learnt from other dishes alone; where there are
    fewer than 3, from other photos. Photos that are done from the same answers are not done again.

    Parameters
    ----------
    settings : AttributeStudy
        Which study, model and photos.
    token : StopToken
        Checked before each part of a photo.

    Yields
    ------
    Event
        Started (total: photos), Progress, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set; photos that are done stay.
    InputError
        If the study or its photos cannot be read, or nobody has answered.
    ParameterError
        If there are too few judged photos, or nothing to take apart.
    StorageError
        If results cannot be written.
    """
    if settings.model == "mean":
        raise ParameterError(
            "the mean is the same for all photos, whatever is in them",
            remedy="Choose a model that learns from photos",
        )
    study = open_study(settings.folder)
    cohort = gather(study)
    photos = [study.stimuli.by_id(name) for name in settings.photos or study.stimuli.ids]
    yield Started("study attribute", len(photos))
    yield Progress(0, len(photos), "describing the photos")
    table = table_of(study, labels_of(cohort, settings.seed))
    content = _begun(cohort, table, settings)
    learnt: dict[str, Fitted] = {}
    for number, photo in enumerate(photos):
        token.check()
        yield Progress(number, len(photos), photo.id)
        if content["photos"].get(photo.id, {}).get("sha256") == photo.sha256:
            continue
        left_out = _left_out(photo, table)
        if left_out not in learnt:
            learnt = {left_out: _learnt(table, left_out, settings)}
        predict = _predicting(photo, table, learnt[left_out], token)
        found = part_by_part(photo.picture(), predict, settings.parts)
        content["photos"][photo.id] = _json(photo, found)
        write_result(study.folder, attribution_json(settings.model), content)
    yield Progress(len(photos), len(photos))
    path = write_result(study.folder, attribution_json(settings.model), content)
    yield Artifact("attribution", str(path))
    yield Done({"folder": str(study.folder), "model": settings.model, "photos": len(photos)})


def attribution_json(model: str) -> str:
    """Name of the result of a model."""
    return f"attribution-{model.replace(' ', '-')}.json"


def kept_attribution(
    study: Study, model: str, photo: str, answers_sha256: str
) -> tuple[Attribution, str] | None:
    """What was found of a photo.

    Parameters
    ----------
    study : Study
        The study.
    model : str
        The model's name.
    photo : str
        The photo's id.
    answers_sha256 : str
        Of the answers that there are now.

    Returns
    -------
    tuple of Attribution and str
        And what the model had learnt from; None where nothing was found from these answers and
        this photo.

    Raises
    ------
    InputError
        If the result is damaged.
    """
    content = read_result(study.folder, attribution_json(model))
    if content is None or content["answers_sha256"] != answers_sha256:
        return None
    found = content["photos"].get(photo)
    if found is None or found["sha256"] != study.stimuli.by_id(photo).sha256:
        return None
    return Attribution(np.array(found["fall"], np.float64), found["whole"]), content["learnt"]


def _begun(cohort: Cohort, table: Table, settings: AttributeStudy) -> dict[str, Any]:
    """What was found before from the same, or an empty beginning."""
    fresh: dict[str, Any] = {
        **origin(cohort),
        "settings": settings.model_dump(mode="json", exclude={"folder", "photos"}),
        "learnt": f"from other {'dishes' if _by_dish(table) else 'photos'}",
        "table_sha256": _identity(table),
        "photos": {},
    }
    before = read_result(cohort.study.folder, attribution_json(settings.model))
    same = ("answers_sha256", "design_sha256", "program", "settings", "learnt", "table_sha256")
    if before is not None and all(before.get(name) == fresh[name] for name in same):
        fresh["photos"] = before["photos"]
    return fresh


def _left_out(photo: Stimulus, table: Table) -> str:
    """What the model has not learnt from: a dish, or a photo."""
    return (photo.category or photo.id) if _by_dish(table) else photo.id


def _learnt(table: Table, left_out: str, settings: AttributeStudy) -> Fitted:
    names = table.dishes if _by_dish(table) else table.items
    rows = np.array([k for k, name in enumerate(names) if name != left_out], np.int64)
    return learn(make_model(settings.model), table.taken(rows), seed=settings.seed)


def _by_dish(table: Table) -> bool:
    return len(set(table.dishes)) >= _FEWEST_DISHES


def _predicting(photo: Stimulus, table: Table, fitted: Fitted, token: StopToken) -> Predict:
    """The model for changed copies of a photo, whose areas stay where they are."""
    columns = _columns(table)
    main = None
    if any(name.startswith("main ingredient: ") for name in columns):
        areas = read_areas(photo)
        if areas is None or MAIN not in areas.present:
            raise ParameterError(
                f"the model rests on the main ingredient, which is not drawn in {photo.id}",
                remedy="Paint it in the tab Review, or choose other photos",
            )
        main = areas.mask(MAIN)

    def predict(pictures: Sequence[Picture]) -> Array:
        token.check()
        rows = [photo_features(picture, main) for picture in pictures]
        return fitted.predict([np.array([[row[name] for name in columns] for row in rows])])

    return predict


def _identity(table: Table) -> str:
    """Of what is learnt from: painted areas change it, too."""
    block = _block(table)
    return sha256_of(
        [block.columns, block.numbers.round(6).tolist(), table.target.round(6).tolist()]
    )


def _columns(table: Table) -> tuple[str, ...]:
    return _block(table).columns


def _block(table: Table) -> Block:
    (block,) = (source for source in table.inputs if isinstance(source, Block))
    return block


def _json(photo: Stimulus, found: Attribution) -> dict[str, Any]:
    return {
        "sha256": photo.sha256,
        "whole": found.whole,
        "fall": np.round(found.fall, 6).tolist(),
    }
