"""A dish as a field of heights: what lies above each point of the table.

Lengths are in cm. Rows run along y, columns along x; the dish's centre is the origin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.stimuli.plates.noise import Array, octaves

__all__ = ["DISH", "FOOD", "GARNISH", "MAIN", "TABLE", "Coat", "Field", "Piece"]

TABLE, MAIN, GARNISH, FOOD, DISH = range(5)
"""What a point belongs to; the numbers of the areas."""

HALF_CM = 17.0
TEXELS = 1100

Colouring = Callable[[Array, Array, Array], Array]
"""From the place in a piece (u along it, v across it, both -1 to 1) and noise to its colour."""


@dataclass(frozen=True)
class Coat:
    """A surface: what it is, its colour in linear light, and how it shines (0 to 1)."""

    part: int
    colour: Array | Colouring
    gloss: float

    def painted(self, u: Array, v: Array, noise: Array) -> Array:
        """Colour at each of the points, shape (n, 3)."""
        if callable(self.colour):
            return self.colour(u, v, noise)
        amount = np.float32(0.0 if self.part == DISH else 0.1)  # glaze is even
        mottled = 1 + amount * noise[:, None]
        return np.clip(self.colour * mottled, 0, 1)


@dataclass(frozen=True)
class Piece:
    """Something that lies on the food.

    Parameters
    ----------
    x, y : float
        Its middle.
    length, width, height : float
        Of the whole piece; length lies along `turn`.
    coat : Coat
        Its surface.
    turn : float
        Radians.
    corner : float
        Of its outline: 2 is an ellipse, more is ever more of a rectangle.
    dome : float
        Of its profile: 0.5 is round, less is flat with an edge, more is peaked.
    tilt : tuple of float
        Slope along its length and across it.
    bump : float
        Roughness of its surface in cm.
    hole : float
        Share of the radius that is a hole.
    drape : float
        0 lies flat, 1 follows what is below it.
    """

    x: float
    y: float
    length: float
    width: float
    height: float
    coat: Coat
    turn: float = 0.0
    corner: float = 2.0
    dome: float = 0.5
    tilt: tuple[float, float] = (0.0, 0.0)
    bump: float = 0.0
    hole: float = 0.0
    drape: float = 0.3


class Field:
    """Heights and surfaces above a square of the table.

    Attributes
    ----------
    height : ndarray of float32, shape (n, n)
        cm above the table.
    colour : ndarray of float32, shape (n, n, 3)
        Share of light given back, linear.
    gloss : ndarray of float32, shape (n, n)
        0 dull, 1 wet.
    part : ndarray of uint8, shape (n, n)
        `TABLE`, `DISH`, `FOOD`, `MAIN` or `GARNISH`.
    """

    def __init__(self, rng: np.random.Generator, texels: int = TEXELS) -> None:
        self.n = texels
        self.step = 2 * HALF_CM / texels
        self.height = np.zeros((texels, texels), np.float32)
        self.colour = np.full((texels, texels, 3), 0.3, np.float32)
        self.gloss = np.zeros((texels, texels), np.float32)
        self.part = np.zeros((texels, texels), np.uint8)
        self.rng = rng
        self.fine = octaves((texels, texels), (90, 180, 360), rng)
        self.coarse = octaves((texels, texels), (12, 24, 48), rng)
        axis = (np.arange(texels, dtype=np.float32) + 0.5) * np.float32(self.step) - HALF_CM
        self.x, self.y = axis[None, :], axis[:, None]
        self.radius = np.hypot(self.x, self.y)

    def lay(self, where: NDArray[np.bool_], height: Array, coat: Coat) -> None:
        """Cover the points `where` up to a height, with a surface of their own."""
        rows = np.nonzero(where)
        self.height[rows] = height[rows]
        self._coat(rows, coat, np.zeros(len(rows[0]), np.float32), self.fine[rows])

    def add(self, piece: Piece) -> None:
        """Put a piece on top of what is there."""
        box = self._box(piece)
        if box is None:
            return
        u, v = self._places(piece, box)
        reach = (np.abs(u) ** piece.corner + np.abs(v) ** piece.corner) ** (1 / piece.corner)
        inside = (reach < 1) & (reach > piece.hole)
        if not inside.any():
            return
        noise = self._noise(box)
        below = self._support(box, u, v, inside, piece)
        top = below + self._profile(piece, reach) * np.float32(piece.height)
        top += np.float32(piece.bump) * noise * (1 - np.clip(reach, 0, 1) ** 4)
        wins = inside & (top > self.height[box])
        self.height[box][wins] = top[wins]
        rows = tuple(place + cut.start for place, cut in zip(np.nonzero(wins), box, strict=True))
        self._coat(rows, piece.coat, u[wins], noise[wins], v[wins])

    def _coat(
        self,
        rows: tuple[NDArray[np.intp], ...],
        coat: Coat,
        u: Array,
        noise: Array,
        v: Array | None = None,
    ) -> None:
        self.colour[rows] = coat.painted(u, u if v is None else v, noise)
        self.gloss[rows] = coat.gloss
        self.part[rows] = coat.part

    def _box(self, piece: Piece) -> tuple[slice, slice] | None:
        reach = np.hypot(piece.length, piece.width) / 2
        ends = []
        for middle in (piece.y, piece.x):
            low = int((middle - reach + HALF_CM) / self.step)
            high = int((middle + reach + HALF_CM) / self.step) + 2
            if low < 0 or high > self.n:
                return None
            ends.append(slice(low, high))
        return ends[0], ends[1]

    def _places(self, piece: Piece, box: tuple[slice, slice]) -> tuple[Array, Array]:
        dx, dy = self.x[:, box[1]] - piece.x, self.y[box[0]] - piece.y
        cos, sin = np.float32(np.cos(piece.turn)), np.float32(np.sin(piece.turn))
        u = (dx * cos + dy * sin) / np.float32(piece.length / 2)
        v = (dy * cos - dx * sin) / np.float32(piece.width / 2)
        return u, v

    def _noise(self, box: tuple[slice, slice]) -> Array:
        """A part of the fine noise, from anywhere."""
        rows, columns = (cut.stop - cut.start for cut in box)
        row, column = self.rng.integers(0, self.n - max(rows, columns), 2)
        return self.fine[row : row + rows, column : column + columns]

    def _support(
        self,
        box: tuple[slice, slice],
        u: Array,
        v: Array,
        inside: NDArray[np.bool_],
        piece: Piece,
    ) -> Array:
        """What the piece lies on: a plane through the food below it, tilted."""
        ground = self.height[box]
        a, b, h = u[inside], v[inside], ground[inside]
        # Places in a symmetric outline are uncorrelated, so each slope has its own quotient.
        mean = np.float32(h.mean())
        slopes = [np.float32((c * (h - mean)).sum() / max((c * c).sum(), 1e-6)) for c in (a, b)]
        along, across = piece.tilt[0] * piece.length / 2, piece.tilt[1] * piece.width / 2
        plane = mean + (slopes[0] + np.float32(along)) * u + (slopes[1] + np.float32(across)) * v
        support: Array = plane + np.float32(piece.drape) * (ground - plane)
        return support

    @staticmethod
    def _profile(piece: Piece, reach: Array) -> Array:
        if piece.hole:  # a ring is highest between its hole and its edge
            middle, half = (1 + piece.hole) / 2, (1 - piece.hole) / 2
            reach = np.abs(reach - np.float32(middle)) / np.float32(half)
        solid: Array = np.clip(1 - reach * reach, 0, 1) ** np.float32(piece.dome)
        return solid
