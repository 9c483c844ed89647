"""The dock widget "Synthesize lesions" and its sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget as SynthesizeWidget

__all__ = ["SynthesizeWidget"]


def __getattr__(name: str) -> Any:
    if name == "SynthesizeWidget":  # on first use: its sections import one another
        from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

        return SynthesizeWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
