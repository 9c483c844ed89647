"""How a dish is lit: what does not depend on the camera is computed once for all views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from napari_lesion_synth.perception.stimuli.plates.field import HALF_CM, TABLE, Field
from napari_lesion_synth.perception.stimuli.plates.noise import Array, smoothstep
from napari_lesion_synth.perception.stimuli.plates.vessel import Vessel

__all__ = ["LAMP", "LAMP_COLOUR", "Lit", "lit", "sheen"]

_LAMP_AZIMUTH, _LAMP_ELEVATION = np.radians(118.0), np.radians(42.0)
LAMP = np.array(
    [
        np.cos(_LAMP_AZIMUTH) * np.cos(_LAMP_ELEVATION),
        np.sin(_LAMP_AZIMUTH) * np.cos(_LAMP_ELEVATION),
        np.sin(_LAMP_ELEVATION),
    ],
    np.float32,
)
"""Toward the window: x, y, z."""

LAMP_COLOUR = np.array([1.0, 0.95, 0.87], np.float32) * 1.9
SKY_COLOUR = np.array([0.86, 0.92, 1.0], np.float32) * 0.85
_BOUNCE_COLOUR = np.array([1.0, 0.88, 0.74], np.float32) * 0.5
_SCALES_CM = ((0.12, 0.35), (0.45, 0.5), (1.6, 0.35))
_STEPS = 28


@dataclass(frozen=True, eq=False)
class Lit:
    """A lit dish.

    Attributes
    ----------
    radiance : ndarray of float32, shape (n, n, 3)
        Light given off in all directions alike.
    normal : ndarray of float32, shape (n, n, 3)
        Toward where the surface faces; x, y, z.
    shine : ndarray of float32, shape (n, n, 2)
        Gloss, and how much of the window's light reaches the point.
    table : ndarray of float32, shape (n, n, 3)
        Light that falls on the table.
    """

    radiance: Array
    normal: Array
    shine: Array
    table: Array


def lit(field: Field, vessel: Vessel) -> Lit:
    """Light a dish by a window and the room."""
    normal = _normals(field.height, field.step)
    open_sky = _openness(field.height, field.step)
    lamp = _lamp_reaches(field.height, field.height, None, field.step)
    facing = normal @ LAMP
    # Moist food lets light through: its shaded side is not black.
    wrapped = np.clip((facing + 0.3) / 1.3, 0, 1) * lamp
    sky = open_sky * (0.55 + 0.45 * normal[..., 2])
    light = wrapped[..., None] * LAMP_COLOUR + sky[..., None] * SKY_COLOUR
    light += (1 - open_sky)[..., None] * _BOUNCE_COLOUR * field.colour
    table = field.part == TABLE
    shine = np.stack([np.where(table, 0, field.gloss), lamp * open_sky], axis=-1)
    radiance = (field.colour * light).astype(np.float32)
    return Lit(radiance, normal, shine.astype(np.float32), _on_table(field, vessel))


def _on_table(field: Field, vessel: Vessel) -> Array:
    """Light on the table, also below the vessel's overhanging side."""
    slope = (vessel.radius - vessel.foot) / vessel.rim
    overhang = np.where(field.part == TABLE, np.inf, (field.radius - vessel.foot) / slope)
    occluder = np.where(field.part == TABLE, 0, np.maximum(field.height, vessel.rim))
    lamp = _lamp_reaches(np.zeros_like(occluder), occluder, overhang, field.step)
    sky = 0.08 + 0.92 * smoothstep(field.radius, vessel.foot - 1.0, vessel.radius + 3.5)
    light: Array = lamp[..., None] * LAMP[2] * LAMP_COLOUR + sky[..., None] * SKY_COLOUR
    return light


def _normals(height: Array, step: float) -> Array:
    smooth = ndimage.gaussian_filter(height, 0.8)
    rows, columns = np.gradient(smooth, np.float32(step))
    normal = np.stack([-columns, -rows, np.ones_like(rows)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return normal.astype(np.float32)


def _openness(height: Array, step: float) -> Array:
    """How much of the sky each point sees, from how far it lies below its surroundings."""
    share = np.ones_like(height)
    for reach, weight in _SCALES_CM:
        around = ndimage.gaussian_filter(height, reach / step, truncate=2.5)
        share /= 1 + np.float32(weight) * np.clip((around - height) / np.float32(reach), 0, 2.5) * 2
    return np.clip(share, 0.12, 1)


def _lamp_reaches(ground: Array, top: Array, bottom: Array | None, step: float) -> Array:
    """1 where the window is seen, 0 in the shadow; shadows of far things are softer.

    What throws shadows reaches from `bottom` to `top`; from the table, where there is no bottom.
    """
    slope = float(np.tan(_LAMP_ELEVATION))
    toward = LAMP[:2] / np.linalg.norm(LAMP[:2])
    blocked = np.zeros_like(ground)
    highest = float(top.max())
    for distance in np.geomspace(0.08, 2 * HALF_CM / 3, _STEPS):
        if distance * slope > highest:
            break
        row, column = np.rint(toward[::-1] * distance / step).astype(int)
        soft = 0.06 + 0.16 * distance
        ray = ground + np.float32(distance * slope)
        shadow = smoothstep(_moved(top, row, column) - ray, -0.10 * distance, soft)
        if bottom is not None:
            shadow *= smoothstep(ray - _moved(bottom, row, column), -0.10 * distance, soft)
        blocked = np.maximum(blocked, shadow)
    return (1 - np.float32(0.86) * blocked).astype(np.float32)


def _moved(values: Array, row: int, column: int) -> Array:
    return np.roll(values, (-row, -column), (0, 1))


def sheen(normal: Array, rays: Array, gloss: Array, look_gloss: float) -> Array:
    """The window and the room mirrored in a surface.

    Parameters
    ----------
    normal : ndarray of float32, shape (n, 3)
        Of the surface.
    rays : ndarray of float32, shape (n, 3)
        From the camera.
    gloss : ndarray of float32, shape (n,)
        Of the surface, 0 to 1.
    look_gloss : float
        How much everything shines, 0 to 1.

    Returns
    -------
    ndarray of float32, shape (n, 3)
    """
    facing = -(normal * rays).sum(axis=1)
    mirrored = rays + 2 * facing[:, None] * normal
    toward = mirrored @ LAMP
    # Schlick's formula for water: 2 % straight on, all of it at a grazing angle.
    fresnel = 0.02 + 0.98 * np.clip(1 - facing, 0, 1) ** 5
    window = smoothstep(toward, 0.90, 0.985) * gloss**2 * 9 + np.maximum(toward, 0) ** 14 * gloss
    room = np.clip(mirrored[:, 2], 0, 1) * 0.55
    strength = np.float32(look_gloss / 0.6) * (0.03 + fresnel) * (window * 1.6 + room * gloss)
    light: Array = (strength[:, None] * (0.5 + 0.5 * LAMP_COLOUR)).astype(np.float32)
    return light
