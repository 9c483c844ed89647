"""A section folds by mouse and key, and says what it needs."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.section import Section

pytestmark = pytest.mark.gui


@pytest.fixture
def section(qtbot):
    section = Section("Where & how", expanded=True)
    section.set_content(QLineEdit())
    qtbot.addWidget(section)
    with qtbot.waitExposed(section):
        section.show()
    return section


def test_a_click_folds_and_unfolds(qtbot, section):
    heard = []
    section.toggled.connect(heard.append)
    for shown in (False, True):
        qtbot.mouseClick(section.header, Qt.MouseButton.LeftButton)
        assert section.content.isVisible() is shown
        assert section.expanded is shown
    assert heard == [False, True]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([Qt.Key.Key_Space], False),
        ([Qt.Key.Key_Return], False),
        ([Qt.Key.Key_Left, Qt.Key.Key_Left], False),
        ([Qt.Key.Key_Left, Qt.Key.Key_Right], True),
    ],
)
def test_keys_fold_and_unfold(qtbot, section, keys, shown):
    section.header.setFocus()
    for key in keys:
        qtbot.keyClick(section.header, key)
    assert section.content.isVisible() is shown


def test_it_takes_no_room_when_it_is_folded(section):
    high = section.sizeHint().height()
    section.set_expanded(False)
    assert section.sizeHint().height() < high
    assert section.sizeHint().height() == section.header.sizeHint().height()


def test_the_state_is_told_without_colour(section):
    assert section.header.text() == "▾  Where && how"
    assert section.header.accessibleName() == "Where & how"
    assert section.header.accessibleDescription() == "unfolded"
    section.set_expanded(False)
    assert section.header.text() == "▸  Where && how"
    assert section.header.accessibleDescription() == "folded"


def test_a_need_is_said_and_blocks_when_asked(section):
    section.set_need("Open a CT first.", block=True)
    need = next(label for label in section.findChildren(QLabel) if label.text() == section.need)
    assert need.isVisible()
    assert not section.content.isEnabled()
    assert section.header.isEnabled()
    section.set_need("Two lesions overlap.")
    assert need.text() == "Two lesions overlap."
    assert section.content.isEnabled()
    section.set_need("")
    assert not need.isVisible()


def test_another_content_keeps_the_state(qtbot, section):
    section.set_need("Open a CT first.", block=True)
    section.set_expanded(False)
    old = section.content
    section.set_content(QPushButton("Other"))
    assert not section.expanded
    assert not section.content.isEnabled()
    assert old.parent() is None
    section.set_expanded(True)
    section.set_need("")
    assert section.content.isVisible()
    assert section.content.isEnabled()


def test_another_title(section):
    section.set_title("Two")
    assert section.title == "Two"
    assert section.header.text() == "▾  Two"


def test_a_long_need_is_not_clipped_on_a_page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    section = Section("Where")
    section.set_content(QLineEdit())
    section.set_need("Say where the organ is: under Case, click in it or give its mask. " * 3)
    column.addWidget(section)
    column.addStretch(1)
    page.resize(220, 600)
    with qtbot.waitExposed(page):
        page.show()
    need = next(label for label in section.findChildren(QLabel) if label.text() == section.need)
    assert need.height() >= need.heightForWidth(need.width())
    assert page.width() == 220
