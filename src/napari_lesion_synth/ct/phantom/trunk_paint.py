"""Skin, fat, muscle, chest wall and lungs: everything that is not an organ of the belly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from napari_lesion_synth.ct.phantom.canvas import Canvas, Paint, Shade
from napari_lesion_synth.ct.phantom.frame import Array, Frame, resample
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.scene import Scene
from napari_lesion_synth.ct.phantom.shapes import ellipsoid, join, meet
from napari_lesion_synth.ct.phantom.skeleton import RIB_SHELL, Ribs
from napari_lesion_synth.ct.phantom.tissue import Tissue
from napari_lesion_synth.ct.phantom.wobble import Wobble

__all__ = ["paint_chest", "paint_trunk", "visceral_fat"]

_SKIN_MM = 2.3


def paint_trunk(
    canvas: Canvas,
    scene: Scene,
    patient: Patient,
    tissue: Tissue,
    rngs: dict[str, np.random.Generator],
) -> None:
    """Skin, fat, muscle wall with its layers, ribs."""
    lattice = scene.lattice.frame
    box, _ = canvas.cover(scene.trunk.skin, lattice)
    frame = canvas.frame.sub(box)
    image = canvas.hu[box]
    skin, muscle, cavity = (
        resample(f, lattice, frame)
        for f in (scene.trunk.skin, scene.trunk.muscle, scene.trunk.cavity)
    )
    septa = _septa(frame, rngs["fat"])
    flesh = _Flesh(frame, tissue, patient, rngs["muscle"])
    ribs = Ribs(canvas, frame, patient, rngs["bone"])
    width = canvas.voxel[1] + 0.15 * canvas.voxel[0]

    def share(field: Array, offset: float = 0.0) -> Array:
        result = np.float32(0.5 - offset / width) - field * np.float32(1 / width)
        np.maximum(result, 0, out=result)
        np.minimum(result, 1, out=result)
        return result

    for i in range(frame.shape[0]):
        hu = image[i]
        outside, wall, inside = skin[i], muscle[i], cavity[i]
        hu += share(outside) * (np.float32(38) - hu)
        hu += share(outside, _SKIN_MM) * (tissue.fat + septa(i, outside, wall) - hu)
        hu += share(wall) * (flesh(i, wall, inside) - hu)
        ribs.paint(i, hu, inside)


def _septa(frame: Frame, rng: np.random.Generator) -> Callable[[int, Array, Array], Array]:
    """Fibres and small vessels in the fat under the skin: thin lines, few and faint.

    Half way down runs the superficial fascia.
    """
    field, gate = Wobble(rng, (14.0, 10.0, 10.0)).slices(frame), Wobble(rng, 30.0).slices(frame)

    def shade(i: int, skin: Array, wall: Array) -> Array:
        f, g = field[i], gate[i]
        lines: Array = np.maximum(1 - np.abs(f) * 13, 0)
        thick = wall - skin
        fascia = np.abs(wall - np.float32(0.42) * thick + 2 * f) - np.float32(0.2)
        fascia = np.maximum(np.float32(0.5) - np.float32(0.4) * fascia, 0) * (thick > 9)
        np.maximum(lines, fascia, out=lines)
        lines *= np.clip(g * np.float32(45) + np.float32(14), 0, 80)
        return lines

    return shade


class _Flesh:
    """HU of the muscle wall: sheets with fat between them, and fat between the fibres."""

    def __init__(
        self, frame: Frame, tissue: Tissue, patient: Patient, rng: np.random.Generator
    ) -> None:
        self._streak = Wobble(rng, (32.0, 13.0, 13.0)).slices(frame)
        self._fine = Wobble(rng, (14.0, 3.2, 3.2)).slices(frame)
        self._tissue = tissue
        self._fatty = np.float32(0.5 + 0.45 * patient.visceral)

    def __call__(self, i: int, wall: Array, cavity: Array) -> Array:
        """Slice i; `wall` and `cavity` are its distances outside the two surfaces."""
        streak, fine = self._streak[i], self._fine[i]
        share = np.maximum(1 - np.abs(streak + np.float32(0.15) * fine) * 7, 0)
        share *= np.clip(cavity * np.float32(0.03), 0.2, 0.9)
        np.maximum(share, streak * np.float32(-0.5) + fine * np.float32(0.6) - 1.5, out=share)
        layers = np.maximum(0.75 - np.abs(cavity - np.float32(RIB_SHELL[1] + 1)) * 0.65, 0)
        depth = cavity * np.float32(0.45) + wall
        np.maximum(layers, 0.5 - np.abs(depth) * 0.55, out=layers)
        layers *= np.clip(np.float32(0.8) + streak * np.float32(0.5), 0, 1)
        np.maximum(share, layers, out=share)
        np.maximum(share, 0.22 - np.abs(cavity) * 0.2, out=share)
        np.minimum(share, 1, out=share)
        lean = self._tissue.muscle + 4 * fine
        result: Array = lean + share * (self._tissue.fat + 12 - lean) * self._fatty
        return result


def paint_chest(
    canvas: Canvas,
    scene: Scene,
    patient: Patient,
    tissue: Tissue,
    rngs: dict[str, np.random.Generator],
) -> None:
    """Lungs, heart and diaphragm; below the diaphragm, fat for the organs to lie in."""
    lattice, at = scene.lattice.frame, scene.lattice.at
    trunk = scene.trunk
    canvas.paint(trunk.cavity + np.float32(1.2), lattice, _lung(tissue, rngs["lung"]))
    heart = ellipsoid(at, (84, -34, 26), (38, 46, 58))
    middle = np.hypot((at[1] - 26) * np.float32(0.95), at[2] - np.float32(4)) - np.float32(27)
    front = ellipsoid(at, (70, -patient.front + 6, 8), (60, 20, 40 + 30 * patient.visceral))
    fat = join(join(heart - np.float32(3 + 5 * patient.visceral), middle, 14), front, 10)
    fat = meet(fat, trunk.cavity + np.float32(1.2), 2)
    visceral = visceral_fat(tissue, rngs["fat"])
    canvas.paint(fat, lattice, visceral)
    canvas.paint(meet(heart, -trunk.abdomen + 5, 6), lattice, tissue.myocardium)
    chambers = [
        ((92, -42, 2), (34, 30, 26), tissue.cava),
        ((86, -28, 46), (30, 22, 30), 0.5 * (tissue.aorta + tissue.portal)),
    ]
    for center, radii, blood in chambers:
        inside = meet(ellipsoid(at, center, radii), -trunk.abdomen + 9, 5)
        canvas.paint(meet(inside, heart + 5, 4), lattice, blood)
    inner = trunk.cavity + np.float32(0.6)
    canvas.paint(meet(trunk.abdomen - np.float32(0.7), inner, 1), lattice, tissue.muscle - 6)
    canvas.paint(
        meet(trunk.abdomen + np.float32(1.3), inner + np.float32(0.8), 1), lattice, visceral
    )


def _lung(tissue: Tissue, rng: np.random.Generator) -> Paint:
    """Aerated lung, denser at the back."""
    grain, blobs = Wobble(rng, 3.4), Wobble(rng, 14.0)

    def paint(frame: Frame) -> Shade:
        fine, coarse = grain.slices(frame), blobs.slices(frame)
        base = tissue.lung + frame.y[:, None] * np.float32(0.35)
        return lambda i: base + 16 * fine[i] + 12 * coarse[i]

    return paint


def visceral_fat(tissue: Tissue, rng: np.random.Generator) -> Callable[[Frame], Shade]:
    """Fat between the organs: blotchy, with fine strands, and in the mesentery small vessels.

    The vessels too small to be grown one by one run where two random fields are both zero.
    """
    blotch, strand, gate = Wobble(rng, 16.0), Wobble(rng, (9.0, 6.0, 6.0)), Wobble(rng, 28.0)
    first, second = Wobble(rng, 9.0), Wobble(rng, 9.0)
    blood = np.float32(0.85 * tissue.portal - tissue.fat)

    def paint(frame: Frame) -> Shade:
        b, s, g = blotch.slices(frame), strand.slices(frame), gate.slices(frame)
        u, v = first.slices(frame), second.slices(frame)
        front = np.clip((28 - frame.y[:, None]) / 20, 0, 1) * blood

        def shade(i: int) -> Array:
            gates = g[i]
            lines: Array = np.maximum(1 - np.abs(s[i]) * 6, 0)
            lines *= np.clip(gates * np.float32(45) + np.float32(30), 0, 75)
            vessel = np.float32(1.55) - np.hypot(u[i], v[i]) * (4.8 - 1.6 * gates)
            lines += np.clip(vessel, 0, 1) * front
            lines += 8 * b[i] + np.float32(tissue.fat)
            return lines

        return shade

    return paint
