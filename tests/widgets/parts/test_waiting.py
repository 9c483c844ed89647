"""Waiting for a thread with a window that stays alive."""

from __future__ import annotations

import threading

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QProgressDialog, QPushButton

from napari_lesion_synth.widgets.parts.waiting import Canceled, wait_for

pytestmark = pytest.mark.gui


def boxes():
    widgets = QApplication.topLevelWidgets()
    return [w for w in widgets if isinstance(w, QProgressDialog) and w.isVisible()]


@pytest.fixture
def when_shown(qtbot):
    """Do something as soon as the dialog is there."""
    timer = QTimer()
    timer.setInterval(10)

    def arrange(act):
        def look():
            if boxes():
                timer.stop()
                act(boxes()[0])

        timer.timeout.connect(look)
        timer.start()

    yield arrange
    timer.stop()


def test_it_gives_what_the_call_gives_and_runs_elsewhere(qapp):
    assert wait_for(None, "Reading", threading.current_thread) is not threading.current_thread()


def test_it_raises_what_the_call_raises(qapp):
    def fail():
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        wait_for(None, "Reading", fail)


def test_a_long_wait_is_told_and_ends_with_the_call(when_shown):
    go, said = threading.Event(), []

    def act(box):
        said.append(box.labelText())
        go.set()

    when_shown(act)
    assert wait_for(None, "Reading liver.nii.gz", lambda: go.wait(20)) is True
    assert said == ["Reading liver.nii.gz"]
    assert boxes() == []


def test_cancel_ends_the_wait_at_once(when_shown, qtbot):
    go = threading.Event()
    when_shown(lambda box: qtbot.keyClick(box.findChild(QPushButton), Qt.Key.Key_Space))
    with pytest.raises(Canceled):
        wait_for(None, "Reading", lambda: go.wait(20))
    go.set()
    assert boxes() == []
