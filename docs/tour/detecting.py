"""The tour of "Train & detect": a training at work, and findings against the known lesions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from docs.tour.desk import Desk, TourError, picture_of
from docs.tour.hand import Hand
from docs.tour.learnt import PHANTOM, TRAINING_S, donor_library
from PIL import Image
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDockWidget, QWidget

import napari_lesion_synth as nls
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.widgets.detect.rows import MISSED, Row
from napari_lesion_synth.widgets.detect.train_tab import TrainTab
from napari_lesion_synth.widgets.detect.widget import DetectWidget

__all__ = ["detect", "train"]

Shots = Iterator[tuple[str, Image.Image]]

PARTS = {
    14: Part.VALIDATION,
    15: Part.TEST,
    11: Part.TRAIN,
    12: Part.TRAIN,
    13: Part.TRAIN,
}
"""Phantoms that stand for real CTs, by seed, in the order in which their parts are chosen."""

IN_SET, HOSTS = 24, (11, 12)
COARSE_MM = (5.0, 2.0, 2.0)
SHORT = {
    "steps": 200,
    "look_every": 20,
    "verifier_steps": 80,
    "scenes": 10,
    "batch": 4,
    "side": 64,
    "reuse": 8,
}
LOOKS = 4
SHIPPED = 0
"""Place in the menu of detectors."""

ACROSS_MM = 150


def train(desk: Desk, hand: Hand) -> Shots:
    """CTs divided by patient, a set as the selection accepted it, and the training at work."""
    widget = beside_the_workbench(desk)
    tab = widget.train
    prepare(desk, tab)
    data = piece(tab, tab.sections["Data"], tab.folder_state)
    hand.press(tab.run.button)
    desk.wait_for(
        "the curves and the batch",
        lambda: len(tab.batch.paths) >= LOOKS and not any(p.empty for p in tab.plots),
        TRAINING_S,
    )
    QTest.qWait(700)
    run = piece(tab, tab.run, tab.sections["Compare trainings"])
    tab.run.cancel()
    desk.wait_for("the end of the training", lambda: not tab.run.running, TRAINING_S)
    widget.close_detect()
    yield "train", side_by_side(data, run)


def prepare(desk: Desk, tab: TrainTab) -> None:
    """A set and five CTs; the parts are chosen as by hand."""
    files = {seed: write_case(desk.folder / "cts", seed) for seed in PARTS}
    tab.data.add_set(accepted_set(desk, tuple(files[seed] for seed in HOSTS)))
    tab.data.add_cases(tuple(files.values()))
    desk.wait_for("the division", lambda: not tab.data._worker.awaiting)
    listed = [case.ct for case in tab.data.cases.cases]
    for seed, part in PARTS.items():
        combo = tab.data.cases.combo(listed.index(files[seed].ct))
        combo.setCurrentText(part.value)
        combo.textActivated.emit(part.value)
        desk.wait_for("the division", lambda: not tab.data._worker.awaiting)
    tab.fields.set_settings(**SHORT)
    tab.fields.folder.set_folder(str(desk.folder / "detector"))
    desk.wait_for("the button", tab.run.button.isEnabled)
    QTest.qWait(600)


def write_case(folder: Path, seed: int) -> CaseFiles:
    """A simulated patient as files, to be opened as a real one."""
    folder.mkdir(exist_ok=True)
    case = nls.phantom(seed=seed, lesions=5, spacing=COARSE_MM)
    ct, organ, lesions = (folder / f"{what}patient-{seed}.nii.gz" for what in ("", "o-", "l-"))
    write_volume(ct, case.volume)
    write_mask(organ, case.require_organ().mask, case.volume)
    if case.lesions is not None:
        write_mask(lesions, case.lesions, case.volume)
    return CaseFiles(ct=str(ct), organ=str(organ), lesions=str(lesions))


def accepted_set(desk: Desk, hosts: tuple[CaseFiles, ...]) -> Path:
    """Lesions in some of the CTs, judged by the auto-encoder."""
    folder = desk.folder / "set-liver"
    settings = GenerateSettings(
        cases=hosts, out=folder, n=IN_SET, methods={"poisson": 1.0, "sigmoid": 1.0}, select=True,
        donors=donor_library(desk.folder / "lesions"),
    )  # fmt: skip
    for _ in generate(settings, StopToken()):
        QTest.qWait(1)
    return folder


def detect(desk: Desk, hand: Hand) -> Shots:
    """What the detector that comes with the program finds in the phantom, and what it is worth."""
    hand.choose(desk.widget.case.samples, PHANTOM)
    widget = beside_the_workbench(desk)
    widget.tabs.setCurrentIndex(1)
    tab = widget.detect
    tab.folder.set_folder(desk.folder / "detections")
    hand.choose(tab.model.button, SHIPPED)
    desk.wait_for("the detector", tab.run.button.isEnabled)
    hand.press(tab.run.button)
    desk.wait_for("the findings", lambda: tab.detection is not None, TRAINING_S)
    hand.press(tab.compare)
    desk.wait_for("the comparison", lambda: any(row.truth for row in tab.table.rows))
    step_to(desk, widget, lambda row: row.truth == Outcome.HIT.value)
    yield "detect", desk.window()
    hand.press(tab.judge.accept)
    faults = (Outcome.FALSE.value, MISSED)
    told = [row.truth for row in tab.table.rows if row.truth in faults]
    if told:
        step_to(desk, widget, lambda row: row.truth == told[0])
        if told[0] == Outcome.FALSE.value:
            hand.press(tab.judge.reject)
    yield "findings", desk.window()
    widget.close_detect()


def step_to(desk: Desk, widget: DetectWidget, wanted: Callable[[Row], bool]) -> None:
    """Press N until such a row is chosen."""
    table = widget.detect.table
    for _ in table.rows:
        row = table.current
        if row is not None and wanted(row):
            break
        QTest.keyClick(table, Qt.Key.Key_N)
    else:
        raise TourError("there is no such finding")
    desk.viewer.scene.camera.zoom = desk.canvas.width() / ACROSS_MM
    QTest.qWait(700)


def beside_the_workbench(desk: Desk) -> DetectWidget:
    """The dock widget, in a tab beside the workbench, as napari's menu opens it."""
    widget = DetectWidget(desk.viewer)
    dock = desk.viewer.window.add_dock_widget(widget, name="Train & detect", area="right")
    for other in desk.main.findChildren(QDockWidget):
        if desk.widget in other.findChildren(type(desk.widget)):
            desk.main.tabifyDockWidget(other, dock)
    QTest.qWait(200)
    dock.raise_()
    QTest.qWait(200)
    return widget


# --- pictures of a long page ----------------------------------------------------------------------


def piece(page: QWidget, first: QWidget, below: QWidget) -> Image.Image:
    """A page from one part to the one before another, however far it is scrolled."""
    whole = picture_of(page.grab())
    top, bottom = (part.mapTo(page, QPoint(0, 0)).y() for part in (first, below))
    return whole.crop((0, max(0, top - 2), whole.width, bottom))


def side_by_side(left: Image.Image, right: Image.Image, gap: int = 12) -> Image.Image:
    """Two pictures from one page, on its ground."""
    size = (left.width + gap + right.width, max(left.height, right.height))
    whole = Image.new("RGB", size, left.getpixel((0, 0)))
    whole.paste(left, (0, 0))
    whole.paste(right, (left.width + gap, 0))
    return whole
