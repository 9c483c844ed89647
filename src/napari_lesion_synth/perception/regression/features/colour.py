"""Colour: how colourful a photo is, how warm, and how its colours are spread.

References
----------
.. [1] D. Hasler, S. E. Suesstrunk, "Measuring colorfulness in natural images", Proc. SPIE 5007,
   2003.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.regression.features.prepared import Mask, Plane, Prepared

__all__ = ["colour", "colour_within", "colourfulness", "hue_entropy", "warm_share"]

_HUES = 36
_COLOURED = 0.2
"""Saturation below which a pixel has no hue worth counting."""

_WARM = (330 / 360, 70 / 360)
"""From pink through red and orange to yellow; the hue runs over 0 between them."""


def colour(photo: Prepared) -> dict[str, float]:
    """Colour of the whole photo."""
    saturation = photo.hsv[..., 1]
    low, middle, high = np.percentile(saturation, [10, 50, 90])
    turned = 2 * np.pi * photo.hsv[..., 0]
    weight = float(saturation.sum()) or 1.0
    return {
        **colour_within(photo, None),
        "saturation_p10": float(low),
        "saturation_p50": float(middle),
        "saturation_p90": float(high),
        "hue_cos": float((saturation * np.cos(turned)).sum()) / weight,
        "hue_sin": float((saturation * np.sin(turned)).sum()) / weight,
        "value_mean": float(photo.hsv[..., 2].mean()),
    }


def colour_within(photo: Prepared, mask: Mask | None) -> dict[str, float]:
    """The colour features that have a meaning in an area too; None is the whole photo."""
    where: Mask | slice = slice(None) if mask is None else mask
    lab, hsv, rgb = photo.lab[where].reshape(-1, 3), photo.hsv[where], photo.small[where]
    means, deviations = lab.mean(axis=0), lab.std(axis=0)
    return {
        "colourfulness": colourfulness(rgb),
        **{f"{name}_mean": float(v) for name, v in zip(("L", "a", "b"), means, strict=True)},
        **{f"{name}_sd": float(v) for name, v in zip(("L", "a", "b"), deviations, strict=True)},
        "chroma_mean": float(np.hypot(lab[:, 1], lab[:, 2]).mean()),
        "saturation_mean": float(hsv[..., 1].mean()),
        "warm_share": warm_share(hsv[..., 0], hsv[..., 1]),
        "hue_entropy": hue_entropy(hsv[..., 0], hsv[..., 1]),
    }


def colourfulness(rgb: NDArray[np.uint8]) -> float:
    """Colourfulness M of [1]_, from pixels of 0 to 255, shape (..., 3).

    0 for grey; the reference calls 33 moderately and 82 highly colourful.
    """
    r, g, b = (rgb[..., k].astype(np.float32) for k in range(3))
    red_green, yellow_blue = r - g, (r + g) / 2 - b
    spread = np.hypot(red_green.std(), yellow_blue.std())
    level = np.hypot(red_green.mean(), yellow_blue.mean())
    return float(spread + 0.3 * level)


def warm_share(hue: Plane, saturation: Plane) -> float:
    """Share of the pixels that are red, orange or yellow, and coloured at all."""
    start, end = _WARM
    return float((((hue >= start) | (hue <= end)) & (saturation > _COLOURED)).mean())


def hue_entropy(hue: Plane, saturation: Plane) -> float:
    """Entropy of the hues in bits, pixels weighted by their saturation: 0 to 5.17."""
    bins = np.minimum((hue * _HUES).astype(np.int64), _HUES - 1).ravel()
    shares = np.bincount(bins, saturation.ravel(), minlength=_HUES)
    total = shares.sum()
    if total <= 0:
        return 0.0
    some = shares[shares > 0] / total
    return float(-(some * np.log2(some)).sum()) + 0.0
