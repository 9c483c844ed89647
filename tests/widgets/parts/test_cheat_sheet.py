"""The sheet of keys."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QWidget

from napari_lesion_synth.widgets.parts.cheat_sheet import CheatSheet, Key

pytestmark = pytest.mark.gui

KEYS = (
    Key("Click", "Place a lesion", "canvas"),
    Key("Enter", "Keep it", "canvas and dock"),
    Key("N", "Next <lesion>", "canvas"),
)


@pytest.fixture
def sheet(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    sheet = CheatSheet(KEYS, owner)
    with qtbot.waitExposed(sheet):
        sheet.show()
    yield sheet
    sheet.close()


def texts(sheet):
    return [label.text() for label in sheet.scroll.findChildren(QLabel)]


def test_keys_stand_under_the_place_where_they_work(sheet):
    assert texts(sheet) == [
        *("Canvas", "Click", "Place a lesion", "N", "Next <lesion>"),
        *("Canvas and dock", "Enter", "Keep it"),
    ]


def test_each_key_is_read_out_with_what_it_does(sheet):
    names = [label.accessibleName() for label in sheet.scroll.findChildren(QLabel)]
    assert "N: Next <lesion>" in names


def test_the_rest_of_the_program_goes_on(sheet):
    assert not sheet.isModal()


@pytest.mark.parametrize("press", [Qt.Key.Key_Escape, "?"])
def test_escape_and_the_question_mark_close_it(sheet, qtbot, press):
    if isinstance(press, str):
        qtbot.keyClicks(sheet, press)
    else:
        qtbot.keyClick(sheet, press)
    assert not sheet.isVisible()


def test_a_key_pressed_on_the_list_closes_it_too(sheet, qtbot):
    qtbot.keyClicks(sheet.scroll, "?")
    assert not sheet.isVisible()


def test_another_key_does_not(sheet, qtbot):
    qtbot.keyClicks(sheet, "a")
    assert sheet.isVisible()


def test_it_opens_with_all_keys_in_view(sheet, qtbot):
    qtbot.waitUntil(lambda: sheet.scroll.verticalScrollBar().maximum() == 0)


def test_a_long_table_scrolls_on_a_low_screen(qtbot):
    sheet = CheatSheet([Key("F1", f"Action {k}", "dock") for k in range(200)])
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show()
    qtbot.waitUntil(lambda: sheet.scroll.verticalScrollBar().maximum() > 0)
    assert sheet.height() <= sheet.screen().availableGeometry().height()
    before = sheet.scroll.verticalScrollBar().value()
    qtbot.keyClick(sheet.scroll, Qt.Key.Key_Down)
    assert sheet.scroll.verticalScrollBar().value() > before
