"""Photos of a study side by side, small, for its report."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = ["strip"]

_SIDE, _GAP = 150, 8
_PAPER = (246, 247, 249)


def strip(photos: Sequence[Stimulus], side: int = _SIDE) -> bytes:
    """A row of photos, each within a square, as a PNG file; those that are gone are grey."""
    width = len(photos) * (side + _GAP) - _GAP
    sheet = Image.new("RGB", (max(width, 1), side), _PAPER)
    for place, photo in enumerate(photos):
        try:
            image = Image.fromarray(photo.picture())
        except InputError:
            continue
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        left = place * (side + _GAP) + (side - image.width) // 2
        sheet.paste(image, (left, (side - image.height) // 2))
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()
