"""A tracker is found before anybody is enrolled; how it is read is said, kept and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication
from tests.perception.gaze.sources.fake_lsl import FakeLsl

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import Log
from napari_lesion_synth.perception.design.layout import gaze_folder
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.gaze.sources import lsl
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.session.tracker_note import last_tracker
from napari_lesion_synth.widgets.study import standalone
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow
from napari_lesion_synth.widgets.study.run_tab import RunTab
from napari_lesion_synth.widgets.study.standalone import open_window, takes_part
from napari_lesion_synth.widgets.study.tracker_part import TrackerPart

pytestmark = pytest.mark.gui

SHARES = LslSettings(units="shares", y_up=True, stream="eye", resolve_s=0.05)


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> FakeLsl:
    """The only stream of the network."""
    fake = FakeLsl()
    monkeypatch.setattr(lsl, "load_pylsl", lambda: fake)
    return fake


@pytest.fixture
def tracked(make_study: Callable[..., Study]) -> Study:
    return make_study(viewing={"gaze_source": "tracker"})


@pytest.fixture
def sit(qtbot: Any) -> Iterator[Callable[..., ParticipantWindow]]:
    """Opens windows; they end with the test."""
    opened: list[ParticipantWindow] = []

    def open_one(study: Study, code: str, tracker: LslSettings | None = None) -> ParticipantWindow:
        again, screen = code in study.codes, QApplication.primaryScreen()
        opened.append(open_window(study, code, "en", screen, again=again, tracker=tracker))
        return opened[-1]

    yield open_one
    for window in opened:
        window.close()
        window.deleteLater()


def test_nobody_is_enrolled_where_the_tracker_is_not_found(
    stream: FakeLsl, tracked: Study, sit: Any
) -> None:
    stream.there = False
    with pytest.raises(InputError, match="no stream named 'eye'"):
        sit(tracked, "P01", SHARES)
    assert tracked.codes == ()
    assert not gaze_folder(tracked.folder, "P01").exists()
    stream.there = True
    window = sit(tracked, "P01", SHARES)
    assert window.session.state.number == 0


def test_how_the_tracker_is_read_stays_with_the_sitting(
    stream: FakeLsl, tracked: Study, sit: Any
) -> None:
    sit(tracked, "P01", SHARES).close()
    assert last_tracker(tracked) == SHARES
    head = gaze_folder(tracked.folder, "P01") / "raw-01.f64.json"
    facts = json.loads(head.read_text(encoding="utf-8"))["facts"]
    assert facts["settings"]["units"] == "shares"
    assert sit(tracked, "P02").recorder.source.settings == SHARES


def test_who_goes_on_keeps_their_own_tracker(stream: FakeLsl, tracked: Study, sit: Any) -> None:
    sit(tracked, "P01", SHARES).close()
    sit(tracked, "P02", LslSettings()).close()
    window = sit(tracked, "P01")
    assert window.recorder.source.settings == SHARES
    assert (gaze_folder(tracked.folder, "P01") / "raw-02.f64").exists()


def test_the_form_is_the_model(qtbot: Any) -> None:
    part = TrackerPart()
    qtbot.addWidget(part)
    assert part.settings() == LslSettings()
    part.set_settings(SHARES)
    assert part.settings() == SHARES
    shown = {*part.texts.names, *part.form.names}
    assert shown == set(LslSettings.model_fields)


def test_the_dock_asks_for_it_where_there_is_a_tracker_and_remembers(
    stream: FakeLsl, tracked: Study, make_study: Any, qtbot: Any
) -> None:
    faults: list[Exception] = []
    tab = RunTab(faults.append)
    qtbot.addWidget(tab)
    tab.set_study(make_study("other"))
    assert tab.sections["Tracker"].isHidden()
    tab.set_study(tracked)
    assert not tab.sections["Tracker"].isHidden()
    tab.tracker.set_settings(SHARES)
    tab.code.setText("P01")
    tab.start()
    assert not faults
    assert tab.window_shown.recorder.source.settings == SHARES
    tab.window_shown.close()
    assert tab.tracker.settings() == SHARES
    another = RunTab(faults.append)
    qtbot.addWidget(another)
    another.set_study(tracked)
    assert another.tracker.settings() == SHARES
    for one in (tab, another):
        one.close_tab()


def test_the_command_line_tells_what_the_dock_tells(
    stream: FakeLsl, tracked: Study, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    real = open_window

    def opened(*asked: Any, **more: Any) -> ParticipantWindow:
        window = real(*asked, **more)
        doubt = "the accuracy is 22.0°, worse than 5°"
        QTimer.singleShot(0, lambda: window.validated.emit("accuracy 22.00°"))
        QTimer.singleShot(0, lambda: window.gaze_doubted.emit(doubt))
        QTimer.singleShot(0, lambda: window.drift_checked.emit("drifted by 0.10°"))
        return window

    monkeypatch.setattr(standalone, "open_window", opened)
    logs: list[Log] = []
    telling = takes_part(tracked.folder, "P01", "en", None, SHARES)
    for log in telling:
        logs.append(log)
        if len(logs) == 4:
            telling.close()
    assert "units shares" in logs[0].text
    assert [log.level for log in logs] == ["info", "info", "warning", "info"]
    assert "the accuracy is 22.0°" in logs[2].text
    assert "every answer is marked" in logs[2].text
