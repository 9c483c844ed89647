"""The project's warnings as text, for jobs that tell them to whoever waits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from typing import TypeVar

from napari_lesion_synth.errors import LesionSynthWarning
from napari_lesion_synth.events import Event, Log

__all__ = ["hear", "tell"]

T = TypeVar("T")


def hear(call: Callable[[], T]) -> tuple[T, tuple[str, ...]]:
    """Call, and give the result with the texts of the warnings on the way, each once.

    Warnings of other libraries take their usual way.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LesionSynthWarning)
        result = call()
    ours = [w for w in caught if issubclass(w.category, LesionSynthWarning)]
    for other in caught:
        if other not in ours:
            warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
    return result, tuple(dict.fromkeys(str(w.message) for w in ours))


def tell(call: Callable[[], T]) -> Generator[Event, None, T]:
    """Call, give a `Log` for each warning, and return the result."""
    result, texts = hear(call)
    for text in texts:
        yield Log(text, "warning")
    return result
