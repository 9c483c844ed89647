"""The organ and its capsule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple

__all__ = ["Organ"]


@dataclass(frozen=True, eq=False)
class Organ:
    """Placeholder until the room is furnished."""

    mask: NDArray[np.bool_]
    spacing: Triple
