"""Whether the limits of a policy are right: trainings at 0 to 2 times them, on a study's labels."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Event, Log, Progress, StopToken
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_files import CACHE
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy
from napari_lesion_synth.perception.limits.ucurve import MULTIPLES, Scores, UCurve, judge_limit
from napari_lesion_synth.perception.regression.augmented import AugmentationSettings
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.folds import By
from napari_lesion_synth.perception.regression.limit_training import LimitTraining
from napari_lesion_synth.perception.regression.models.registry import ModelName, make_model
from napari_lesion_synth.perception.regression.photo_model import Describer
from napari_lesion_synth.perception.regression.table import Table

__all__ = ["LimitsTried", "Retraining", "limits_tried", "ucurve_json"]


class Retraining(BaseModel):
    """Trainings that try a policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Path | None = Field(
        None,
        title="Policy",
        description="The policy.json of a study of limits: whether these are right is tried, by "
        "trainings at 0, 0.5, 1, 1.5 and 2 times them; takes minutes.",
    )
    policy_model: ModelName = Field(
        "ridge", title="Model for limits", description="With which that is tried."
    )
    copies: int = Field(
        4,
        ge=1,
        le=100,
        title="Copies",
        description="Changed copies of each photo, each by one transform, as limits are measured.",
    )
    trainings: int = Field(
        2,
        ge=1,
        le=50,
        title="Trainings",
        description="At each multiple of the limits, each with copies of its own.",
    )


@dataclass(frozen=True, eq=False)
class LimitsTried:
    """What trainings at multiples of a policy's limits say of it."""

    policy: AugmentationPolicy
    model: str
    copies: int
    curve: UCurve


def limits_tried(
    study: Study,
    table: Table,
    policy: AugmentationPolicy | None,
    asked: tuple[Retraining, By, int],
    token: StopToken,
    at: tuple[int, int],
) -> Generator[Event, None, LimitsTried | None]:
    """Train at each multiple of a policy's limits, and judge them.

    Parameters
    ----------
    study : Study
        Whose photos are learnt from.
    table : Table
        Their labels and dishes.
    policy : AugmentationPolicy or None
        Whose limits are tried.
    asked : tuple of Retraining, str and int
        How, who is tested by whom, and the seed.
    token : StopToken
        Checked before each multiple.
    at : tuple of int
        The step of the whole job that this is, and of how many.

    Returns
    -------
    LimitsTried or None
        None where there is no policy, or it cannot be tried, which a warning tells.
    """
    if policy is None:
        return None
    try:
        curve = yield from _curve(study, table, policy, asked, token, at)
    except ParameterError as error:
        yield Log(f"the limits were not tried: {error.what}", "warning")
        return None
    yield Log(curve.words)
    return LimitsTried(policy, asked[0].policy_model, asked[0].copies, curve)


def _curve(
    study: Study,
    table: Table,
    policy: AugmentationPolicy,
    asked: tuple[Retraining, By, int],
    token: StopToken,
    at: tuple[int, int],
) -> Generator[Event, None, UCurve]:
    how, by, seed = asked
    describer, cache = Describer(), FeatureCache(study.folder / CACHE)
    photos = [study.stimuli.by_id(name) for name in table.items]
    plain = table.with_inputs(*describer.of_stimuli(photos, cache))
    training = LimitTraining(
        photos,
        plain,
        describer,
        make_model(how.policy_model),
        policy,
        AugmentationSettings(copies=how.copies, at_once=1, seed=seed),
        how.trainings,
        by,
        cache,
    )
    points: dict[float, Scores] = {}
    for multiple in MULTIPLES:
        token.check()
        yield Progress(*at, f"training at {multiple:g} times the limits")
        points[multiple] = training(multiple)
    return judge_limit(points, np.random.default_rng([seed, 0xC4F]))


def ucurve_json(tried: LimitsTried) -> dict[str, Any]:
    """The curve, what it says of the limits, and of whose."""
    curve = tried.curve
    ranges = tried.policy.ranges
    return {
        "transforms": list(tried.policy.transforms),
        "methods": list(dict.fromkeys(each.method for each in ranges)),
        "studies": sorted({each.study for each in ranges} - {""}),
        "model": tried.model,
        "copies": tried.copies,
        "trainings": curve.runs,
        "clusters": curve.clusters,
        "multiples": list(curve.multiples),
        "mae": [_ends(each) for each in curve.errors],
        "less_limit": [_ends(each) for each in curve.apart],
        "supports": curve.supports,
        "contradicts": curve.contradicts,
        "words": curve.words,
    }


def _ends(each: Interval) -> list[float | None]:
    return [each.value, each.low, each.high]
