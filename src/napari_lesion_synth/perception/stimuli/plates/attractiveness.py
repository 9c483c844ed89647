"""The attractiveness that a rendered dish is said to have.

An invention, so that methods can be tested against a known truth: it says nothing about people.
It is a smooth function of the view and of how the dish is photographed, with its peak at 48
degrees above the table, on the side where the main ingredient lies:

    q = 1.5 exp(-((e - 48) / 20)^2) + 0.55 cos(a - a0) - 0.5 x^2 - 0.8 (w - 0.15)^2
        - 1.6 (s - 1.1)^2 + 0.9 (g - 0.6) + d
    attractiveness = 1 / (1 + exp(-2 (q - 0.75)))

with elevation e and azimuth a in degrees, a0 the azimuth of the dish's best side, exposure x,
warmth w, saturation s, gloss g, and d, which differs between dishes.
"""

from __future__ import annotations

import math

from napari_lesion_synth.perception.stimuli.plates.settings import PlateLook
from napari_lesion_synth.perception.stimuli.views import View

__all__ = ["BEST_ELEVATION_DEG", "attractiveness"]

BEST_ELEVATION_DEG = 48.0


def attractiveness(view: View, look: PlateLook, front_deg: float, dish_level: float = 0.0) -> float:
    """Attractiveness of a rendered dish, 0 to 1.

    Parameters
    ----------
    view : View
        With its elevation.
    look : PlateLook
        How it is photographed.
    front_deg : float
        Azimuth of the dish's best side.
    dish_level : float
        By how much this dish is better than others; 0 is the middle.

    Raises
    ------
    ValueError
        If the view has no elevation.
    """
    if view.elevation_deg is None:
        raise ValueError("a rendered view has an elevation")
    height = math.exp(-(((view.elevation_deg - BEST_ELEVATION_DEG) / 20) ** 2))
    side = math.cos(math.radians(view.azimuth_deg - front_deg))
    light = -0.5 * look.exposure_ev**2 - 0.8 * (look.warmth - 0.15) ** 2
    surface = -1.6 * (look.saturation - 1.1) ** 2 + 0.9 * (look.gloss - 0.6)
    quality = 1.5 * height + 0.55 * side + light + surface + dish_level
    return 1 / (1 + math.exp(-2 * (quality - 0.75)))
