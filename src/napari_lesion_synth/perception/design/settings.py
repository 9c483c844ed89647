"""The design of a study: one model, from the file to the form."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.perception.design.action_settings import ActionSettings
from napari_lesion_synth.perception.design.sections import (
    Checks,
    Covariates,
    Judgement,
    Language,
    Order,
    Selection,
    Texts,
    TrialCounts,
    Viewing,
)

__all__ = ["StudyDesign", "canonical", "design_differences", "read_design", "sha256_of"]

_HEAD = "# The design of a study, made with napari-lesion-synth.\n"
_WIDTH = 100


class StudyDesign(BaseModel):
    """All that is decided before a study begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        min_length=1, max_length=200, title="Name", description="What the study is called."
    )
    stimuli: str = Field(
        "stimuli",
        min_length=1,
        title="Photos",
        description="Folder of the photos; relative to the study's folder, or absolute.",
    )
    languages: tuple[Language, ...] = Field(
        ("ja", "en"),
        min_length=1,
        title="Languages",
        description="Languages that participants may choose from, the usual one first.",
    )
    seed: int = Field(
        0, ge=0, le=2**32 - 1, title="Seed", description="Of every order and every choice."
    )
    judgement: Judgement = Field(Judgement(), description="what is asked")
    viewing: Viewing = Field(Viewing(), description="how photos are seen")
    counts: TrialCounts = Field(TrialCounts(), description="how much is asked")
    checks: Checks = Field(Checks(), description="attention and reliability")
    order: Order = Field(Order(), description="in which order")
    selection: Selection = Field(Selection(), description="how the next photos are chosen")
    actions: ActionSettings = Field(
        ActionSettings(), description="what kinds of questions cost, where they are mixed"
    )
    covariates: Covariates = Field(Covariates(), description="what is asked beforehand")
    texts: Texts = Field(Texts(), description="what is written down beforehand")

    @field_validator("languages")
    @classmethod
    def _each_once(cls, value: tuple[Language, ...]) -> tuple[Language, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a language is named twice")
        return value

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """Build the design.

        Raises
        ------
        ParameterError
            If a setting is unknown or outside its range; the message names it.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise ParameterError(
                f"the design cannot be used: {faults_text(error, whole='the whole', most=3)}",
                remedy="Change these settings",
            ) from error

    @property
    def content(self) -> dict[str, Any]:
        """The design as JSON types, as files have it.

        What questions cost is left out where it makes no difference: designs from before there
        was a choice among kinds of questions stay what they were, byte by byte and hash by hash.
        """
        content = self.model_dump(mode="json")
        if self.judgement.kind != "mixed" and self.actions == ActionSettings():
            del content["actions"]
        return content

    @property
    def sha256(self) -> str:
        """Identity of the design."""
        return sha256_of(self.content)

    def save(self, path: Path) -> None:
        """Write the design as YAML.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        text = yaml.safe_dump(
            self.content,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=_WIDTH,
        )
        write_atomic(path, (_HEAD + text).encode(), durable=True)


def read_design(path: Path) -> StudyDesign:
    """The design in a file.

    Raises
    ------
    InputError
        If the file is not there, or what it says cannot be used; the message names the keys.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return StudyDesign.model_validate(content)
    except FileNotFoundError as cause:
        raise InputError(
            "there is no design", where=path, remedy="Make a study in this folder first"
        ) from cause
    except ValidationError as error:
        raise InputError(
            f"the design cannot be used: {faults_text(error, whole='the whole', most=3)}",
            where=path,
            remedy="Mend these lines",
        ) from error
    except (OSError, ValueError, yaml.YAMLError) as cause:
        raise InputError(
            f"the design cannot be read ({cause})", where=path, remedy="Mend the file"
        ) from cause


def design_differences(before: StudyDesign, after: StudyDesign) -> dict[str, tuple[Any, Any]]:
    """What differs between two designs: the values before and after, by name.

    Names have their section before them: ``counts.trials``.
    """
    old, new = (_flat(design.model_dump(mode="json")) for design in (before, after))
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def canonical(content: Any) -> bytes:
    """JSON types as bytes, the same for the same content."""
    return json.dumps(
        content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def sha256_of(content: Any) -> str:
    """Hash of JSON types."""
    return hashlib.sha256(canonical(content)).hexdigest()


def _flat(content: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _told(error: ValidationError) -> str:
    return faults_text(error, whole="the whole", most=3)
