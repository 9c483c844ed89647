"""Truth lesions: seated, grown, painted into the noise-free liver, and recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.phantom.canvas import SPARE, Canvas, Shade, share_of
from napari_lesion_synth.ct.phantom.frame import Array, Frame, resample
from napari_lesion_synth.ct.phantom.growth import Growth, grow_lesion
from napari_lesion_synth.ct.phantom.scene import Part
from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.ct.phantom.shapes import sharpness
from napari_lesion_synth.ct.phantom.sites import RIM_MM, Depth, Seat
from napari_lesion_synth.ct.phantom.vessels import Tree
from napari_lesion_synth.ct.volume import Box, Triple

__all__ = ["Lesion", "draw_lesions", "make_room", "paint_lesions", "truth_table"]


@dataclass(frozen=True, eq=False)
class Lesion:
    """One lesion before it is painted."""

    seat: Seat
    growth: Growth
    delta_hu: float
    edge_mm: float
    kind: str
    bulge_mm: float


def draw_lesions(
    seats: list[Seat], settings: PhantomSettings, rng: np.random.Generator
) -> list[Lesion]:
    """Grow a lesion for every seat."""
    low, high = settings.contrast
    flat = settings.slices == 1
    lesions = []
    for seat, own in zip(seats, rng.spawn(len(seats)), strict=True):
        delta = low + (high - low) * float(own.beta(2.6, 1.95))
        edge = float(own.uniform(0.6, 1.4) * (0.7 + 0.05 * min(seat.diameter_mm, 20)))
        kind = str(own.choice(["solid", "necrotic", "target"], p=[0.55, 0.3, 0.15]))
        bulge = float(own.uniform(0, 2))
        if seat.diameter_mm < 12:
            kind = "solid"
        if not seat.rim or settings.spacing[0] > 3:
            bulge = 0.0
        growth = grow_lesion(own, seat.diameter_mm, edge, kind, flat=flat)
        lesions.append(Lesion(seat, growth, delta, edge, kind, bulge))
    return lesions


def make_room(tree: Tree, lesions: list[Lesion], canvas: Canvas) -> Tree:
    """Push the vessels out of the way of the lesions that grow between them."""
    node = tree.node
    for lesion in lesions:
        middle = np.array(canvas.position(lesion.seat.center))
        away = node - middle
        distance = np.linalg.norm(away, axis=1) + 1e-3
        size = 0.40 * lesion.seat.diameter_mm
        pushed = np.cbrt(distance**3 + size**3 * np.exp(-((distance / (3 * size)) ** 2)))
        node = middle + away * (pushed / distance)[:, None]
    return tree.moved(node)


def paint_lesions(
    canvas: Canvas,
    organ: Part,
    parenchyma: Callable[[Frame], Shade],
    lesions: list[Lesion],
    liver: NDArray[np.bool_],
) -> tuple[NDArray[np.uint16], Array]:
    """Paint the lesions into parenchyma, before vessels, and add to the liver what bulges.

    Parameters
    ----------
    canvas : Canvas
        Painted in place.
    organ : Part
        The liver's field.
    parenchyma : callable
        HU of the liver without vessels.
    lesions : list of Lesion
        In the order of their ids.
    liver : ndarray of bool, shape (z, y, x)
        Mask on the image; changed in place.

    Returns
    -------
    instances : ndarray of uint16, shape (z, y, x)
        Ids, from 1, on the image.
    share : ndarray of float32
        Share of lesion in every voxel of the canvas: there, no vessel is left.
    """
    instances = np.zeros(liver.shape, np.uint16)
    occupied = np.zeros(canvas.hu.shape, np.float32)
    for number, lesion in enumerate(lesions, start=1):
        center = lesion.seat.center
        middle = canvas.position(center)
        box = _around(canvas.frame, middle, lesion.growth.reach + 2 * max(canvas.voxel))
        frame = canvas.frame.sub(box)
        tissue, contrast = lesion.growth.on(frame, middle, canvas.voxel)
        inside, bulged = (_room(canvas, organ, frame, middle, b) for b in (0.0, lesion.bulge_mm))
        hu, host = canvas.hu[box], parenchyma(frame)
        for i in range(frame.shape[0]):
            change = np.float32(lesion.delta_hu) * contrast[i]
            hu[i] += tissue[i] * inside[i] * change
            beyond = (bulged[i] - inside[i]) / (1 - inside[i] + np.float32(1e-3))
            hu[i] += tissue[i] * beyond * (host(i) + change - hu[i])
        tissue *= bulged
        np.maximum(occupied[box], tissue, out=occupied[box])
        mask, part = _label(box, tissue, len(instances))
        instances[part][mask & (instances[part] == 0)] = number
        if instances[center] == 0:
            instances[center] = number
    liver |= instances > 0
    return instances, occupied


def _around(frame: Frame, middle: Triple, reach: float) -> Box:
    """The points of a grid that lie near another."""
    z, y, x = middle
    return frame.box((z - reach, y - reach, x - reach), (z + reach, y + reach, x + reach))


def _room(canvas: Canvas, organ: Part, frame: Frame, middle: Triple, bulge_mm: float) -> Array:
    """Share of the liver in the voxels of a small grid, if its capsule lay further out."""
    size = max(float(np.ptp(axis)) for axis in frame.axes) + 4 * max(organ.frame.step)
    near = _around(organ.frame, middle, size)
    coarse = organ.frame.sub(near)
    field = organ.field[near] - np.float32(bulge_mm)
    return share_of(resample(sharpness(field, coarse.step, canvas.voxel), coarse, frame).whole())


def _label(box: Box, tissue: Array, slices: int) -> tuple[NDArray[np.bool_], Box]:
    """The lesion's voxels, and the box that holds them, on the image instead of the canvas."""
    low, high = max(box[0].start - SPARE, 0), min(box[0].stop - SPARE, slices)
    first = low + SPARE - box[0].start
    return tissue[first : first + high - low] >= 0.5, (slice(low, high), box[1], box[2])


def truth_table(
    lesions: list[Lesion],
    instances: NDArray[np.uint16],
    liver: NDArray[np.bool_],
    spacing: Triple,
) -> tuple[dict[str, Any], ...]:
    """One record a lesion; see `PhantomScan.truth`."""
    if not lesions:
        return ()
    depths = Depth(liver, spacing).at(np.array([lesion.seat.center for lesion in lesions]))
    voxels = np.bincount(instances.ravel(), minlength=len(lesions) + 1)
    return tuple(
        {
            "id": number,
            "center": lesion.seat.center,
            "diameter_mm": lesion.seat.diameter_mm,
            "delta_hu": lesion.delta_hu,
            "edge_mm": lesion.edge_mm,
            "depth_mm": float(depth),
            "zone": "rim" if depth - lesion.seat.diameter_mm / 2 < RIM_MM else "interior",
            "kind": lesion.kind,
            "voxels": int(voxels[number]),
        }
        for number, (lesion, depth) in enumerate(zip(lesions, depths, strict=True), start=1)
    )
