"""Studies of a few small photos, and participants' windows driven by real keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study, create_study
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.perception.stimuli.survey import ScanRules
from napari_lesion_synth.widgets.preferences import Preferences
from napari_lesion_synth.widgets.study.opening import gaze_source, join
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow
from napari_lesion_synth.widgets.study.widget import StudyWidget

SCREEN = (800, 600)
PATIENCE_MS = 240_000
"""Child processes start slowly on a busy machine; nothing is measured by it."""

USUAL: dict[str, dict[str, Any]] = {
    "counts": {"trials": 6, "practice": 1, "block_size": 3, "break_s": 0.2, "participants": 2},
    "checks": {"catch_share": 0.0, "repeat_share": 0.0},
    "order": {"spacing": 0},
    "covariates": {"hunger": False, "minutes_since_meal": False},
}


def write_photo(path: Path, seed: int) -> None:
    """Blots of colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(coarse).resize((64, 48), Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """Maker of studies of 8 photos; sections of the design may be changed."""

    def make(name: str = "study", **sections: dict[str, Any]) -> Study:
        folder = tmp_path / name
        for k in range(8):
            write_photo(folder / "stimuli" / ("curry", "eel")[k % 2] / f"p{k}.png", k)
        asked = {key: USUAL.get(key, {}) | sections.get(key, {}) for key in {**USUAL, **sections}}
        design = StudyDesign.checked(name=name, languages=("en", "ja"), **asked)
        return create_study(folder, design, ScanRules(min_side=1))

    return make


class Hand:
    """A participant's hand on the keyboard and the mouse."""

    def __init__(self, window: ParticipantWindow, qtbot: Any) -> None:
        self.window, self._qtbot = window, qtbot

    @property
    def session(self) -> Session:
        return self.window.session

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window, key)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=120_000)

    def agree(self) -> None:
        """Scroll to the end of the consent text, and agree."""
        page = self.window.consent
        self.until(page.isVisible)
        for _ in range(40):
            if page.agree.isEnabled():
                break
            self.press(Qt.Key.Key_PageDown)
            QTest.qWait(10)
        QTest.mouseClick(page.agree, Qt.MouseButton.LeftButton)

    def go_on(self) -> None:
        """Press Space on a notice."""
        self.until(lambda: self.window.notice.isVisible() and self.window.notice.go_on.isEnabled())
        self.press(Qt.Key.Key_Space)

    def wait_for_question(self) -> int:
        """Wait until a question takes answers; its number."""
        self.until(lambda: self.window.trial.accepts)
        assert self.window.trial.scene is not None
        return self.window.trial.scene.trial.number

    def answer(self, *keys: Qt.Key) -> None:
        """Answer the question on the screen."""
        self.wait_for_question()
        answered = len(self.session.state.answers)
        for key in keys:
            self.press(key)
        self.until(lambda: len(self.session.state.answers) == answered + 1)

    def to_first_question(self) -> int:
        """Agree, and start."""
        self.agree()
        self.go_on()
        return self.wait_for_question()


@pytest.fixture
def sit_down(qtbot: Any) -> Iterator[Callable[..., Hand]]:
    """Opens a participant's window, of a size that leaves room for others."""
    opened: list[ParticipantWindow] = []

    def sit(study: Study, code: str = "P01", *, again: bool = False, **more: Any) -> Hand:
        session = join(study, code, more.get("language", "en"), again=again)
        window = ParticipantWindow(session, gaze_source(study.design, SCREEN, 1.0))
        opened.append(window)
        window.open_on()
        qtbot.waitExposed(window)
        return Hand(window, qtbot)

    yield sit
    for window in opened:
        window.close()
        window.deleteLater()


@pytest.fixture(autouse=True)
def studies_go_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proposed folders lie in the test's own."""
    module = "napari_lesion_synth.widgets.parts.output_folder"
    monkeypatch.setattr(
        f"{module}.read_preferences", lambda: Preferences(output=tmp_path / "results")
    )


class Dock:
    """The widget, and the errors that it told."""

    def __init__(self, widget: StudyWidget, qtbot: Any) -> None:
        self.widget, self.bot = widget, qtbot
        self.faults: list[Exception] = []

    def until(self, holds: Callable[[], bool]) -> None:
        self.bot.waitUntil(holds, timeout=PATIENCE_MS)


@pytest.fixture
def dock(make_napari_viewer: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dock]:
    viewer = make_napari_viewer(show=True)
    faults: list[Exception] = []
    monkeypatch.setattr(StudyWidget, "trouble", lambda _self, error: faults.append(error))
    widget = StudyWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Food study", area="right")
    made = Dock(widget, qtbot)
    made.faults = faults
    yield made
    widget.close_study()
    QTest.qWait(20)
