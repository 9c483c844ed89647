"""A batch in a napari window: the activity dock, and closing."""

from __future__ import annotations

import ctypes
import sys

import napari
import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QDialog, QLabel, QProgressBar, QPushButton

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.widgets.parts.outcome import End

pytestmark = pytest.mark.gui

LONG = 5000
PATIENCE_MS = 240_000


@pytest.fixture
def docked(make_napari_viewer, make_batch):
    """A batch for a long run, in a window that can be seen."""
    viewer = make_napari_viewer(show=True)
    batch = make_batch(n=LONG)
    viewer.window.add_dock_widget(batch, name="Batch")
    # a window that the test closes is still there for the fixture to close
    batch.window().setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    return batch


def bars(batch):
    """Progress bars of napari's activity dock, which lie beside the batch's own."""
    found = batch.window().findChildren(QProgressBar)
    return [bar for bar in found if not batch.isAncestorOf(bar)]


@pytest.fixture
def answer():
    """Press a button of each dialog that comes up; gives what the dialogs said."""
    said, timer = [], QTimer(interval=50)
    wanted = []

    def look():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            said.append(" ".join(label.text() for label in dialog.findChildren(QLabel)))
            next(b for b in dialog.findChildren(QPushButton) if b.text() == wanted[-1]).click()

    def begin(button):
        wanted.append(button)
        timer.start()
        return said

    timer.timeout.connect(look)
    yield begin
    timer.stop()


def close_by_hand(window):
    """Close a window as a window manager does: Qt tells this from closing by a program."""

    class ClientMessage(ctypes.Structure):
        _fields_ = (
            ("type", ctypes.c_int),
            ("serial", ctypes.c_ulong),
            ("send_event", ctypes.c_int),
            ("display", ctypes.c_void_p),
            ("window", ctypes.c_ulong),
            ("message_type", ctypes.c_ulong),
            ("format", ctypes.c_int),
            ("data", ctypes.c_long * 5),
            ("rest", ctypes.c_long * 24),
        )

    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    number = int(window.winId())
    message = ClientMessage(
        type=33,
        window=number,
        message_type=x11.XInternAtom(display, b"WM_PROTOCOLS", 0),
        format=32,
    )
    message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    x11.XSendEvent(display, ctypes.c_ulong(number), 0, ctypes.c_long(0), ctypes.byref(message))
    x11.XCloseDisplay(display)


by_hand = pytest.mark.skipif(sys.platform != "linux", reason="closes a window of X11")


def test_the_activity_dock_follows_the_run_and_can_cancel_it(
    docked, qtbot, begin_batch, outcome_of, gone
):
    process = begin_batch(docked)
    qtbot.waitUntil(lambda: [bar.maximum() for bar in bars(docked)] == [LONG], timeout=PATIENCE_MS)
    (bar,) = bars(docked)
    qtbot.waitUntil(lambda: bar.value() > 0, timeout=PATIENCE_MS)
    cancel = next(b for b in bar.parent().findChildren(QPushButton) if b.text() == "Cancel")
    assert outcome_of(docked, cancel.click).end is End.CANCELED
    assert gone(process)
    qtbot.waitUntil(lambda: bars(docked) == [])


@by_hand
def test_closing_the_window_asks_and_ends_the_child(
    docked, qtbot, begin_batch, batch_settings, answer
):
    process = begin_batch(docked)
    window, dialogs = docked.window(), answer("Cancel")
    close_by_hand(window)
    qtbot.waitUntil(lambda: len(dialogs) == 1, timeout=PATIENCE_MS)
    assert f"a batch of {LONG} lesions into set" in dialogs[0]
    assert window.isVisible()
    assert process.is_running()
    answer("Close")
    close_by_hand(window)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=PATIENCE_MS)
    assert len(dialogs) == 2
    qtbot.waitUntil(lambda: not process.is_running(), timeout=PATIENCE_MS)
    assert 0 < len(GeneratedSet.open(batch_settings["out"]).ids) < LONG


@by_hand
def test_a_window_whose_run_has_ended_closes_unasked(
    docked, qtbot, begin_batch, outcome_of, answer
):
    begin_batch(docked)
    outcome_of(docked, docked.run.button.click)
    window, dialogs = docked.window(), answer("Close")
    close_by_hand(window)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=PATIENCE_MS)
    assert dialogs == []


def test_a_window_closed_by_a_script_ends_the_child(docked, qtbot, begin_batch):
    process = begin_batch(docked)
    napari.current_viewer().close()
    qtbot.waitUntil(lambda: not process.is_running(), timeout=PATIENCE_MS)


@by_hand
def test_a_dock_widget_taken_away_ends_the_child_and_leaves_no_trace(
    docked, qtbot, begin_batch, answer
):
    process = begin_batch(docked)
    window, dialogs = docked.window(), answer("Close")
    docked.setParent(None)
    docked.deleteLater()
    qtbot.waitUntil(lambda: not process.is_running(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.findChildren(QProgressBar) == [])
    close_by_hand(window)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=PATIENCE_MS)
    assert dialogs == []


def test_the_window_has_its_turns_while_a_batch_runs(docked, qtbot, begin_batch):
    begin_batch(docked)
    before = docked.run.bar.value()
    turns = []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: turns.append(None))
    timer.start()
    qtbot.waitUntil(lambda: docked.run.bar.value() >= before + 200, timeout=PATIENCE_MS)
    timer.stop()
    assert len(turns) > 50
