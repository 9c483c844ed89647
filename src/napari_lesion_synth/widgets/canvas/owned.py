"""Layers that belong to the plugin: found by their mark, and the only ones that it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "KEY",
    "below_sites",
    "is_owned",
    "keeping_active",
    "mark",
    "remove_owned",
    "set_contours",
]

KEY = "napari_lesion_synth"
"""Key in a layer's metadata; its value is the layer's role."""


def mark(role: str, **more: Any) -> dict[str, Any]:
    """Metadata of a layer of ours."""
    return {KEY: role, **more}


def is_owned(layer: Any, role: str | None = None) -> bool:
    """Whether a layer is ours, and has this role."""
    found = layer.metadata.get(KEY)
    return found is not None and (role is None or found == role)


def remove_owned(viewer: Any, layers: Any) -> None:
    """Take layers of ours out of the viewer, as far as they are still there."""
    for layer in list(layers):
        if layer is not None and layer in viewer.layers:
            viewer.layers.remove(layer)


_SLICE_OPACITY, _SOLID_OPACITY = 0.7, 0.15


def below_sites(viewer: Any, layer: Any) -> None:
    """Rings of sites stay on top of what they ring."""
    layers = viewer.layers
    rings = [place for place, other in enumerate(layers) if is_owned(other, "sites")]
    if rings:
        layers.move(layers.index(layer), rings[0])


@contextmanager
def keeping_active(viewer: Any) -> Iterator[None]:
    """Layers added in here do not take the active layer's place, and its keys with it."""
    active = viewer.layers.selection.active
    yield
    if active is not None and active in viewer.layers:
        viewer.layers.selection.active = active


def set_contours(viewer: Any) -> None:
    """Draw labels of ours as outlines in slices; napari has none in its 3-D view, and warns."""
    wanted = 1 if viewer.dims.ndisplay == 2 else 0
    for layer in viewer.layers:
        if is_owned(layer, "organ") or is_owned(layer, "outline"):
            layer.contour = wanted
            if is_owned(layer, "organ"):  # a solid organ would hide its lesions
                layer.opacity = _SLICE_OPACITY if wanted else _SOLID_OPACITY
