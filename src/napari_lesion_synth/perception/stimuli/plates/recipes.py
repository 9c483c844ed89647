"""What lies where on each dish. The main ingredient lies toward the dish's best side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from napari_lesion_synth.perception.stimuli.plates import coats
from napari_lesion_synth.perception.stimuli.plates.field import (
    FOOD,
    GARNISH,
    MAIN,
    Coat,
    Field,
    Piece,
)
from napari_lesion_synth.perception.stimuli.plates.noise import linear, smoothstep
from napari_lesion_synth.perception.stimuli.plates.settings import DishName
from napari_lesion_synth.perception.stimuli.plates.vessel import BOWLS, PLATES, Vessel

__all__ = ["RECIPES", "Kitchen"]

RICE = Coat(FOOD, coats.mottled("#f4efe2", "#e9e2cf"), 0.35)


@dataclass(frozen=True)
class Kitchen:
    """Where a dish is put together.

    Parameters
    ----------
    field : Field
        What is there so far.
    rng : numpy.random.Generator
        Source of randomness.
    front : float
        Direction of the dish's best side in radians.
    """

    field: Field
    rng: np.random.Generator
    front: float

    def serve(self, vessels: tuple[Vessel, ...]) -> Vessel:
        """Put an empty vessel down."""
        vessel = vessels[int(self.rng.integers(len(vessels)))]
        vessel.put_on(self.field)
        return vessel

    def at(self, forward: float, aside: float) -> tuple[float, float]:
        """A point so many cm toward the best side and to its left."""
        cos, sin = np.cos(self.front), np.sin(self.front)
        return float(forward * cos - aside * sin), float(forward * sin + aside * cos)

    def fill(
        self, reach: float, level: float, dome: float, coat: Coat, rough: float = 0.12
    ) -> None:
        """A mound, `level` cm high at its edge and `dome` cm higher in its middle."""
        field = self.field
        share = np.clip(1 - (field.radius / reach) ** 2, 0, 1)
        height = level + dome * share + np.float32(rough) * field.coarse * share
        field.lay((field.radius < reach) & (height > field.height), height.astype(np.float32), coat)

    def rice(self, vessel: Vessel, level: float, dome: float, *, sides: bool = True) -> None:
        """A mound of rice; of the grains, those on top are there one by one."""
        reach = vessel.radius * 0.93
        self.fill(reach, level, dome, RICE)
        if not sides:
            return
        self.grains(2600, lambda: self.in_disc(0, 0, reach * 0.96))

    def grains(self, count: int, place: Callable[[], tuple[float, float]]) -> None:
        """Strew grains of rice."""
        for _ in range(count):
            x, y = place()
            size = self.rng.uniform(0.85, 1.15)
            self.field.add(
                Piece(
                    x,
                    y,
                    0.62 * size,
                    0.25,
                    0.17,
                    RICE,
                    self.turn(),
                    drape=0.6,
                    tilt=self.lean(0.25),
                )
            )

    def strew(self, count: int, reach: float, piece: Piece, centre: tuple[float, float]) -> None:
        """Strew copies of a piece around a point, denser in the middle."""
        for _ in range(count):
            x, y = self.in_disc(*centre, reach * float(np.sqrt(self.rng.uniform(0.1, 1))))
            self.field.add(replace(piece, x=x, y=y, turn=self.turn(), tilt=self.lean(0.3)))

    def in_disc(self, x: float, y: float, reach: float) -> tuple[float, float]:
        """A point, evenly from a disc."""
        radius, angle = reach * np.sqrt(self.rng.uniform()), self.turn()
        return float(x + radius * np.cos(angle)), float(y + radius * np.sin(angle))

    def turn(self) -> float:
        """Any direction."""
        return float(self.rng.uniform(0, 2 * np.pi))

    def lean(self, most: float) -> tuple[float, float]:
        """A slope, however it fell."""
        along, across = self.rng.uniform(-most, most, 2)
        return float(along), float(across)


def eel(kitchen: Kitchen) -> Vessel:
    """Glazed fillets on rice, with spring onion."""
    vessel = kitchen.serve(BOWLS)
    kitchen.rice(vessel, 4.2, 1.2)
    meat = Coat(MAIN, coats.grilled("#a4551d", "#3d1a08", 5.5), 0.95)
    for number, forward in enumerate((-1.6, 1.1, 3.6)):
        x, y = kitchen.at(forward, kitchen.rng.uniform(-0.4, 0.4))
        length = (11.0, 11.6, 9.4)[number] * kitchen.rng.uniform(0.95, 1.02)
        turn = kitchen.front + np.pi / 2 + kitchen.rng.uniform(-0.09, 0.09)
        kitchen.field.add(
            Piece(x, y, length, 3.3, 0.75, meat, turn, 5, 0.3, (0, -0.1), bump=0.05, drape=0.45)
        )
    kitchen.strew(26, 2.1, SPRING_ONION, kitchen.at(1.2, 0.4))
    kitchen.strew(60, 5.0, SESAME, kitchen.at(1.0, 0))
    return vessel


def sashimi(kitchen: Kitchen) -> Vessel:
    """Slices of fish fanned on rice, with a leaf and wasabi."""
    vessel = kitchen.serve(BOWLS)
    kitchen.rice(vessel, 4.3, 1.1)
    blade = Coat(GARNISH, coats.leaf("#3f7a2c", "#8fb35e"), 0.35)
    for turn in (0.5, -0.5):
        x, y = kitchen.at(-3.4, 2.2 * np.sign(turn))
        kitchen.field.add(
            Piece(
                x, y, 6.0, 4.4, 0.35, blade, kitchen.front + np.pi + turn, 1.7, 0.3, (0.12, 0), 0.08
            )
        )
    salmon = Coat(MAIN, coats.marbled("#ee6f39", "#ffc79c", 5.0, 1.6), 0.9)
    tuna = Coat(MAIN, coats.mottled("#a81c25", "#8a1119"), 0.85)
    for row, (fish, forward, count) in enumerate(((tuna, -1.3, 4), (salmon, 2.4, 5))):
        for number in range(count):
            aside = (number - (count - 1) / 2) * 2.0 + (0.4 if row else 0)
            x, y = kitchen.at(forward - 0.06 * aside**2, aside)
            turn = kitchen.front + 0.07 * aside + kitchen.rng.uniform(-0.06, 0.06)
            kitchen.field.add(
                Piece(x, y, 5.0, 2.9, 0.6, fish, turn, 4, 0.28, (-0.1, 0.22), bump=0.02, drape=0.25)
            )
    wasabi = Coat(GARNISH, coats.mottled("#9fbf55", "#86a843"), 0.3)
    x, y = kitchen.at(-3.4, -0.3)
    kitchen.field.add(Piece(x, y, 1.9, 1.7, 1.2, wasabi, dome=0.8, bump=0.06, drape=0.2))
    kitchen.strew(40, 5.5, SESAME, (0, 0))
    return vessel


def tempura(kitchen: Kitchen) -> Vessel:
    """Fried prawns and vegetables on rice."""
    vessel = kitchen.serve(BOWLS)
    kitchen.rice(vessel, 4.2, 1.0)
    batter = Coat(MAIN, coats.mottled("#e7a544", "#b96a1c", 0.6), 0.5)
    tail = Coat(MAIN, coats.mottled("#d9481f", "#b3300f"), 0.8)
    for number in range(4):
        aside = (number - 1.5) * 2.5
        turn = kitchen.front + 0.1 * aside + kitchen.rng.uniform(-0.12, 0.12)
        x, y = kitchen.at(0.9, aside)
        dx, dy = np.cos(turn), np.sin(turn)
        kitchen.field.add(
            Piece(x + 4.3 * dx, y + 4.3 * dy, 2.2, 1.3, 0.5, tail, turn, 2, 0.5, (0.1, 0))
        )
        kitchen.field.add(Piece(x, y, 7.8, 2.5, 1.5, batter, turn, 2.6, 0.5, bump=0.2, drape=0.3))
    pepper = Coat(GARNISH, coats.leaf("#4a8a2f", "#7cae54"), 0.75)
    for aside in (-1.3, 1.4):
        x, y = kitchen.at(-4.4, aside)
        kitchen.field.add(
            Piece(x, y, 5.0, 1.5, 0.9, pepper, kitchen.front + 1.35, 2, 0.5, drape=0.3)
        )
    crumb = Piece(0, 0, 0.35, 0.3, 0.25, Coat(FOOD, linear("#e2a64c"), 0.4), bump=0.05)
    kitchen.strew(90, 6.0, crumb, (0, 0))
    return vessel


def curry(kitchen: Kitchen) -> Vessel:
    """Sauce with chunks on one side, rice on the other."""
    vessel = kitchen.serve(PLATES)
    field = kitchen.field
    cos, sin = np.cos(kitchen.front), np.sin(kitchen.front)
    forward = (field.x * cos + field.y * sin).astype(np.float32)
    reach = vessel.radius * 0.8
    edge = 1 - smoothstep(field.radius + 0.25 * field.coarse, reach - 1.2, reach + 0.1)
    mound = edge * (1 - smoothstep(forward + 0.35 * field.coarse, -2.6, 1.6))
    rice = 0.8 + 2.3 * mound + np.float32(0.1) * field.coarse
    field.lay((rice > field.height) & (mound > 0.05), rice, RICE)
    grains = np.argwhere(mound > 0.25)

    def on_mound() -> tuple[float, float]:
        row, column = grains[int(kitchen.rng.integers(len(grains)))]
        return float(field.x[0, column]), float(field.y[row, 0])

    kitchen.grains(2000, on_mound)
    pool = 1.45 + 0.05 * field.coarse - 1.4 * smoothstep(field.radius, reach - 1.0, reach + 0.6)
    sauce = Coat(FOOD, coats.mottled("#8f4f16", "#6f380c"), 1.0)
    field.lay((pool > field.height) & (forward > -3) & (field.radius < reach + 0.6), pool, sauce)
    _chunks(kitchen, reach)
    pickles = Piece(0, 0, 0.8, 0.5, 0.4, Coat(GARNISH, linear("#b4231f"), 0.8), corner=3)
    kitchen.strew(26, 1.3, pickles, kitchen.at(-4.0, 4.6))
    parsley = Coat(GARNISH, coats.mottled("#3f7a26", "#5b9a38"), 0.3)
    kitchen.strew(34, 3.4, Piece(0, 0, 0.4, 0.28, 0.12, parsley, drape=0.8), kitchen.at(2.6, 0))
    return vessel


def _chunks(kitchen: Kitchen, reach: float) -> None:
    beef = Coat(MAIN, coats.mottled("#5d3015", "#7b4623"), 0.9)
    carrot = Coat(MAIN, coats.mottled("#e2711a", "#cc5a0e"), 0.85)
    potato = Coat(MAIN, coats.mottled("#d9a648", "#c58f35"), 0.8)
    places: list[tuple[float, float]] = []
    for number in range(400):
        if len(places) == 16:
            break
        x, y = kitchen.at(*_ahead(kitchen.rng, reach))
        if any(np.hypot(x - a, y - b) < 2.0 for a, b in places):
            continue
        places.append((x, y))
        coat = (beef, potato, carrot)[number % 3]
        size = kitchen.rng.uniform(0.85, 1.2)
        kitchen.field.add(
            Piece(
                *(x, y, 2.5 * size, 2.0 * size, 1.25 * size, coat, kitchen.turn(), 3.2, 0.42),
                tilt=kitchen.lean(0.3),
                bump=0.05,
                drape=0.1,
            )
        )


def _ahead(rng: np.random.Generator, reach: float) -> tuple[float, float]:
    """A point of the sauce, forward and aside."""
    forward = rng.uniform(0.4, reach - 2.2)
    half = np.sqrt((reach - 1.9) ** 2 - forward**2)
    return float(forward), float(rng.uniform(-half, half))


def salad(kitchen: Kitchen) -> Vessel:
    """Leaves, tomatoes and egg."""
    vessel = kitchen.serve(PLATES)
    kitchen.fill(vessel.radius * 0.6, 1.0, 1.6, Coat(FOOD, linear("#4d7a2a"), 0.3), 0.4)
    greens = ("#5f9c34", "#86b94e", "#3f7d2b", "#a5c96a")
    for number in range(46):
        x, y = kitchen.in_disc(0, 0, 6.4)
        blade = Coat(FOOD, coats.leaf(greens[number % 4], "#cfe2a0"), 0.55)
        size = kitchen.rng.uniform(3.2, 5.2)
        kitchen.field.add(
            Piece(
                *(x, y, size, size * 0.62, 0.5, blade, kitchen.turn(), 1.9, 0.25),
                tilt=kitchen.lean(0.35),
                bump=0.13,
                drape=0.35,
            )
        )
    tomato = Coat(MAIN, coats.mottled("#d3271b", "#b81a12", 0.3), 1.0)
    for aside in (-4.3, -1.9, 0.5, 2.9, 4.9):
        x, y = kitchen.at(4.1 - 0.12 * aside**2 + kitchen.rng.uniform(-0.4, 0.4), aside)
        kitchen.field.add(Piece(x, y, 2.5, 2.5, 1.9, tomato, dome=0.5, drape=0.0))
    for aside in (-2.3, 2.2):
        x, y = kitchen.at(0.6, aside)
        turn = kitchen.front + kitchen.rng.uniform(-0.5, 0.5)
        half = Coat(MAIN, coats.egg, 0.6)
        kitchen.field.add(Piece(x, y, 4.4, 3.4, 0.9, half, turn, 2, 0.18, (-0.2, 0), drape=0.0))
    onion = Coat(GARNISH, coats.ringed("#8e3f78", "#e8d3e2"), 0.5)
    kitchen.strew(12, 4.4, Piece(0, 0, 2.4, 2.1, 0.22, onion, hole=0.78, drape=0.85), (0, 0))
    return vessel


SPRING_ONION = Piece(
    0, 0, 0.95, 0.85, 0.42, Coat(GARNISH, coats.ringed("#5f9e3a", "#dbe8b4"), 0.45), hole=0.35
)
SESAME = Piece(0, 0, 0.34, 0.2, 0.12, Coat(GARNISH, linear("#e9d9b0"), 0.4), drape=0.7)

RECIPES: dict[DishName, Callable[[Kitchen], Vessel]] = {
    "curry": curry,
    "eel": eel,
    "salad": salad,
    "sashimi": sashimi,
    "tempura": tempura,
}
