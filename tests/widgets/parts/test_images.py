"""Planes and method cards show what they are given."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import QPoint, Qt

from napari_lesion_synth.ct.windows import LIVER
from napari_lesion_synth.widgets.parts.images import MethodStrip, PlanesView, pixmap_of

pytestmark = pytest.mark.gui

OUTLINE = (255, 209, 71)
SPACING = (2.0, 1.0, 1.0)


def alike(seen: np.ndarray, grey: int) -> bool:
    """Whether a place is of this grey, as far as a screen of 16 bits to a pixel can tell."""
    return bool((np.abs(seen.astype(int) - grey) <= 8).all())


def pixels(widget) -> np.ndarray:
    """What a widget shows, (rows, columns, 3)."""
    image = widget.grab().toImage().convertToFormat(_rgb())
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def _rgb():
    from qtpy.QtGui import QImage

    return QImage.Format.Format_RGB888


def box(*, single_slice: bool = False):
    """A lesion of 60 HU in the upper left front quarter of liver of 110 HU."""
    shape = (1 if single_slice else 20, 40, 40)
    hu, mask = np.full(shape, 110, np.int16), np.zeros(shape, bool)
    mask[0 if single_slice else slice(4, 9), 6:16, 6:16] = True
    hu[mask] = 60
    return hu, mask


@pytest.mark.parametrize(
    "picture",
    [
        20 * np.arange(12, dtype=np.uint8).reshape(3, 4),
        7 * np.arange(36, dtype=np.uint8).reshape(3, 4, 3)[:, ::-1],
        Image.fromarray(20 * np.arange(12, dtype=np.uint8).reshape(3, 4)),
    ],
)
def test_a_pixmap_holds_the_picture(qapp, picture):
    pixmap = pixmap_of(picture, 2.0)
    assert (pixmap.width(), pixmap.height()) == (4, 3)
    assert pixmap.devicePixelRatio() == 2.0
    expected = np.asarray(picture)
    for row in range(3):
        for column in range(4):
            color = pixmap.toImage().pixelColor(column, row)
            there = [color.red(), color.green(), color.blue()]
            assert there == pytest.approx(np.broadcast_to(expected[row, column], 3), abs=8)


@pytest.fixture
def planes(qtbot):
    view = PlanesView()
    qtbot.addWidget(view)
    view.resize(300, view.heightForWidth(300))
    with qtbot.waitExposed(view):
        view.show()
    return view


def test_three_planes_stand_side_by_side(planes):
    hu, mask = box()
    planes.show_planes(hu, mask, SPACING, LIVER)
    seen = pixels(planes)
    side = planes.heightForWidth(300)
    assert planes.accessibleDescription() == "axial, coronal, sagittal; liver window"
    dark, bright = (int(LIVER.apply(np.array([hu]))[0]) for hu in (60, 110))
    axial = seen[:side, :side]
    scale = side / 40
    assert alike(axial[round(11 * scale), round(11 * scale)], dark)
    assert alike(axial[round(28 * scale), round(28 * scale)], bright)
    # Coronal: the head is up, so the first slices are below.
    left = side + 3
    assert alike(seen[round(26.5 * scale), left + round(11 * scale)], dark)
    assert alike(seen[round(13 * scale), left + round(11 * scale)], bright)


def test_the_outline_is_optional(planes):
    planes.show_planes(*box(), SPACING, LIVER, outline=False)
    assert not near(pixels(planes), OUTLINE).any()
    planes.set_outline(True)
    found = near(pixels(planes), OUTLINE)
    side = planes.heightForWidth(300)
    rows, columns = np.nonzero(found[:, :side])
    for extent in (np.ptp(rows), np.ptp(columns)):
        assert extent * 40 / side == pytest.approx(10, abs=1.5)


def near(seen: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    return (np.abs(seen.astype(int) - color) < 60).all(axis=2)


def test_a_single_slice_shows_one_plane(planes):
    planes.show_planes(*box(single_slice=True), SPACING, LIVER)
    assert planes.accessibleDescription() == "axial; liver window"
    assert planes.heightForWidth(90) == 90


def test_it_can_be_cleared_and_takes_a_box_without_lesion(planes):
    hu, mask = box()
    planes.show_planes(hu, np.zeros_like(mask), SPACING, LIVER)
    bright = int(LIVER.apply(np.array([110]))[0])
    assert alike(pixels(planes)[40:60, 40:60], bright)
    planes.clear()
    assert not alike(pixels(planes)[40:60, 40:60], bright)
    assert planes.accessibleDescription() == "nothing to show"


def test_planes_are_cut_once_for_a_size(planes, monkeypatch):
    from napari_lesion_synth.widgets.parts import images

    calls = []
    original = images.cut
    monkeypatch.setattr(images, "cut", lambda *a, **k: calls.append(1) or original(*a, **k))
    planes.show_planes(*box(), SPACING, LIVER)
    planes.repaint()
    once = len(calls)
    assert once > 0
    planes.set_outline(False)
    planes.repaint()
    assert len(calls) == once


@pytest.fixture
def strip(qtbot):
    strip = MethodStrip()
    qtbot.addWidget(strip)
    strip.set_working(["sigmoid", "poisson", "other"])
    strip.resize(340, strip.sizeHint().height())
    with qtbot.waitExposed(strip):
        strip.show()
    return strip


GREY = np.full((32, 32), 90, np.uint8)


def test_every_state_is_said_in_words(strip):
    strip.set_result("sigmoid", GREY, "-52 HU, 34 ms")
    strip.set_unavailable("poisson", "There is no donor <yet>")
    sigmoid, poisson, other = (strip.card(name) for name in strip.methods)
    assert sigmoid.accessibleDescription() == "-52 HU, 34 ms"
    assert sigmoid.has_picture
    assert not poisson.isEnabled()
    assert poisson.accessibleDescription() == "not available: There is no donor <yet>"
    assert "There is no donor &lt;yet&gt;" in poisson.toolTip()
    assert other.caption == "working…"
    assert not other.has_picture


def test_the_picture_is_drawn(strip):
    strip.set_result("sigmoid", GREY, "")
    card = strip.card("sigmoid")
    assert alike(pixels(card)[card.height() // 3, card.width() // 2], 90)


def test_an_older_picture_stays_while_a_newer_one_is_made(strip):
    strip.set_result("sigmoid", GREY, "-52 HU")
    card = strip.card("sigmoid")
    strip.set_working(["sigmoid", "poisson", "other"])
    assert strip.card("sigmoid") is card
    assert card.has_picture
    assert card.caption == "working…"


def test_a_click_chooses(qtbot, strip):
    with qtbot.waitSignal(strip.chosen) as chosen:
        qtbot.mouseClick(strip.card("poisson"), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert chosen.args == ["poisson"]
    assert strip.card("poisson").isChecked()


def test_arrow_keys_choose(qtbot, strip):
    strip.select("sigmoid")
    with qtbot.waitActive(strip):
        strip.activateWindow()
    strip.card("sigmoid").setFocus()
    with qtbot.waitSignal(strip.chosen) as chosen:
        qtbot.keyClick(strip.card("sigmoid"), Qt.Key.Key_Right)
    assert chosen.args == ["poisson"]


def test_what_is_not_available_cannot_be_chosen(qtbot, strip):
    heard = []
    strip.chosen.connect(heard.append)
    strip.set_unavailable("poisson", "There is no donor.")
    qtbot.mouseClick(strip.card("poisson"), Qt.MouseButton.LeftButton)
    assert heard == []
    strip.set_result("poisson", GREY, "")
    assert strip.card("poisson").isEnabled()


def test_selecting_is_silent(strip):
    heard = []
    strip.chosen.connect(heard.append)
    strip.select("other")
    assert [strip.card(name).isChecked() for name in strip.methods] == [False, False, True]
    strip.select(None)
    assert not any(strip.card(name).isChecked() for name in strip.methods)
    assert heard == []


def test_other_methods_make_other_cards(qtbot, strip):
    strip.set_working(["poisson"])
    assert strip.methods == ("poisson",)
    strip.clear()
    assert strip.methods == ()


def test_a_long_reason_is_cut_to_the_card(strip):
    strip.set_unavailable("poisson", "word " * 200)
    card = strip.card("poisson")
    assert strip.width() == 340
    assert card.minimumSizeHint().width() < 120
    pixels(card)  # draws without error
