"""Lines for several numbers, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from qtpy.QtWidgets import QLineEdit, QSizePolicy

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.faults import fault_words, faults_of

__all__ = ["first_words", "list_line", "numbers_in"]


def list_line(description: str) -> QLineEdit:
    """A line for numbers with commas between them."""
    line = QLineEdit()
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    line.setMinimumWidth(line.fontMetrics().averageCharWidth() * 8)
    line.setToolTip(f"<qt>{description.rstrip('.')}. With commas between them.</qt>")
    return line


def numbers_in(title: str, text: str) -> tuple[float, ...]:
    """Numbers with commas or semicolons between them.

    Raises
    ------
    ParameterError
        If the text is something else.
    """
    words = [word for word in text.replace(";", ",").split(",") if word.strip()]
    try:
        return tuple(float(word) for word in words)
    except ValueError:
        raise ParameterError(f"{title}: {text!r} are no numbers with commas between them") from None


def first_words(error: Exception, *models: type[BaseModel]) -> str:
    """What is wrong, in a line; a setting goes by the title that it has in one of the models."""
    if isinstance(error, ValidationError):
        first = faults_of(error)[0]
        words, title = fault_words(first), _title(first["loc"], models)
        return f"{title}: {words}." if title else f"{words[:1].upper()}{words[1:]}."
    words = error.what if isinstance(error, LesionSynthError) else str(error)
    return f"{words[:1].upper()}{words[1:]}."


def _title(place: Sequence[str | int], models: Sequence[type[BaseModel]]) -> str:
    names = [part for part in place if isinstance(part, str)]
    if not names:
        return ""
    fields = [model.model_fields.get(names[-1]) for model in models]
    return next((field.title for field in fields if field and field.title), names[-1])
