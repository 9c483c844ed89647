"""A picture of lesions, and below them what the auto-encoder makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.ct.windows import Window
from napari_lesion_synth.synthesis.thumbnail import png_bytes

__all__ = ["reconstruction_sheet"]

_WINDOW = Window("contrast", 0, 200)
_ZOOM = 2


def reconstruction_sheet(
    seen: NDArray[np.float32], made: NDArray[np.float32], scale_hu: float
) -> bytes:
    """Two rows of axial cuts as a PNG file: what was there, and what was made of it.

    Parameters
    ----------
    seen, made : ndarray of float32, shape (n, [z,] y, x)
        HU above the parenchyma, in units of `scale_hu`.
    scale_hu : float
        HU that are 1.
    """
    rows = []
    for lesions in (seen, made):
        middle = lesions[:, lesions.shape[1] // 2] if lesions.ndim == 4 else lesions
        rows.append(np.concatenate([_WINDOW.apply(lesion * scale_hu) for lesion in middle], axis=1))
    picture = np.concatenate(rows).repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1)
    return png_bytes(Image.fromarray(picture))
