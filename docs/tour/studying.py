"""The tour of "Food study": the dock's four tabs, and what a participant sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.tour.desk import Desk, TourError, picture_of
from docs.tour.hand import Hand
from PIL import Image
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDockWidget

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_regress import RegressStudy, regress_study
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.perception.stimuli.plates import PlateSettings, write_plates
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow
from napari_lesion_synth.widgets.study.widget import StudyWidget

__all__ = ["participant", "studying"]

Shots = Iterator[tuple[str, Image.Image]]

PLATES = PlateSettings(dishes=("curry", "salad", "sashimi"), azimuths=4, size=384)
PEOPLE = 6
PHOTO = "curry/curry_az090_el45.png"
DESIGN, RUN, REVIEW, MODEL = range(4)


def studying(desk: Desk, hand: Hand) -> Shots:
    """A study is designed, frozen, simulated, reviewed, and learnt from."""
    widget = opened(desk)
    begun(desk, hand, widget, gaze_source="simulated", block_size=30)
    yield "design", desk.window()
    hand.press(widget.design.freeze)
    desk.wait_for("the freezing", lambda: widget.design.state.text().startswith("Frozen"))
    folder = widget.design.folder.folder
    run_all(simulate_study(SimulateStudy(folder=folder, participants=PEOPLE), StopToken()))
    run_all(scale_study(ScaleStudy(folder=folder), StopToken()))
    run_all(regress_study(RegressStudy(folder=folder, models=("mean", "ridge")), StopToken()))
    widget.design.open_study(folder)
    widget.tabs.setCurrentIndex(RUN)
    desk.wait_for("the ranking", lambda: widget.run.plot.graph is not None)
    QTest.qWait(700)
    yield "run", desk.window()
    yield "review-gaze", reviewed(desk, hand, widget)
    widget.tabs.setCurrentIndex(MODEL)
    QTest.qWait(700)
    yield "model", picture_of(widget.tabs.widget(MODEL).widget().grab())
    widget.close_study()


def participant(desk: Desk, hand: Hand) -> Shots:
    """Consent, a pair, the mouse aperture, a line to mark, and a break."""
    widget = opened(desk)
    begun(desk, hand, widget, gaze_source="none")
    window = seated(desk, widget, "P01")
    yield "consent", picture_of(window.grab())
    to_question(desk, window)
    yield "pair", picture_of(window.grab())
    for _ in range(2):
        desk.wait_for("a question", lambda: window.trial.accepts)
        QTest.keyClick(window, Qt.Key.Key_F)
    desk.wait_for("the break", window.notice.isVisible)
    QTest.qWait(200)
    yield "break", picture_of(window.grab())
    window.close()
    begun(desk, hand, widget, gaze_source="mouse_aperture")
    window = seated(desk, widget, "P01")
    to_question(desk, window)
    canvas = window.trial.canvas
    for step in (QPoint(-40, 0), QPoint(-10, 10)):
        QTest.mouseMove(canvas, canvas.rects[0].center().toPoint() + step)
        QTest.qWait(80)
    yield "aperture", picture_of(window.grab())
    window.close()
    begun(desk, hand, widget, gaze_source="none", kind="vas")
    window = seated(desk, widget, "P01")
    to_question(desk, window)
    line = window.trial.asker.line
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(round(0.66 * line.width()), 20))
    QTest.qWait(80)
    yield "line", picture_of(window.grab())
    window.close()
    widget.close_study()


def opened(desk: Desk) -> StudyWidget:
    """The dock widget, in a tab beside the workbench, as napari's menu opens it."""
    widget = StudyWidget(desk.viewer)
    dock = desk.viewer.window.add_dock_widget(widget, name="Food study", area="right")
    for other in desk.main.findChildren(QDockWidget):
        if desk.widget in other.findChildren(type(desk.widget)):
            desk.main.tabifyDockWidget(other, dock)
    QTest.qWait(200)
    dock.raise_()
    QTest.qWait(200)
    return widget


def begun(desk: Desk, hand: Hand, widget: StudyWidget, **choices: Any) -> None:
    """A study of rendered dishes, made in the tab Design."""
    tab = widget.design
    photos = desk.folder / "photos"
    if not photos.exists():
        write_plates(photos, PLATES)
    widget.tabs.setCurrentIndex(DESIGN)
    tab.folder.set_folder(free(desk.folder / "study"))
    tab.photos.set_folder(photos)
    forms = tab.form.forms
    asked = {"trials": 40, "practice": 0, "block_size": 2, "participants": PEOPLE, **choices}
    for name in ("counts", "viewing", "judgement"):
        forms[name].set_values(asked)
    forms["covariates"].set_values({"hunger": False, "minutes_since_meal": False})
    tab.form.general.set_values({"languages": ("en",), "name": "Three dishes"})
    tab.photos.look()
    desk.wait_for("the photos", lambda: tab.photos.found is not None)
    tab.refresh()
    desk.wait_for("the button", tab.make.isEnabled)
    hand.press(tab.make)
    desk.wait_for("the study", lambda: tab.study is not None)
    QTest.qWait(600)


def free(folder: Path) -> Path:
    """A folder that is not there yet."""
    number = 1
    while (made := folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return made


def run_all(events: Any) -> None:
    """A job to its end, while the window stays fluid."""
    for _ in events:
        QTest.qWait(1)


def reviewed(desk: Desk, hand: Hand, widget: StudyWidget) -> Image.Image:
    """Where participants looked at one photo."""
    tab = widget.review
    widget.tabs.setCurrentIndex(REVIEW)
    desk.wait_for("the participants", lambda: tab.who.count() > PEOPLE)
    tab.photo.setCurrentText(PHOTO)
    tab.who.setCurrentIndex(1)
    hand.press(tab.show_it)
    desk.wait_for("the photo", lambda: tab.looked is not None)
    QTest.qWait(700)
    return desk.window()


def seated(desk: Desk, widget: StudyWidget, code: str) -> ParticipantWindow:
    """A participant before the consent text."""
    widget.tabs.setCurrentIndex(RUN)
    widget.run.code.setText(code)
    widget.run.start()
    window = widget.run.window_shown
    if window is None:
        raise TourError("the participant's window did not open")
    desk.wait_for("the consent text", window.consent.isVisible)
    QTest.qWait(300)
    return window


def to_question(desk: Desk, window: ParticipantWindow) -> None:
    """Agree, and start."""
    for _ in range(40):
        QTest.keyClick(window, Qt.Key.Key_PageDown)
        QTest.qWait(20)
    QTest.mouseClick(window.consent.agree, Qt.MouseButton.LeftButton)
    desk.wait_for("the notice", window.notice.isVisible)
    QTest.keyClick(window, Qt.Key.Key_Space)
    desk.wait_for("a question", lambda: window.trial.accepts)
    QTest.qWait(100)
