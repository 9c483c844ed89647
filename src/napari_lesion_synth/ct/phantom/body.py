"""The trunk from the skin inward: outline, fat under the skin, wall, cavity, diaphragm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.phantom.frame import Array, Frame
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.shapes import Points, join
from napari_lesion_synth.ct.phantom.wobble import Wobble

__all__ = ["Trunk", "angle_from_spine", "build_trunk", "diaphragm"]

_ANGLES = 720


@dataclass(frozen=True, eq=False)
class Trunk:
    """Implicit fields of the nested surfaces, negative inside, on one grid.

    `skin` is the outside of the body, `muscle` the outside of the muscle wall, `cavity` the
    inside of the wall; `abdomen` is what lies below the diaphragm.
    """

    skin: Array
    muscle: Array
    cavity: Array
    abdomen: Array


def angle_from_spine(y: Array, x: Array) -> Array:
    """Angle in degrees from the back's midline, 0 at the spine to 180 in front, both sides."""
    result: Array = np.degrees(np.arctan2(np.abs(x), y)).astype(np.float32)
    return result


def build_trunk(patient: Patient, frame: Frame, at: Points, rng: np.random.Generator) -> Trunk:
    """The trunk of a patient on a grid.

    Parameters
    ----------
    patient : Patient
        Whose trunk.
    frame : Frame
        The grid.
    at : tuple of ndarray
        Coordinates of its points after the patient's own warp, used for the diaphragm.
    rng : numpy.random.Generator
        Draws the irregularities of the outline.
    """
    cavity, muscle, skin = _radii(patient, frame.z, rng)
    _, y, x = frame.mesh()
    c, s = np.cos(patient.roll), np.sin(patient.roll)
    turned_y, turned_x = (c * y - s * x)[0], (s * y + c * x)[0]
    radius = np.hypot(turned_y, turned_x)
    turn = np.arctan2(turned_y, turned_x) / (2 * np.pi) * _ANGLES
    inside = _ring(cavity, radius, turn, frame)
    below = diaphragm(patient, at)
    return Trunk(
        _ring(skin, radius, turn, frame), _ring(muscle, radius, turn, frame), inside, below
    )


def _ring(table: Array, radius: Array, turn: Array, frame: Frame) -> Array:
    """Distance outside a star-shaped outline whose radius is tabulated by height and angle."""
    low = np.floor(turn).astype(int)
    part = (turn - low).astype(np.float32)
    first = np.take(table, low % _ANGLES, axis=1)
    second = np.take(table, (low + 1) % _ANGLES, axis=1)
    field = radius.astype(np.float32) - (first + (second - first) * part)
    dy, dx = np.gradient(field, *frame.step[1:], axis=(1, 2))
    steep = np.sqrt(dy * dy + dx * dx)
    result: Array = field / np.clip(steep, 0.6, 2.5)
    return result


