"""The organ that a few clicks point at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.click.capsule import capsule_level, rounded
from napari_lesion_synth.anatomy.click.cells import Cells, averaged
from napari_lesion_synth.anatomy.click.checks import (
    check_tissue,
    checked,
    nothing_grew,
    nothing_left,
)
from napari_lesion_synth.anatomy.click.corrections import taken_away
from napari_lesion_synth.anatomy.click.growth import Grown, added_at, organ_at
from napari_lesion_synth.anatomy.click.measures import Cell, Field, ball_around, bounding_box
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import StopToken

__all__ = ["ClickSegmenter", "segment_organ"]

Clicks = Sequence[tuple[int, int, int]]

_LEAST_ML, _LEAST_CM2 = 1.0, 0.5
"""Loose pieces below this size that nobody clicked on are left out."""


class ClickSegmenter:
    """Segments an organ by clicks, and keeps between clicks what does not depend on them.

    The CT is averaged on first use, and the first click is grown once; both are remembered, so
    that later clicks are quicker. May be used in a worker thread, by one call at a time.

    Parameters
    ----------
    volume : Volume
        The CT; it must not change while the segmenter is in use.
    settings : ClickSettings
        How far the organ is followed.
    """

    def __init__(self, volume: Volume, settings: ClickSettings = ClickSettings()) -> None:  # noqa: B008
        self.volume = volume
        self.settings = settings
        self._cells: Cells | None = None
        self._first: tuple[Cell, Grown] | None = None

    def segment(
        self, inside: Clicks, outside: Clicks = (), *, token: StopToken | None = None
    ) -> NDArray[np.bool_]:
        """The organ, from clicks in it and clicks beside it.

        The first click finds the organ. Each later one inside adds what was missed there;
        each one outside takes away what leaked there.

        Parameters
        ----------
        inside : sequence of (int, int, int)
            Voxels (z, y, x) that belong to the organ, in the order they were clicked.
        outside : sequence of (int, int, int)
            Voxels that do not.
        token : StopToken, optional
            Checked at every step.

        Returns
        -------
        ndarray of bool, shape (z, y, x)
            The organ on the CT's grid. Every click inside is in it, none outside is.

        Raises
        ------
        InputError
            If there is no click inside, or one is given on both sides.
        SiteError
            If a click lies outside the CT or hits no soft tissue, or nothing comes of them.
        Stopped
            If the token was set.
        """
        token = token or StopToken()
        within = checked(inside, self.volume.shape, "inside")
        beside = checked(outside, self.volume.shape, "outside")
        _check_sides(within, beside)
        cells = self._prepared(token)
        for click in within:
            check_tissue(cells, cells.cell_of(click), click)
        first = self._grown(within[0], token)
        level = _level(cells, first, within, beside, self.settings, token)
        token.check()
        return _on_grid(level, cells, within, beside, token)

    def _prepared(self, token: StopToken) -> Cells:
        if self._cells is None:
            self._cells = averaged(self.volume, self.settings.cell_mm, token)
        return self._cells

    def _grown(self, click: Cell, token: StopToken) -> Grown:
        """What the first click finds, from memory if it is the same as last time."""
        if self._first is not None and self._first[0] == click:
            return self._first[1]
        cells = self._prepared(token)
        grown = organ_at(cells, cells.cell_of(click), self.settings, token)
        if grown is None:
            raise nothing_grew(click)
        mask = rounded(grown.mask, grown.tissue, cells)
        if not mask.any():
            raise nothing_grew(click)
        grown = Grown(mask, grown.tissue)
        self._first = (click, grown)
        return grown


def segment_organ(
    volume: Volume,
    inside: Clicks,
    outside: Clicks = (),
    *,
    settings: ClickSettings = ClickSettings(),  # noqa: B008
    token: StopToken | None = None,
) -> NDArray[np.bool_]:
    """The organ that a few clicks point at.

    For several rounds of clicks on one CT, keep a `ClickSegmenter`; parameters, result and
    errors are those of `ClickSegmenter.segment`.

    Parameters
    ----------
    volume : Volume
        The CT.
    inside : sequence of (int, int, int)
        Voxels (z, y, x) in the organ; the first best in an even, thick part.
    outside : sequence of (int, int, int)
        Voxels that do not belong to it.
    settings : ClickSettings
        How far the organ is followed.
    token : StopToken, optional
        Checked at every step.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        The organ on the CT's grid.
    """
    return ClickSegmenter(volume, settings).segment(inside, outside, token=token)


def _check_sides(inside: list[Cell], outside: list[Cell]) -> None:
    if not inside:
        raise InputError("there is no click in the organ", remedy="Click in the organ first")
    both = set(inside) & set(outside)
    if both:
        raise InputError(
            f"the click {min(both)} is given as inside and as outside the organ",
            remedy="Remove one of the two",
        )


def _level(
    cells: Cells,
    first: Grown,
    inside: list[Cell],
    outside: list[Cell],
    settings: ClickSettings,
    token: StopToken,
) -> Field:
    """The organ on the cells, as a field that is 0 at the capsule."""
    mask = first.mask
    for click in inside:
        cell = cells.cell_of(click)
        if not mask[cell]:
            token.check()
            mask = mask | added_at(cells, cell, mask, settings, token)
    if mask is not first.mask:
        mask = rounded(mask, first.tissue, cells)
    gone = np.zeros_like(mask)
    within = [cells.cell_of(click) for click in inside]
    for click in outside:
        token.check()
        cell = cells.cell_of(click)
        gone |= taken_away(mask & ~gone, first.tissue, cell, within, cells, settings)
    token.check()
    mask = mask & ~gone
    if not mask.any():
        raise nothing_left()
    level = capsule_level(mask, cells, settings.smooth_mm)
    level[gone] = np.minimum(level[gone], -0.5)
    for cell in within:
        box, ball = ball_around(cell, cells.spacing, max(cells.spacing), mask.shape)
        level[box][ball & ~gone[box]] = 1
    return level


def _on_grid(
    level: Field, cells: Cells, inside: list[Cell], outside: list[Cell], token: StopToken
) -> NDArray[np.bool_]:
    """The mask on the CT's grid, without small loose pieces."""
    kept = level > 0
    labels, _ = ndimage.label(kept)
    sizes = np.bincount(labels.ravel())
    dz, dy, dx = cells.spacing
    least = _LEAST_CM2 * 100 / (dy * dx) if cells.flat else _LEAST_ML * 1000 / (dz * dy * dx)
    large = sizes >= least
    large[[labels[cells.cell_of(click)] for click in inside]] = True
    large[0] = False
    loose = kept & ~large[labels]
    level = np.where(loose, np.minimum(-level, np.float32(0)), level)
    kept &= ~loose
    result = np.zeros(cells.shape, bool)
    if kept.any():
        box = bounding_box(kept, 1)
        result[cells.voxels_of(box)] = cells.positive(level, box, token)
    for click in inside:
        result[click] = True
    for click in outside:
        result[click] = False
    return result
