"""The participant's window, driven by keys and the mouse."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

from napari_lesion_synth.errors import InputError, ParameterError, StorageError
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.session.gaze_record import PhotosShown, kept_samples
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.widgets.study.opening import join

pytestmark = pytest.mark.gui

F, J, SPACE, ESC = Qt.Key.Key_F, Qt.Key.Key_J, Qt.Key.Key_Space, Qt.Key.Key_Escape


def lines_of(study: Any, code: str = "P01") -> list[dict[str, Any]]:
    path = study.folder / "participants" / f"{code}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_study_is_gone_through_by_keys(make_study: Any, sit_down: Any) -> None:
    study = make_study()
    hand = sit_down(study)
    hand.to_first_question()
    hand.answer(F)  # practice
    hand.go_on()
    for key in (F, J, Qt.Key.Key_Left):
        hand.answer(key)
    hand.go_on()  # the break
    for key in (Qt.Key.Key_Right, J, F):
        hand.answer(key)
    assert hand.session.phase is Phase.DONE
    said = [answer.response for answer in hand.session.state.answers]
    assert said == ["left", "left", "right", "left", "right", "right", "left"]
    hand.go_on()
    hand.until(lambda: not hand.window.isVisible())


def test_where_photos_were_is_kept_with_the_answer(make_study: Any, sit_down: Any) -> None:
    study = make_study()
    hand = sit_down(study)
    hand.to_first_question()
    hand.answer(F)
    answer = hand.session.state.answers[0]
    shown = PhotosShown.of(answer.shown)
    assert shown is not None
    assert len(shown.rects) == 2
    (left, _, width, height), right = shown.rects
    assert width / height == pytest.approx(64 / 48, rel=0.01)
    assert left + width < right[0]
    geometry = hand.window.screen().geometry()
    assert shown.screen_px == (geometry.width(), geometry.height())
    assert 0 < answer.response_time_s < 20
    assert answer.onset_utc.endswith("+00:00")
    assert answer.shown["swap_ms"] > 0


def test_esc_pauses_and_the_same_question_comes_back(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study())
    hand.to_first_question()
    before = hand.session.state.open_trial
    hand.press(ESC)
    assert hand.session.phase is Phase.PAUSED
    hand.press(F)  # nobody can answer what is not on the screen
    assert not hand.session.state.answers
    hand.go_on()
    hand.wait_for_question()
    assert hand.session.state.open_trial == before
    hand.answer(F)
    assert hand.session.state.answers[0].marks == ("paused",)


def test_a_closed_window_loses_nothing(make_study: Any, sit_down: Any) -> None:
    study = make_study()
    hand = sit_down(study)
    hand.to_first_question()
    hand.answer(F)
    hand.go_on()
    hand.wait_for_question()
    open_trial = hand.session.state.open_trial
    hand.window.close()
    again = sit_down(open_study(study.folder), again=True)
    again.go_on()  # the pause
    again.wait_for_question()
    assert again.session.state.open_trial == open_trial
    again.answer(J)
    assert len(again.session.state.answers) == 2


TAKES_PART = """
import sys
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from napari_lesion_synth.widgets.study.standalone import run_participant

application = QApplication([])

def press():
    for window in application.topLevelWidgets():
        if window.isVisible() and hasattr(window, "consent"):
            QTest.keyClick(window, Qt.Key.Key_PageDown)
            if window.consent.isVisible() and window.consent.agree.isEnabled():
                window.consent.agree.click()
            if window.notice.isVisible():
                QTest.keyClick(window, Qt.Key.Key_Space)

