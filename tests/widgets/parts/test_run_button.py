from __future__ import annotations

import pytest
from qtpy.QtCore import Qt

from napari_lesion_synth.widgets.parts.run_button import RunButton, RunState

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def button(qtbot):
    button = RunButton("Run", "Make the set.")
    qtbot.addWidget(button)
    button.show()
    button.told = []
    button.run_requested.connect(lambda: button.told.append("run"))
    button.cancel_requested.connect(lambda: button.told.append("cancel"))
    return button


def test_the_cycle(button, qtbot):
    assert (button.text(), button.toolTip()) == ("Run", "Make the set.")
    qtbot.mouseClick(button, LEFT)
    assert button.told == ["run"]
    button.set_state(RunState.RUNNING)
    assert button.text() == button.accessibleName() == "Cancel"
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert button.told == ["run", "cancel"]
    assert (button.state, button.text()) == (RunState.CANCELING, "Canceling…")
    assert not button.isEnabled()
    button.set_state(RunState.READY)
    assert button.isEnabled()
    assert button.text() == "Run"


def test_a_double_click_does_not_run_and_cancel(button, qtbot):
    button.run_requested.connect(lambda: button.set_state(RunState.RUNNING))
    qtbot.mouseClick(button, LEFT)
    qtbot.mouseDClick(button, LEFT)
    assert button.told == ["run"]


def test_a_blocked_action_says_why_and_a_running_one_can_still_be_canceled(button):
    button.set_blocked("Choose at least one method.")
    assert not button.isEnabled()
    assert button.toolTip() == "Choose at least one method."
    button.set_state(RunState.RUNNING)
    assert button.isEnabled()
    button.set_state(RunState.READY)
    button.set_blocked("")
    assert button.isEnabled()
    assert button.toolTip() == "Make the set."


def test_nothing_beside_it_moves(button):
    for state in RunState:
        button.set_state(state)
        assert button.sizeHint().width() <= button.minimumWidth()
