"""Cutting an example out of a training CT: turned, resized, and a little changed in its HU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.frame import LIMIT, Frame
from napari_lesion_synth.detection.grid import axis_matrix
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.inputs import depth_channel
from napari_lesion_synth.detection.placed import Placed, common, painted
from napari_lesion_synth.synthesis.components import place_in

__all__ = ["Example", "Turn", "drawn_step", "example", "recoloured"]

_USUAL = {True: 100.0, False: 1000.0}
"""Pixels of a lesion of some 14 mm, in a slice and in a volume: each of them counts once."""

_WORTH = (0.5, 6.0)
"""Least and most that a lesion's pixel counts."""

_TAPS = 3
"""Pixels that a pixel is interpolated from, at most, along an axis."""

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One example: its channels first.

    Parameters
    ----------
    image : ndarray of float32, shape (4, y, x) or (2, z, y, x)
        As `inputs.slice_input`; of a volume, CT and depth.
    target : ndarray of bool, shape (1, [z,] y, x)
        Lesions; they lie in the organ.
    weight : ndarray of bool, shape (1, [z,] y, x)
        What counts: the organ, as far as the frame goes.
    """

    image: Field
    target: Mask
    weight: Mask


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """Which voxels of the frame make those of the example along one axis, and by how much."""

    index: NDArray[np.int64]
    weight: Field
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, n: int, center: float, count: int, step: float) -> _Axis:
        """`count` pixels about a place; without a change of size they are the frame's own."""
        first = _kept_in(n, center, count * step) - (count - 1) / 2 * step
        if step == 1:
            first = round(first)
        places = first + step * np.arange(count)
        matrix = axis_matrix(n, first, step, count)
        start = np.clip((matrix > 0).argmax(axis=1), 0, max(n - _TAPS, 0))
        index = np.minimum(start[:, None] + np.arange(_TAPS), n - 1)
        weight = np.take_along_axis(matrix, index, axis=1).astype(np.float32)
        weight[:, n:] = 0  # of an axis with fewer voxels, the last one came up again
        return cls(index, weight, (places > -0.5) & (places < n - 0.5))


def example(
    host: Host,
    placed: Sequence[Placed],
    center: tuple[float, float, float],
    settings: DataSettings,
    rng: np.random.Generator,
) -> Example:
    """Cut an example out of a host with lesions in it.

    Parameters
    ----------
    host : Host
        The CT.
    placed : sequence of Placed
        Synthetic lesions in it.
    center : tuple of float
        Index in the frame that comes to lie in the middle, as far as the example then lies in
        the frame.
    settings : DataSettings
        Size and changes.
    rng : numpy.random.Generator
        Of the changes.

    Returns
    -------
    Example
    """
    step = drawn_step(settings, rng)
    rows, columns = (
        _Axis.of(n, c, settings.side, step)
        for n, c in zip(host.frame.shape[1:], center[1:], strict=True)
    )
    slices, known = _slices(host.frame.shape[0], center[0], settings.slices)
    part, pick = _part(slices, rows, columns)
    hu, depth, lesion, within = (
        _cut(values, pick, rows, columns, part) for values in _fields(host, placed, part)
    )
    inside = known[:, None, None] & rows.inside[:, None] & columns.inside
    organ = (within >= 0.5) & inside
    target = (lesion >= 0.5) & organ
    seen = recoloured(hu, host.frame, settings, rng)
    if settings.slices == 1:
        middle = slice(1, 2)
        image = np.concatenate([seen, depth_channel(depth[middle])])
        target, organ = target[middle], organ[middle]
    else:
        image = np.stack([seen, depth_channel(depth)])
        target, organ = target[None], organ[None]
    if settings.flips:
        turn = Turn.drawn(rng)
        image = turn(image, around=settings.slices == 1)
        target, organ = turn(target), turn(organ)
    return Example(image, target, organ)


def drawn_step(settings: DataSettings, rng: np.random.Generator) -> float:
    """Voxels of the frame for one that is shown: 1, or for half of the draws another size."""
    if settings.zoom > 0 and rng.random() < 0.5:
        return float(np.exp(rng.uniform(-settings.zoom, settings.zoom)))
    return 1.0


def _kept_in(n: int, center: float, length: float) -> float:
    """The centre moved so that the example lies in the frame, or shows all of it along an axis."""
    low, high = sorted((length / 2 - 0.5, n - length / 2 - 0.5))
    return min(max(center, low), high)


