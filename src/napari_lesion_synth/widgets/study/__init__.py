"""The dock widget "Food study": design, run, review and model, and the participant's window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_lesion_synth.widgets.study.widget import StudyWidget as StudyWidget

__all__ = ["StudyWidget"]


def __getattr__(name: str) -> Any:
    if name == "StudyWidget":  # on first use: its parts import one another
        from napari_lesion_synth.widgets.study.widget import StudyWidget

        return StudyWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
