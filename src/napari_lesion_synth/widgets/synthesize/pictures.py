"""Pictures of a rendered lesion in its host, as arrays of grey values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.planes import Plane, cut
from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.ct.windows import Window
from napari_lesion_synth.widgets.workbench.rendering import Rendered

__all__ = ["axial_picture", "field_of_view", "lesion_box"]

_PIXELS = 128
_AROUND = 2.6
_LEAST_MM = 30.0


def field_of_view(diameter_mm: float) -> float:
    """Side in mm of a picture that shows a lesion with its surroundings."""
    return max(_LEAST_MM, _AROUND * diameter_mm)


def lesion_box(
    case: Case, rendered: Rendered, side_mm: float
) -> tuple[NDArray[np.int16], NDArray[np.bool_], Box]:
    """HU with the lesion, its label, and the box of both, `side_mm` wide around the site."""
    volume, sample = case.volume, rendered.sample
    z, y, x = (
        slice(
            max(0, min(b.start, c - round(side_mm / 2 / s))),
            min(n, max(b.stop, c + round(side_mm / 2 / s) + 1)),
        )
        for b, c, s, n in zip(
            sample.bbox, rendered.placed.site.center, volume.spacing, volume.shape, strict=True
        )
    )
    hu = volume.hu[z, y, x].copy()
    mask = np.zeros(hu.shape, bool)
    inner = tuple(
        slice(s.start - b.start, s.stop - b.start)
        for s, b in zip(sample.bbox, (z, y, x), strict=True)
    )
    hu[inner][sample.support] = sample.hu[sample.support]
    mask[inner] = sample.mask
    return hu, mask, (z, y, x)


def axial_picture(case: Case, rendered: Rendered, window: Window) -> NDArray[np.uint8]:
    """The axial cut through a lesion's centre, square, (pixels, pixels)."""
    side = field_of_view(rendered.placed.site.diameter_mm)
    hu, _, box = lesion_box(case, rendered, side)
    z, y, x = (float(c - s.start) for c, s in zip(rendered.placed.site.center, box, strict=True))
    grey = cut(
        hu,
        case.volume.spacing,
        Plane.AXIAL,
        (z, y, x),
        fov_mm=side,
        pixels=_PIXELS,
        fill=-1024,
    )
    return window.apply(grey)
