"""How strong transforms may be: curves of the change, equivalence, and the policy for trainings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError, ParameterError
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
from napari_lesion_synth.jobs.study_answers import Asked
from napari_lesion_synth.jobs.study_files import (
    LIMITS_JSON,
    POLICY_JSON,
    origin,
    results_folder,
    write_result,
)
from napari_lesion_synth.jobs.study_limit_settings import read_limit_settings
from napari_lesion_synth.jobs.study_limits_svg import dose_svg
from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.limits.answers import DoseAnswers, of_trials
from napari_lesion_synth.perception.limits.dose import DoseCurve, DoseFit, fit_dose
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy
from napari_lesion_synth.perception.limits.range_found import ANY, FoundRange, ranges_of
from napari_lesion_synth.perception.limits.safe_range import safe_range
from napari_lesion_synth.perception.limits.shown import Shown, shown_by
from napari_lesion_synth.perception.transforms.registry import get_transform

__all__ = ["LimitsOfStudy", "dose_name", "limits_of_study"]

_POINTS = 81
_SIMULATED = "simulated participants: for dry runs, not for trainings"


class LimitsOfStudy(BaseModel):
    """Which study's limits are found, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    pooled: bool = Field(
        False,
        title="Pool",
        description="Take viewing modes and sources of gaze together, which the result says.",
    )


@dataclass(frozen=True)
class _Found:
    """What was found for one transform."""

    fit: DoseFit
    ranges: tuple[FoundRange, ...]
    tests: tuple[tuple[str, Shown], ...]


def limits_of_study(settings: LimitsOfStudy, token: StopToken) -> EventStream:
    """Fit the dose-response curves of a study, and write the policy.

    Writes ``limits.json``, ``policy.json`` and a drawing of each transform into the results.

    Parameters
    ----------
    settings : LimitsOfStudy
        Which study.
    token : StopToken
        Checked before each transform.

    Yields
    ------
    Event
        Started (total: transforms), Progress, what was found as Log, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the study tries no transforms, or there are no answers about them.
    ParameterError
        If answers were given in several ways, and pooling was not asked for.
    StorageError
        If results cannot be written.
    """
    study = open_study(settings.folder)
    tried = read_limit_settings(study.folder)
    if tried is None:
        raise InputError(
            "this study tries no transforms",
            where=study.folder,
            remedy="Make one with: study new FOLDER --limits rotate,blur ...",
        )
    cohort = gather(study)
    answers = _answers(cohort, pooled=settings.pooled)
    yield Started("study limits", len(answers))
    found = []
    for number, (name, own) in enumerate(sorted(answers.items())):
        token.check()
        yield Progress(number, len(answers), name)
        try:
            found.append(_found(study, own, tried, cohort.simulated))
        except ParameterError as error:
            yield Log(f"{name}: {error.what}", "warning")
    yield Progress(len(answers), len(answers))
    for one in found:
        for each in one.ranges:
            yield Log(f"{each.transform}, {_named(each.category)}: {each.words}")
    yield from _written(cohort, tried, found)


def dose_name(transform: str) -> str:
    """Name of the drawing of a transform."""
    return f"dose-{transform}.svg"


def _answers(cohort: Cohort, *, pooled: bool) -> dict[str, DoseAnswers]:
    asked: list[Asked] = [
        (person.code, trial, answer)
        for person in cohort.used
        for trial, answer in person.state.judged
        if trial.kind == "twoafc" and trial.repeat_of is None
    ]
    if not asked:
        raise InputError(
            "there are no answers about changed photos",
            where=cohort.study.folder,
            remedy="Run participants first",
        )
    ways = sorted({(t.mode, t.seconds or 0.0, a.gaze_source) for _, t, a in asked})
    if len(ways) > 1 and not pooled:
        told = "; ".join(f"{mode}, {seconds:g} s, gaze {gaze}" for mode, seconds, gaze in ways)
        raise ParameterError(
            f"the answers were given in {len(ways)} ways ({told})",
            remedy="Pool them knowingly with --pool, or make a study of each",
        )
    categories = {stimulus.id: stimulus.category for stimulus in cohort.study.stimuli}
    return of_trials(asked, categories)


