"""A tracker beside the participant's window: validation, gaze of each trial, a cable that fails."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from tests.widgets.study.conftest import Hand

from napari_lesion_synth.perception.gaze.quality import POORLY_VALIDATED
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.sources.protocol import TRACKER_BACK, TRACKER_LOST
from napari_lesion_synth.perception.gaze.targets import TargetLook, target_points
from napari_lesion_synth.perception.session.gaze_record import kept_samples
from napari_lesion_synth.widgets.study.gaze_light import GazeLight
from napari_lesion_synth.widgets.study.opening import join
from napari_lesion_synth.widgets.study.participant.gaze import GazeRecorder
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow

pytestmark = pytest.mark.gui

RATE_HZ = 250.0
OFF_PX = 12.0


class Tracker:
    """Looks at the dot that is there, or at the middle, and is off by some pixels."""

    name = "tracker"
    clock_offset_s = 0.0

    def __init__(self) -> None:
        self.window: ParticipantWindow | None = None
        self.lost = self._said = False
        self.off_px = OFF_PX
        self._upto = 0.0

    def start(self) -> None:
        self._upto = time.perf_counter()

    def stop(self) -> None:
        pass

    def poll(self) -> Samples:
        now = time.perf_counter()
        n = 0 if self.lost else int((now - self._upto) * RATE_HZ)
        t = self._upto + np.arange(n) / RATE_HZ
        self._upto += n / RATE_HZ
        target = None if self.window is None else self.window.targets.target
        x, y = target or (400.0, 300.0)
        places = np.full(n, x + self.off_px), np.full(n, y)
        return Samples(t, *places, np.full(n, True), None, "screen", "tracker", RATE_HZ)

    def take_marks(self) -> tuple[str, ...]:
        """Each once, as a real tracker's source has it."""
        if self.lost == self._said:
            return ()
        self._said = self.lost
        return (TRACKER_LOST,) if self.lost else (TRACKER_BACK,)


@pytest.fixture
def tracked(make_study: Any, qtbot: Any, request: Any) -> Any:
    """A participant before the dots, and the tracker; breaks come after each question, or never."""
    counts = {"practice": 0, "trials": 4, "block_size": getattr(request, "param", 1)}
    study = make_study(viewing={"gaze_source": "tracker"}, counts=counts)
    tracker = Tracker()
    window = ParticipantWindow(join(study, "P01", "en", again=False), tracker)
    tracker.window = window
    window.targets._ms = 1200
    window.open_on()
    hand = Hand(window, qtbot)
    hand.agree()
    hand.go_on()
    hand.until(lambda: window.notice.isVisible() and "dots" in window.notice.text.text().lower())
    hand.go_on()
    yield hand, tracker, study
    window.close()
    window.deleteLater()


def facts_of(study: Any, kind: str, text: str | None = None) -> list[dict[str, Any]]:
    """Facts of a participant's lines of a kind."""
    path = study.folder / "participants" / "P01.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line["facts"] for line in lines if line["kind"] == kind and line.get("text") == text]


def over_the_break(hand: Hand) -> None:
    """Answer the question, take the break, and look at the dot in the middle."""
    hand.answer(Qt.Key.Key_F)
    hand.go_on()
    hand.until(lambda: "middle" in hand.window.notice.text.text())
    hand.go_on()
    hand.until(lambda: hand.window.targets.target is not None)


def test_the_gaze_is_validated_before_the_first_question(tracked: Any) -> None:
    hand, _, study = tracked
    told: list[str] = []
    hand.window.validated.connect(told.append)
    hand.wait_for_question()
    (facts,) = facts_of(study, "calibrated")
    assert facts["seen"] == facts["targets"] == 9
    screen = hand.window.screen().geometry()
    degree = np.rad2deg(np.arctan(OFF_PX * 531 / screen.width() / 600))
    assert facts["accuracy_deg"] == pytest.approx(degree, rel=0.2)
    assert told[0].startswith("accuracy")
    hand.answer(Qt.Key.Key_F)
    quality = hand.session.state.answers[0].quality
    assert quality["accuracy_deg"] == pytest.approx(facts["accuracy_deg"])


