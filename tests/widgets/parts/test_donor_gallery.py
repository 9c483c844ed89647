"""The gallery shows donors, makes pictures only of those in sight, and one can be chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.widgets.parts import donor_model
from napari_lesion_synth.widgets.parts.donor_gallery import DonorGallery

pytestmark = pytest.mark.gui


def make_donors(count: int) -> list[Donor]:
    mask = np.zeros((6, 20, 20), bool)
    mask[2:4, 6:14, 6:14] = True
    hu = np.where(mask, 60, 110).astype(np.int16)
    first = Donor(
        id="d0",
        patient="p<1>",
        hu=hu,
        mask=mask,
        organ=np.ones_like(mask),
        spacing=(2.5, 1.0, 1.0),
        diameter_mm=12.3,
        depth_mm=7.4,
        zone=Zone.RIM,
        organ_hu=110.0,
        noise_hu=9.0,
    )
    return [replace(first, id=f"d{number}") for number in range(count)]


@pytest.fixture
def gallery(qtbot):
    gallery = DonorGallery()
    qtbot.addWidget(gallery)
    gallery.resize(320, 200)
    with qtbot.waitExposed(gallery):
        gallery.show()
    gallery.heard = []
    gallery.chosen.connect(gallery.heard.append)
    return gallery


def place(gallery, row):
    return gallery.view.visualRect(gallery.model.index(row)).center()


def test_a_donor_is_described(gallery):
    gallery.set_donors(make_donors(3))
    index = gallery.model.index(0)
    assert index.data() == "12 mm, rim"
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    for words in ("d0", "p&lt;1&gt;", "12.3 mm", "7 mm below", "-50 HU"):
        assert words in tip


def test_a_click_chooses(qtbot, gallery):
    gallery.set_donors(make_donors(3))
    qtbot.mouseClick(gallery.view.viewport(), Qt.MouseButton.LeftButton, pos=place(gallery, 1))
    assert gallery.heard == ["d1"]
    assert gallery.current == "d1"


def test_arrow_keys_choose(qtbot, gallery):
    gallery.set_donors(make_donors(3))
    gallery.select("d0")
    qtbot.keyClick(gallery.view, Qt.Key.Key_Right)
    assert gallery.heard == ["d1"]


def test_selecting_is_silent(gallery):
    gallery.set_donors(make_donors(3))
    gallery.select("d2")
    assert gallery.current == "d2"
    gallery.select("gone")
    assert gallery.current is None
    assert gallery.heard == []


def test_the_chosen_donor_stays_chosen(gallery):
    donors = make_donors(4)
    gallery.set_donors(donors)
    gallery.select("d2")
    gallery.set_donors(donors[1:])
    assert gallery.current == "d2"
    gallery.set_donors(donors[:2])
    assert gallery.current is None
    assert gallery.heard == []


def test_an_empty_gallery_says_why(gallery):
    text = "No donors: open a library."
    gallery.reason(text)
    gallery.set_donors([])
    label = next(label for label in gallery.findChildren(QLabel) if label.text() == text)
    assert label.isVisible()
    assert not gallery.view.isVisible()
    gallery.set_donors(make_donors(1))
    assert gallery.view.isVisible()
    assert not label.isVisible()


def test_only_pictures_in_sight_are_made(qtbot, gallery):
    gallery.set_donors(make_donors(300))
    qtbot.waitUntil(lambda: gallery.model.made > 0 and not gallery.model._waiting)
    first = gallery.model.made
    assert first < 20
    gallery.view.scrollToBottom()
    qtbot.waitUntil(lambda: gallery.model.made > first and not gallery.model._waiting)
    assert gallery.model.made < 40


def test_a_picture_is_made_once(qtbot, gallery, monkeypatch):
    made = []
    original = donor_model._thumbnail
    monkeypatch.setattr(donor_model, "_thumbnail", lambda d, r: made.append(d.id) or original(d, r))
    gallery.set_donors(make_donors(3))
    qtbot.waitUntil(lambda: len(made) == 3)
    gallery.view.viewport().repaint()
    gallery.select("d1")
    gallery.view.viewport().repaint()
    assert sorted(made) == ["d0", "d1", "d2"]


def test_the_picture_shows_the_largest_slice(qtbot, gallery):
    gallery.set_donors(make_donors(1))
    qtbot.waitUntil(lambda: gallery.model.made == 1)
    icon = gallery.model.index(0).data(Qt.ItemDataRole.DecorationRole)
    image = icon.pixmap(72, 72).toImage()
    assert image.pixelColor(36, 36).red() < image.pixelColor(68, 4).red()


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 1), (5, 2), (300, 2)])
def test_it_is_as_high_as_its_rows_up_to_two(qtbot, count, rows):
    gallery, page = DonorGallery(), QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(gallery)
    column.addStretch(1)
    gallery.set_donors(make_donors(count))
    cell = gallery.view.gridSize()
    page.resize(4 * cell.width(), 600)
    with qtbot.waitExposed(page):
        page.show()
    assert rows * cell.height() < gallery.height() < (rows + 0.3) * cell.height()
    assert gallery.view.size() == gallery.size()
    page.resize(8 * cell.width(), 600)
    assert gallery.height() < (min(rows, -(-count // 7)) + 0.3) * cell.height()
