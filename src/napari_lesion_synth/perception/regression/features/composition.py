"""Composition: symmetry, and where the dish lies, how large it is and how it is turned."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.regression.features.prepared import Mask, Plane, Prepared

__all__ = ["composition", "ellipse", "place"]

_THIRDS = np.array([[y, x] for y in (1 / 3, 2 / 3) for x in (1 / 3, 2 / 3)])


def composition(photo: Prepared) -> dict[str, float]:
    """Symmetry of the photo, and the dish's place and shape."""
    grey, dish = photo.grey, photo.foreground
    y, x = _centre(dish)
    minor, major, angle = ellipse(dish)
    rim = np.concatenate([dish[0], dish[-1], dish[:, 0], dish[:, -1]])
    return {
        "symmetry_left_right": _alike(grey, grey[:, ::-1]),
        "symmetry_up_down": _alike(grey, grey[::-1]),
        "symmetry_half_turn": _alike(grey, grey[::-1, ::-1]),
        **place(dish),
        "thirds_distance": float(np.hypot(*(_THIRDS - (y, x)).T).min()),
        "dish_cut_off": float(rim.mean()),
        # A round plate looks the flatter the lower the camera stands.
        "ellipse_aspect": minor / major if major > 0 else 1.0,
        "ellipse_cos": float(np.cos(2 * angle)),
        "ellipse_sin": float(np.sin(2 * angle)),
    }


def place(mask: Mask) -> dict[str, float]:
    """How much of the photo an area covers, and how far from the middle it lies."""
    y, x = _centre(mask)
    return {
        "share": float(mask.mean()),
        "offset_x": x - 0.5,
        "offset_y": y - 0.5,
        "offset": float(np.hypot(x - 0.5, y - 0.5)),
    }


def ellipse(mask: Mask) -> tuple[float, float, float]:
    """Half axes in px, the shorter one first, and the angle of the longer, from its moments.

    The angle is from the x axis towards the y axis, in radians; 0 for a disc.
    """
    rows, columns = np.nonzero(mask)
    if len(rows) < 2:
        return 0.0, 0.0, 0.0
    covariance = np.cov(np.stack([columns, rows]).astype(np.float64), bias=True)
    values, vectors = np.linalg.eigh(covariance)
    minor, major = 2 * np.sqrt(np.maximum(values, 0))
    if values[1] - values[0] <= 1e-9 * max(values[1], 1e-12):
        return float(minor), float(major), 0.0
    return float(minor), float(major), float(np.arctan2(vectors[1, 1], vectors[0, 1]))


def _centre(mask: Mask) -> tuple[float, float]:
    """Mean row and column, as shares of height and width; the middle for nothing."""
    total = mask.sum()
    if not total:
        return 0.5, 0.5
    rows, columns = mask.shape
    y = float(mask.sum(axis=1) @ (np.arange(rows) + 0.5)) / total / rows
    x = float(mask.sum(axis=0) @ (np.arange(columns) + 0.5)) / total / columns
    return float(y), float(x)


def _alike(one: Plane, other: Plane) -> float:
    """Correlation; 1 for a photo that is the same everywhere."""
    a, b = one - one.mean(), other - other.mean()
    below = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / below if below > 1e-9 else 1.0
