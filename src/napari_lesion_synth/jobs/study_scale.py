"""Scaling a study: attractiveness with intervals, agreement, and who lies apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.study_answers import Group, grouped
from napari_lesion_synth.jobs.study_files import (
    CACHE,
    RANKING_CSV,
    SCALE_JSON,
    origin,
    results_folder,
    write_result,
)
from napari_lesion_synth.jobs.study_ranking import (
    RANKING_COLUMNS,
    ranking_rows,
    ranking_svg,
    scaled_json,
)
from napari_lesion_synth.jobs.study_scaled import Scaled, ScaleSettings, scale_group
from napari_lesion_synth.jobs.study_shared import agreement_of
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.export.tables import csv_bytes
from napari_lesion_synth.wording import counted

__all__ = ["ScaleStudy", "ranking_name", "scale_study", "scaled_groups"]


class ScaleStudy(BaseModel):
    """Which study is scaled, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    how: ScaleSettings = Field(ScaleSettings(), description="how answers become values")


def scale_study(settings: ScaleStudy, token: StopToken) -> EventStream:
    """Scale the answers of a study.

    What was judged or viewed in different ways is scaled by itself, unless pooling is asked for.
    Writes ``scale.json``, ``ranking.csv`` and a drawing of each group into the results.

    Parameters
    ----------
    settings : ScaleStudy
        Which study, and how.
    token : StopToken
        Checked before each group.

    Yields
    ------
    Event
        Started (total: groups), Progress, notes as Log, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the study or a ledger cannot be read, or nobody has answered.
    ParameterError
        If anchors are not among the photos.
    StorageError
        If results cannot be written.
    """
    study = open_study(settings.folder)
    cohort = gather(study)
    groups = _groups(cohort, settings.how)
    yield Started("study scale", len(groups))
    for code, why in cohort.left_out.items():
        yield Log(f"{code} is left out: {why}")
    found = []
    for number, group in enumerate(groups):
        token.check()
        yield Progress(number, len(groups), group.way.text)
        found.append(_scaled(study, group, settings.how))
    yield Progress(len(groups), len(groups))
    for one in found:
        for note in one.values.notes:
            yield Log(f"{one.group.way.text}: {note}")
        for row in one.raters:
            if row.inspect:
                text = f"{row.rater} answers unlike the others: look at these answers"
                yield Log(text, "warning")
    if len(found) > 1:
        how = "each by itself"
        if found[0].group.way.kind == "mixed":
            how = "pairs and ratings together, and each by itself"
        yield Log(
            f"{counted(len(found), 'group')} of answers were scaled, {how}; nothing of one can be "
            "compared with a value of another"
        )
    yield from _written(settings, cohort, found)


def scaled_groups(cohort: Cohort, how: ScaleSettings) -> list[Scaled]:
    """All groups of a study on their scales, the largest group first.

    Raises
    ------
    InputError
        If nobody has answered.
    """
    return [_scaled(cohort.study, group, how) for group in _groups(cohort, how)]


def ranking_name(place: int) -> str:
    """Name of the drawing of a group, from 0."""
    return "ranking.svg" if place == 0 else f"ranking-{place + 1}.svg"


def _groups(cohort: Cohort, how: ScaleSettings) -> tuple[Group, ...]:
    groups = tuple(
        group
        for group in grouped(cohort, pooled=how.pooled)
        if group.first and len(group.items) > 1
    )
    if not groups and any(
        trial.kind == "twoafc" for person in cohort.used for trial, _ in person.state.judged
    ):
        raise InputError(
            "all answers of this study are about changed photos, and rank none",
            where=cohort.study.folder,
            remedy="Find the limits instead: study limits",
        )
    if not groups:
        why = "; ".join(f"{code} {reason}" for code, reason in list(cohort.left_out.items())[:3])
        raise InputError(
            f"there are no answers to scale{f' ({why})' if why else ''}",
            where=cohort.study.folder,
            remedy="Run participants first",
        )
    return groups


def _scaled(study: Study, group: Group, how: ScaleSettings) -> Scaled:
    return scale_group(group, how, _features(study, group.items) if how.features else None)


def _features(study: Study, items: Sequence[str]) -> NDArray[np.float64]:
    from napari_lesion_synth.perception.regression.features.cache import FeatureCache
    from napari_lesion_synth.perception.regression.features.families import feature_table

    photos = [study.stimuli.by_id(name) for name in items]
    return feature_table(photos, FeatureCache(study.folder / CACHE)).values


def _written(settings: ScaleStudy, cohort: Cohort, found: Sequence[Scaled]) -> EventStream:
    study = cohort.study
    folder = results_folder(study.folder)
    for place, one in enumerate(found):
        path = folder / ranking_name(place)
        write_atomic(path, svg.free_standing(ranking_svg(one)))
        yield Artifact("ranking", str(path))
    rows = [row for one in found for row in ranking_rows(one, study.stimuli)]
    write_atomic(folder / RANKING_CSV, csv_bytes(RANKING_COLUMNS, rows))
    yield Artifact("table", str(folder / RANKING_CSV))
    groups = [scaled_json(one, study.stimuli) for one in found]
    content = {
        **origin(cohort),
        "settings": settings.how.model_dump(mode="json"),
        "groups": groups,
    }
    yield Artifact("scale", str(write_result(study.folder, SCALE_JSON, content)))
    yield Done(
        {
            "folder": str(study.folder),
            "participants": len(cohort.used),
            "study_groups": [
                {name: group[name] for name in _TOLD} | {"photos": len(group["photos"])}
                for group in groups
            ],
            "study_ranking": groups[0]["photos"],
            "study_figures": list(agreement_of(groups)),
        }
    )


_TOLD = ("text", "answers", "raters", "anchors", "median_width", "best")
