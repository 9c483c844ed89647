"""Synthesis methods by name, imported on first use.

A package adds its own through the entry point group ``napari_lesion_synth.methods``, whose
values have the form ``module:Class``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.base import SynthesisMethod

__all__ = ["get_method", "method_names"]

_GROUP = "napari_lesion_synth.methods"
_BUILT_IN = {
    "cgan": "napari_lesion_synth.synthesis.cgan.method:Cgan",
    "poisson": "napari_lesion_synth.synthesis.poisson:Poisson",
    "sigmoid": "napari_lesion_synth.synthesis.sigmoid:Sigmoid",
}
_UNLISTED = {"copy-paste": "napari_lesion_synth.synthesis.copy_paste:CopyPaste"}
"""For comparisons: found by name, and never offered."""


def _targets() -> dict[str, str]:
    plugins = {point.name: point.value for point in entry_points(group=_GROUP)}
    return {**plugins, **_BUILT_IN}


def method_names() -> tuple[str, ...]:
    """Names of all methods that can be used here, sorted."""
    return tuple(sorted(_targets()))


def get_method(name: str) -> SynthesisMethod[Any]:
    """The method registered under `name`.

    Raises
    ------
    ParameterError
        If there is none; the message lists those there are.
    """
    # Built-in methods do without a search of all installed packages, which takes milliseconds.
    own = {**_BUILT_IN, **_UNLISTED}
    targets = own if name in own else _targets()
    if name not in targets:
        raise ParameterError(
            f"there is no synthesis method {name!r}",
            remedy=f"Use one of: {', '.join(sorted(targets))}",
        )
    module, _, attribute = targets[name].partition(":")
    method: SynthesisMethod[Any] = getattr(import_module(module), attribute)()
    return method
