"""The main ingredient by itself: its colours, its texture, its place, and what sets it off."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.regression.features.colour import colour_within
from napari_lesion_synth.perception.regression.features.composition import ellipse, place
from napari_lesion_synth.perception.regression.features.prepared import Mask, Prepared
from napari_lesion_synth.perception.regression.features.saliency import mass, saliency_map
from napari_lesion_synth.perception.regression.features.texture import grey_entropy

__all__ = ["main_area"]

_EDGE = 0.06


def main_area(photo: Prepared) -> dict[str, float]:
    """Features of the main ingredient.

    Raises
    ------
    ValueError
        If it was not drawn.
    """
    if photo.main is None:
        raise ValueError("the main ingredient was not drawn")
    # An area without pixels, drawn too thin to be seen in the small photo, is the dish's.
    area = photo.main if photo.main.any() else photo.foreground
    minor, major, angle = ellipse(area)
    strength = photo.gradient.magnitude[area]
    return {
        **colour_within(photo, area),
        **place(area),
        "ellipse_aspect": minor / major if major > 0 else 1.0,
        "ellipse_cos": float(np.cos(2 * angle)),
        "ellipse_sin": float(np.sin(2 * angle)),
        "entropy": grey_entropy(photo.grey[area]),
        "rms": float(photo.grey[area].std()),
        "edge_density": float((strength > _EDGE).mean()),
        "slope_mean": float(strength.mean()),
        "highlight_share": float((photo.hsv[..., 2][area] >= 0.92).mean()),
        "saliency": mass(saliency_map(photo).astype(np.float64), area),
        **_set_off(photo, area),
    }


def _set_off(photo: Prepared, area: Mask) -> dict[str, float]:
    """How far its mean colour is from the rest of the photo's, in Lab."""
    rest = ~area
    if not rest.any():
        return {"apart_L": 0.0, "apart_ab": 0.0}
    off = photo.lab[area].mean(axis=0) - photo.lab[rest].mean(axis=0)
    return {"apart_L": float(off[0]), "apart_ab": float(np.hypot(off[1], off[2]))}
