"""The dialog that tells of an error, notifications, and the guard for slots."""

from __future__ import annotations

import gc

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import Stopped
from napari_lesion_synth.widgets.parts.trouble import (
    TroubleDialog,
    notify,
    show_error,
    trouble_shown,
)

pytestmark = pytest.mark.gui

OURS = InputError("the file is empty", where="/data/ct.nii.gz", remedy="Copy it again")


@pytest.fixture
def window(qtbot):
    """A window with a control deep inside."""
    window = QWidget()
    QVBoxLayout(window).addWidget(QLabel("inside"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    for dialog in open_dialogs(window):
        dialog.close()


@pytest.fixture
def inside(window):
    return window.findChild(QLabel)


def open_dialogs(window):
    return [d for d in window.findChildren(TroubleDialog) if d.isVisible()]


def test_it_says_what_where_and_what_next_and_does_not_wait(window, inside):
    dialog = show_error(inside, OURS)
    assert dialog.isVisible()  # and the test goes on
    assert dialog.isModal()
    assert dialog.parent() is window
    assert dialog.what.text() == "The file is empty."
    assert dialog.where.text() == "/data/ct.nii.gz"
    assert dialog.remedy.text() == "Copy it again."
    assert not dialog.details.isVisible()
    assert "Copy it again" in dialog.accessibleDescription()


def test_what_there_is_not_takes_no_room(inside):
    dialog = show_error(inside, InputError("nothing is left"))
    assert not dialog.where.isVisible()
    assert not dialog.remedy.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_escape_and_enter_close_it_for_good(window, inside, qtbot, key):
    dialog = show_error(inside, OURS)
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, key)
    assert open_dialogs(window) == []


def test_details_show_the_report_and_copy_gives_it_away(inside, qtbot):
    try:
        [].pop()
    except IndexError as error:
        dialog = show_error(inside, error)
    with qtbot.waitActive(dialog):
        dialog.activateWindow()
    assert dialog.windowTitle() == "A fault of the program"
    before = dialog.height()
    qtbot.keyClick(dialog, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(dialog.details.isVisible)
    assert "IndexError" in dialog.details.toPlainText()
    assert dialog.height() > before
    qtbot.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: "IndexError" in QGuiApplication.clipboard().text())
    assert QGuiApplication.clipboard().text() == dialog.details.toPlainText()
    assert dialog.isVisible()


def test_private_words_do_not_get_into_the_report(inside):
    dialog = show_error(inside, InputError("case P-17 is damaged"), private=["P-17"])
    assert "P-17" in dialog.what.text()
    assert "P-17" not in dialog.details.toPlainText()


def test_the_same_error_is_counted_and_another_one_is_not(window, inside):
    first = show_error(inside, OURS)
    assert show_error(inside, OURS) is first
    assert first.what.text() == "The file is empty. (2 times)"
    other = show_error(inside, InputError("the file is cut short"))
    assert other is not first
    assert len(open_dialogs(window)) == 2
    first.reject()
    assert show_error(inside, OURS) is not first


def test_it_stays_without_an_owner(qtbot):
    show_error(None, OURS)
    gc.collect()
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, TroubleDialog)]
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()


def test_all_texts_are_seen_whole(window, inside, qtbot):
    error = InputError(
        "a long story " * 30, where="/a folder/of long names" * 8, remedy="Wait " * 40
    )
    dialog = show_error(inside, error)
    for label in (dialog.what, dialog.where, dialog.remedy):
        assert label.height() >= label.heightForWidth(label.width())


def test_every_control_has_a_name_and_a_tooltip(inside):
    dialog = show_error(inside, OURS)
    for button in dialog.findChildren(QPushButton):
        assert button.accessibleName()
        assert button.toolTip()


@pytest.mark.parametrize("severity", ["info", "warning", "error"])
def test_notifications_go_through_napari(monkeypatch, severity):
    from napari.utils import notifications

    said = []
    monkeypatch.setattr(notifications, f"show_{severity}", said.append)
    notify("Saved", severity)
    notify(OURS, severity)
    assert said == ["Saved", "/data/ct.nii.gz: The file is empty. Copy it again."]


def test_a_guarded_block_shows_the_error_and_goes_on(window, inside):
    with trouble_shown(inside):
        raise OURS
    assert [d.what.text() for d in open_dialogs(window)] == ["The file is empty."]


def test_a_stopped_job_is_no_error(window, inside):
    with trouble_shown(inside):
        raise Stopped
    assert open_dialogs(window) == []


def test_what_is_no_error_passes(inside):
    with pytest.raises(KeyboardInterrupt), trouble_shown(inside):
        raise KeyboardInterrupt


class Page(QWidget):
    """A widget with guarded slots."""

    def __init__(self):
        super().__init__()
        self.button = QPushButton("go", self)
        self.given = []

    @trouble_shown()
    def bare(self):
        self.given.append(())
        raise OURS

    @trouble_shown()
    def takes_one(self, checked):
        self.given.append(checked)
        return "done"


def test_a_guarded_slot_takes_what_it_can_of_a_signal(qtbot):
    page = Page()
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    page.button.clicked.connect(page.bare)
    page.button.clicked.connect(page.takes_one)
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert page.given == [(), False]
    assert [d.what.text() for d in open_dialogs(page)] == ["The file is empty."]
    assert page.takes_one(True) == "done"
