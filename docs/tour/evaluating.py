"""The tour of the tab "Evaluate": what the shipped detector finds in simulated CTs, and misses."""

from __future__ import annotations

from collections.abc import Iterator

from docs.tour.desk import Desk
from docs.tour.detecting import beside_the_workbench, piece, side_by_side, write_case
from docs.tour.hand import Hand
from docs.tour.learnt import TRAINING_S
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

__all__ = ["evaluate"]

Shots = Iterator[tuple[str, Image.Image]]

PATIENTS = (31, 32, 34)
"""Seeds of phantoms that the shipped detector has not seen."""

EVALUATE = 2
"""Place of the tab."""

NTH = 2
"""Which of the misses is shown."""

ACROSS_MM = 200


def evaluate(desk: Desk, hand: Hand) -> Shots:
    """The detector that comes with the program, judged; then one of the lesions that it missed."""
    files = tuple(write_case(desk.folder / "judged", seed) for seed in PATIENTS)
    widget = beside_the_workbench(desk)
    widget.tabs.setCurrentIndex(EVALUATE)
    tab = widget.evaluate
    section = tab.sections["Evaluate findings"]
    hand.press(section.header)
    hand.press(tab.new.shipped)
    tab.new.set_cases(files)
    tab.new.folder.set_folder(str(desk.folder / "evaluation"))
    hand.press(tab.new.run.button)
    desk.wait_for("the evaluation", lambda: tab.view is not None, TRAINING_S)
    hand.press(section.header)
    QTest.qWait(500)
    figures = piece(tab, tab.sections["Free-response curve"], tab._arms)
    lesions = piece(tab, tab._arms, tab.sections["What cannot be concluded"])
    yield "evaluate", side_by_side(figures, lesions)
    table = tab.places.table
    table.setFocus()
    for _ in range(NTH):
        QTest.keyClick(table, Qt.Key.Key_Down)
    hand.press(tab.places.open)
    desk.wait_for("the CT", lambda: tab.places.canvas.layers.marks is not None)
    desk.viewer.scene.camera.zoom = desk.canvas.width() / ACROSS_MM
    widget.tabs.currentWidget().ensureWidgetVisible(tab.places)
    QTest.qWait(700)
    yield "missed", desk.window()
    widget.close_detect()
