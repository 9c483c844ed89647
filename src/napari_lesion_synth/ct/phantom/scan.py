"""What a phantom hands over: the CT, the liver, the lesions and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Volume

__all__ = ["PhantomScan"]


@dataclass(frozen=True, eq=False)
class PhantomScan:
    """A simulated CT and everything that is known about it.

    Parameters
    ----------
    volume : Volume
        The CT, int16 HU, axes (z, y, x).
    liver : ndarray of bool, shape (z, y, x)
        The liver, its lesions included.
    lesions : ndarray of bool, shape (z, y, x)
        All lesions.
    instances : ndarray of uint16, shape (z, y, x)
        0 outside lesions, else the ``id`` of the lesion.
    truth : tuple of dict
        One JSON-able record a lesion: ``id`` (1-based, as in `instances`); ``center``, voxel
        index (z, y, x), inside the lesion; ``diameter_mm`` of the sphere (in a single slice of
        the disc) as large as the lesion would be if the capsule did not clip it; ``delta_hu``,
        mean difference of the lesion's tissue to the liver round it before the scanner blurs
        both;
        ``edge_mm``, the 10 to 90 % width of its border before the scanner blurs it;
        ``depth_mm`` of the centre below the capsule; ``zone``, "rim" or "interior"; ``kind``,
        "solid", "necrotic" or "target"; ``voxels``, its number of voxels.
    """

    volume: Volume
    liver: NDArray[np.bool_]
    lesions: NDArray[np.bool_]
    instances: NDArray[np.uint16]
    truth: tuple[dict[str, Any], ...]
