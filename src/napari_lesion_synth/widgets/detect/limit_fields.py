"""Lines for several numbers, and what is wrong with what was typed."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError
from qtpy.QtWidgets import QLineEdit, QSizePolicy

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.widgets.parts.setting_words import setting_words

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
        return setting_words(error, *models)
    words = error.what if isinstance(error, LesionSynthError) else str(error)
    return f"{words[:1].upper()}{words[1:]}."
