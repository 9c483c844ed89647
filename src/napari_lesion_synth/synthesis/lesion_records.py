"""What is kept of one lesion in a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_lesion_synth.synthesis.lesion_prior import NAMES

__all__ = [
    "LesionDraw",
    "LesionRecord",
    "OutlineRecord",
    "lesion_draw",
    "lesion_record",
    "outline_record",
]


@dataclass(frozen=True, slots=True)
class LesionDraw:
    """One lesion's numbers, drawn from a distribution.

    Parameters
    ----------
    diameter_mm : float
        Equivalent diameter.
    delta_hu : float
        Contrast to the parenchyma, negative for a dark lesion.
    edge_mm : float
        Width of the sigmoid.
    irregularity : float
        RMS relative deviation of the radius from an ellipsoid.
    elongation : float
        Longest over shortest axis.
    texture_hu, texture_mm : float
        Amplitude and scale of the internal texture.
    outline : tuple of float
        Harmonics of a real lesion's outline, for `shapes.RadialShape`; empty: at random.
    """

    diameter_mm: float
    delta_hu: float
    edge_mm: float
    irregularity: float
    elongation: float
    texture_hu: float
    texture_mm: float
    outline: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LesionRecord:
    """One lesion that went into a distribution.

    Parameters
    ----------
    id : str
        Of the donor.
    patient : str
        Whose it is: a distribution must not be used to test a detector on the same patient.
    values : LesionDraw
        What was measured.
    """

    id: str
    patient: str
    values: LesionDraw


@dataclass(frozen=True, slots=True)
class OutlineRecord:
    """The outline of one real lesion of which nothing else is known.

    Parameters
    ----------
    id, patient : str
        Which, and whose.
    elongation, irregularity : float
        See `LesionDraw`.
    outline : tuple of float
        Its harmonics.
    """

    id: str
    patient: str
    elongation: float
    irregularity: float
    outline: tuple[float, ...]


def lesion_draw(values: Mapping[str, float], outline: tuple[float, ...] = ()) -> LesionDraw:
    """A draw from numbers by name."""
    return LesionDraw(
        diameter_mm=values["diameter_mm"],
        delta_hu=values["delta_hu"],
        edge_mm=values["edge_mm"],
        irregularity=values["irregularity"],
        elongation=values["elongation"],
        texture_hu=values["texture_hu"],
        texture_mm=values["texture_mm"],
        outline=outline,
    )


def lesion_record(item: dict[str, Any]) -> LesionRecord:
    """From what `dataclasses.asdict` made of one; ValueError, KeyError or TypeError if not."""
    values = item["values"]
    outline = tuple(_number(value) for value in values["outline"])
    draw = lesion_draw({name: _number(values[name]) for name in NAMES}, outline)
    return LesionRecord(str(item["id"]), str(item["patient"]), draw)


def outline_record(item: dict[str, Any]) -> OutlineRecord:
    """From what `dataclasses.asdict` made of one; ValueError, KeyError or TypeError if not."""
    return OutlineRecord(
        str(item["id"]),
        str(item["patient"]),
        _number(item["elongation"]),
        _number(item["irregularity"]),
        tuple(_number(value) for value in item["outline"]),
    )


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)
