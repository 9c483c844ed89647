"""Real and synthetic lesions in one shuffled picture, with the answers kept apart.

For a first honest look: the same window, the same scale and the same amount of surroundings
for all, numbers in place of names, and a key in a file of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.ct.planes import cut, planes_of
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.ct.windows import LIVER, Window
from napari_lesion_synth.dataset.drawing import PAPER, grey, write_text

__all__ = ["Specimen", "blind_sheet", "match_by_diameter", "specimen"]

_GAP, _LABEL = 10, 20
_AIR_HU = -1024.0


@dataclass(frozen=True, slots=True)
class Specimen:
    """A lesion as it is shown, and what only the key may tell.

    Parameters
    ----------
    views : tuple of ndarray of float32
        HU, square, one a plane, all lesions alike.
    origin : str
        ``"real"`` or ``"synthetic"``.
    name : str
        Id of the donor or sample.
    diameter_mm : float
        Equivalent diameter.
    """

    views: tuple[NDArray[np.float32], ...]
    origin: str
    name: str
    diameter_mm: float


def specimen(
    hu: NDArray[np.int16],
    spacing: Triple,
    center: Triple,
    *,
    origin: str,
    name: str,
    diameter_mm: float,
    fov_mm: float = 60.0,
    pixels: int = 180,
) -> Specimen:
    """Cut a lesion with its surroundings out of a whole CT, real or pasted."""
    views = tuple(
        cut(hu, spacing, plane, center, fov_mm=fov_mm, pixels=pixels, fill=_AIR_HU)
        for plane in planes_of(hu.shape)
    )
    return Specimen(views, origin, name, diameter_mm)


def match_by_diameter(real: Sequence[float], synthetic: Sequence[float]) -> list[tuple[int, int]]:
    """Pair each real lesion with the synthetic one nearest in size, none used twice.

    Size would otherwise tell the two apart.
    """
    left = set(range(len(synthetic)))
    pairs = []
    for i in sorted(range(len(real)), key=lambda i: -real[i]):
        if not left:
            break
        j = min(left, key=lambda j: (abs(np.log(synthetic[j] / real[i])), j))
        left.remove(j)
        pairs.append((i, j))
    return pairs


def blind_sheet(
    specimens: Sequence[Specimen],
    rng: np.random.Generator,
    *,
    window: Window = LIVER,
    columns: int = 4,
) -> tuple[Image.Image, list[dict[str, object]]]:
    """Shuffle the specimens and draw them, numbered from 1.

    Returns
    -------
    image : PIL.Image.Image
        The sheet; nothing on it tells real from synthetic.
    key : list of dict
        Number, origin, name and diameter of each, in the order of the sheet.
    """
    if not specimens:
        raise ValueError("a blind sheet needs at least one lesion")
    order = [specimens[i] for i in rng.permutation(len(specimens))]
    height, width = order[0].views[0].shape
    cell_width = len(order[0].views) * width + _GAP
    cell_height = height + _LABEL + _GAP
    rows = -(-len(order) // columns)
    size = (min(columns, len(order)) * cell_width + _GAP, rows * cell_height + _GAP)
    sheet = Image.new("RGB", size, PAPER)
    for number, item in enumerate(order):
        top = _GAP + number // columns * cell_height
        left = _GAP + number % columns * cell_width
        write_text(sheet, (left, top), [str(number + 1)], size=15)
        for place, view in enumerate(item.views):
            picture = Image.fromarray(grey(window.apply(view)))
            sheet.paste(picture, (left + place * width, top + _LABEL))
    key = [
        {
            "number": number + 1,
            "origin": item.origin,
            "name": item.name,
            "diameter_mm": round(item.diameter_mm, 1),
        }
        for number, item in enumerate(order)
    ]
    return sheet, key
