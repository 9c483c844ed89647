"""Layers that belong to the plugin: found by their mark, and the only ones that it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "FINDINGS",
    "KEY",
    "below_sites",
    "is_owned",
    "keeping_active",
    "mark",
    "remove_owned",
]

KEY = "napari_lesion_synth"
"""Key in a layer's metadata; its value is the layer's role."""

FINDINGS = ("detector's heat", "findings", "known lesions of findings", "findings' scores")
"""Roles of the layers that show a detection; they have keys of their own."""

_RINGS = ("sites", "numbers")


def mark(role: str, **more: Any) -> dict[str, Any]:
    """Metadata of a layer of ours."""
    return {KEY: role, **more}


def is_owned(layer: Any, *roles: str) -> bool:
    """Whether a layer is ours, and has one of these roles; without any: whatever its role."""
    found = layer.metadata.get(KEY)
    return found is not None and (not roles or found in roles)


def remove_owned(viewer: Any, layers: Any) -> None:
    """Take layers of ours out of the viewer, as far as they are still there."""
    for layer in list(layers):
        if layer is not None and layer in viewer.layers:
            viewer.layers.remove(layer)


def below_sites(viewer: Any, layer: Any) -> None:
    """Rings of sites stay on top of what they ring."""
    layers = viewer.layers
    rings = [place for place, other in enumerate(layers) if is_owned(other, *_RINGS)]
    if rings:
        layers.move(layers.index(layer), rings[0])


@contextmanager
def keeping_active(viewer: Any) -> Iterator[None]:
    """Layers added in here do not take the active layer's place, and its keys with it."""
    active = viewer.layers.selection.active
    yield
    if active is not None and active in viewer.layers:
        viewer.layers.selection.active = active
