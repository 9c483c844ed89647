"""Pictures of a rendered dish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.perception.stimuli.areas import GARNISH, MAIN, Areas
from napari_lesion_synth.perception.stimuli.pictures import Picture
from napari_lesion_synth.perception.stimuli.plates import field as parts
from napari_lesion_synth.perception.stimuli.plates.attractiveness import attractiveness
from napari_lesion_synth.perception.stimuli.plates.camera import Camera, Hits, look, texels_at
from napari_lesion_synth.perception.stimuli.plates.developing import develop
from napari_lesion_synth.perception.stimuli.plates.field import TEXELS, Field
from napari_lesion_synth.perception.stimuli.plates.light import LAMP, LAMP_COLOUR, Lit, lit, sheen
from napari_lesion_synth.perception.stimuli.plates.noise import Array, linear
from napari_lesion_synth.perception.stimuli.plates.recipes import RECIPES, Kitchen
from napari_lesion_synth.perception.stimuli.plates.settings import DISHES, DishName, PlateLook
from napari_lesion_synth.perception.stimuli.plates.table import Table, lay_table
from napari_lesion_synth.perception.stimuli.plates.vessel import Vessel
from napari_lesion_synth.perception.stimuli.views import View

__all__ = ["AREA_NAMES", "Dish", "Plate", "make_dish", "render_plate", "render_views"]

AREA_NAMES = {
    parts.MAIN: MAIN,
    parts.GARNISH: GARNISH,
    parts.FOOD: "other food",
    parts.DISH: "dish",
}
_OVERSAMPLING = 1.5
_SEEN = 2.4
"""What the picture shows across, in radii of the vessel."""


@dataclass(frozen=True, eq=False)
class Dish:
    """A dish on its table, lit, and ready to be seen from anywhere.

    Attributes
    ----------
    front_deg : float
        Azimuth of its best side.
    level : float
        By how much it is better than other dishes (see `attractiveness`).
    """

    name: DishName
    seed: int
    field: Field
    lit: Lit
    vessel: Vessel
    table: Table
    front_deg: float
    level: float


@dataclass(frozen=True, eq=False)
class Plate:
    """One picture of a dish.

    Attributes
    ----------
    image : ndarray of uint8, shape (size, size, 3)
        sRGB.
    areas : Areas
        Main ingredient, garnish, other food and dish.
    attractiveness : float
        What it is said to be, 0 to 1; no person was asked.
    """

    image: Picture
    areas: Areas
    view: View
    look: PlateLook
    attractiveness: float


def make_dish(name: DishName, seed: int = 0, texels: int = TEXELS) -> Dish:
    """Put a dish on a table; the same seed makes the same dish.

    Parameters
    ----------
    name : str
        One of `DISHES`.
    seed : int
        What is drawn: vessel, table, the places of all pieces, the best side.
    texels : int
        How finely the dish is made, across 34 cm; fewer for a quick look.
    """
    rng = np.random.default_rng([seed, DISHES.index(name), 0xD15])
    field = Field(rng, texels)
    front = float(rng.uniform(0, 2 * np.pi))
    vessel = RECIPES[name](Kitchen(field, rng, front))
    level = float(rng.uniform(-0.25, 0.25))
    table = lay_table(rng)
    return Dish(
        name, seed, field, lit(field, vessel), vessel, table, float(np.degrees(front)), level
    )


def render_plate(
    dish: Dish, view: View, appearance: PlateLook | None = None, size: int = 512
) -> Plate:
    """Photograph a dish.

    Parameters
    ----------
    dish : Dish
        From `make_dish`.
    view : View
        Where the camera is; elevation from 15 to 85 degrees.
    appearance : PlateLook, optional
        Exposure, colours and gloss.
    size : int
        Rows and columns of the picture.

    Returns
    -------
    Plate
    """
    appearance = appearance or PlateLook()
    fine = round(size * _OVERSAMPLING)
    camera = Camera.at(view, dish.vessel.rim * 0.55, dish.vessel.radius * _SEEN, fine)
    hits = look(camera, dish.field, dish.vessel)
    light, labels = _seen(dish, camera, hits, appearance.gloss)
    focus = hits.distance - np.float32(np.median(hits.distance[labels > 0]))
    rng = np.random.default_rng([dish.seed, round(view.azimuth_deg * 100), fine])
    square = (fine, fine)
    image = develop(light.reshape(*square, 3), focus.reshape(square), appearance, size, rng)
    small = Image.fromarray(labels.reshape(square)).resize((size, size), Image.Resampling.NEAREST)
    areas = Areas(np.asarray(small), dict(AREA_NAMES))
    truth = attractiveness(view, appearance, dish.front_deg, dish.level)
    return Plate(image, areas, view, appearance, truth)


def render_views(
    dish: Dish, views: Iterable[View], appearance: PlateLook | None = None, size: int = 512
) -> Iterator[Plate]:
    """One picture after the other, with the same look."""
    for view in views:
        yield render_plate(dish, view, appearance, size)


def _seen(dish: Dish, camera: Camera, hits: Hits, gloss: float) -> tuple[Array, NDArray[np.uint8]]:
    """Light that reaches each pixel, and what it comes from."""
    points = camera.eye + hits.distance[:, None] * camera.rays
    texel = texels_at(points, dish.field)
    light = np.empty((len(points), 3), np.float32)
    labels = np.zeros(len(points), np.uint8)
    inside, wall = hits.inside, hits.wall
    ground = ~(inside | wall)
    light[ground] = dish.table.at(points[ground, 0], points[ground, 1])
    light[ground] *= dish.lit.table.reshape(-1, 3)[texel[ground]]
    there = texel[inside]
    shine = dish.lit.shine.reshape(-1, 2)[there]
    normal = dish.lit.normal.reshape(-1, 3)[there]
    light[inside] = dish.lit.radiance.reshape(-1, 3)[there]
    light[inside] += sheen(normal, camera.rays[inside], shine[:, 0], gloss) * shine[:, 1:]
    labels[inside] = dish.field.part.ravel()[there]
    light[wall] = _wall_light(dish.vessel, points[wall], camera.rays[wall], gloss)
    labels[wall] = parts.DISH
    return light, labels


def _wall_light(vessel: Vessel, points: Array, rays: Array, gloss: float) -> Array:
    """Light of the vessel's outside."""
    slope = (vessel.radius - vessel.foot) / vessel.rim
    radius = np.linalg.norm(points[:, :2], axis=1, keepdims=True)
    normal = np.concatenate([points[:, :2] / radius, np.full_like(radius, -slope)], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    height = points[:, 2:] / vessel.rim
    facing = np.clip((normal @ LAMP + 0.25) / 1.25, 0, 1)[:, None]
    near_table = 0.45 + 0.55 * np.clip(height * 1.4, 0, 1)
    sky = (0.55 + 0.25 * height) * near_table
    colour = np.where(height > 0.93, linear(vessel.line), linear(vessel.outside))
    light = colour * (facing * LAMP_COLOUR * near_table + sky * np.float32(0.6))
    mirrored = sheen(normal, rays, np.full(len(points), 0.7, np.float32), gloss)
    seen: Array = light + np.float32(0.6) * mirrored
    return seen