def test_a_cable_that_fails_marks_the_answer_and_keeps_it(tracked: Any) -> None:
    hand, tracker, study = tracked
    hand.wait_for_question()
    tracker.lost = True
    hand.answer(Qt.Key.Key_J)
    answer = hand.session.state.answers[0]
    assert answer.response == "right"
    assert TRACKER_LOST in answer.marks
    samples = kept_samples(study.folder, "P01", 0)
    assert samples is not None


def test_as_long_as_the_tracker_is_lost_every_answer_says_so(qapp: Any, tmp_path: Path) -> None:
    tracker = Tracker()
    recorder = GazeRecorder(tracker)
    tracker.start()
    told = []
    for number, lost in enumerate((True, True, False, False)):
        recorder.begin()
        tracker.lost = lost
        now = time.perf_counter()
        told.append(recorder.keep(tmp_path, "P01", number, (now, now, now))[1])
    assert told == [(TRACKER_LOST,), (TRACKER_LOST,), (TRACKER_LOST, TRACKER_BACK), ()]


def test_the_figures_are_of_the_time_in_which_the_photos_were_seen(
    qapp: Any, tmp_path: Path
) -> None:
    tracker = Tracker()
    recorder = GazeRecorder(tracker)
    recorder.begin()
    recorder._parts = [_gaze(250, 10.0)]  # a second of gaze, and then nothing
    tracker.lost = True
    whole, _ = recorder.keep(tmp_path, "P01", 0, (10.0, 12.1, 12.1))
    gone, _ = recorder.keep(tmp_path, "P01", 1, (10.0, 10.8, 12.1))
    assert (whole.samples, whole.data_loss) == (250, pytest.approx(0.5))
    assert (gone.samples, gone.data_loss) == (200, 0)


def _gaze(n: int, start_s: float) -> Samples:
    t = start_s + np.arange(n) / RATE_HZ
    return Samples(t, t, t, np.full(n, True), None, "screen", "tracker", RATE_HZ)


def test_the_light_says_when_nothing_comes_any_more(qtbot: Any) -> None:
    now = [104.0]
    light = GazeLight(clock=lambda: now[0])
    qtbot.addWidget(light)
    light.take(Samples.empty("tracker", RATE_HZ))
    assert "not recorded" in light.text()
    light.take(_gaze(500, 102.0))
    light.take(Samples.empty("tracker", RATE_HZ))
    assert light.text().startswith("● tracker: good")
    now[0] = 107.0
    light.take(Samples.empty("tracker", RATE_HZ))
    assert light.text() == "○ tracker: silent for 3 s, nothing is recorded"
    light.take(_gaze(500, 107.0))
    assert "good" in light.text()


def test_the_light_does_not_say_that_a_validated_tracker_was_not_validated(qtbot: Any) -> None:
    light = GazeLight()
    qtbot.addWidget(light)
    light.take(_gaze(500, 100.0))
    assert light.text() == "● tracker: good, 0% of the last samples lost"


def test_esc_among_the_dots_begins_them_again(tracked: Any) -> None:
    hand, _, _ = tracked
    hand.until(lambda: hand.window.targets.target is not None)
    hand.press(Qt.Key.Key_Escape)
    assert hand.window.targets.target is None
    hand.go_on()
    hand.until(lambda: "dots" in hand.window.notice.text.text().lower())
    assert not hand.session.state.trials


def test_after_a_break_one_dot_tells_how_far_the_gaze_has_drifted(tracked: Any) -> None:
    hand, _, study = tracked
    told: list[str] = []
    hand.window.drift_checked.connect(told.append)
    hand.wait_for_question()
    over_the_break(hand)
    screen = hand.window.screen().geometry()
    ratio = hand.window.devicePixelRatioF()
    middle = ratio * screen.width() / 2, ratio * screen.height() / 2
    assert hand.window.targets.target == pytest.approx(middle)
    hand.wait_for_question()
    (drift,) = facts_of(study, "noted", "drift check")
    assert drift["passed"]
    assert drift["drift_deg"] == pytest.approx(
        np.rad2deg(np.arctan(OFF_PX * 531 / screen.width() / 600)), rel=0.2
    )
    assert "within 1°" in told[0]
    assert len(facts_of(study, "calibrated")) == 1
    hand.answer(Qt.Key.Key_F)
    assert hand.session.state.answers[1].quality["accuracy_deg"] is not None


