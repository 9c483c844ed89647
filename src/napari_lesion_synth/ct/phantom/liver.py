"""The liver's shape."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.ct.phantom.body import Trunk
from napari_lesion_synth.ct.phantom.frame import Array
from napari_lesion_synth.ct.phantom.patient import Patient
from napari_lesion_synth.ct.phantom.shapes import Points, ellipsoid, join, meet, segment

__all__ = ["PORTA", "gallbladder", "liver"]

PORTA = (-6.0, -8.0, -24.0)
"""Where the portal vein enters, (z, y, x)."""


def liver(patient: Patient, trunk: Trunk, at: Points) -> Array:
    """Implicit field of the liver.

    The outer face follows the diaphragm and the wall. The lobes are half spaces and wedges that
    flow into each other; hilum, fissures and the neighbours' beds are cut out of them.
    """
    body = join(_right_lobe(patient, at), _left_lobe(patient, at), 14)
    caudate = ellipsoid(
        at,
        (16, 2, -9),
        tuple(patient.caudate * r for r in (27, 13, 14)),  # type: ignore[arg-type]
    )
    body = meet(body, -_venous_fissure(at), 3)
    body = join(body, caudate, 6)
    body = meet(body, trunk.abdomen + np.float32(0.4), 2)
    body = meet(body, trunk.cavity + np.float32(1.3), 4)
    for cut, rounding in _cuts(patient, at):
        body = meet(body, -cut, rounding)
    if patient.gallbladder:
        body = meet(body, np.float32(0.8) - gallbladder(patient, at), 4)
    return body


def _right_lobe(patient: Patient, at: Points) -> Array:
    z, y, x = at
    slope = np.float32(patient.slant)
    reach = np.float32(-patient.half_width + 12)
    low = np.float32(patient.tip) + slope * (x - reach)
    low = low + np.float32(0.0022) * (x - reach) * (np.float32(-20) - x).clip(0)
    low = low + np.float32(0.22) * np.maximum(y - 10, 0) - np.float32(0.10) * np.minimum(y + 20, 0)
    under = (low - z) * np.float32(1 / np.sqrt(1 + patient.slant**2))
    medial = (x + np.float32(14) + np.float32(0.42) * (y - 8)) * np.float32(0.92)
    return meet(under, medial, 26)


def _left_lobe(patient: Patient, at: Points) -> Array:
    z, y, x = at
    tip = np.float32(patient.left_tip)
    back = (
        y
        - np.float32(patient.left_depth)
        - np.float32(0.62) * z
        + np.float32(0.62) * np.maximum(x - 12, -25)
    )
    back = back * np.float32(0.75)
    side = (x - tip) * np.float32(0.9) + np.float32(0.12) * z
    low = (np.float32(patient.left_low) + np.float32(0.42) * np.maximum(x, 0) - z) * np.float32(0.9)
    return meet(meet(back, side, 26), low, 14)


def _venous_fissure(at: Points) -> Array:
    """The cleft in front of the caudate lobe, a thin leaf that runs to the left."""
    z, y, x = at
    middle = np.float32(-13) + np.float32(0.18) * x - np.float32(0.08) * z
    leaf = np.abs(y - middle) - np.float32(1.2)
    ends = np.maximum(np.float32(-11) - x, np.float32(-12) - z)
    result: Array = np.maximum(leaf, np.maximum(ends, z - 48))
    return result


def _cuts(patient: Patient, at: Points) -> list[tuple[Array, float]]:
    """What is taken out of the lobes, with the rounding of each edge."""
    z, y, x = at
    hilum, _ = segment(at, (-8, -4, -4), (-5, -10, -40), (11, 6))
    ligament = np.maximum(
        np.abs(x - np.float32(6) + np.float32(0.2) * (y + 40) - np.float32(0.2) * z)
        - np.float32(0.075) * (y + 70),
        np.maximum((z + 4) * np.float32(0.5) - np.float32(0.25) * (y + 60), y + np.float32(28)),
    )
    vena_cava = np.hypot(y - np.float32(17), x + np.float32(21)) - np.float32(12)
    kidney = ellipsoid(at, (patient.kidney_right - 4, 56, -48), (54, 44, 38))
    crus = np.hypot((y - 34) * np.float32(0.8), x * np.float32(0.85)) - np.float32(29)
    stomach = ellipsoid(at, (12, -2, 66), (46, 40, 42))
    gullet = np.hypot(y - np.float32(12), x - np.float32(10)) - np.float32(12)
    colon = ellipsoid(at, (-72, -52, -78), (34, 36, 30))
    return [
        (hilum, 8), (ligament, 3), (vena_cava, 4), (kidney, 8), (crus, 6), (stomach, 10),
        (gullet, 6), (colon, 10),
    ]  # fmt: skip


def gallbladder(patient: Patient, at: Points) -> Array:
    """Implicit field of the gallbladder (of radius 1 below the neck where there is none)."""
    r = max(patient.gallbladder, 1.0)
    neck, _ = segment(at, (-16, -14, -34), (-30, -26, -42), (0.28 * r, 0.7 * r))
    sac, _ = segment(at, (-30, -26, -42), (-50, -54, -54), (0.8 * r, r))
    return join(neck, sac, 6)