timer = QTimer(interval=50)
timer.timeout.connect(press)
timer.start()
sys.exit(run_participant(sys.argv[1], "P01", "en"))
"""


def test_a_killed_program_goes_on_with_the_same_question(make_study: Any, sit_down: Any) -> None:
    study = make_study()
    child = subprocess.Popen([sys.executable, "-c", TAKES_PART, str(study.folder)])
    try:
        path = study.folder / "participants" / "P01.jsonl"
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if path.exists() and any(line["kind"] == "trial" for line in lines_of(study)):
                break
            time.sleep(0.05)
        asked = [line for line in lines_of(study) if line["kind"] == "trial"]
    finally:
        child.kill()
        child.wait()
    hand = sit_down(open_study(study.folder), again=True)
    hand.go_on()
    hand.wait_for_question()
    assert hand.session.state.open_trial.to_json() == asked[0]["trial"]
    hand.answer(F)
    assert "reopened" in hand.session.state.answers[0].marks


def test_a_key_that_is_held_answers_once(make_study: Any, sit_down: Any, qtbot: Any) -> None:
    from qtpy.QtCore import QEvent
    from qtpy.QtGui import QKeyEvent
    from qtpy.QtWidgets import QApplication

    hand = sit_down(make_study(counts={"practice": 0}))
    hand.to_first_question()
    hand.answer(F)
    hand.wait_for_question()
    none = Qt.KeyboardModifier.NoModifier
    for _ in range(5):
        QApplication.sendEvent(
            hand.window, QKeyEvent(QEvent.Type.KeyPress, F, none, "f", autorep=True)
        )
    assert len(hand.session.state.answers) == 1


def test_a_click_on_a_photo_answers(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study())
    hand.to_first_question()
    canvas = hand.window.trial.canvas
    place = canvas.rects[1].center().toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))  # beside the photos
    assert not hand.session.state.answers
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    hand.until(lambda: len(hand.session.state.answers) == 1)
    assert hand.session.state.answers[0].response == "right"


def test_ties_are_taken_only_where_they_are_allowed(make_study: Any, sit_down: Any) -> None:
    strict = sit_down(make_study("strict"))
    strict.to_first_question()
    strict.press(SPACE)
    assert not strict.session.state.answers
    strict.window.close()
    free = sit_down(make_study("free", judgement={"ties": True}))
    free.to_first_question()
    free.answer(SPACE)
    assert free.session.state.answers[0].response == "tie"


@pytest.mark.parametrize(
    ("kind", "keys", "response"),
    [
        ("vas", (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return), 0.51),
        ("likert", (Qt.Key.Key_6,), 6),
        ("view", (SPACE,), None),
    ],
)
def test_each_kind_of_question_has_its_keys(
    make_study: Any, sit_down: Any, kind: str, keys: tuple[Qt.Key, ...], response: object
) -> None:
    hand = sit_down(make_study(judgement={"kind": kind}))
    hand.to_first_question()
    hand.answer(*keys)
    assert hand.session.state.answers[0].response == response


def test_the_line_gives_no_answer_before_it_is_marked(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study(judgement={"kind": "vas"}))
    hand.to_first_question()
    hand.press(Qt.Key.Key_Return)
    assert not hand.session.state.answers
    line = hand.window.trial.asker.line
    left, right = line.span
    place = QPoint(round(left + 0.25 * (right - left)), 10)
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseClick(hand.window.trial.asker.confirm, Qt.MouseButton.LeftButton)
    hand.until(lambda: len(hand.session.state.answers) == 1)
    assert hand.session.state.answers[0].response == pytest.approx(0.25, abs=0.01)


def test_the_best_can_be_taken_back(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study(judgement={"kind": "best-worst"}))
    hand.to_first_question()
    names = hand.session.state.open_trial.stimuli
    hand.answer(Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_3, Qt.Key.Key_2)
    assert hand.session.state.answers[0].response == {"best": names[2], "worst": names[1]}


def test_in_fixed_viewing_the_answer_waits_and_the_cursor_is_hidden(
    make_study: Any, sit_down: Any
) -> None:
    hand = sit_down(make_study(viewing={"mode": "fixed", "seconds": 0.4}))
    hand.agree()
    hand.go_on()
    hand.until(lambda: hand.window.trial.onset_s is not None)
    assert hand.window.trial.canvas.cursor().shape() == Qt.CursorShape.BlankCursor
    hand.press(F)
    assert not hand.session.state.answers
    hand.answer(F)
    answer = hand.session.state.answers[0]
    assert answer.shown["seen_s"] >= 0.39
    assert answer.response_time_s >= 0.39


def test_a_photo_that_is_only_seen_vanishes_by_itself(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(
        make_study(judgement={"kind": "view"}, viewing={"mode": "fixed", "seconds": 0.2})
    )
    hand.agree()
    hand.go_on()
    hand.until(lambda: len(hand.session.state.answers) == 1)
    assert hand.session.state.answers[0].response is None


def test_the_aperture_is_recorded_on_the_screen(make_study: Any, sit_down: Any) -> None:
    study = make_study(viewing={"gaze_source": "mouse_aperture"})
    hand = sit_down(study)
    hand.to_first_question()
    canvas = hand.window.trial.canvas
    places = [canvas.rects[0].center().toPoint() + QPoint(step, 0) for step in (0, 15, 30)]
    for place in places:
        QTest.mouseMove(canvas, place)
        QTest.qWait(60)
    hand.answer(F)
    answer = hand.session.state.answers[0]
    samples = kept_samples(study.folder, "P01", 0)
    assert samples is not None
    assert answer.gaze_source == samples.source == "mouse_aperture"
    assert samples.t[0] >= 0
    assert samples.t[-1] <= answer.response_time_s + 0.01
    corner = canvas.mapToGlobal(QPoint(0, 0)) - hand.window.screen().geometry().topLeft()
    seen = samples.x[samples.valid] - corner.x()
    for place in places:
        assert np.abs(seen - place.x()).min() < 1.5
    assert answer.quality["samples"] == int(samples.valid.sum())


def test_what_is_pointed_at_is_sharp_and_the_rest_is_not(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study(viewing={"gaze_source": "mouse_aperture"}))
    hand.to_first_question()
    canvas, scene = hand.window.trial.canvas, hand.window.trial.scene
    rect = canvas.rects[0]
    at = rect.center().toPoint()
    QTest.mouseMove(canvas, at)
    QTest.qWait(60)
    drawn, sharp = canvas.grab().toImage(), scene.sharp[0].toImage()
    blurred = scene.pixmaps[0].toImage()
    inside = (at - rect.topLeft().toPoint()).x(), (at - rect.topLeft().toPoint()).y()
    assert drawn.pixelColor(at) == sharp.pixelColor(*inside)
    corner = rect.topLeft().toPoint() + QPoint(5, 5)
    assert drawn.pixelColor(corner) == blurred.pixelColor(5, 5)


def test_bubbles_are_opened_by_clicks_which_are_no_answers(make_study: Any, sit_down: Any) -> None:
    study = make_study(viewing={"gaze_source": "bubble_click"})
    hand = sit_down(study)
    hand.to_first_question()
    canvas = hand.window.trial.canvas
    place = canvas.rects[0].center().toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place)
    QTest.qWait(60)
    assert not hand.session.state.answers
    hand.answer(F)
    samples = kept_samples(study.folder, "P01", 0)
    assert samples is not None
    assert samples.source == "bubble_click"
    assert samples.valid.any()


def test_a_break_cannot_be_cut_short(make_study: Any, sit_down: Any) -> None:
    counts = {"trials": 2, "practice": 0, "block_size": 1, "break_s": 1.0}
    hand = sit_down(make_study(counts=counts))
    hand.to_first_question()
    hand.answer(F)
    hand.until(hand.window.notice.isVisible)
    hand.press(SPACE)
    assert hand.session.phase is Phase.BREAK
    hand.go_on()
    hand.wait_for_question()


def test_covariates_are_all_asked_for(make_study: Any, sit_down: Any) -> None:
    asked = {"hunger": True, "minutes_since_meal": True, "age_band": True}
    hand = sit_down(make_study(covariates=asked))
    hand.agree()
    page = hand.window.covariates
    hand.until(page.isVisible)
    QTest.mouseClick(page.go_on, Qt.MouseButton.LeftButton)
    assert hand.session.phase is Phase.COVARIATES
    page.hunger.set_value(0.3)
    page.meal.setValue(45)
    QTest.mouseClick(page.go_on, Qt.MouseButton.LeftButton)
    told = {"hunger": 30, "minutes_since_meal": 45, "age_band": None}
    assert hand.session.state.covariates == told


def test_consent_is_in_the_participants_language(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study(), language="ja")
    hand.until(hand.window.consent.isVisible)
    assert "同意" in hand.window.consent.browser.toPlainText()
    assert hand.window.consent.agree.text() == "同意します"


def test_who_does_not_agree_is_asked_nothing(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study())
    hand.until(hand.window.consent.isVisible)
    QTest.mouseClick(hand.window.consent.decline, Qt.MouseButton.LeftButton)
    assert hand.session.phase is Phase.DECLINED
    assert not hand.session.state.trials


def test_stopping_for_good_is_asked_twice(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study())
    hand.to_first_question()
    hand.press(ESC)
    notice = hand.window.notice
    QTest.mouseClick(notice.stop, Qt.MouseButton.LeftButton)
    assert hand.session.phase is Phase.PAUSED
    QTest.mouseClick(notice.stop, Qt.MouseButton.LeftButton)
    assert hand.session.phase is Phase.WITHDRAWN


def test_an_answer_that_cannot_be_written_is_kept_and_tried_again(
    make_study: Any, sit_down: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = sit_down(make_study())
    hand.to_first_question()
    write = hand.session.answer

    def full(_answer: object) -> None:
        raise StorageError("no room")

    monkeypatch.setattr(hand.session, "answer", full)
    told: list[Exception] = []
    hand.window.trouble.connect(told.append)
    hand.press(J)
    hand.until(hand.window.notice.isVisible)
    assert isinstance(told[0], StorageError)
    monkeypatch.setattr(hand.session, "answer", write)
    hand.go_on()
    assert [answer.response for answer in hand.session.state.answers] == ["right"]


def test_the_paint_intervals_are_noted(make_study: Any, sit_down: Any) -> None:
    study = make_study()
    hand = sit_down(study)
    hand.to_first_question()
    notes = [line for line in lines_of(study) if line["kind"] == "noted"]
    assert [note["text"] for note in notes] == ["paint intervals"]
    assert notes[0]["facts"]["median_ms"] > 0


def test_the_next_photos_are_ready_before_they_are_needed(make_study: Any, sit_down: Any) -> None:
    hand = sit_down(make_study(counts={"practice": 0}))
    hand.to_first_question()
    window = hand.window
    (following, *_) = hand.session.upcoming()
    looks = window.scenes.room().looks(following)
    hand.until(lambda: all(look in window.scenes.shelf for look in looks))
    hand.answer(F)
    assert hand.session.next_trial() == following


def test_a_spoiled_photo_is_shown_spoiled(make_study: Any, sit_down: Any) -> None:
    study = make_study(
        counts={"practice": 0}, checks={"catch_share": 0.5, "catch_kinds": ("obvious",)}
    )
    hand = sit_down(study)
    hand.to_first_question()
    for _ in range(6):
        trial = hand.session.state.open_trial
        if trial is not None and "spoiled" in trial.facts:
            break
        hand.answer(F)
        if hand.session.phase is Phase.BREAK:
            hand.go_on()
        hand.wait_for_question()
    place = trial.facts["spoiled"]
    looks = hand.window.scenes.room().looks(trial)
    assert [look.spoiled for look in looks] == [k == place for k in range(len(looks))]
    image = hand.window.trial.scene.pixmaps[place].toImage()
    color = image.pixelColor(image.width() // 2, image.height() // 2)
    channels = (color.red(), color.green(), color.blue())
    assert max(channels) - min(channels) <= 8  # grey, on a display of 16 bits too


def test_a_wrong_folder_is_told(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="no design"):
        join(tmp_path, "P01", None, again=False)


def test_a_code_in_use_is_told(make_study: Callable[..., Any], sit_down: Any) -> None:
    study = make_study()
    hand = sit_down(study)
    hand.window.close()
    with pytest.raises(ParameterError, match="in use"):
        join(study, "P01", None, again=False)


def test_a_photo_that_was_changed_after_freezing_is_told(make_study: Any) -> None:
    from napari_lesion_synth.perception.design.freeze import freeze

    study = make_study()
    freeze(study)
    photo = study.stimuli.stimuli[0]
    photo.path.write_bytes(study.stimuli.stimuli[1].path.read_bytes())
    with pytest.raises(InputError, match=photo.id):
        join(open_study(study.folder), "P01", None, again=False)
