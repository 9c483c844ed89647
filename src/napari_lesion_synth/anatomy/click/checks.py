"""Clicks that cannot be used, in words."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import Cell, ball_around
from napari_lesion_synth.anatomy.click.tissue import SOFT_HU
from napari_lesion_synth.errors import InputError, SiteError

__all__ = ["check_tissue", "checked", "nothing_grew", "nothing_left"]

_LOOK_MM = 3.0


def checked(clicks: Sequence[Sequence[int]], shape: Cell, side: str) -> list[Cell]:
    """The clicks as whole indices.

    Raises
    ------
    InputError
        If one has not three indices (z, y, x).
    SiteError
        If one lies outside the CT.
    """
    found = []
    for click in clicks:
        if len(click) != 3:
            raise InputError(
                f"a click {side} the organ has three indices (z, y, x); got {tuple(click)}",
                remedy="Give a click in a single slice as (0, y, x)",
            )
        z, y, x = (round(float(i)) for i in click)
        if not all(0 <= i < n for i, n in zip((z, y, x), shape, strict=True)):
            raise SiteError(
                f"the click {(z, y, x)} lies outside the CT of {shape} voxels",
                remedy="Click on the picture",
            )
        found.append((z, y, x))
    return found


def check_tissue(cells: Cells, cell: Cell, click: Cell) -> None:
    """Refuse a click inside that hits no soft tissue.

    Raises
    ------
    SiteError
        If the click hits air, fat, bone or metal; the message says which.
    """
    box, ball = ball_around(cell, cells.spacing, _LOOK_MM, cells.hu.shape)
    hu = float(cells.smooth[box][ball].mean())
    if SOFT_HU[0] <= hu <= SOFT_HU[1]:
        return
    if hu < -200:
        what = "air or lung"
    elif hu < SOFT_HU[0]:
        what = "fat"
    else:
        what = "bone, metal or dense contrast medium"
    raise SiteError(
        f"the click {click} hits {what} ({hu:.0f} HU)",
        remedy="Click in the organ, away from its edges",
    )


def nothing_grew(click: Cell) -> SiteError:
    """No even tissue hangs together at the first click."""
    return SiteError(
        f"nothing hangs together around the click {click}",
        remedy="Click in an even, thicker part of the organ, or raise the tolerance",
    )


def nothing_left() -> SiteError:
    """The clicks outside take everything away."""
    return SiteError(
        "the clicks outside the organ leave nothing of it",
        remedy="Remove the last click outside, or add one inside",
    )
