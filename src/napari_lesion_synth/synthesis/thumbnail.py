"""A donor's small picture: three planes through the lesion, its outline and a scale bar."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from napari_lesion_synth.ct.planes import Plane, cut, planes_of
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.ct.windows import LIVER, Window
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["donor_picture", "lesion_picture", "png_bytes"]

_OUTLINE = (255, 209, 71)
_BAR = (235, 235, 235)
_FILLED = (120, 124, 132)
_NOWHERE = (38, 42, 50)
_GAP = 2
_BARS_MM = (1, 2, 5, 10, 20, 50, 100)


def donor_picture(donor: Donor, *, window: Window = LIVER, pixels: int = 160) -> Image.Image:
    """Axial, coronal and sagittal cut through a donor, side by side.

    Parameters
    ----------
    donor : Donor
        The lesion; a single-slice one gives the axial plane alone.
    window : Window
        Display window.
    pixels : int
        Side of each plane.

    Returns
    -------
    PIL.Image.Image
        RGB.
    """
    return lesion_picture(donor.hu, donor.mask, donor.spacing, window=window, pixels=pixels)


def lesion_picture(
    hu: NDArray[np.int16] | None,
    mask: NDArray[np.bool_],
    spacing: Triple,
    *,
    window: Window = LIVER,
    pixels: int = 160,
) -> Image.Image:
    """As `donor_picture`, of arrays; without HU the lesion is a grey shape.

    Parameters
    ----------
    hu : ndarray of int16 or None
        CT box, (z, y, x).
    mask : ndarray of bool
        The lesion, of the same shape.
    spacing : tuple of float
        mm, (z, y, x).
    window : Window
        Display window.
    pixels : int
        Side of each plane.

    Returns
    -------
    PIL.Image.Image
        RGB.
    """
    heart = np.argwhere(mask).mean(axis=0)
    planes = planes_of(mask.shape)
    sides = [n * s for n, s in zip(mask.shape, spacing, strict=True)]
    fov = max(sides[1:] if len(planes) == 1 else sides)

    def through(array: NDArray[Any], plane: Plane) -> NDArray[np.float32]:
        # Through the lesion's centroid, but the whole box in view.
        middle = [(n - 1) / 2 for n in mask.shape]
        middle[plane] = float(heart[plane])
        z, y, x = middle
        return cut(array, spacing, plane, (z, y, x), fov_mm=fov, pixels=pixels)

    row = Image.new("RGB", (len(planes) * (pixels + _GAP) - _GAP, pixels), _NOWHERE)
    for number, plane in enumerate(planes):
        inside = through(mask, plane) >= 0.5
        if hu is None:
            panel = np.full((pixels, pixels, 3), _NOWHERE, np.uint8)
            panel[inside] = _FILLED
        else:
            panel = np.repeat(window.apply(through(hu, plane))[..., None], 3, axis=2)
            panel[through(np.ones_like(mask), plane) < 0.5] = _NOWHERE
        panel[ndimage.binary_dilation(inside) & ~inside] = _OUTLINE
        row.paste(Image.fromarray(panel), (number * (pixels + _GAP), 0))
    _draw_bar(row, pixels / fov)
    return row


def png_bytes(image: Image.Image) -> bytes:
    """The picture as a PNG file; equal pictures give equal bytes."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6)
    return file.getvalue()


def _draw_bar(image: Image.Image, pixels_per_mm: float) -> None:
    """Draw the longest round length that takes up to a third of a panel, bottom left."""
    side = image.height
    fitting = [mm for mm in _BARS_MM if mm * pixels_per_mm <= side / 3]
    length = fitting[-1] if fitting else _BARS_MM[0]
    draw, edge = ImageDraw.Draw(image), max(4, side // 32)
    bottom = side - edge
    line = [(edge, bottom), (edge + round(length * pixels_per_mm), bottom)]
    draw.line([(edge - 1, bottom), (line[1][0] + 1, bottom)], (0, 0, 0), width=4)
    draw.line(line, _BAR, width=2)
    size = max(9, side // 14)
    font = ImageFont.load_default(size=size)
    draw.text(
        (edge, bottom - size - 4),
        f"{length} mm",
        font=font,
        fill=_BAR,
        stroke_width=1,
        stroke_fill=(0, 0, 0),
    )
