"""A stack of parallel slices: is it a regular grid, and if not, how to make it one.

A scanner may tilt its gantry (each slice is then shifted sideways against the one before), drop
a slice, or change its spacing half-way. None of these is a grid of voxels, and lesions placed
as if it were would have wrong sizes in mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.geometry import Grid, triple
from napari_lesion_synth.ct.units import AIR
from napari_lesion_synth.ct.volume import Triple

__all__ = ["Stack", "regular_grid", "regularise"]

_OFF_GRID = 0.1
"""A slice may lie this fraction of the spacing away from where a regular grid would have it."""

_SHIFTED = 0.25
"""Slices may drift sideways by this fraction of a pixel over the whole stack."""

_COINCIDE = 0.02
"""Slices nearer to each other than this fraction of the spacing lie at the same place."""

_SAME_PLACE_MM = 1e-3


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel slices of equal size, in the order of their positions.

    Parameters
    ----------
    names : tuple of str
        Of the slices, for messages.
    shape : tuple of int
        Pixels of a slice, (y, x).
    pixel : tuple of float
        mm, (y, x).
    positions : ndarray of float64, shape (n, 3)
        Position of each slice's first pixel in mm, (z, y, x) components of the LPS frame.
    direction : ndarray of float64, shape (3, 3)
        Columns: the slices' normal, the direction of rows below each other, of pixels in a row.
    thickness : float
        mm, for a stack of one.
    """

    names: tuple[str, ...]
    shape: tuple[int, int]
    pixel: tuple[float, float]
    positions: NDArray[np.float64]
    direction: NDArray[np.float64]
    thickness: float = 1.0

    @property
    def along(self) -> NDArray[np.float64]:
        """Distance of each slice from the first along the normal, mm, shape (n,)."""
        offset: NDArray[np.float64] = (self.positions - self.positions[0]) @ self.direction[:, 0]
        return offset

    @property
    def sideways(self) -> NDArray[np.float64]:
        """Shift of each slice against the first in its own plane, mm (y, x), shape (n, 2)."""
        shift: NDArray[np.float64] = (self.positions - self.positions[0]) @ self.direction[:, 1:]
        return shift

    @property
    def shifted(self) -> bool:
        """Whether the slices do not lie straight above each other."""
        return bool(np.abs(self.sideways).max() > _SHIFTED * min(self.pixel))

    @property
    def spacing(self) -> float:
        """Usual distance between neighbours in mm: the median."""
        if len(self.names) == 1:
            return self.thickness
        return float(np.median(np.diff(self.along)))

    def duplicates(self) -> tuple[str, str] | None:
        """Names of two slices at the same place, if there are any."""
        if len(self.names) == 1:
            return None
        steps = np.diff(self.along)
        apart = steps[steps > _SAME_PLACE_MM]
        limit = _COINCIDE * float(np.median(apart)) if apart.size else _SAME_PLACE_MM
        same = np.flatnonzero(steps <= max(limit, _SAME_PLACE_MM))
        return (self.names[same[0]], self.names[same[0] + 1]) if same.size else None

    def fault(self) -> str | None:
        """Why the stack is not a regular grid, or None if it is one."""
        if len(self.names) == 1:
            return None
        return self._tilted() or self._missing() or self._uneven()

    def _tilted(self) -> str | None:
        if not self.shifted:
            return None
        shift = np.hypot(*self.sideways.T)
        far = int(shift.argmax())
        angle = np.degrees(np.arctan2(shift[far], self.along[far]))
        return (
            f"the gantry was tilted by {angle:.1f} degrees: slices are shifted sideways, by "
            f"{shift[far]:.1f} mm from {self.names[0]} to {self.names[far]}"
        )

    def _missing(self) -> str | None:
        steps = np.diff(self.along)
        multiples = np.rint(steps / self.spacing)
        whole = np.abs(steps - multiples * self.spacing) < _OFF_GRID * self.spacing
        if not whole.all() or not (multiples > 1).any():
            return None
        gaps = np.flatnonzero(multiples > 1)
        count = int((multiples[gaps] - 1).sum())
        number = "1 slice is" if count == 1 else f"{count} slices are"
        return f"{number} missing: {self._name_steps(gaps)}"

    def _uneven(self) -> str | None:
        along = self.along
        index = np.arange(len(along))
        fit = np.polynomial.Polynomial.fit(index, along, 1)
        if np.abs(along - fit(index)).max() <= _OFF_GRID * self.spacing:
            return None
        steps = np.diff(along)
        odd = np.flatnonzero(np.abs(steps - self.spacing) > 0.01 * self.spacing)
        return (
            f"the slices are not evenly spaced ({steps.min():.2f} to {steps.max():.2f} mm, usually "
            f"{self.spacing:.2f} mm): {self._name_steps(odd)}"
        )

    def _name_steps(self, steps: NDArray[np.intp], most: int = 3) -> str:
        along = self.along
        named = [
            f"{along[i + 1] - along[i]:.2f} mm from {self.names[i]} to {self.names[i + 1]}"
            for i in steps[:most].tolist()
        ]
        more = f", and {len(steps) - most} more" if len(steps) > most else ""
        return ", ".join(named) + more


