from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.dataset.contact_sheet import SheetRow, contact_sheet
from napari_lesion_synth.dataset.drawing import BEYOND, OUTLINE
from napari_lesion_synth.dataset.patch import Patch


def make_row(depth: int = 9) -> SheetRow:
    before = np.full((depth, 41, 41), 110, np.int16)
    mask = np.zeros(before.shape, bool)
    mask[depth // 3 : depth // 3 + max(1, depth // 3), 14:27, 14:27] = True
    after = np.where(mask, 50, before).astype(np.int16)
    box = (slice(0, depth), slice(0, 41), slice(0, 41))
    return SheetRow(Patch(before, after, mask, mask, box, (2.5, 1.0, 1.0)), ("one", "two"))


def has_color(picture, color) -> bool:
    return bool((np.asarray(picture) == color).all(axis=-1).any())


def test_three_planes_of_four_panels_for_a_volume_and_one_plane_for_a_slice():
    volume, single = contact_sheet([make_row()]), contact_sheet([make_row(1)])
    one_plane = (volume.width - single.width) / 2
    assert 4 * 116 < one_plane < single.width
    assert volume.height == single.height


def test_every_row_adds_the_same_height():
    heights = [contact_sheet([make_row()] * n).height for n in (1, 2, 3)]
    assert heights[2] - heights[1] == heights[1] - heights[0] > 0


def test_the_label_is_outlined():
    assert has_color(contact_sheet([make_row()]), OUTLINE)


def test_what_lies_beyond_the_patch_is_not_shown_as_air():
    assert has_color(contact_sheet([make_row()], fov_mm=80.0), BEYOND)


def test_the_lesion_is_darker_after_than_before():
    sheet = np.asarray(contact_sheet([make_row(1)], fov_mm=40.0, pixels=100))[..., 0].astype(int)
    panels = sheet[-55:-45, -4 * 104 - 8 : -8]  # the row through the lesions' middle
    before, after = panels[:, 45:55], panels[:, 149:159]
    assert after.mean() < before.mean() - 20


def test_an_empty_sheet_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])


def test_a_long_caption_stays_in_its_column():
    row = make_row(1)
    long = SheetRow(row.patch, ("first", "donor " + "x" * 200))
    short = SheetRow(row.patch, ("first", "donor x"))
    pictures = [np.asarray(contact_sheet([r])) for r in (long, short)]
    panels = slice(-4 * 120 - 8, None)
    assert np.array_equal(pictures[0][:, panels], pictures[1][:, panels])
    assert not np.array_equal(*pictures)
