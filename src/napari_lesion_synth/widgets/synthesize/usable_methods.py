"""Which methods can be used now, and what they need."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from napari_lesion_synth.synthesis.registry import get_method, method_names
from napari_lesion_synth.widgets.parts.method_title import in_order
from napari_lesion_synth.widgets.synthesize.model_loader import ModelLoader
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["generator_file", "usable_methods"]

_NO_DONORS = "no donors: give lesion labels under Case, or a donor library under How"
_NO_MODEL = "no trained generator: choose one, or train one, under How, GAN"


def usable_methods(bench: Workbench, models: ModelLoader) -> dict[str, str | None]:
    """Every method, with the reason why a batch cannot use it now, or None."""
    return {name: _why_not(name, bench, models) for name in in_order(method_names())}


def generator_file(methods: Iterable[str], models: ModelLoader) -> Path | None:
    """File of the generator in use; None for the program's own, and where none is needed."""
    needed = any(get_method(name).needs_model for name in methods)
    return models.file if needed else None


def _why_not(name: str, bench: Workbench, models: ModelLoader) -> str | None:
    method = get_method(name)
    if method.needs_donor and not bench.donors:
        return _NO_DONORS
    return _NO_MODEL if method.needs_model and not models.available else None
