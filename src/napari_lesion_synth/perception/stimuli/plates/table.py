"""The table below the dish: boards of wood, or a cloth of linen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.perception.stimuli.plates import coats
from napari_lesion_synth.perception.stimuli.plates.noise import Array, linear, octaves, smoothstep

__all__ = ["Table", "lay_table"]

_TEXELS = 900
_HALF_CM = 45.0
_BOARD_CM = 9.0
_WOODS = (("#9a6b42", "#6f4626"), ("#6e5138", "#46311f"), ("#b58c60", "#8e683f"))
_LINENS = (("#b9b3a6", "#a39c8d"), ("#7e8c93", "#6b7980"))


@dataclass(frozen=True, eq=False)
class Table:
    """The table's colours.

    Attributes
    ----------
    colour : ndarray of float32, shape (n, n, 3)
        Linear; repeated beyond its edges.
    """

    colour: Array

    def at(self, x: Array, y: Array) -> Array:
        """Colour at points in cm, shape (n, 3)."""
        n = len(self.colour)
        rows, columns = (
            np.mod(((c + _HALF_CM) * np.float32(n / (2 * _HALF_CM))).astype(np.intp), n)
            for c in (y, x)
        )
        found: Array = self.colour.reshape(-1, 3)[rows * n + columns]
        return found


def lay_table(rng: np.random.Generator) -> Table:
    """A table, drawn anew."""
    kind = int(rng.integers(len(_WOODS) + len(_LINENS)))
    if kind < len(_WOODS):
        return Table(_boards(rng, *_WOODS[kind]))
    return Table(_linen(rng, *_LINENS[kind - len(_WOODS)]))


def _boards(rng: np.random.Generator, light: str, dark: str) -> Array:
    shape = (_TEXELS, _TEXELS)
    y = (np.arange(_TEXELS, dtype=np.float32)[:, None] / _TEXELS * 2 - 1) * _HALF_CM
    board = np.floor(y / _BOARD_CM)
    # Wood is drawn out along the board: coarse along x, fine along y.
    grain = _stretched(rng, 26)
    rings = np.sin((y * 1.1 + 2.2 * _stretched(rng, 5) + board * 17) * 2.0)
    share = smoothstep(0.5 + 0.22 * rings + 0.22 * grain, 0, 1)
    colour = coats.blend(linear(light), linear(dark), share.ravel()).reshape(*shape, 3)
    tone = 1 + 0.1 * np.sin(board * 12.9898)
    gap = 1 - 0.75 * np.exp(
        -((((y / _BOARD_CM) - np.round(y / _BOARD_CM)) * _BOARD_CM / 0.09) ** 2)
    )
    return (colour * (tone * gap)[..., None]).astype(np.float32)


def _stretched(rng: np.random.Generator, cells: int) -> Array:
    """Noise that is long along x."""
    narrow = octaves((_TEXELS, _TEXELS // 12), (cells * 4, cells * 8, cells * 16), rng)
    return np.repeat(narrow, 12 + 1, axis=1)[:, :_TEXELS]


def _linen(rng: np.random.Generator, light: str, dark: str) -> Array:
    shape = (_TEXELS, _TEXELS)
    folds = octaves(shape, (4, 8, 16), rng)
    threads = rng.standard_normal((2, _TEXELS), np.float32)
    weave = threads[0][:, None] + threads[1][None, :]
    share = smoothstep(0.5 + 0.16 * weave + 0.12 * folds, 0, 1)
    return coats.blend(linear(light), linear(dark), share.ravel()).reshape(*shape, 3)
