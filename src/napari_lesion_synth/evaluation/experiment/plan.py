"""The plan of an experiment: all that is decided before the first training begins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from napari_lesion_synth.detection.data_settings import SETS, DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.experiment.arms import Arm, arm_of
from napari_lesion_synth.evaluation.experiment.plan_data import DataSource, Division
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.strata import (
    by_conspicuity,
    by_contrast,
    by_diameter,
    by_zone,
)
from napari_lesion_synth.faults import fault_words, faults_of
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.selection.band import BandSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings

__all__ = ["FOLD", "ExperimentPlan", "Goal", "SetPlan", "ShamPlan", "plan_differences"]

FOLD = "fold"
"""In place of a file: what is trained on the fold's own training patients."""

Diameter = Annotated[float, Field(gt=0, le=200)]
Rate = Annotated[float, Field(gt=0, le=100)]
StratumKind = Literal["diameter", "zone", "contrast", "conspicuity"]

_HERE_ONLY = {"device": True, "threads": True, "workers": True, "tensorboard": True}
"""Settings of trainings that do not change what is learnt."""

_ONE_SIZE = ("batch", "side", "slices")
"""Fields of the mixture that a step's work depends on."""

_GROUPS = {
    "diameter": by_diameter,
    "zone": by_zone,
    "contrast": by_contrast,
    "conspicuity": by_conspicuity,
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SetPlan(_Part):
    """The generated sets from which some arms learn."""

    n: int = Field(300, ge=1, le=1_000_000, description="lesions made; those selected are fewer")
    rim: float = Field(0.5, ge=0, le=1, description="share of them at the organ's rim")
    diameter_mm: tuple[Diameter, Diameter] = Field(
        (5.0, 30.0), description="smallest and largest diameter in mm"
    )
    per_scene: int = Field(5, ge=1, le=100, description="lesions that share one copy of a CT")


class ShamPlan(_Part):
    """Shams put into test CTs, to see whether the seam is what is found."""

    per_ct: int = Field(0, ge=0, le=50, description="shams a method in a CT; 0: none")
    cts: int = Field(20, ge=1, le=100_000, description="test CTs of a fold to put them into")
    arms: tuple[str, ...] = Field((), description="arms whose detectors are asked; default: all")


class Goal(_Part):
    """What is to be reached, said before it is measured."""

    arm: str = Field(description="which arm")
    rate: Rate = Field(description="at so many false alarms per CT or slice")
    against: str | None = Field(None, description="for a gain: over which arm; default: baseline")
    at_least: float | None = Field(None, ge=0, le=1, description="share of the lesions found")
    gain_at_least: float | None = Field(None, ge=-1, le=1, description="difference of the shares")
    stratum: str | None = Field(None, description="among these lesions, as in rim; default: all")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.at_least is None and self.gain_at_least is None:
            raise ValueError("a goal says at_least or gain_at_least")
        if self.against is not None and self.gain_at_least is None:
            raise ValueError("against belongs to gain_at_least")
        names = [s.name for group in _GROUPS.values() for s in group()]
        if self.stratum is not None and self.stratum not in names:
            raise ValueError(
                f"there is no stratum {self.stratum!r} (there are: {', '.join(names)})"
            )
        return self


class ExperimentPlan(_Part):
    """Arms, on the same patients, with the same steps and seeds."""

    name: str = Field(min_length=1, max_length=100, description="what the report is headed with")
    data: DataSource = Field(description="the CTs")
    division: Division | None = Field(
        None, description="who is learnt from and who tests; simulated patients say it themselves"
    )
    arms: tuple[Annotated[Arm, BeforeValidator(arm_of)], ...] = Field(
        min_length=1, description="names of standard arms, or arms of one's own"
    )
    baseline: str = Field(description="the arm that the others are compared with")
    seeds: int = Field(3, ge=1, le=1000, description="trainings of each arm and fold")
    training: DetectorSettings = Field(
        DetectorSettings(), description="how detectors are trained; the same in every arm"
    )
    mixture: DataSettings = Field(
        DataSettings(), description="what examples are like, where the arm does not say otherwise"
    )
    gan: GanSettings = Field(GanSettings(), description="how a fold's generator is trained")
    autoencoder: AutoEncoderSettings = Field(
        AutoEncoderSettings(), description="how a fold's auto-encoder is trained"
    )
    generator: str = Field(
        FOLD,
        description="fold: trained on the fold's training patients; shipped: the one that comes "
        "with the program; or a file of weights",
    )
    selector: str = Field(
        FOLD, description="the same for the auto-encoder that selects: fold, shipped or a file"
    )
    band: BandSettings = Field(
        BandSettings(), description="how wide the band is within which it selects"
    )
    sets: SetPlan = Field(SetPlan(), description="generated sets, for arms that learn from one")
    rate: Rate = Field(
        description="false alarms per CT or slice at which arms are compared, and for which the "
        "threshold is chosen"
    )
    rates: tuple[Rate, ...] = Field(
        (0.125, 0.25, 0.5, 1.0, 2.0), min_length=1, description="rates at which tables tell more"
    )
    hit: HitRule = Field(HitRule(), description="when a finding is a hit")
    shams: ShamPlan = Field(ShamPlan(), description="shams in test CTs")
    strata: tuple[StratumKind, ...] = Field(
        ("diameter", "zone"), description="groups of lesions that are told apart"
    )
    goals: tuple[Goal, ...] = Field((), description="what is to be reached")
    per: Literal["ct", "slice"] | None = Field(
        None, description="what false alarms are counted per; default: slice for single slices"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [arm.name for arm in self.arms]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the arm {twice[0]!r} is there twice")
        self._require_arm(self.baseline, "the baseline")
        for goal in self.goals:
            self._require_arm(goal.arm, "a goal's arm")
            if goal.against is not None:
                self._require_arm(goal.against, "a goal's other arm")
        for name in self.shams.arms:
            self._require_arm(name, "an arm to test with shams")
        if (self.division is None) != (self.data.phantoms is not None):
            raise ValueError(
                "a division is needed: fixed, folds or named"
                if self.division is None
                else "simulated patients are divided under data: leave the division out"
            )
        if self.training.seed:
            raise ValueError("training has no seed of its own: seeds says how many there are")
        self._equal_work()
        return self

    def _require_arm(self, name: str, what: str) -> None:
        names = [arm.name for arm in self.arms]
        if name not in names:
            raise ValueError(f"{what}, {name!r}, is not among the arms ({', '.join(names)})")

    def _equal_work(self) -> None:
        """Every arm's mixture is possible, and a step is the same work in all."""
        sizes: dict[str, set[Any]] = {name: set() for name in _ONE_SIZE}
        for arm in self.arms:
            mixture = _mixture_of(arm, self.mixture)
            for name in _ONE_SIZE:
                sizes[name].add(getattr(mixture, name))
        for name, found in sizes.items():
            if len(found) > 1:
                raise ValueError(
                    f"the arms differ in {name} ({', '.join(map(str, sorted(found)))}): steps of "
                    "another size are not equal steps"
                )

    @property
    def key(self) -> str:
        """Tells it from other plans: first 16 digits of the SHA-256 of its JSON."""
        text = json.dumps(_content(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def counted_per(self) -> Literal["ct", "slice"]:
        """What false alarms are counted per."""
        if self.per is not None:
            return self.per
        return "ct" if self.data.slices is None else "slice"

    @property
    def all_rates(self) -> tuple[float, ...]:
        """All rates of tables, the main one among them, rising."""
        goals = {goal.rate for goal in self.goals}
        return tuple(sorted({self.rate, *self.rates, *goals}))

    def arm(self, name: str) -> Arm:
        """The arm of a name."""
        return next(arm for arm in self.arms if arm.name == name)

    def seeds_of(self, arm: Arm) -> range:
        """Seeds of an arm's trainings."""
        return range(arm.seeds or self.seeds)


def _mixture_of(arm: Arm, common: DataSettings) -> DataSettings:
    """What the arm learns from; a fault in it names the arm."""
    try:
        mixture = arm.mixture(common)
        arm.needs_generator(common)
    except ValidationError as error:
        first = faults_of(error)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"the arm {arm.name!r}: {field}: {fault_words(first)}") from None
    except ParameterError as error:
        raise ValueError(f"the arm {arm.name!r}: {error}") from None
    if bool(arm.made) != (SETS in arm.data.get("methods", ())):
        raise ValueError(
            f"the arm {arm.name!r} learns from a generated set: say which (made: {{poisson: 1}})"
            if not arm.made
            else f"the arm {arm.name!r} has a set made and does not learn from it: say so "
            f"(methods: {{{SETS}: 1}})"
        )
    return mixture


def plan_differences(one: ExperimentPlan, other: ExperimentPlan) -> list[str]:
    """Where two plans differ, in words; empty where they ask for the same.

    Parameters
    ----------
    one, other : ExperimentPlan
        The one that is there, and the one that is asked for.
    """
    return list(_different(_content(one), _content(other), ""))


def _content(plan: ExperimentPlan) -> dict[str, Any]:
    """What the results depend on, as JSON types."""
    aside = dict.fromkeys(("training", "gan", "autoencoder"), _HERE_ONLY)
    content: dict[str, Any] = plan.model_dump(mode="json", exclude=aside)
    return content


def _different(one: Any, other: Any, place: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(one.keys() | other.keys()):
            where = f"{place}.{name}" if place else name
            yield from _different(one.get(name), other.get(name), where)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _different(a, b, f"{place}[{number}]")
    elif one != other:
        yield f"{place} ({_short(one)} there, {_short(other)} asked for)"


def _short(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(each, dict) and "name" in each for each in value):
        return ", ".join(str(each["name"]) for each in value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
