"""Plates and bowls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.perception.stimuli.plates.field import DISH, Coat, Field
from napari_lesion_synth.perception.stimuli.plates.noise import Array, linear

__all__ = ["BOWLS", "PLATES", "Vessel"]

_LIP_CM = 0.35


@dataclass(frozen=True)
class Vessel:
    """A plate or a bowl: a surface turned around the dish's centre.

    Parameters
    ----------
    radius, foot : float
        cm, at the rim and on the table.
    rim : float
        Height of the rim in cm.
    floor : float
        Height of the inside's lowest point in cm.
    flat : float
        Share of the radius that is flat.
    inside, outside, line : str
        Colours of the glaze, and of the line around the rim.
    """

    radius: float
    foot: float
    rim: float
    floor: float
    flat: float
    inside: str
    outside: str
    line: str

    def depth(self, radius: Array) -> Array:
        """Height of the inside at a distance from the centre, in cm."""
        share = np.clip((radius / self.radius - self.flat) / (1 - self.flat), 0, 1)
        height: Array = (self.floor + (self.rim - self.floor) * share**1.7).astype(np.float32)
        return height

    def put_on(self, field: Field) -> None:
        """Lay the empty vessel into the field."""
        inside = field.radius < self.radius
        lip = np.clip((field.radius - (self.radius - _LIP_CM)) / _LIP_CM, 0, 1)
        rounded = np.sqrt(np.clip(1 - lip * lip, 0, 1)) - 1
        height = self.depth(np.minimum(field.radius, self.radius - _LIP_CM / 2))
        height = height + np.where(lip > 0, rounded * _LIP_CM, 0)
        field.lay(inside, height, Coat(DISH, linear(self.inside), 0.75))
        edge = (field.radius > self.radius - _LIP_CM) & inside
        field.colour[edge] = linear(self.line)


BOWLS = (
    Vessel(8.8, 4.2, 6.0, 1.2, 0.0, "#efe9dc", "#31475e", "#27384a"),
    Vessel(8.8, 4.4, 5.8, 1.2, 0.0, "#27211d", "#3a2a22", "#7b2f1d"),
    Vessel(9.0, 4.0, 5.6, 1.2, 0.0, "#e6e4de", "#8d9a86", "#6d5a45"),
)
PLATES = (
    Vessel(11.6, 6.6, 1.7, 0.7, 0.62, "#f1eee8", "#e6e2da", "#cfc8bb"),
    Vessel(11.4, 6.4, 1.9, 0.7, 0.58, "#d9dfe2", "#aebbc4", "#6f8596"),
    Vessel(11.4, 6.4, 1.75, 0.7, 0.60, "#4b4f52", "#3c4043", "#2d2f31"),
)
