"""The tab "Evaluate", driven with mouse and keys; most of it without napari's own window."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QStyle,
    QStyleOptionViewItem,
)
from tests.widgets.detect.detectors import FakeDetector
from tests.widgets.detect.evaluations import case_on_disk, evaluation_of, experiment_in

from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.evaluate import evaluate
from napari_lesion_synth.jobs.evaluate_record import EVALUATION_JSON
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.detect import evaluate_tab
from napari_lesion_synth.widgets.detect.evaluate_tab import EvaluateTab
from napari_lesion_synth.widgets.parts.outcome import End
from napari_lesion_synth.widgets.parts.outcome import Outcome as Ended

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened():
    """CTs that are open as cases."""
    return []


@pytest.fixture
def tab(qtbot, opened, monkeypatch):
    """The tab in a window of its own; its threads end with the test."""
    monkeypatch.setattr(evaluate_tab, "_EVERY_MS", 100)
    made = EvaluateTab(ViewerModel(), lambda: opened, lambda error: pytest.fail(repr(error)))
    qtbot.addWidget(made)
    made.resize(480, 1500)
    made.show()
    made.pages = []
    made.report.show_page = lambda path: made.pages.append(path) or True
    yield made
    made.new.run.job.end_now()
    made.report.job.end_now()
    made.close_tab()


@pytest.fixture
def files(ball_case, tmp_path):
    """A CT with a lesion, which the first ball of the fake detector hits."""
    return case_on_disk(tmp_path / "cts", ball_case(lesion_mm=10.0, patient="p-7"))


@pytest.fixture
def evaluation(files, tmp_path) -> Path:
    """An evaluation of the fake detector on it: one hit, two false alarms."""
    return evaluation_of(files, tmp_path / "evaluation")


def settle(qtbot, tab):
    qtbot.waitUntil(lambda: not tab.working and not tab.places.working, timeout=PATIENCE_MS)
    qtbot.wait(30)


def choose(qtbot, tab, monkeypatch, folder):
    """As a person does, but for the dialog."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(tab.choose, LEFT)
    settle(qtbot, tab)


def click_row(qtbot, table, row):
    place = table.visualRect(table.model().index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=place)


def tick(qtbot, listed, row):
    """Click on the box of an entry."""
    option = QStyleOptionViewItem()
    option.rect = listed.visualItemRect(listed.item(row))
    option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
    box: QRect = QApplication.style().subElementRect(
        QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, listed
    )
    qtbot.mouseClick(listed.viewport(), LEFT, pos=QPoint(box.center()))


def marks(tab):
    return tab.places.canvas.layers.marks


# --- before anything is chosen ------------------------------------------------------------------


def test_at_first_it_says_what_to_choose(tab):
    assert "Choose a folder" in tab.status.text()
    assert not tab.sections["Free-response curve"].isVisible()
    assert not tab.report.isVisible()


def test_what_can_be_seen_is_said_before_a_run(qtbot, tab):
    section = tab.sections["Before you run: what can be seen"]
    qtbot.mouseClick(section.header, LEFT)
    qtbot.waitUntil(lambda: not tab.power.working, timeout=PATIENCE_MS)
    assert "With 20 test lesions, 0.65 against 0.95" in tab.power.words.text()
    tab.power.lesions.setFocus()
    tab.power.lesions.selectAll()
    qtbot.keyClicks(tab.power.lesions, "150")
    qtbot.keyClick(tab.power.lesions, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: "With 150 test lesions, 0.65 against 0.95 can be seen" in tab.power.words.text(),
        timeout=PATIENCE_MS,
    )


def test_a_rate_below_the_baseline_is_refused_in_words(qtbot, tab):
    tab.power.aim.setValue(0.5)
    qtbot.waitUntil(lambda: not tab.power.working, timeout=PATIENCE_MS)
    assert "does not exceed the baseline" in tab.power.words.text()


