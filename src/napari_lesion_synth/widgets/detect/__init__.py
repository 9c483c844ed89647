"""The dock widget "Train & detect": a detector from an accepted set, and what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_lesion_synth.widgets.detect.widget import DetectWidget as DetectWidget

__all__ = ["DetectWidget"]


def __getattr__(name: str) -> Any:
    if name == "DetectWidget":  # on first use: its parts import one another
        from napari_lesion_synth.widgets.detect.widget import DetectWidget

        return DetectWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
