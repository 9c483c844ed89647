"""A camera above the table: which point of the dish each pixel sees, and how it shines there.

A ray meets the inside of the dish where it first runs below the field of heights, the outside of
the vessel as a cone, and else the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.stimuli.plates.field import HALF_CM, Field
from napari_lesion_synth.perception.stimuli.plates.noise import Array
from napari_lesion_synth.perception.stimuli.plates.vessel import Vessel
from napari_lesion_synth.perception.stimuli.views import View

__all__ = ["Camera", "Hits", "look", "texels_at"]

_DISTANCE_CM = 62.0
_STEPS = 72
_REFINEMENTS = 6
_TIDY = 6


@dataclass(frozen=True, eq=False)
class Camera:
    """Where the camera is, and where its pixels look.

    Attributes
    ----------
    eye : ndarray of float32, shape (3,)
        cm.
    rays : ndarray of float32, shape (pixels, 3)
        Unit vectors, row by row.
    """

    eye: Array
    rays: Array

    @classmethod
    def at(cls, view: View, target_cm: float, width_cm: float, size: int) -> Camera:
        """A camera that looks at the dish's middle.

        Parameters
        ----------
        view : View
            Azimuth 0 stands where x is largest.
        target_cm : float
            Height of the point in the picture's middle.
        width_cm : float
            What the picture shows at that point.
        size : int
            Rows and columns.
        """
        a, e = np.radians(view.azimuth_deg), np.radians(view.elevation_deg or 0.0)
        back = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        right = np.array([-np.sin(a), np.cos(a), 0.0])
        up = np.cross(back, right)
        half = width_cm / 2 / _DISTANCE_CM
        across = ((np.arange(size) + 0.5) / size * 2 - 1) * half
        rays = -back + across[None, :, None] * right - across[:, None, None] * up
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        eye = back * _DISTANCE_CM + np.array([0, 0, target_cm])
        return cls(eye.astype(np.float32), rays.reshape(-1, 3).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Hits:
    """What the pixels see; all arrays have one entry a pixel.

    Attributes
    ----------
    distance : ndarray of float32
        From the camera in cm.
    inside : ndarray of bool
        The field of heights was met.
    wall : ndarray of bool
        The vessel's outside was met.
    """

    distance: Array
    inside: NDArray[np.bool_]
    wall: NDArray[np.bool_]


def look(camera: Camera, field: Field, vessel: Vessel) -> Hits:
    """Follow the rays to the first thing that they meet."""
    table = -camera.eye[2] / camera.rays[:, 2]
    wall = _wall(camera, vessel)
    top = np.float32(field.height.max()) + np.float32(0.05)
    enter, leave = _cylinder(camera, vessel.radius)
    at_entry = camera.eye[2] + enter * camera.rays[:, 2]
    start = np.maximum(enter, (top - camera.eye[2]) / camera.rays[:, 2])
    # A ray that comes in below the rim meets the outside first.
    may = (enter < leave) & (at_entry > vessel.rim - 0.05) & (start < leave)
    inner = np.full(len(table), np.inf, np.float32)
    inner[may] = _march(camera, field, may, start[may], np.minimum(leave, table)[may])
    distance = np.minimum(np.minimum(table, wall), inner)
    inside = np.isfinite(inner) & (inner <= distance)
    return Hits(distance, inside, np.isfinite(wall) & (wall <= distance) & ~inside)


def _cylinder(camera: Camera, radius: float) -> tuple[Array, Array]:
    """Where rays enter and leave the upright cylinder around the dish; enter > leave: never."""
    a = (camera.rays[:, :2] ** 2).sum(axis=1)
    b = camera.rays[:, :2] @ camera.eye[:2]
    c = float((camera.eye[:2] ** 2).sum()) - radius**2
    inner = b * b - a * c
    root = np.sqrt(np.maximum(inner, 0))
    enter, leave = np.maximum((-b - root) / a, 0), (-b + root) / a
    return np.where(inner > 0, enter, np.inf).astype(np.float32), np.where(inner > 0, leave, 0)


def _wall(camera: Camera, vessel: Vessel) -> Array:
    """Distance to the vessel's outside, a part of a cone; infinite where it is missed."""
    slope = (vessel.radius - vessel.foot) / vessel.rim
    d, e = camera.rays, camera.eye
    reach = vessel.foot + slope * e[2]
    a = (d[:, :2] ** 2).sum(axis=1) - (slope * d[:, 2]) ** 2
    b = d[:, :2] @ e[:2] - slope * d[:, 2] * reach
    c = float((e[:2] ** 2).sum()) - reach**2
    inner = b * b - a * c
    root = np.sqrt(np.maximum(inner, 0))
    best = np.full(len(d), np.inf, np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        for sign in (-1, 1):
            t = (-b + sign * root) / a
            z = e[2] + t * d[:, 2]
            met = (inner > 0) & (t > 0) & (z >= 0) & (z <= vessel.rim - 0.1)
            best = np.where(met & (t < best), t, best)
    return best.astype(np.float32)


def _march(camera: Camera, field: Field, may: NDArray[np.bool_], start: Array, end: Array) -> Array:
    """Walk along rays until they are below the field; infinite where they never are."""
    rays = camera.rays[may]
    step = (end - start) / np.float32(_STEPS)
    found = np.full(len(rays), np.inf, np.float32)
    active = np.arange(len(rays))
    place = _Walk.along(camera.eye, rays, start, step, field)
    for number in range(_STEPS + 1):
        below = place.below()
        met = active[below]
        if len(met):
            met_at = start[met] + (number - 1) * step[met]
            found[met] = met_at + step[met] * place.only(below).crossing()
            place.z[below] = np.inf  # done; leaving them out at every step would cost more
        if number % _TIDY == 0:
            left = np.isfinite(place.z)
            active, place = active[left], place.only(left)
            if not len(active):
                break
        place.go(1.0)
    return found


@dataclass(eq=False)
class _Walk:
    """Points that walk over the field: place and stride in texels and cm."""

    field: Field
    x: Array
    y: Array
    z: Array
    dx: Array
    dy: Array
    dz: Array

    @classmethod
    def along(cls, eye: Array, rays: Array, start: Array, step: Array, field: Field) -> _Walk:
        scale = np.float32(1 / field.step)
        at = [eye[k] + start * rays[:, k] for k in range(3)]
        by = [step * rays[:, k] for k in range(3)]
        half = np.float32(HALF_CM)
        x, y = (at[0] + half) * scale, (at[1] + half) * scale
        return cls(field, x, y, at[2], by[0] * scale, by[1] * scale, by[2])

    def go(self, share: float) -> None:
        self.x += self.dx * np.float32(share)
        self.y += self.dy * np.float32(share)
        self.z += self.dz * np.float32(share)

    def below(self) -> NDArray[np.bool_]:
        # The vessel lies well within the field, so no point can leave it.
        texel = self.y.astype(np.int32) * np.int32(self.field.n) + self.x.astype(np.int32)
        below: NDArray[np.bool_] = self.z < self.field.height.ravel().take(texel)
        return below

    def only(self, which: NDArray[np.bool_]) -> _Walk:
        parts = (self.x, self.y, self.z, self.dx, self.dy, self.dz)
        return _Walk(self.field, *(part[which] for part in parts))

    def crossing(self) -> Array:
        """Share of the last stride at which the points went below, by halving."""
        low, high = np.zeros_like(self.x), np.ones_like(self.x)
        x, y, z = self.x - self.dx, self.y - self.dy, self.z - self.dz
        for _ in range(_REFINEMENTS):
            middle = (low + high) / 2
            self.x, self.y, self.z = (
                x + middle * self.dx,
                y + middle * self.dy,
                z + middle * self.dz,
            )
            below = self.below()
            high, low = np.where(below, middle, high), np.where(below, low, middle)
        return high


def texels_at(points: Array, field: Field) -> NDArray[np.intp]:
    """Number of the texel below each of the points, shape (n, 3)."""
    scale, most = np.float32(1 / field.step), field.n - 1
    column, row = (
        np.clip(((points[:, k] + np.float32(HALF_CM)) * scale).astype(np.intp), 0, most)
        for k in range(2)
    )
    return row * field.n + column
