"""Stomach, duodenum, colon and small bowel: walls, fluid, food, stool and gas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from napari_lesion_synth.ct.phantom.canvas import Canvas, Shade
from napari_lesion_synth.ct.phantom.frame import Array, Frame, resample
from napari_lesion_synth.ct.phantom.organs import grained
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.scene import Scene
from napari_lesion_synth.ct.phantom.shapes import meet, tube
from napari_lesion_synth.ct.phantom.tissue import Tissue
from napari_lesion_synth.ct.phantom.wobble import Wobble
from napari_lesion_synth.ct.volume import Triple

__all__ = ["place_gut"]

GAS = -960.0


def place_gut(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    """All hollow organs, in the order in which they find room."""
    _stomach(canvas, scene, patient, tissue, rng)
    _colon(canvas, scene, patient, tissue, rng)
    _duodenum(canvas, scene, tissue)
    _small_bowel(canvas, scene, patient, tissue, rng)


def _stomach(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    front = -patient.front
    box, part = scene.lattice.near((-85, front - 10, -45), (95, 70, 130))
    full = float(rng.uniform(0.72, 1.15))
    path = [
        (44, 18, 64), (22, -4, 66), (-6, -34, 56), (-34, 0.62 * front, 26), (-30, -34, -8),
    ]  # fmt: skip
    field = tube(part.at, path, [30 * full, 32 * full, 26 * full, 19 * full, 11], 16)
    field = field + Wobble(rng, 26.0).on(part.frame) * np.float32(3)
    field = scene.place("stomach", box, field, gap_mm=2.0, wall_mm=4.0).field
    folds = Wobble(rng, 8.0).on(part.frame) * np.float32(1.5)
    canvas.paint(field, part.frame, tissue.gut)
    inside = field + np.float32(4.6) + folds
    food = Wobble(rng, 5.0)
    rough = float(rng.choice([3.0, 14.0, 30.0]))
    canvas.paint(inside, part.frame, grained(26, rough, food))
    level = 0.8 * front + patient.stomach_air * (30 - 0.8 * front)
    gas = meet(inside, part.frame.mesh()[1] - np.float32(level) + 0 * inside, 1.0)
    canvas.paint(gas, part.frame, GAS)
    gullet = np.hypot(scene.lattice.at[1] - 15, scene.lattice.at[2] - 9) - np.float32(8)
    gullet = np.maximum(gullet, 40 - scene.lattice.at[0])
    everything = tuple(slice(0, n) for n in scene.lattice.frame.shape)
    box = (everything[0], everything[1], everything[2])
    tubefield = scene.place("gullet", box, gullet, gap_mm=0.5, below_diaphragm=None).field
    canvas.paint(tubefield, scene.lattice.frame, tissue.gut - 20)


def _colon(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    w, front = patient.half_width, -patient.front
    sag = float(rng.uniform(-92, -48))
    path: list[Triple] = [
        (-150, 8, -0.72 * w), (-100, 6, -0.74 * w), (-64, -8, -0.66 * w),
        (-60, 0.50 * front, -0.44 * w), (sag, 0.72 * front, -0.08 * w),
        (sag + 14, 0.70 * front, 0.28 * w), (-22, 0.48 * front, 0.62 * w),
        (22, -0.05 * front - 14, 0.78 * w), (-30, 16, 0.76 * w), (-90, 22, 0.75 * w),
        (-150, 20, 0.72 * w),
    ]  # fmt: skip
    r = float(rng.uniform(16, 24))
    radii = [r, r + 3, r + 2, r, r, r - 1, r - 2, r, r - 5, r - 6, r - 6]
    lat = scene.lattice
    box, part = lat.near((-150, front - 20, -w - 10), (60, 60, w + 10))
    field = tube(part.at, path, radii, 5)
    haustra = Wobble(rng, (11.0, 13.0, 11.0)).on(part.frame)
    field = field + haustra * np.float32(3.2)
    field = scene.place("colon", box, field, gap_mm=1.6, wall_mm=3.0).field
    canvas.paint(field, part.frame, tissue.gut)
    inside = field + np.float32(2.2)
    contents = Wobble(rng, 26.0).on(part.frame)
    bubbles, fine = Wobble(rng, 4.2), Wobble(rng, 9.0)
    gasness = float(rng.uniform(-0.4, 0.9))

    def stool(frame: Frame) -> Shade:
        b, g = bubbles.slices(frame), fine.slices(frame)

        def shade(i: int) -> Array:
            mix = b[i] + np.float32(0.7) * g[i]
            gas = np.clip((mix - np.float32(1.25 - 0.5 * gasness)) * 1.3, 0, 1)
            result: Array = 45 + 14 * mix + gas * np.float32(-720)
            return result

        return shade

    canvas.paint(inside, part.frame, stool)
    up = part.frame.mesh()[1] + 0 * inside
    top = _top(inside, up)
    free = up - (top + np.float32(9 + 10 * gasness) + 11 * contents)
    canvas.paint(meet(inside, free, 1.0), part.frame, GAS)


def _top(inside: Array, y: Array) -> Array:
    """Front-most y of the lumen by column, so that gas gathers at the top of each loop."""
    hollow = np.where(inside < 0, y, np.float32(1e3))
    return np.minimum.reduce(hollow, axis=1, keepdims=True)


def _duodenum(canvas: Canvas, scene: Scene, tissue: Tissue) -> None:
    box, part = scene.lattice.near((-110, -60, -75), (5, 45, 50))
    path = [
        (-30, -36, -14),
        (-28, -28, -40),
        (-48, 4, -44),
        (-78, 8, -36),
        (-82, 6, -4),
        (-70, -2, 30),
    ]
    field = tube(part.at, path, [11, 12, 11, 11, 10, 10], 4)
    field = scene.place("duodenum", box, field, gap_mm=1.4).field
    canvas.paint(field, part.frame, tissue.gut)
    canvas.paint(field + np.float32(2.6), part.frame, 30.0)


def _small_bowel(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    """Loops: a random packing of bent sausages, each with its own filling."""
    w, front = patient.half_width, -patient.front
    box, part = scene.lattice.near((-160, front, -0.7 * w), (5, 40, 0.85 * w))
    frame = part.frame
    if 0 in frame.shape:
        return
    pieces, owner = _loops(
        rng, 64 + int(50 * (1 - patient.visceral)), (-175, front, -0.72 * w), (0, 40, 0.86 * w)
    )
    points = np.stack([np.broadcast_to(a, frame.shape) for a in part.at], axis=-1)
    keep = (scene.taken[box] > -1) & (scene.trunk.cavity[box] < 2)
    distance, index = (np.asarray(a) for a in cKDTree(pieces).query(points[keep], k=6))
    own = owner[index]
    other = np.where(own != own[:, :1], distance, np.inf)[:, 1:].min(axis=1)
    other = np.where(np.isfinite(other), other, distance[:, 0] + 16)
    field = np.full(frame.shape, 20, np.float32)
    r = 14.0 - 1.5 * patient.visceral
    field[keep] = np.maximum(distance[:, 0] - r, (distance[:, 0] - other) * 0.5 + 0.3)
    mesentery = np.sqrt(
        ((part.at[0] + 62) / 62) ** 2 + ((part.at[1] + 6) / 34) ** 2 + ((part.at[2] - 4) / 46) ** 2
    )
    mesentery = (1 - mesentery) * 30 - np.float32(16 * (1 - patient.visceral))
    field = meet(field, mesentery.astype(np.float32), 6)
    field = scene.place("bowel", box, field, gap_mm=1.5, wall_mm=3.0).field
    canvas.paint(field, frame, tissue.gut)
    filling = rng.normal(36, 14, owner.max() + 1)
    kind = np.full(frame.shape, 30, np.float32)
    kind[keep] = filling[own[:, 0]]
    wall = np.full(frame.shape, 3, np.float32)
    wall[keep] = rng.choice([2.2, 3.2, 4.5, 9.0, 30.0], owner.max() + 1)[own[:, 0]]
    inside = field + wall
    canvas.paint(inside, frame, lambda f: resample(kind, frame, f).__getitem__)
    gassy = rng.random(owner.max() + 1) < 0.25
    gas = np.full(frame.shape, 9, np.float32)
    top = points[keep][:, 1] - pieces[index[:, 0], 1]
    gas[keep] = np.where(gassy[own[:, 0]], top + 4, 9)
    canvas.paint(meet(inside + 0.5, gas, 1), frame, GAS)


def _loops(
    rng: np.random.Generator, count: int, low: Triple, high: Triple
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Points along bent tubes, 6 mm apart, and the tube that each belongs to."""
    pieces, owner = [], []
    for k in range(count):
        at = rng.uniform(low, high)
        heading = rng.normal(size=3)
        for _ in range(int(rng.integers(8, 22))):
            heading = heading / np.linalg.norm(heading) + rng.normal(0, 0.33, 3)
            at = at + 6 * heading / np.linalg.norm(heading)
            heading = np.where((at < low) | (at > high), -heading, heading)
            pieces.append(at)
            owner.append(k)
    return np.asarray(pieces), np.asarray(owner)
