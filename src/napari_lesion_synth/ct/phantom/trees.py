"""Which vessels there are: portal and hepatic veins, vessels of lungs and mesentery."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.phantom.canvas import Lattice
from napari_lesion_synth.ct.phantom.frame import Array
from napari_lesion_synth.ct.phantom.liver import PORTA
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.skeleton import spine_center
from napari_lesion_synth.ct.phantom.vessels import Tree, grow

__all__ = ["hepatic_veins", "lung_vessels", "mesenteric_vessels", "portal_vein", "splanchnic_veins"]

Floats: TypeAlias = NDArray[np.float64]


def _line(*points: tuple[float, float, float]) -> Floats:
    """A polyline with a point every 4 mm."""
    given = np.asarray(points, float)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(given, axis=0), axis=1))])
    at = np.linspace(0, length[-1], max(int(length[-1] / 4) + 1, 2))
    return np.stack([np.interp(at, length, given[:, i]) for i in range(3)], axis=1)


def _inside(
    field: Array, lattice: Lattice, depth_mm: float, count: int, rng: np.random.Generator
) -> Floats:
    """Random points at least so deep inside a shape."""
    index = np.argwhere(field < -depth_mm)
    if len(index) == 0:
        return np.empty((0, 3))
    pick = index[rng.integers(len(index), size=count)] + rng.uniform(-0.5, 0.5, (count, 3))
    step = np.asarray(lattice.frame.step)
    first = np.array([a[0] for a in lattice.frame.axes], float)
    result: Floats = pick * step + first
    return result


def portal_vein(liver: Array, scout: Lattice, rng: np.random.Generator) -> Tree:
    """The portal vein's tree in the liver, from the porta."""
    z, y, x = PORTA
    right = _line((z, y, x), (z + 9, y + 4, x - 12), (z + 12, y + 9, x - 22))
    left = _line(
        (z, y, x), (z + 14, y - 8, x + 10), (z + 20, y - 22, x + 24), (z + 14, y - 36, x + 28)
    )
    targets = _inside(liver, scout, 5.0, 420, rng)
    return grow([right, left], targets, rng, reach_mm=7.0, twig_mm=1.08, stem_mm=6.8)


def hepatic_veins(patient: Patient, liver: Array, scout: Lattice, rng: np.random.Generator) -> Tree:
    """Right, middle and left hepatic vein, from the vena cava under the dome."""
    z = 0.68 * patient.dome
    yc, xc = spine_center(patient, np.array([z], np.float32))
    y, x = float(yc[0]) - 40, float(xc[0]) - 27
    stems = [
        _line((z, y, x), (z - 6, y + 2, x - 22)),
        _line((z, y, x), (z - 8, y - 20, x - 6)),
        _line((z, y, x), (z - 4, y - 14, x + 14)),
    ]
    targets = _inside(liver, scout, 7.0, 240, rng)
    return grow(stems, targets, rng, reach_mm=8.0, twig_mm=1.15, stem_mm=5.4)


def splanchnic_veins(patient: Patient) -> Tree:
    """Splenic and superior mesenteric vein and the trunk that they form, outside the liver."""
    z, y, x = PORTA
    w = patient.half_width
    meeting = (z - 16, y + 3, 2.0)
    lines = [
        (_line((z, y, x), meeting), 6.4),
        (_line(meeting, (-6, 6, 34), (0, 14, 0.48 * w), (4, 21, 0.57 * w)), 4.4),
        (_line(meeting, (-46, -8, 6), (-120, -22, 8)), 5.2),
    ]
    nodes = np.concatenate([line for line, _ in lines])
    parents: list[int] = []
    radii: list[float] = []
    for line, radius in lines:
        start = len(parents)
        parents += [start, *range(start, start + len(line) - 1)]
        radii += [radius] * len(line)
    return Tree(nodes, np.asarray(parents), np.asarray(radii))


def lung_vessels(lung: Array, scout: Lattice, rng: np.random.Generator) -> Tree:
    """Arteries and veins of the lung bases."""
    targets = _inside(lung, scout, 5.0, 330, rng)
    stems = [_line((132, 6, s * 34), (112, 10, s * 44)) for s in (-1, 1)]
    return grow(stems, targets, rng, step_mm=6, reach_mm=8, twig_mm=0.6, stem_mm=6.0)


def mesenteric_vessels(patient: Patient, rng: np.random.Generator) -> Tree:
    """Branches of the superior mesenteric vessels, gastric and omental vessels, in the fat."""
    w, front = patient.half_width, -patient.front
    belly = np.stack(
        [
            rng.uniform(-150, -25, 420),
            rng.uniform(0.85 * front, 25, 420),
            rng.uniform(-0.62 * w, 0.75 * w, 420),
        ],
        axis=1,
    )
    upper = np.stack(
        [
            rng.uniform(-25, 50, 150),
            rng.uniform(0.85 * front, 25, 150),
            rng.uniform(-5, 0.85 * w, 150),
        ],
        axis=1,
    )
    stems = [_line((-32, -6, 2), (-90, -20, 4)), _line((-4, -2, 4), (2, -16, 20))]
    return grow(
        stems, np.concatenate([belly, upper]), rng, step_mm=5, reach_mm=7, twig_mm=0.8, stem_mm=4.4
    )
