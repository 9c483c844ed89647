"""The reader's window, driven by real keys and the mouse."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_lesion_synth.errors import ParameterError, StorageError
from napari_lesion_synth.jobs.reader_study import ANSWERS, ReaderStudy
from napari_lesion_synth.perception.limits.reader_limit import READER_JSON, read_reader_limit
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings
from napari_lesion_synth.widgets.reader.standalone import run_reader
from napari_lesion_synth.widgets.reader.window import ReaderWindow

pytestmark = pytest.mark.gui

F, J, SPACE, ESC = Qt.Key.Key_F, Qt.Key.Key_J, Qt.Key.Key_Space, Qt.Key.Key_Escape
LEFT, RIGHT = Qt.Key.Key_Left, Qt.Key.Key_Right
ASKED = VisibilitySettings(diameters_mm=(6.0, 12.0), trials_each=5)


class Dots:
    """A black dot on grey; `made` says how often."""

    def __init__(self) -> None:
        self.made = 0

    def pair(self, diameter_mm: float, contrast_hu: float, seed: int) -> Any:
        self.made += 1
        without = np.full((33, 33), 128, np.uint8)
        with_lesion = without.copy()
        with_lesion[14:19, 14:19] = 0
        return with_lesion, without


class Reader:
    """A reader's hands."""

    def __init__(self, window: ReaderWindow, qtbot: Any) -> None:
        self.window, self.study, self._qtbot = window, window.study, qtbot

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window, key)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=120_000)

    def begin(self) -> None:
        self.until(self.window.notice.isVisible)
        self.press(SPACE)
        self.wait_for_question()

    def wait_for_question(self) -> None:
        self.until(lambda: self.window.trial.accepts)

    def answer(self, key: Qt.Key) -> None:
        self.wait_for_question()
        done, _ = self.study.progress
        self.press(key)
        assert self.study.progress[0] == done + 1

    def dark_side(self) -> int:
        """On which side the dot is, by the pixels that are on the screen."""
        canvas = self.window.trial.canvas
        image = canvas.grab().toImage()
        ratio = image.devicePixelRatio()
        middles = [(rect.center() * ratio).toPoint() for rect in canvas.rects]
        levels = [image.pixelColor(middle).lightness() for middle in middles]
        assert abs(levels[0] - levels[1]) > 80
        return int(np.argmin(levels))


@pytest.fixture
def sit_down(qtbot: Any, tmp_path: Path) -> Any:
    """Opens the window of a reader; one who was there before goes on."""
    windows = []

    def sit(asked: VisibilitySettings = ASKED, language: str = "en") -> Reader:
        window = ReaderWindow(ReaderStudy(tmp_path, asked, Dots()), language)
        windows.append(window)
        window.open_on()
        qtbot.waitExposed(window)
        return Reader(window, qtbot)

    yield sit
    for window in windows:
        window.close()
        window.deleteLater()


def lines_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / ANSWERS).read_text("utf-8").splitlines()]


def test_who_sees_the_dot_is_always_right(sit_down: Any, tmp_path: Path) -> None:
    reader = sit_down()
    reader.begin()
    keys = iter([(F, J), (LEFT, RIGHT)] * 5)
    for _ in range(ASKED.trials):
        reader.wait_for_question()
        reader.answer(next(keys)[reader.dark_side()])
    reader.until(reader.window.notice.isVisible)
    assert "All questions are answered" in reader.window.notice.text.text()
    reader.press(SPACE)
    reader.until(lambda: not reader.window.isVisible())

    limit = read_reader_limit(tmp_path / READER_JSON)
    assert limit.right == limit.trials == (5, 5)
    for line in lines_in(tmp_path):
        assert line["answer"] == line["trial"]["place"]
        assert 0 < line["seconds"] < 20
        assert len(line["shown"]["rects_px"]) == 2


def test_a_click_on_a_picture_answers(sit_down: Any) -> None:
    reader = sit_down()
    reader.begin()
    canvas = reader.window.trial.canvas

    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rects[1].center().toPoint())

    assert [answer for _, answer in reader.study.run.answers] == [1]


def test_yes_and_no_are_asked_of_one_picture(sit_down: Any) -> None:
    reader = sit_down(ASKED.model_copy(update={"task": "yes-no"}))
    reader.begin()
    assert len(reader.window.trial.canvas.rects) == 1
    for key in (J, F, RIGHT, LEFT):
        reader.answer(key)
    QTest.mouseClick(reader.window.trial.asker.controls.buttons[1], Qt.MouseButton.LeftButton)

    assert [answer for _, answer in reader.study.run.answers] == [1, 0, 1, 0, 1]


