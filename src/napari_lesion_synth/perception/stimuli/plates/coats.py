"""Surfaces of food: their colours, and how they change over a piece."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from napari_lesion_synth.perception.stimuli.plates.field import Colouring
from napari_lesion_synth.perception.stimuli.plates.noise import Array, linear, smoothstep

__all__ = ["blend", "egg", "grilled", "leaf", "marbled", "mottled", "ringed"]


def blend(first: Array, second: Array, share: Array) -> Array:
    """From one colour to the other, shape (n, 3)."""
    return first + (second - first) * share[:, None]


def mottled(first: str, second: str, amount: float = 0.5) -> Colouring:
    """Two colours in patches."""

    def colour(u: Array, v: Array, noise: Array) -> Array:  # noqa: ARG001
        return blend(linear(first), linear(second), smoothstep(noise * amount + 0.5, 0, 1))

    return colour


def marbled(flesh: str, fat: str, stripes: float, lean: float) -> Colouring:
    """Flesh with stripes of fat that lean along the slice, as salmon has."""

    def colour(u: Array, v: Array, noise: Array) -> Array:
        wave = np.sin((u * lean + v + 0.12 * u * u + 0.03 * noise) * np.pi * stripes)
        return blend(linear(flesh), linear(fat), smoothstep(wave, 0.55, 1.05) * 0.75)

    return _with_darker_edge(colour)


def grilled(meat: str, crust: str, bars: float) -> Colouring:
    """Glazed meat with dark bars across."""

    def colour(u: Array, v: Array, noise: Array) -> Array:
        wave = np.sin((u + 0.1 * v) * np.pi * bars + 0.5 * noise)
        scorched = smoothstep(wave + 0.35 * noise, 0.1, 1.1)
        edge = smoothstep(np.abs(v), 0.75, 1.05)
        return blend(linear(meat), linear(crust), np.maximum(scorched * 0.75, edge * 0.85))

    return colour


def ringed(outer: str, inner: str) -> Colouring:
    """A slice whose colour changes from its middle outwards."""

    def colour(u: Array, v: Array, noise: Array) -> Array:
        return blend(
            linear(inner), linear(outer), smoothstep(np.hypot(u, v) + 0.04 * noise, 0.3, 0.9)
        )

    return colour


def leaf(blade: str, vein: str) -> Colouring:
    """A leaf with its veins."""

    def colour(u: Array, v: Array, noise: Array) -> Array:
        middle = 1 - smoothstep(np.abs(v), 0.02, 0.09)
        side = smoothstep(np.sin((u * 1.3 - np.abs(v) * 0.9) * np.pi * 4.5), 0.9, 1.05)
        shade = linear(blade) * (1 + 0.14 * noise[:, None])
        return np.clip(blend(shade, linear(vein), np.maximum(middle * 0.8, side * 0.4)), 0, 1)

    return colour


def egg(u: Array, v: Array, noise: Array) -> Array:
    """Half a boiled egg with a soft yolk."""
    yolk = 1 - smoothstep(np.hypot((u - 0.08) * 1.05, v) + 0.015 * noise, 0.5, 0.57)
    soft = blend(linear("#e88a12"), linear("#f6b23c"), smoothstep(np.hypot(u, v), 0.15, 0.6))
    return linear("#f7f1e4") + (soft - linear("#f7f1e4")) * yolk[:, None]


def _with_darker_edge(inner: Callable[[Array, Array, Array], Array]) -> Colouring:
    def colour(u: Array, v: Array, noise: Array) -> Array:
        edge = smoothstep(np.maximum(np.abs(u), np.abs(v)), 0.8, 1.1)[:, None]
        return inner(u, v, noise) * (1 - 0.25 * edge)

    return colour
