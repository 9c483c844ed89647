"""The dock widget "Review samples": a gallery of a generated set, and the visual Turing test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_lesion_synth.widgets.review.widget import ReviewWidget as ReviewWidget

__all__ = ["ReviewWidget"]


def __getattr__(name: str) -> Any:
    if name == "ReviewWidget":  # on first use: its parts import one another
        from napari_lesion_synth.widgets.review.widget import ReviewWidget

        return ReviewWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