def _radii(
    patient: Patient, z: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Radius of cavity, muscle wall and skin by height (rows) and angle (columns)."""
    theta = np.arange(_ANGLES) * (2 * np.pi / _ANGLES)
    cos, sin = np.cos(theta)[None], np.sin(theta)[None]  # +x left, +y back
    height = z.astype(float)[:, None]
    waist = 1 - 0.055 / (1 + np.exp((height + 62) / 14)) - 0.10 / (1 + np.exp((120 - height) / 30))
    belly = 1 + 0.05 / (1 + np.exp((height + 30) / 20)) - 0.10 / (1 + np.exp((70 - height) / 25))
    wide = patient.half_width * waist
    depth = np.where(sin < 0, patient.front * belly, patient.back)
    power = np.where(sin < 0, 2.25, 2.5)
    smooth = (np.abs(cos / wide) ** power + np.abs(sin / depth) ** power) ** (-1 / power)
    smooth = smooth * (1 + 0.012 * _harmonics(theta, height, rng, 6))
    spine = np.degrees(np.abs(np.angle(np.exp(1j * (theta - np.pi / 2)))))[None]
    cavity = smooth * (1 - 0.40 * np.exp(-((spine / 24) ** 2)))
    wall = _wall(patient, spine, height)
    wall = wall * (1 + 0.07 * _harmonics(theta, height, rng, 7))
    muscle = smooth + wall
    fat = _fat(patient, theta, spine, height) * (1 + 0.10 * _harmonics(theta, height, rng, 8))
    skin = muscle + np.maximum(fat, 2.0) + 1.8
    skin = np.minimum(skin, _bed(patient, sin))
    return cavity.astype(np.float32), muscle.astype(np.float32), skin.astype(np.float32)


def _bed(patient: Patient, sin: NDArray[np.float64]) -> NDArray[np.float64]:
    """The table flattens the back."""
    flat = patient.back + 34 * patient.muscle**0.5 + 0.85 * patient.fat + 4
    return np.where(sin > 0.05, flat / np.maximum(sin, 0.05), np.inf)


def _wall(
    patient: Patient, spine: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Thickness of the muscle wall by angle from the spine (degrees)."""
    erector = 33 * np.exp(-((np.maximum(spine - 20, 0) / 15) ** 2)) * patient.muscle**0.5
    groove = -9 * np.exp(-((spine / 6) ** 2))
    dorsal = 7 * np.exp(-(((spine - 62) / 22) ** 2)) * patient.muscle
    flank = (17 - 3 / (1 + np.exp(-(height - 40) / 20))) * np.ones_like(spine)
    front = 3.0 * np.exp(-(((spine - 160) / 12) ** 2)) - 3 * np.exp(-(((spine - 140) / 6) ** 2))
    midline = -8 * np.exp(-(((spine - 180) / 4) ** 2))
    chest = 4 / (1 + np.exp(-(height - 60) / 12)) * np.exp(-(((spine - 150) / 18) ** 2))
    return erector + groove + dorsal + flank * (0.75 + 0.25 * patient.muscle) + front + midline + chest


def _fat(
    patient: Patient,
    theta: NDArray[np.float64],
    spine: NDArray[np.float64],
    height: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Thickness of the fat under the skin."""
    lower = 1 / (1 + np.exp((height + 20) / 40))
    front = 0.35 * np.exp(-(((spine - 165) / 40) ** 2)) * (0.4 + 1.4 * lower)
    love = 0.75 * np.exp(-(((spine - 55) / 24) ** 2)) * (0.2 + 1.3 * lower)
    flank = -0.30 * np.exp(-(((spine - 105) / 30) ** 2))
    groove = 0.25 * np.exp(-((spine / 7) ** 2))
    umbilical = 0.12 * np.exp(-(((spine - 180) / 7) ** 2))
    side = 0.02 * patient.arm_tilt * np.cos(theta)[None]
    return patient.fat * (0.72 + front + love + flank + groove + umbilical + side)


def _harmonics(
    theta: NDArray[np.float64],
    height: NDArray[np.float64],
    rng: np.random.Generator,
    orders: int,
) -> NDArray[np.float64]:
    """Random ripple round the body that drifts with height; standard deviation near 1."""
    total = np.zeros((len(height), len(theta)))
    for order in range(2, 2 + orders):
        amplitude = rng.normal(0, 1) * 1.3 / np.sqrt(orders) * (3 / (order + 1))
        drift, phase = rng.normal(0, 0.008), rng.uniform(0, 2 * np.pi)
        total += amplitude * np.cos(order * theta[None] + phase + drift * height)
    return total


def diaphragm(patient: Patient, at: Points) -> Array:
    """Field of the space below the diaphragm: two domes and the saddle under the heart."""
    w = patient.half_width
    right = _dome(at, (-14.0, -2.0, -0.49 * w), (patient.dome + 14, 0.97 * patient.back, 0.53 * w), 8)
    left = _dome(at, (-16.0, 0.0, 0.50 * w), (patient.dome + 5, 0.97 * patient.back, 0.50 * w), 8)
    saddle = _dome(at, (-40.0, -20.0, 0.05 * w), (patient.dome + 24, 0.95 * patient.front, 0.62 * w), 6)
    crura = _dome(at, (-30.0, 22.0, 0.0), (patient.dome + 10, 40.0, 38.0), 6)
    low = np.maximum(at[0] + 48, 0) - np.float32(8)
    domes = join(join(right, left, 22), saddle, 18)
    return join(join(domes, crura, 10), low, 8)


def _dome(at: Points, center: tuple[float, float, float], radii: tuple[float, float, float], lift: float) -> Array:
    """A half ellipsoid on a cylinder that goes down for ever; `lift` squares its shoulders."""
    up = np.maximum(at[0] - np.float32(center[0]), 0) * np.float32(1 / radii[0])
    y = at[1] - np.float32(center[1])
    front = radii[1] * 1.22
    across = np.where(y < 0, y * np.float32(1 / front), y * np.float32(1 / radii[1]))
    side = (at[2] - np.float32(center[2])) * np.float32(1 / radii[2])
    flat = np.sqrt(across * across + side * side)
    power = np.float32(2 + lift / 20)
    k = (up**power + flat**power) ** np.float32(1 / power)
    grad = np.sqrt(
        (up / np.float32(radii[0])) ** 2
        + (across / np.float32(radii[1])) ** 2
        + (side / np.float32(radii[2])) ** 2
    ) / np.maximum(k, 1e-3) + np.float32(1e-4)
    result: Array = (k - 1) / grad
    return result