def regular_grid(stack: Stack) -> Grid:
    """The grid of a stack without fault."""
    n = len(stack.names)
    # The mean spacing, so that the last slice lies where its header says.
    step = float(stack.along[-1]) / (n - 1) if n > 1 else stack.thickness
    spacing: Triple = triple((step, *stack.pixel))
    return Grid((n, *stack.shape), spacing, triple(stack.positions[0]), stack.direction)


def regularise(stack: Stack, hu: NDArray[np.int16]) -> tuple[NDArray[np.int16], Grid]:
    """Resample a faulty stack onto a regular grid.

    Each slice is first moved sideways to where it belongs (cubic splines, which keep the noise),
    then planes at the usual spacing are interpolated linearly between their two neighbours. A
    plane that coincides with a slice is that slice.

    Parameters
    ----------
    stack : Stack
        Without duplicates.
    hu : ndarray of int16, shape (n, y, x)
        Its slices.

    Returns
    -------
    ndarray of int16, shape (z, y, x)
        Larger than the slices where they were shifted; air where none reaches.
    Grid
        Perpendicular, along the slices' own plane and normal.
    """
    pixel = np.asarray(stack.pixel)
    shifts = stack.sideways / pixel * stack.shifted  # a drift too small to matter is no shift
    first = np.floor(shifts.min(axis=0)).astype(int)
    grown = np.ceil(shifts.max(axis=0)).astype(int) - first
    canvas = (stack.shape[0] + int(grown[0]), stack.shape[1] + int(grown[1]))

    along, step = stack.along, stack.spacing
    count = max(int(np.floor(along[-1] / step + _OFF_GRID)) + 1, 1)
    result = np.full((count, *canvas), AIR, np.int16)
    placed = _Placed(hu, shifts - first, canvas)
    for k in range(count):
        at = min(k * step, float(along[-1]))
        below = min(int(np.searchsorted(along, at, side="right")) - 1, len(along) - 2)
        weight = (at - along[below]) / (along[below + 1] - along[below])
        result[k] = _between(placed, below, float(weight))
    start = stack.positions[0] + stack.direction[:, 1:] @ (first * pixel)
    return result, Grid(
        (count, *canvas), triple((step, *stack.pixel)), triple(start), stack.direction
    )


class _Placed:
    """Slices moved to their places on the canvas; the last two are kept."""

    def __init__(
        self, hu: NDArray[np.int16], shifts: NDArray[np.float64], canvas: tuple[int, int]
    ) -> None:
        self._hu, self._shifts, self._canvas = hu, shifts, canvas
        self._kept: dict[int, NDArray[np.float32]] = {}

    def __getitem__(self, index: int) -> NDArray[np.float32]:
        if index not in self._kept:
            self._kept = {k: v for k, v in self._kept.items() if k == index - 1}
            self._kept[index] = self._place(index)
        return self._kept[index]

    def _place(self, index: int) -> NDArray[np.float32]:
        image = self._hu[index].astype(np.float32)
        whole = np.floor(self._shifts[index] + 1e-6).astype(int)
        part = self._shifts[index] - whole
        if np.abs(part).max() > 1e-3:
            low, high = image.min(), image.max()
            image = ndimage.shift(image, part, order=3, mode="nearest").clip(low, high)
        canvas = np.full(self._canvas, AIR, np.float32)
        y, x = whole.tolist()
        canvas[y : y + image.shape[0], x : x + image.shape[1]] = image
        return canvas


def _between(placed: _Placed, below: int, weight: float) -> NDArray[np.int16]:
    if weight < 1e-3:
        plane = placed[below]
    elif weight > 1 - 1e-3:
        plane = placed[below + 1]
    else:
        plane = (1 - weight) * placed[below] + weight * placed[below + 1]
    hu: NDArray[np.int16] = np.rint(plane).astype(np.int16)
    return hu