def _slices(n: int, center: float, count: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Slices of the frame for each of the example's, and which of those the frame has."""
    if count == 1:
        places = round(center) + np.arange(-1, 2)
    else:
        places = round(_kept_in(n, center, count) - (count - 1) / 2) + np.arange(count)
    return np.clip(places, 0, n - 1), (places >= 0) & (places < n)


def _part(slices: NDArray[np.int64], rows: _Axis, columns: _Axis) -> tuple[Box, NDArray[np.int64]]:
    """The part of the frame that is looked at, and the slices counted from its first."""
    sides = [
        slice(int(index.min()), int(index.max()) + 1)
        for index in (slices, rows.index, columns.index)
    ]
    return (sides[0], sides[1], sides[2]), slices - sides[0].start


def _fields(host: Host, placed: Sequence[Placed], part: Box) -> tuple[Field, Field, Field, Field]:
    """HU, depth, lesions and organ of a part of the frame."""
    frame = host.frame
    hu, lesion = frame.hu[part].copy(), frame.lesions[part].astype(np.float32)
    painted(hu, part, placed)
    for each in placed:
        shared = None if each.sham else common(part, each.box)
        if shared is not None:
            lesion[place_in(shared, part)][each.mask[place_in(shared, each.box)]] = 1
    return hu, frame.depth_mm[part], lesion, frame.organ[part].astype(np.float32)


def _cut(values: Field, slices: NDArray[np.int64], rows: _Axis, columns: _Axis, part: Box) -> Field:
    """Interpolate in the plane.

    Pixel by pixel, not by a product of matrices: BLAS adds up in an order that depends on its
    threads, and a batch may not depend on the process that made it.
    """
    down = _along(values[slices], rows, part[1].start, 1)
    return _along(down, columns, part[2].start, 2)


def _along(values: Field, axis: _Axis, start: int, number: int) -> Field:
    shape = [1, 1, 1]
    shape[number] = -1
    if (axis.weight.max(axis=1) == 1).all():
        best = axis.weight.argmax(axis=1)
        picked: Field = values.take(axis.index[np.arange(len(best)), best] - start, axis=number)
        return picked
    total: Field | None = None
    for tap in range(_TAPS):
        more = values.take(axis.index[:, tap] - start, axis=number)
        more *= axis.weight[:, tap].reshape(shape)
        total = more if total is None else total + more
    assert total is not None
    return total


def recoloured(hu: Field, frame: Frame, settings: DataSettings, rng: np.random.Generator) -> Field:
    """A part of a frame in windows, with another contrast, level and noise; clipped.

    Parameters
    ----------
    hu : ndarray of float32
        HU of the part.
    frame : Frame
        Whose windows.
    settings : DataSettings
        How much.
    rng : numpy.random.Generator
        Of the changes.
    """
    gain = np.exp(rng.normal(0, settings.gain)) if settings.gain else 1.0
    shift = rng.normal(0, settings.shift_hu) if settings.shift_hu else 0.0
    seen: Field = (hu - np.float32(frame.organ_hu)) * np.float32(gain / frame.window_hu)
    seen += np.float32(shift / frame.window_hu)
    if settings.noise_hu:
        amount = rng.uniform(0, settings.noise_hu) / frame.window_hu
        seen += np.float32(amount) * rng.standard_normal(seen.shape, np.float32)
    return np.clip(seen, -LIMIT, LIMIT)


@dataclass(frozen=True, slots=True)
class Turn:
    """A mirror image and quarter turns.

    Parameters
    ----------
    upside : bool
        Whether the last slice comes first.
    mirror : bool
        Whether the last column comes first.
    quarters : int
        Quarter turns in the plane, as `numpy.rot90`; after the mirror.
    """

    upside: bool
    mirror: bool
    quarters: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Turn:
        """Any of them, all alike."""
        upside, mirror, quarters = rng.integers((2, 2, 4)).tolist()
        return cls(bool(upside), bool(mirror), quarters)

    def __call__(self, values: NDArray[T], *, around: bool = False) -> NDArray[T]:
        """Channels first; `around`: the first three are slices, one above the other."""
        if self.upside and around:
            values = values[[2, 1, 0, *range(3, len(values))]]
        elif self.upside and values.ndim == 4:
            values = values[:, ::-1]
        if self.mirror:
            values = values[..., ::-1]
        return np.ascontiguousarray(np.rot90(values, self.quarters, (-2, -1)))

    def place(self, index: Triple, shape: tuple[int, int, int]) -> Triple:
        """Where a place (z, y, x) of a volume of that shape comes to lie."""
        z, y, x = index
        depth, rows, columns = shape
        z = depth - 1 - z if self.upside else z
        x = columns - 1 - x if self.mirror else x
        for _ in range(self.quarters):
            (y, x), (rows, columns) = (columns - 1 - x, y), (columns, rows)
        return z, y, x