def _found(study: Study, answers: DoseAnswers, tried: LimitSettings, simulated: bool) -> _Found:
    fit = fit_dose(answers)
    pixels = min(min(stimulus.width, stimulus.height) for stimulus in study.stimuli)
    identity = read_frozen(study.folder).sha256 if study.frozen else ""
    ranges = ranges_of(fit, tried.margin, study=identity, pixels=pixels)
    if simulated:
        ranges = tuple(
            each.model_copy(update={"method": f"{each.method} ({_SIMULATED})"}) for each in ranges
        )
    return _Found(fit, ranges, tuple(_tests(fit, tried.margin)))


def _tests(fit: DoseFit, margin: float) -> Iterator[tuple[str, Shown]]:
    """What is shown of each category, in each direction."""
    unit = get_transform(fit.answers.transform).unit
    for name in fit.answers.category_names:
        curve = fit.curve(name)
        for each in shown_by(curve, safe_range(curve, margin), unit):
            yield name, each


def _written(cohort: Cohort, tried: LimitSettings, found: Sequence[_Found]) -> EventStream:
    study = cohort.study
    folder = results_folder(study.folder)
    for one in found:
        path = folder / dose_name(one.fit.answers.transform)
        drawn = dose_svg(one.fit.curve(), tried.margin, one.ranges)
        write_atomic(path, svg.free_standing(drawn))
        yield Artifact("curve", str(path))
    ranges = tuple(each for one in found for each in one.ranges)
    policy = folder / POLICY_JSON
    AugmentationPolicy(ranges=ranges).write(policy)
    yield Artifact("policy", str(policy))
    content = {
        **origin(cohort),
        "settings": tried.model_dump(mode="json"),
        "margin": tried.margin,
        "transforms": [_json(one) for one in found],
    }
    yield Artifact("limits", str(write_result(study.folder, LIMITS_JSON, content)))
    if cohort.simulated:
        yield Log(f"these limits are of {_SIMULATED}", "warning")
    yield Done(
        {
            "folder": str(study.folder),
            "participants": len(cohort.used),
            "study_limits": [_row(each) for each in ranges],
            "policy": str(policy),
        }
    )


def _json(one: _Found) -> dict[str, Any]:
    fit = one.fit
    names: list[str | None] = [None, *fit.answers.category_names]
    return {
        "transform": fit.answers.transform,
        "answers": len(fit.answers),
        "raters": len(fit.answers.raters),
        "photos": len(fit.answers.photos),
        "left_side": [fit.side.value, fit.side.low, fit.side.high],
        "deviations": fit.deviations,
        "notes": list(fit.notes),
        "ranges": [each.model_dump(mode="json") | {"words": each.words} for each in one.ranges],
        "tests": [
            {
                "category": category,
                "limit": test.limit,
                "end": test.end,
                "change": [test.change.value, test.change.low, test.change.high],
                "words": f"{_named(category)}: {test.words}",
            }
            for category, test in one.tests
        ],
        "curves": [_curve(fit.curve(name, _POINTS)) for name in names],
    }


def _curve(curve: DoseCurve) -> dict[str, Any]:
    low, high = curve.interval()
    columns: Mapping[str, Any] = {
        "magnitude": curve.magnitudes,
        "change": curve.mean,
        "low": low,
        "high": high,
    }
    return {
        "category": curve.category,
        **{name: np.round(column, 6).tolist() for name, column in columns.items()},
    }


def _row(each: FoundRange) -> dict[str, Any]:
    return {
        "transform": each.transform,
        "category": _named(each.category),
        "low": each.low,
        "high": each.high,
        "unit": each.unit,
        "answers": each.answers,
        "raters": each.raters,
        "words": each.words,
    }


def _named(category: str) -> str:
    return {"": "all photos", ANY: "photos of other categories"}.get(category, category)