def test_every_control_has_a_name_and_says_what_it_does(tab):
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
    for part in (part for kind in kinds for part in tab.findChildren(kind)):
        inner = part.objectName().startswith("qt_spinbox") or isinstance(
            part.parentWidget(), QAbstractSpinBox | QComboBox
        )
        table = part.parentWidget() is not None and part.parentWidget().inherits("QTableView")
        if not inner and not table:
            assert part.accessibleName(), part
            assert part.toolTip(), part.accessibleName()


# --- an evaluation ------------------------------------------------------------------------------


def test_an_evaluation_shows_curve_rule_strata_and_places(qtbot, tab, monkeypatch, evaluation):
    choose(qtbot, tab, monkeypatch, evaluation)
    assert "1 CT" in tab.heading.text()
    assert "fake: 1.00 at 1/8" in tab.plot.accessibleDescription()
    assert "centre in the lesion" in tab.plot.accessibleDescription()
    assert "centre in the lesion" in tab.rule.text()
    assert {row[0].split("\n")[0] for row in tab.strata.table.rows} == {
        *("diameter", "zone", "contrast", "conspicuity"),
    }
    assert [place.kind for place in tab.places.table.places] == [Outcome.FALSE.value] * 2
    assert "0 missed lesions, 2 false alarms" in tab.places.counts.text()
    assert tab.warning.isVisible()


def test_a_click_goes_to_the_place_where_the_ct_is_open(
    qtbot, tab, monkeypatch, evaluation, files, opened
):
    case = reread_case(files.inputs())
    frame = Frame.of_volume(case.volume)
    opened.append((case, frame))
    tab.places.canvas._viewer.add_image(case.volume.hu, **frame.options())
    choose(qtbot, tab, monkeypatch, evaluation)
    click_row(qtbot, tab.places.table, 0)
    place = tab.places.table.places[0]
    dims = tab.places.canvas._viewer.dims
    assert dims.current_step[0] == round(place.center[0])
    assert {str(text).strip() for text in marks(tab).features["label"]} == {
        "false alarm 8 mm",
        "false alarm 7 mm",
    }
    assert not tab.places.open.isVisible()
    qtbot.keyClick(tab.places.table, Qt.Key.Key_Down)
    assert dims.current_step[0] == round(tab.places.table.places[1].center[0])


def test_a_ct_that_is_not_open_is_opened_on_request(qtbot, tab, monkeypatch, evaluation):
    choose(qtbot, tab, monkeypatch, evaluation)
    click_row(qtbot, tab.places.table, 0)
    assert "p-7 is not open" in tab.places.status.text()
    assert marks(tab) is None
    qtbot.mouseClick(tab.places.open, LEFT)
    settle(qtbot, tab)
    viewer = tab.places.canvas._viewer
    assert {"p-7", "p-7 organ", "p-7 lesions"} <= {layer.name for layer in viewer.layers}
    assert len(marks(tab).data)
    assert viewer.dims.current_step[0] == round(tab.places.table.places[0].center[0])
    before = len(viewer.layers)
    click_row(qtbot, tab.places.table, 1)  # now it is found among the layers
    assert len(viewer.layers) == before
    assert not tab.places.open.isVisible()


def test_a_layer_of_its_name_is_taken_with_a_word_of_doubt(
    qtbot, tab, monkeypatch, evaluation, files
):
    case = reread_case(files.inputs())
    tab.places.canvas._viewer.add_image(case.volume.hu, name="p-7", scale=case.volume.spacing)
    choose(qtbot, tab, monkeypatch, evaluation)
    click_row(qtbot, tab.places.table, 0)
    assert "by its name alone" in tab.places.status.text()


def test_a_layer_of_its_name_and_another_size_is_not_jumped_to(qtbot, tab, monkeypatch, evaluation):
    tab.places.canvas._viewer.add_image(np.zeros((2, 4, 4), np.int16), name="p-7")
    choose(qtbot, tab, monkeypatch, evaluation)
    click_row(qtbot, tab.places.table, 0)
    assert "another size" in tab.places.status.text()
    assert marks(tab) is None


