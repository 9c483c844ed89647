"""The grain of what a generator makes: what a sham keeps of it, so that its seam can be seen.

A lesion is a matter of millimetres: a level, a core, a wall. What a net leaves behind besides, by
which its output may be told from a scanner's whatever it shows, is finer: another noise, a
pattern of its convolutions. A sham has the second without the first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["grain_of", "without_lesion"]

_LESION_MM = 2.5
"""Standard deviation of the Gaussian: what is wider than some 6 mm goes."""

_TRUNCATE = 3.0
_LEAST = np.float32(1e-3)

Field = NDArray[np.float32]


def grain_of(made: Field, weight: Field, step: Triple) -> Field:
    """What was made, less its local mean and its mean over all.

    Parameters
    ----------
    made : ndarray of float32, shape (z, y, x)
        HU.
    weight : ndarray of float32, shape (z, y, x)
        How much of it comes to be seen, 0 to 1: what lies outside has no part in the means.
    step : tuple of float
        mm of a voxel.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        HU; its weighted mean is 0.
    """
    sigmas = [
        0.0 if n == 1 else max(_LESION_MM / s, 1.0) for n, s in zip(made.shape, step, strict=True)
    ]

    def smooth(values: Field) -> Field:
        found: Field = ndimage.gaussian_filter(values, sigmas, mode="nearest", truncate=_TRUNCATE)
        return found

    mean = smooth(made * weight) / np.maximum(smooth(weight), _LEAST)
    grain: Field = (made - mean).astype(np.float32)
    total = float(weight.sum())
    if total > 0:
        grain -= np.float32((grain * weight).sum() / total)
    return grain


def without_lesion(donor: Donor) -> Donor:
    """A generated donor of which the grain alone is left, on the level of its parenchyma."""
    level, seen = np.float32(donor.organ_hu), donor.organ.astype(np.float32)
    grain = grain_of(donor.hu - level, seen, donor.spacing)
    return replace(donor, hu=np.rint(level + grain * seen).astype(np.int16))
