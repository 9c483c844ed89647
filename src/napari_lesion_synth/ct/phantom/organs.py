"""The solid neighbours: spleen, kidneys, pancreas, adrenals, great vessels, psoas, crura."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from napari_lesion_synth.ct.phantom.canvas import Canvas, Paint, Shade
from napari_lesion_synth.ct.phantom.frame import Array, Floats, Frame
from napari_lesion_synth.ct.phantom.liver import gallbladder
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.scene import Scene
from napari_lesion_synth.ct.phantom.shapes import (
    FAR,
    Points,
    ellipsoid,
    join,
    meet,
    segment,
    tube,
)
from napari_lesion_synth.ct.phantom.skeleton import spine_center
from napari_lesion_synth.ct.phantom.tissue import Tissue
from napari_lesion_synth.ct.phantom.wobble import Wobble

__all__ = [
    "grained",
    "paint_round_ligament",
    "place_gallbladder",
    "place_kidneys",
    "place_pancreas",
    "place_posterior",
    "place_spleen",
]  # fmt: skip


def place_posterior(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    """Muscles beside the spine, aorta, vena cava, crura; the spine itself is painted later."""
    box, part = scene.lattice.near((-200, -20, -75), (200, 110, 75))
    z, y, x = part.at
    yc, xc = spine_center(patient, part.frame.z)
    y0 = y - yc[:, None, None]
    x0 = x - xc[:, None, None]
    scene.place("spine", box, _oval(y0, x0, 0, 0, 18, 23), gap_mm=-30, below_diaphragm=None)
    low = np.clip((-10 - z) / 70, 0, 1)
    size = np.float32(patient.muscle**0.5)
    psoas = _oval(y0, np.abs(x0), 6, 28 + 7 * low, _grow(low, 19) * size, _grow(low, 16) * size)
    flank = _oval(y0, np.abs(x0), 25, 49, _grow(low, 10) * size, _grow(low, 20) * size)
    muscle = np.where(low > 0.03, np.minimum(psoas, flank), np.float32(FAR))
    canvas.paint(
        scene.place("psoas", box, muscle, gap_mm=0.8, wall_mm=-8, below_diaphragm=None).field,
        part.frame,
        _fibres(tissue, rng),
    )
    _great_vessels(canvas, scene, patient, tissue)
    left, _ = segment((z, y0, x0), (60, -16, 3), (-60, -14, 22), (5.5, 2.5))
    right, _ = segment((z, y0, x0), (60, -18, -8), (-75, -12, -21), (6.5, 2.5))
    arch = np.maximum(np.abs(np.hypot(y0 + 22, x0 + 1) - 21) - np.float32(2.4), -z + 5)
    arch = np.maximum(arch, y0 + np.float32(22))
    crura = np.minimum(join(left, right, 3), arch)
    canvas.paint(
        scene.place("crura", box, crura, gap_mm=0.6, below_diaphragm=None).field,
        part.frame,
        tissue.muscle,
    )


def _grow(low: Floats, full: float) -> Floats:
    """Radius of a muscle that starts at the height of the porta and grows downwards."""
    result: Floats = full * np.sqrt(np.maximum(low, 0.01))
    return result


Number: TypeAlias = float | Floats


def _oval(y: Array, x: Array, cy: Number, cx: Number, ry: Number, rx: Number) -> Array:
    """A column of elliptical section; centre and radii may vary with height."""
    dy, dx = (y - cy) / ry, (x - cx) / rx
    k = np.sqrt(dy * dy + dx * dx) + np.float32(1e-4)
    steep = np.sqrt((dy / ry) ** 2 + (dx / rx) ** 2) / k + np.float32(1e-4)
    result: Array = ((k - 1) / steep).astype(np.float32)
    return result


def _fibres(tissue: Tissue, rng: np.random.Generator) -> Paint:
    """Muscle with some fat between its bundles."""
    streak = Wobble(rng, (30.0, 5.0, 5.0))

    def paint(frame: Frame) -> Shade:
        s = streak.slices(frame)

        def shade(i: int) -> Array:
            bundle = s[i]
            fat = np.clip(np.abs(bundle) - np.float32(1.7), 0, 1)
            result: Array = np.float32(tissue.muscle) + 3 * bundle - 45 * fat
            return result

        return shade

    return paint


def grained(mean: float, spread: float, grain: Wobble) -> Paint:
    """HU that vary smoothly about a mean."""

    def paint(frame: Frame) -> Shade:
        g = grain.slices(frame)

        def shade(i: int) -> Array:
            result: Array = np.float32(mean) + np.float32(spread) * g[i]
            return result

        return shade

    return paint


def _great_vessels(canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue) -> None:
    box, part = scene.lattice.near((-200, -10, -50), (200, 70, 60))
    z, y, x = part.at
    yc, xc = spine_center(patient, part.frame.z)
    y0 = y - yc[:, None, None]
    x0 = x - xc[:, None, None]
    drift = np.clip(z / 110, -1, 1)
    aorta = _oval(y0, x0, -27 + 9 * np.clip(drift, 0, 1), 9 + 6 * drift, 10.5 + drift, 10.5 + drift)
    cava = _oval(
        y0,
        x0,
        -23 - 15 * np.clip((z + 20) / 70, 0, 1.3),
        -21 - 4 * np.clip(z / 60, 0, 1),
        9.5,
        12.5,
    )
    wall = scene.place("aorta", box, aorta, gap_mm=0.2, below_diaphragm=None).field
    canvas.paint(wall, part.frame, tissue.aorta)
    wall = scene.place("cava", box, cava, gap_mm=0.8, below_diaphragm=None).field
    canvas.paint(wall, part.frame, tissue.cava)


def place_spleen(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    """The spleen, moulded between wall, stomach and kidney."""
    box, part = scene.lattice.near((-80, -60, 20), (110, 110, 180))
    s = patient.spleen
    center = (14.0, 34.0, 0.74 * patient.half_width)
    body = ellipsoid(part.at, center, (50 * s, 46 * s, 34 * s))
    hilum = ellipsoid(part.at, (8, 8, center[2] - 40 * s), (55 * s, 40 * s, 30 * s))
    spleen = meet(body, -hilum, 12)
    field = scene.place("spleen", box, spleen, gap_mm=2.5, wall_mm=3.5, below_diaphragm=2.5).field
    canvas.paint(field, part.frame, grained(tissue.spleen, tissue.mottle, Wobble(rng, 9.0)))


def place_kidneys(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    """Kidneys with cortex, medulla, and fat and pelvis in the sinus."""
    for side, height in ((-1.0, patient.kidney_right), (1.0, patient.kidney_left)):
        x0 = side * (52 + 8 * patient.visceral)
        box, part = scene.lattice.near(
            (height - 62, -15, min(x0 - 42, x0 + 42)), (height + 62, 95, max(x0 - 42, x0 + 42))
        )
        z, y, x = part.at
        lean = np.float32(0.20)
        local: Points = (
            z - np.float32(height),
            y - np.float32(36) + np.float32(0.16) * (z - np.float32(height)),
            side * (x - np.float32(x0)) + lean * (z - np.float32(height)),
        )
        bean = ellipsoid(local, (0, 0, 0), (53, 24, 27))
        notch = ellipsoid(local, (0, -8, -27), (15, 11, 20))
        bean = meet(bean, -notch, 8)
        gap = 4.0 + 9.0 * patient.visceral
        bean = scene.place(
            f"kidney{side:+.0f}", box, bean, gap_mm=gap, wall_mm=7 + 8 * patient.visceral
        ).field
        _paint_kidney(canvas, local, part.frame, bean, tissue, rng)


def _paint_kidney(
    canvas: Canvas,
    local: Points,
    frame: Frame,
    bean: Array,
    tissue: Tissue,
    rng: np.random.Generator,
) -> None:
    lumps = Wobble(rng, 13.0).on(frame)
    canvas.paint(bean, frame, tissue.cortex)
    inner = bean + np.float32(7.5) + 4.5 * lumps
    canvas.paint(inner, frame, tissue.medulla)
    sinus = ellipsoid(local, (0, -3, -11), (33, 8, 15)) + np.float32(4) * lumps
    sinus = meet(sinus, bean + np.float32(6), 3)
    canvas.paint(sinus, frame, tissue.fat + 35)
    pelvis = ellipsoid(local, (0, -4, -12), (20, 4, 13)) + np.float32(3) * Wobble(rng, 8.0).on(
        frame
    )
    canvas.paint(meet(pelvis, sinus + 1, 2), frame, tissue.pelvis)


def place_pancreas(
    canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue, rng: np.random.Generator
) -> None:
    """Pancreas and adrenals: placed after the organs that they yield to."""
    box, part = scene.lattice.near((-75, -60, -50), (45, 60, 115))
    lumps = Wobble(rng, 7.5).on(part.frame)
    path = [
        (-58, 0, -28),
        (-36, -4, -24),
        (-20, -18, -4),
        (-12, -22, 14),
        (-4, -2, 48),
        (4, 12, 84),
    ]
    field = tube(part.at, path, [12, 14, 10, 10, 11, 9], 8)
    field = field + lumps * np.float32(2.2 + 1.8 * patient.visceral)
    field = scene.place("pancreas", box, field, gap_mm=2.0).field
    canvas.paint(field, part.frame, tissue.pancreas - 10 * patient.visceral)
    for side, (z0, y0, x0) in ((-1, (10, 26, -27)), (1, (0, 22, 27))):
        box, part = scene.lattice.near((z0 - 26, y0 - 22, x0 - 26), (z0 + 26, y0 + 26, x0 + 26))
        limb, _ = segment(
            part.at, (z0 + 14, y0 - 8, x0), (z0 - 14, y0 + 14, x0 + 6 * side), (2.2, 2.4)
        )
        other, _ = segment(part.at, (z0 + 14, y0 - 8, x0), (z0 - 14, y0 + 10, x0 - 5), (2.2, 2.2))
        field = scene.place(f"adrenal{side:+d}", box, join(limb, other, 2), gap_mm=1.5).field
        canvas.paint(field, part.frame, tissue.adrenal)


def place_gallbladder(canvas: Canvas, scene: Scene, patient: Patient, tissue: Tissue) -> None:
    """The gallbladder in its bed, unless it was removed."""
    if patient.gallbladder == 0:
        return
    box, part = scene.lattice.near((-85, -90, -80), (10, 15, -5))
    field = scene.place("gallbladder", box, gallbladder(patient, part.at), gap_mm=0.3).field
    canvas.paint(field, part.frame, tissue.gut)
    canvas.paint(field + np.float32(1.3), part.frame, tissue.bile)


def paint_round_ligament(canvas: Canvas, scene: Scene, tissue: Tissue) -> None:
    """The round ligament, a cord in the fat of the fissure between the left segments."""
    box, part = scene.lattice.near((-60, -100, -10), (10, -25, 25))
    cord, _ = segment(part.at, (-70, -90, 9), (2, -33, 5), (2.6, 2.0))
    canvas.paint(meet(cord, scene.trunk.cavity[box] + 2, 1), part.frame, tissue.muscle - 10)