def test_a_ct_whose_file_is_gone_is_told(qtbot, tab, monkeypatch, evaluation, files):
    choose(qtbot, tab, monkeypatch, evaluation)
    click_row(qtbot, tab.places.table, 0)
    Path(files.ct).unlink()
    qtbot.mouseClick(tab.places.open, LEFT)
    settle(qtbot, tab)
    assert tab.places.status.text().startswith("⚠")
    assert files.ct in tab.places.status.text()


def test_another_rate_lists_other_places(qtbot, tab, monkeypatch, evaluation):
    choose(qtbot, tab, monkeypatch, evaluation)
    tab.rate.setFocus()
    qtbot.keyClicks(tab.rate, "1/8")
    assert tab.places.table.places == ()
    assert tab.compared.table.columns == ("Detector", "Found")


def test_its_report_figure_and_tables_are_at_hand(qtbot, tab, monkeypatch, evaluation, tmp_path):
    choose(qtbot, tab, monkeypatch, evaluation)
    qtbot.mouseClick(tab.report.report, LEFT)
    assert tab.pages == [evaluation / "report.html"]
    figure = tmp_path / "curve"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(figure), ""))
    qtbot.mouseClick(tab.report.figure, LEFT)
    assert b"<svg" in figure.with_suffix(".svg").read_bytes()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "tables"))
    qtbot.mouseClick(tab.report.tables, LEFT)
    with (tmp_path / "tables" / "false_alarms.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 2


# --- an experiment ------------------------------------------------------------------------------


@pytest.fixture
def experiment(tmp_path):
    return experiment_in(tmp_path / "experiment", seeds=2)


def test_an_experiment_is_followed_while_it_runs(qtbot, tab, monkeypatch, experiment):
    choose(qtbot, tab, monkeypatch, experiment.folder)
    assert "no run is finished yet" in tab.status.text()
    experiment.finish(0, 1)
    qtbot.waitUntil(lambda: "2 of 4 runs" in tab.heading.text(), timeout=PATIENCE_MS)
    assert "not finished" in tab.warning.text()
    experiment.finish(2, 3)
    qtbot.waitUntil(lambda: "finished, 4 of 4" in tab.heading.text(), timeout=PATIENCE_MS)
    assert not tab.warning.isVisible()
    assert not tab._timer.isActive()


def test_arms_are_ticked_and_looked_at(qtbot, tab, monkeypatch, experiment):
    experiment.finish()
    choose(qtbot, tab, monkeypatch, experiment.folder)
    assert tab.plot.accessibleDescription().count("poisson") == 1
    tick(qtbot, tab.listed, 1)
    assert "poisson" not in tab.plot.accessibleDescription()
    assert tab.arm.currentText() == "poisson"
    tab.arm.setFocus()
    qtbot.keyClicks(tab.arm, "aug")
    assert tab.places.counts.text().startswith("augmented:")
    click_row(qtbot, tab.places.table, 0)
    assert "where its file lies is not known" in tab.places.status.text()


def test_choices_outlast_a_refresh(qtbot, tab, monkeypatch, experiment):
    experiment.finish(0, 1)
    choose(qtbot, tab, monkeypatch, experiment.folder)
    tick(qtbot, tab.listed, 1)
    qtbot.keyClicks(tab.rate, "1/4")
    experiment.finish(2, 3)
    qtbot.waitUntil(lambda: "4 of 4" in tab.heading.text(), timeout=PATIENCE_MS)
    assert tab.rate.currentText() == "1/4"
    assert "poisson" not in tab.plot.accessibleDescription()


def test_a_report_that_is_older_than_the_runs_is_made_first(qtbot, tab, monkeypatch, experiment):
    experiment.finish()
    choose(qtbot, tab, monkeypatch, experiment.folder)
    asked = []
    monkeypatch.setattr(tab.report.job, "start", asked.append)
    qtbot.mouseClick(tab.report.report, LEFT)
    assert asked == [["experiment", "report", str(experiment.folder)]]
    assert not tab.report.report.isEnabled()
    page = experiment.folder / "report.html"
    page.write_text("", encoding="utf-8")
    tab.report.job.finished.emit(Ended(End.DONE, {"report": str(page)}))
    assert tab.pages == [page]
    qtbot.mouseClick(tab.report.report, LEFT)  # now it is new enough
    assert tab.pages == [page, page]
    assert len(asked) == 1


# --- other folders ------------------------------------------------------------------------------


def test_a_wrong_folder_is_told_and_the_next_one_is_shown(
    qtbot, tab, monkeypatch, evaluation, tmp_path
):
    empty = tmp_path / "empty"
    empty.mkdir()
    choose(qtbot, tab, monkeypatch, empty)
    assert tab.status.text().startswith("⚠")
    assert "neither an evaluation, nor an experiment" in tab.status.text()
    choose(qtbot, tab, monkeypatch, evaluation)
    assert not tab.status.isVisible()
    (evaluation / EVALUATION_JSON).write_text("{", encoding="utf-8")
    choose(qtbot, tab, monkeypatch, evaluation)
    assert "cannot be read" in tab.status.text()
    assert not tab.heading.isVisible()
    assert tab.places.table.places == ()


def test_findings_are_evaluated_in_a_process_of_their_own(qtbot, tab, monkeypatch, files, tmp_path):
    table = tmp_path / "theirs.csv"
    table.write_text("score,z,y,x\n0.9,11,31,31\n0.8,8,20,40\n", encoding="utf-8")
    qtbot.mouseClick(tab.sections["Evaluate findings"].header, LEFT)
    assert not tab.new.run.button.isEnabled()
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(table)], ""))
    qtbot.mouseClick(tab.new.file, LEFT)
    assert "Choose the CTs" in tab.new.run.button.toolTip()
    monkeypatch.setattr(
        "napari_lesion_synth.widgets.detect.evaluate_new.ask_cases", lambda _parent: (files,)
    )
    qtbot.mouseClick(tab.new.truth, LEFT)
    assert "1 CT, 1 with lesions: p-7" in tab.new.facts.text()
    with qtbot.waitSignal(tab.new.evaluated, timeout=PATIENCE_MS):
        qtbot.mouseClick(tab.new.run.button, LEFT)
    settle(qtbot, tab)
    assert tab.view.names == ("theirs",)
    assert tab.view.ct("p-7").inputs["ct"] == files.ct
    assert len(tab.places.table.places) == 1