def test_the_next_pictures_are_ready_before_the_answer(sit_down: Any) -> None:
    reader = sit_down()
    reader.begin()
    pictures = reader.study.pictures
    for key in (F, J, F):
        reader.wait_for_question()
        reader.until(lambda: not reader.window.scenes.awaiting)
        before = pictures.made
        reader.press(key)
        reader.wait_for_question()
        reader.until(lambda: not reader.window.scenes.awaiting)
        assert pictures.made - before <= 2  # those of the next answer, and none for this question


def test_esc_pauses_and_the_same_question_comes_back(sit_down: Any) -> None:
    reader = sit_down()
    reader.begin()
    reader.answer(F)
    reader.wait_for_question()
    before = reader.study.next()
    reader.press(ESC)
    assert reader.window.notice.isVisible()
    assert "1 of 10" in reader.window.notice.below.text()
    reader.press(J)  # nobody can answer what is not on the screen
    assert reader.study.progress == (1, 10)
    reader.press(SPACE)
    reader.wait_for_question()
    assert reader.study.next() == before
    reader.answer(J)


def test_a_closed_window_loses_nothing(sit_down: Any, tmp_path: Path) -> None:
    reader = sit_down()
    reader.begin()
    for key in (F, J, J):
        reader.answer(key)
    reader.wait_for_question()
    before = reader.study.next()
    reader.press(ESC)
    QTest.mouseClick(reader.window.notice.stop, Qt.MouseButton.LeftButton)
    reader.until(lambda: not reader.window.isVisible())
    assert "Not all questions were answered." in read_reader_limit(tmp_path / READER_JSON).notes

    again = sit_down()

    assert "3 of 10" in again.window.notice.below.text()
    again.begin()
    assert again.study.next() == before
    again.answer(F)
    assert len(lines_in(tmp_path)) == 4


def test_a_full_disk_keeps_the_answer_until_there_is_room(sit_down: Any, monkeypatch: Any) -> None:
    reader = sit_down()
    reader.begin()

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("napari_lesion_synth.jobs.reader_study.append_lines", full)
        reader.press(J)
        assert "the disk is full" in reader.window.notice.below.text()
        assert reader.study.progress == (0, 10)
    reader.press(SPACE)  # try again
    reader.wait_for_question()
    assert [answer for _, answer in reader.study.run.answers] == [1]


def test_it_speaks_japanese(sit_down: Any) -> None:
    reader = sit_down(language="ja")

    assert "病変" in reader.window.notice.text.text()


CHILD = """
import sys
from pathlib import Path
import numpy as np
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings
from napari_lesion_synth.widgets.reader.standalone import run_reader

class Grey:
    def pair(self, *_):
        return np.zeros((9, 9), np.uint8), np.zeros((9, 9), np.uint8)

application = QApplication([])

def press():
    for window in application.topLevelWidgets():
        if hasattr(window, "study") and window.isVisible():
            key = Qt.Key.Key_Space if window.notice.isVisible() else Qt.Key.Key_F
            QTest.keyClick(window, key)

timer = QTimer(interval=20)
timer.timeout.connect(press)
timer.start()
settings = VisibilitySettings(diameters_mm=(6.0, 12.0), trials_each=1000)
run_reader(ReaderStudy(Path(sys.argv[1]), settings, Grey()))
"""


def test_a_killed_window_goes_on_with_the_same_question(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)])
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if (tmp_path / ANSWERS).exists() and len(lines_in(tmp_path)) >= 3:
                break
            time.sleep(0.02)
    finally:
        child.kill()
        child.wait()
    settings = VisibilitySettings(diameters_mm=(6.0, 12.0), trials_each=1000)
    kept = lines_in(tmp_path)
    assert [line["trial"]["number"] for line in kept] == list(range(len(kept)))
    assert len(kept) >= 3
    with ReaderStudy(tmp_path, settings, Dots()) as study:
        assert study.progress[0] == len(kept)
        replayed = study.run.answers
    (tmp_path / "again").mkdir()
    with ReaderStudy(tmp_path / "again", settings, Dots()) as fresh:
        for trial, answer in replayed:
            assert fresh.next() == trial
            fresh.answer(trial, answer)


def test_a_screen_that_is_not_there_is_an_error_for_people(tmp_path: Path, qapp: Any) -> None:
    with (
        ReaderStudy(tmp_path, ASKED, Dots()) as study,
        pytest.raises(ParameterError, match="there is no screen 99"),
    ):
        run_reader(study, "en", 99)
