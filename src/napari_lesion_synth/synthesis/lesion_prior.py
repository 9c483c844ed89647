"""What is known of liver lesions before looking at the user's own.

Each quantity is taken as normal after a logarithm: medians and spreads are kept as data.

References
----------
.. [1] S. S. Hsieh et al., Abdominal Radiology (2025): 91 liver metastases in 40 CTs; contrast
   38 HU (interquartile range 23 to 68), diameter 12 mm (9 to 18).
.. [2] P. Bilic et al., "The Liver Tumor Segmentation Benchmark (LiTS)", Medical Image Analysis
   84, 2023: outlines, measured here on 208 of its lesions.
"""

from __future__ import annotations

import numpy as np

__all__ = ["LIMITS", "MEDIAN", "NAMES", "SPREAD", "from_normal", "to_normal"]

MEDIAN = {
    "diameter_mm": 12.0,
    "delta_hu": 38.0,
    "edge_mm": 0.9,
    "irregularity": 0.08,
    "elongation": 1.45,
    "texture_hu": 3.0,
    "texture_mm": 2.0,
}
"""Literature: size and contrast from [1], form from [2]; edge and texture are this project's
choice, after the lesions of a portal-venous CT (3D-IRCADb-01, case 1)."""

SPREAD = {
    "diameter_mm": 0.51,
    "delta_hu": 0.80,
    "edge_mm": 0.40,
    "irregularity": 0.35,
    "elongation": 0.55,
    "texture_hu": 0.45,
    "texture_mm": 0.35,
}
"""Standard deviations of the logarithms; from [1] ln(18 / 9) / 1.349 and ln(68 / 23) / 1.349."""

LIMITS = {
    "diameter_mm": (3.0, 150.0),
    "delta_hu": (10.0, 100.0),
    "edge_mm": (0.3, 5.0),
    "irregularity": (0.0, 0.3),
    "elongation": (1.0, 3.0),
    "texture_hu": (0.0, 40.0),
    "texture_mm": (0.7, 10.0),
}
"""A draw is kept within these; of the contrast, its magnitude."""

NAMES = tuple(MEDIAN)
_OFFSET = {"elongation": -0.9, "texture_hu": 1.0, "irregularity": 0.01}


def to_normal(value: float, name: str) -> float:
    """The logarithm, within the limits: a fit may find no texture at all."""
    low, high = LIMITS[name]
    return float(np.log(np.clip(abs(value), low, high) + _OFFSET.get(name, 0.0)))


def from_normal(value: float, name: str) -> float:
    """Inverse of `to_normal`."""
    low, high = LIMITS[name]
    return float(np.clip(np.exp(value) - _OFFSET.get(name, 0.0), low, high))