def test_a_folder_of_findings_is_offered_for_evaluation(qtbot, tab, monkeypatch, tmp_path):
    found = tmp_path / "found" / "p-7"
    found.mkdir(parents=True)
    (found / "findings.json").write_text("{}", encoding="utf-8")
    choose(qtbot, tab, monkeypatch, tmp_path / "found")
    assert tab.sections["Evaluate findings"].expanded
    assert tab.new.sources.folders == (tmp_path / "found",)
    assert "press Evaluate" in tab.status.text()


# --- beside the other tabs ----------------------------------------------------------------------


def test_the_ct_of_the_tab_detect_is_known_by_its_voxels(qtbot, ready, ball_case, tmp_path):
    widget = ready()
    case = ball_case(lesion_mm=10.0, patient="p-7")
    job = EvaluateJob(out=tmp_path / "evaluation")
    for _ in evaluate(job, StopToken(), cases=[case], detectors={"fake": FakeDetector()}):
        pass
    bar = widget.tabs.tabBar()
    qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(2).center())
    tab = widget.evaluate
    assert tab.isVisible()
    tab.set_folder(job.out)
    settle(qtbot, tab)
    click_row(qtbot, tab.places.table, 0)
    assert marks(tab) in list(widget.viewer.layers)
    assert "by its name" not in tab.places.status.text()
    assert widget.viewer.dims.current_step[0] == round(tab.places.table.places[0].center[0])
    widget.close_detect()
    assert marks(tab) is None