@pytest.mark.parametrize("lost", [False, True])
def test_gaze_that_has_drifted_is_validated_again(tracked: Any, lost: bool) -> None:
    hand, tracker, study = tracked
    hand.wait_for_question()
    tracker.off_px, tracker.lost = 90.0, lost
    over_the_break(hand)
    hand.until(lambda: "until" in hand.window.notice.text.text() and hand.window.notice.isVisible())
    (drift,) = facts_of(study, "noted", "drift check")
    assert not drift["passed"]
    assert (drift["drift_deg"] is None) == lost
    assert "Dots" in hand.window.notice.text.text()
    tracker.lost = False
    hand.go_on()
    hand.until(lambda: hand.window.notice.text.text() == hand.window.words.gaze_poor)
    accuracies = [facts["accuracy_deg"] for facts in facts_of(study, "calibrated")]
    assert accuracies[1] > 3 * accuracies[0]


def look_at_dots(hand: Hand, off_px: float, n: int = 500) -> None:
    """The participant has looked at all dots; without waiting for them."""
    looks = []
    for x, y in target_points(hand.window.scenes.screen):
        places = np.full(n, x + off_px), np.full(n, y)
        t = np.arange(n) / RATE_HZ
        gaze = Samples(t, *places, np.full(n, True), None, "screen", "tracker", RATE_HZ)
        looks.append(TargetLook(float(x), float(y), gaze))
    hand.window.targets.stop()
    hand.window.targets.finished.emit(tuple(looks))


FAR_PX = 700.0
"""Twenty degrees."""


def test_gaze_that_makes_no_maps_is_told_before_the_first_question(tracked: Any) -> None:
    hand, _, study = tracked
    doubts: list[str] = []
    hand.window.gaze_doubted.connect(doubts.append)
    look_at_dots(hand, FAR_PX)
    notice, words = hand.window.notice, hand.window.words
    assert notice.text.text() == words.gaze_poor
    assert "worse than 5°" in doubts[0]
    assert "worse than 5°" in notice.below.text()
    assert facts_of(study, "calibrated")[0]["doubt"] == doubts[0]
    assert not hand.session.state.trials
    hand.go_on()  # the dots again, by the key that is at hand
    hand.until(lambda: hand.window.targets.target is not None)
    look_at_dots(hand, OFF_PX)
    hand.answer(Qt.Key.Key_F)
    assert hand.session.state.answers[0].marks == ()
    assert len(doubts) == 1


def test_who_goes_on_with_poor_gaze_has_every_answer_marked(tracked: Any) -> None:
    hand, _, study = tracked
    look_at_dots(hand, FAR_PX)
    hand.window.notice.stop.click()
    hand.answer(Qt.Key.Key_F)
    assert POORLY_VALIDATED in hand.session.state.answers[0].marks
    assert hand.session.state.answers[0].quality["accuracy_deg"] > 5
    assert facts_of(study, "noted", "went on with poor gaze")
    assert hand.session.phase.value != "withdrawn"


def test_a_pause_does_not_get_past_poor_gaze(tracked: Any) -> None:
    hand, _, _ = tracked
    look_at_dots(hand, FAR_PX)
    hand.press(Qt.Key.Key_Escape)
    hand.go_on()
    hand.until(lambda: hand.window.notice.text.text() == hand.window.words.dots)


@pytest.mark.parametrize("tracked", [100], indirect=True)
def test_a_tracker_that_came_back_is_checked_before_the_next_question(tracked: Any) -> None:
    hand, tracker, _ = tracked
    look_at_dots(hand, OFF_PX)
    tracker.lost = True
    hand.answer(Qt.Key.Key_F)
    hand.wait_for_question()  # nothing to be checked with as long as it is lost
    tracker.lost = False
    hand.answer(Qt.Key.Key_F)
    hand.until(lambda: hand.window.notice.text.text() == hand.window.words.dot)
    assert len(hand.session.state.trials) == 2
