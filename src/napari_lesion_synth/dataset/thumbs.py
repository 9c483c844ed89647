"""A lesion's small picture: three planes through its label in the liver window."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from napari_lesion_synth.ct.planes import cut, planes_of
from napari_lesion_synth.ct.windows import LIVER
from napari_lesion_synth.dataset.patch import Patch

__all__ = ["THUMB_PIXELS", "thumb_bytes"]

THUMB_PIXELS = 72
"""Side of each of the planes, which stand side by side."""

_PNG_LEVEL = 1
_AIR_HU = -1024.0


def thumb_bytes(patch: Patch) -> bytes:
    """The picture as a PNG file; equal patches give equal bytes.

    Parameters
    ----------
    patch : Patch
        The lesion; a single slice gives one plane instead of three.
    """
    used = np.argwhere(patch.mask if patch.mask.any() else np.ones_like(patch.mask))
    z, y, x = (float(c) for c in used.mean(axis=0))
    extent = [n * s for n, s in zip(patch.mask.shape, patch.spacing, strict=True)]
    panels = [
        LIVER.apply(
            cut(
                patch.after,
                patch.spacing,
                plane,
                (z, y, x),
                fov_mm=max(extent),
                pixels=THUMB_PIXELS,
                fill=_AIR_HU,
            )
        )
        for plane in planes_of(patch.mask.shape)
    ]
    file = io.BytesIO()
    Image.fromarray(np.hstack(panels)).save(file, "PNG", compress_level=_PNG_LEVEL)
    return file.getvalue()
