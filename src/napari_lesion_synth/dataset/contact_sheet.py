"""Before, after, difference and label of each lesion, in three planes, on one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.ct.planes import Plane, cut, planes_of
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.ct.windows import LIVER, Window
from napari_lesion_synth.dataset.drawing import (
    BEYOND,
    PAPER,
    grey,
    outlined,
    signed,
    text_height,
    write_text,
)
from napari_lesion_synth.dataset.patch import Patch

__all__ = ["SheetRow", "contact_sheet"]

_GAP, _CAPTION_WIDTH, _HEADER = 4, 196, 40
_DIFFERENCE_HU = 80.0
_PANELS = ("before", "after", f"difference (±{_DIFFERENCE_HU:.0f} HU)", "label")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One lesion on the sheet: its patch and the lines written beside it."""

    patch: Patch
    caption: tuple[str, ...]


def contact_sheet(
    rows: Sequence[SheetRow],
    *,
    window: Window = LIVER,
    fov_mm: float | None = None,
    pixels: int = 116,
) -> Image.Image:
    """Draw the sheet: a lesion a row, and for each plane before, after, difference and label.

    Parameters
    ----------
    rows : sequence of SheetRow
        At least one.
    window : Window
        Grey-scale window of the CT panels.
    fov_mm : float, optional
        Side of a panel; default: the largest patch's longest side, at most 90 mm.
    pixels : int
        Side of a panel.

    Returns
    -------
    PIL.Image.Image
        RGB.
    """
    if not rows:
        raise ValueError("a contact sheet needs at least one lesion")
    side = min(90.0, max(_extent_mm(row.patch) for row in rows)) if fov_mm is None else fov_mm
    planes = planes_of(max((row.patch.before.shape for row in rows), key=lambda s: s[0]))
    group = len(_PANELS) * (pixels + _GAP) + 2 * _GAP
    size = (
        _CAPTION_WIDTH + len(planes) * group,
        _HEADER + len(rows) * (pixels + _GAP),
    )
    sheet = Image.new("RGB", size, PAPER)
    _write_header(
        sheet, planes, group, pixels, f"{side:.0f} mm, W {window.width:.0f} L {window.level:.0f}"
    )
    for number, row in enumerate(rows):
        top = _HEADER + number * (pixels + _GAP)
        write_text(sheet, (6, top + 2), row.caption, size=12, width=_CAPTION_WIDTH - 12)
        for place, plane in enumerate(planes_of(row.patch.before.shape)):
            panels = _panels(row.patch, plane, window, side, pixels)
            for column, panel in enumerate(panels):
                left = _CAPTION_WIDTH + place * group + column * (pixels + _GAP)
                sheet.paste(Image.fromarray(panel), (left, top))
    return sheet


def _extent_mm(patch: Patch) -> float:
    return float(max(n * s for n, s in zip(patch.before.shape, patch.spacing, strict=True)))


def _write_header(
    sheet: Image.Image, planes: Sequence[Plane], group: int, pixels: int, scale: str
) -> None:
    write_text(sheet, (6, 4), ["SYNTHETIC", scale], size=12)
    for place, plane in enumerate(planes):
        left = _CAPTION_WIDTH + place * group
        write_text(sheet, (left, 4), [plane.name.capitalize()], size=13)
        for column, name in enumerate(_PANELS):
            x = left + column * (pixels + _GAP)
            write_text(sheet, (x, 4 + text_height(["x"], 13)), [name], size=11)


def _centre(mask: NDArray[np.bool_]) -> Triple:
    z, y, x = (float(np.mean(indices)) for indices in np.nonzero(mask))
    return z, y, x


def _panels(
    patch: Patch, plane: Plane, window: Window, side: float, pixels: int
) -> list[NDArray[np.uint8]]:
    centre = _centre(patch.mask)

    def show(array: NDArray[np.generic], order: Literal[0, 1] = 1) -> NDArray[np.float32]:
        return cut(array, patch.spacing, plane, centre, fov_mm=side, pixels=pixels, order=order)

    before, after = show(patch.before), show(patch.after)
    mask = show(patch.mask, order=0) > 0.5
    beyond = show(np.ones(patch.mask.shape, np.uint8), order=0) < 0.5
    panels = [
        grey(window.apply(before)),
        grey(window.apply(after)),
        signed(after - before, _DIFFERENCE_HU),
        outlined(window.apply(after), mask),
    ]
    for panel in panels:
        panel[beyond] = BEYOND
    return panels
