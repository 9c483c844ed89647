"""The trunk from the skin inward: outline, fat under the skin, wall, cavity, diaphragm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from napari_lesion_synth.ct.phantom.frame import Array, Floats, Frame
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.shapes import Points, join
from napari_lesion_synth.ct.volume import Triple

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


def _radii(patient: Patient, z: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Radius of cavity, muscle wall and skin by height (rows) and angle (columns)."""
    theta = np.arange(_ANGLES) * (2 * np.pi / _ANGLES)
    cos, sin = np.cos(theta)[None], np.sin(theta)[None]  # +x left, +y back
    height = z.astype(float)[:, None]
    waist = 1 - 0.055 / (1 + np.exp((height + 62) / 14)) - 0.10 / (1 + np.exp((120 - height) / 30))
    belly = 1 + 0.05 / (1 + np.exp((height + 30) / 20)) - 0.10 / (1 + np.exp((70 - height) / 25))
    wide = patient.half_width * waist
    depth = np.where(sin < 0, patient.front * belly, patient.back)
    power = np.where(sin < 0, 2.25, 2.35)
    smooth = (np.abs(cos / wide) ** power + np.abs(sin / depth) ** power) ** (-1 / power)
    smooth = smooth * (1 + 0.012 * _harmonics(theta, height, rng, 6))
    spine = np.degrees(np.abs(np.angle(np.exp(1j * (theta - np.pi / 2)))))[None]
    cavity = smooth * (1 - 0.46 * np.exp(-((spine / 21) ** 2)))
    wall = _wall(patient, spine, height)
    wall = wall * (1 + 0.07 * _harmonics(theta, height, rng, 7))
    muscle = smooth + wall
    fat = _fat(patient, theta, spine, height) * (1 + 0.10 * _harmonics(theta, height, rng, 8))
    skin = muscle + np.maximum(fat, 2.0) + 2.0
    bridged = ndimage.gaussian_filter1d(skin, 9 * _ANGLES / 360, axis=1, mode="wrap")
    skin = np.maximum(muscle + 4.0, 0.35 * skin + 0.65 * bridged)
    skin = _soft_minimum(skin, _bed(patient, sin), 14.0)
    return cavity.astype(np.float32), muscle.astype(np.float32), skin.astype(np.float32)


def _bed(patient: Patient, sin: Floats) -> Floats:
    """The table flattens the back."""
    flat = patient.back + 31 * patient.muscle**0.5 + 1.0 * patient.fat
    result: Floats = np.where(sin > 0.05, flat / np.maximum(sin, 0.05), 1e3)
    return result


def _soft_minimum(a: Floats, b: Floats, width: float) -> Floats:
    h = np.maximum(width - np.abs(a - b), 0)
    result: Floats = np.minimum(a, b) - h * h / (4 * width)
    return result


def _wall(patient: Patient, spine: Floats, height: Floats) -> Floats:
    """Thickness of the muscle wall by angle from the spine (degrees)."""
    bulk = patient.muscle**0.5
    low = 1 / (1 + np.exp((height + 5) / 15))
    erector = 24 * np.exp(-((np.maximum(spine - 18, 0) / 25) ** 2)) * bulk
    groove = -8 * np.exp(-((spine / 7) ** 2))
    dorsal = 6 * np.exp(-(((spine - 75) / 20) ** 2)) * bulk * (1 - 0.5 * low)
    side = 14.5 * (0.4 + 0.6 * patient.muscle) + 3 * low * np.exp(-(((spine - 105) / 25) ** 2))
    front = np.exp(-((np.maximum(spine - 128, 0) / 14) ** 2))
    thin = side * (0.62 + 0.38 * front)
    straight = 3.5 * bulk * np.exp(-(((spine - 163) / 10) ** 4)) * (0.4 + 0.6 * low)
    midline = -3.5 * np.exp(-(((spine - 180) / 3.5) ** 2)) * (0.4 + 0.6 * low)
    result: Floats = erector + groove + dorsal + thin + straight + midline
    return result


def _fat(
    patient: Patient,
    theta: Floats,
    spine: Floats,
    height: Floats,
) -> Floats:
    """Thickness of the fat under the skin."""
    lower = 1 / (1 + np.exp((height + 20) / 40))
    front = 0.35 * np.exp(-(((spine - 165) / 40) ** 2)) * (0.4 + 1.4 * lower)
    love = 0.75 * np.exp(-(((spine - 55) / 24) ** 2)) * (0.2 + 1.3 * lower)
    flank = -0.30 * np.exp(-(((spine - 105) / 30) ** 2))
    groove = 0.15 * np.exp(-((spine / 7) ** 2))
    umbilical = 0.12 * np.exp(-(((spine - 180) / 7) ** 2))
    side = 0.02 * patient.asymmetry * np.cos(theta)[None]
    return patient.fat * (0.72 + front + love + flank + groove + umbilical + side)


def _harmonics(
    theta: Floats,
    height: Floats,
    rng: np.random.Generator,
    orders: int,
) -> Floats:
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
    deep = 0.97 * patient.back
    right = _dome(at, (-14.0, -2.0, -0.49 * w), (patient.dome + 14, deep, 0.54 * w), 2.9)
    left = _dome(at, (-16.0, 0.0, 0.50 * w), (patient.dome + 5, deep, 0.52 * w), 2.7)
    saddle = _dome(at, (-40.0, -20.0, 0.0), (patient.dome + 24, 0.8 * patient.front, 0.66 * w), 2.6)
    crura = _dome(at, (-30.0, 22.0, 0.0), (patient.dome + 10, 40.0, 38.0), 2.3)
    low = (at[0] + 22 + np.float32(0.33) * at[1]) * np.float32(0.95)
    domes = join(join(right, left, 22), saddle, 18)
    return join(join(domes, crura, 10), low, 8)


def _dome(at: Points, center: Triple, radii: Triple, power: float) -> Array:
    """A half ellipsoid on a cylinder that goes down for ever.

    `power` above 2 squares its shoulders; the front is longer than the back.
    """
    up = np.maximum(at[0] - np.float32(center[0]), 0) * np.float32(1 / radii[0])
    y = at[1] - np.float32(center[1])
    reach = np.where(y < 0, np.float32(1.45 * radii[1]), np.float32(radii[1]))
    side = (at[2] - np.float32(center[2])) * np.float32(1 / radii[2])
    across = y / reach
    flat = np.sqrt(across * across + side * side) + np.float32(1e-4)
    k = (up**power + flat**power) ** (1 / power)
    slope_up = (up / k) ** (power - 1) / radii[0]
    slope_flat = (flat / k) ** (power - 1) / flat
    steep = np.sqrt(
        slope_up**2 + (slope_flat * across / reach) ** 2 + (slope_flat * side / radii[2]) ** 2
    )
    result: Array = ((k - 1) / np.maximum(steep, 1 / 200)).astype(np.float32)
    return result
