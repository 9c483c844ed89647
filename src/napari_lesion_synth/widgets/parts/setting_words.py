"""What a parameter model refuses, by the titles that its settings have on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from napari_lesion_synth.faults import fault_words, faults_of

__all__ = ["setting_words"]


def setting_words(error: ValidationError, *models: type[BaseModel]) -> str:
    """The first fault, in a sentence; a setting goes by its title in one of the models."""
    first = faults_of(error)[0]
    words, title = fault_words(first), _title(first["loc"], models)
    return f"{title}: {words}." if title else f"{words[:1].upper()}{words[1:]}."


def _title(place: Sequence[str | int], models: Sequence[type[BaseModel]]) -> str:
    names = [part for part in place if isinstance(part, str)]
    if not names:
        return ""
    fields = [model.model_fields.get(names[-1]) for model in models]
    return next((field.title for field in fields if field and field.title), names[-1])
