from __future__ import annotations

import shutil

import pytest
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QIcon

from napari_lesion_synth.dataset.layout import COLUMNS, SAMPLES_CSV, THUMBS, sample_id, thumb_path
from napari_lesion_synth.dataset.rows import csv_line, header_line
from napari_lesion_synth.widgets.parts import thumbnails
from napari_lesion_synth.widgets.parts.set_browser import SetBrowser

pytestmark = pytest.mark.gui

_ROLE = Qt.ItemDataRole


def lines(numbers):
    """Rows of even and odd methods, and of zones by pairs."""
    for k in numbers:
        facts = {
            "id": sample_id(k),
            "method": ("poisson", "sigmoid")[k % 2],
            "zone": ("rim", "interior")[k // 2 % 2],
            "diameter_mm": str(8 + k % 10),
        }
        yield csv_line(tuple(facts.get(name, "") for name in COLUMNS))


def append(folder, numbers):
    with (folder / SAMPLES_CSV).open("ab") as file:
        file.writelines(lines(numbers))


@pytest.fixture
def folder(tmp_path):
    """A set of eight lesions whose pictures have a white axial plane and two black ones."""
    (tmp_path / THUMBS).mkdir()
    picture = Image.new("L", (216, 72), 0)
    picture.paste(255, (0, 0, 72, 72))
    for k in range(8):
        picture.save(thumb_path(tmp_path, sample_id(k)))
    (tmp_path / SAMPLES_CSV).write_bytes(header_line())
    append(tmp_path, range(8))
    return tmp_path


@pytest.fixture
def browser(qtbot):
    browser = SetBrowser()
    qtbot.addWidget(browser)
    browser.resize(340, 500)
    with qtbot.waitExposed(browser):
        browser.show()
    return browser


def captions(browser):
    model = browser.model
    return [model.index(k).data() for k in range(model.rowCount())]


@pytest.fixture
def settled(browser, qtbot):
    """Wait until the pictures in view are there."""

    def wait(at_least=1):
        model = browser.model
        qtbot.waitUntil(lambda: model.kept >= at_least and not model.pending, timeout=120_000)

    return wait


def test_a_set_is_shown_with_captions_and_counts(browser, folder):
    assert browser.count_label.text() == "No set is open."
    browser.open_set(folder)
    assert captions(browser)[1] == "lesion_000001\nsigmoid\nrim 9 mm"
    assert browser.model.index(2).data(_ROLE.AccessibleTextRole) == (
        "lesion_000002, poisson, interior, 10.0 mm"
    )
    assert browser.count_label.text() == "8 lesions: 4 rim, 4 interior"


def test_lesions_appear_while_the_set_is_made(browser, folder, qtbot):
    browser.open_set(folder)
    browser.watch()
    with qtbot.waitSignal(browser.grown, timeout=120_000) as grown:
        append(folder, range(8, 11))
    assert grown.args == [11]
    assert browser.count_label.text().startswith("11 lesions")
    append(folder, [11])
    browser.watch(False)  # has a last look
    assert browser.model.rowCount() == 12


def test_a_set_that_is_not_there_yet_appears(browser, tmp_path):
    browser.open_set(tmp_path / "set")
    assert browser.count_label.text() == "No lesions yet."
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / SAMPLES_CSV).write_bytes(header_line() + b"".join(lines([0])))
    browser.refresh()
    assert browser.count_label.text() == "1 lesion: 1 rim"


def test_filters_by_method_and_zone(browser, folder):
    browser.open_set(folder)
    browser.select(sample_id(5))
    browser.method_box.setCurrentText("sigmoid")
    assert browser.count_label.text() == "4 of 8 lesions: 2 rim, 2 interior"
    assert browser.current == sample_id(5)
    browser.zone_box.setCurrentText("rim")
    assert [text.split("\n")[0] for text in captions(browser)] == [sample_id(1), sample_id(5)]
    append(folder, range(8, 14))
    browser.refresh()
    assert browser.count_label.text() == "4 of 14 lesions: 4 rim"
    assert browser.select(sample_id(13))
    assert not browser.select(sample_id(0))
    browser.clear()
    assert browser.method_box.count() == browser.zone_box.count() == 1


def test_a_click_and_enter_choose(browser, folder, qtbot):
    browser.open_set(folder)
    chosen = []
    browser.chosen.connect(chosen.append)
    middle = browser.view.visualRect(browser.model.index(1)).center()
    qtbot.mouseClick(browser.view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert chosen == [sample_id(1)]
    qtbot.keyClick(browser.view, Qt.Key.Key_Right)
    assert browser.current == sample_id(2)
    qtbot.keyClick(browser.view, Qt.Key.Key_Return)
    assert chosen == [sample_id(1), sample_id(2)]
    qtbot.mouseDClick(browser.view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert set(chosen[2:]) <= {sample_id(1)}


def test_a_table_of_another_kind_is_refused_in_words(browser, folder):
    (folder / SAMPLES_CSV).write_text("a,b\n", encoding="utf-8")
    browser.open_set(folder)
    assert "lacks the columns" in browser.count_label.text()


def test_pictures_come_when_they_are_seen(browser, folder, settled):
    browser.open_set(folder)
    settled()
    index = browser.model.index(0)
    icon = index.data(_ROLE.DecorationRole)
    picture = icon.pixmap(browser.view.iconSize()).toImage()
    selected = icon.pixmap(browser.view.iconSize(), QIcon.Mode.Selected).toImage()
    assert selected == picture  # tissue is judged by its grey
    side = browser.view.iconSize().width()
    assert picture.size() / picture.devicePixelRatio() == browser.view.iconSize()
    assert QColor(picture.pixel(side // 2, side // 2)) == QColor("white")  # the axial plane alone
    shown = browser.view.grab().toImage()
    corner = browser.view.visualRect(index).topLeft()
    ratio = shown.devicePixelRatio()
    x, y = (corner.x() + browser.view.gridSize().width() // 2, corner.y() + side // 2)
    assert QColor(shown.pixel(round(x * ratio), round(y * ratio))) == QColor("white")


def test_a_lost_picture_leaves_a_gap_and_no_more(browser, folder, settled):
    shutil.rmtree(folder / THUMBS)
    browser.open_set(folder)
    settled()
    assert browser.model.index(0).data(_ROLE.DecorationRole).availableSizes() == [
        browser.view.iconSize()
    ]


def test_memory_for_pictures_is_bounded(browser, folder, qtbot, settled, monkeypatch):
    monkeypatch.setattr(thumbnails, "_KEPT", 30)
    append(folder, range(8, 3000))
    browser.open_set(folder)
    bar = browser.view.verticalScrollBar()
    qtbot.waitUntil(lambda: browser.model.rowCount() == 3000 and bar.maximum() > 0)
    for step in range(20):
        bar.setValue(bar.maximum() * step // 20)
        browser.view.viewport().repaint()
        settled()
    assert browser.model.kept == 30


def test_only_what_is_in_view_is_asked_for(browser, folder, qtbot, settled):
    append(folder, range(8, 3000))
    browser.open_set(folder)
    qtbot.waitUntil(lambda: browser.model.rowCount() == 3000)
    settled()
    assert browser.model.kept < 60
