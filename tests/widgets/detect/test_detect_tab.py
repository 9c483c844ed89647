"""Searching the open CT and judging what is found, in a real napari."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication
from tests.widgets.detect.conftest import choose
from tests.widgets.detect.detectors import BALLS, FakeDetector

from napari_lesion_synth.detection.verdicts import read_verdicts, rejected
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.widgets.canvas.owned import FINDINGS, is_owned
from napari_lesion_synth.widgets.parts.run_button import RunState

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000


def shown(widget):
    """Score column of the table."""
    return [row.label for row in widget.detect.table.rows]


def click_row(qtbot, table, place):
    index = table.model().index(place, 1)
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center()
    )


def visible_labels(widget):
    """Numbers of the findings that are outlined."""
    colors = widget.detect.layers.outlines.colormap.color_dict
    return {k for k, color in colors.items() if k and color[3] > 0}


# --- what to search -----------------------------------------------------------------------------


def test_it_says_what_is_missing_step_by_step(make_widget, show_ct, ball_case, qtbot):
    widget = make_widget()
    run = widget.detect.run
    assert "Choose a CT" in run.button.toolTip()
    show_ct(widget.viewer, ball_case())
    qtbot.wait(120)
    choose(widget.detect.ct.source, "Layers of napari")
    choose(widget.detect.ct.ct, "ct")
    qtbot.waitUntil(lambda: "organ is first" in run.button.toolTip(), timeout=PATIENCE_MS)
    assert "outline it with a click" in widget.detect.ct.facts.text()
    choose(widget.detect.ct.organ, "liver")
    qtbot.waitUntil(lambda: "Choose a detector" in run.button.toolTip(), timeout=PATIENCE_MS)
    assert widget.detect.model.words.text() == "No detector: choose one, or train one."
    assert not run.button.isEnabled()


def test_a_patient_that_it_was_trained_on_is_a_warning(ready):
    widget = ready(FakeDetector(patients=("p-7",)))
    assert "It has learnt from patient p-7" in widget.detect.model.warning.text()
    assert not widget.detect.model.warning.isHidden()


def test_a_ct_that_it_was_trained_on_is_known_by_another_name(ready, ball_case):
    case = ball_case(lesion_mm=10.0, patient="p-7")
    widget = ready(FakeDetector(hosts={case.volume.sha256: "p-1"}))
    warning = widget.detect.model.warning
    assert "this very CT, which it knows as patient p-1" in warning.text()
    assert not warning.isHidden()


def test_a_comparison_on_a_ct_that_it_was_trained_on_is_said_to_be_no_test(found, ball_case, qtbot):
    case = ball_case(lesion_mm=10.0, patient="p-7")
    widget = found(FakeDetector(hosts={case.volume.sha256: "p-1"}))
    assert "No fair test" not in widget.detect.counts.text()
    widget.detect.compare.click()
    qtbot.waitUntil(lambda: "lesion hit" in widget.detect.counts.text(), timeout=PATIENCE_MS)
    assert "No fair test: the detector has learnt from this very CT" in widget.detect.counts.text()
    widget.detect.compare.click()
    assert "No fair test" not in widget.detect.counts.text()


def test_another_patient_is_none(ready):
    widget = ready()
    assert widget.detect.model.warning.isHidden()
    assert "trained on 2 patients" in widget.detect.model.words.text()


def test_a_detector_that_cannot_be_read_says_why(make_widget, qtbot, monkeypatch, tmp_path):
    from napari_lesion_synth.widgets.detect.detector_loader import opened

    widget = make_widget()
    widget.loader._open = opened
    widget.loader.open(tmp_path)
    qtbot.waitUntil(lambda: "no detector.pt" in widget.detect.model.words.text(),
                    timeout=PATIENCE_MS)  # fmt: skip


def test_the_sentence_stands_in_the_widget(make_widget, qtbot):
    widget = make_widget()
    assert widget.disclaimer.text() == "For research only. Not a medical device."
    qtbot.waitUntil(widget.disclaimer.isVisible, timeout=PATIENCE_MS)


# --- the search ---------------------------------------------------------------------------------


def test_progress_shows_while_it_searches_and_cancel_stops_it(ready, qtbot):
    widget = ready(FakeDetector(gate=threading.Event()))
    run = widget.detect.run
    qtbot.mouseClick(run.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Slices: 1 of 24" in run.status.text(), timeout=PATIENCE_MS)
    assert run.button.state is RunState.RUNNING
    qtbot.mouseClick(run.button, Qt.MouseButton.LeftButton)
    assert run.button.state is RunState.CANCELING
    qtbot.waitUntil(lambda: not run.running, timeout=PATIENCE_MS)
    assert "Stopped" in run.status.text()
    assert widget.detect.detection is None
    assert not [layer for layer in widget.viewer.layers if is_owned(layer)]


def test_what_goes_wrong_is_said_and_the_last_findings_stay(found, qtbot):
    widget = found()
    before = widget.detect.detection
    widget.loader.current = type(widget.loader.current)(
        FakeDetector(fault=InputError("the organ is empty", remedy="Draw it")),
        widget.loader.current.path,
        "broken",
    )
    widget.detect.run.button.click()
    qtbot.waitUntil(lambda: not widget.detect.run.running, timeout=PATIENCE_MS)
    assert "the organ is empty. Draw it." in widget.detect.run.status.text()
    assert widget.detect.detection is before


def test_the_overlay_lies_on_the_ct(found):
    widget = found()
    layers = {role: layer for layer in widget.viewer.layers for role in FINDINGS
              if is_owned(layer, role)}  # fmt: skip
    heat, outlines, marks = (layers[FINDINGS[k]] for k in (0, 1, 3))
    ct = widget.viewer.layers["ct"]
    for center, _, score in BALLS:
        world = ct.data_to_world(center)
        voxel = np.round(heat.world_to_data(world)).astype(int)
        assert heat.data[tuple(voxel)] == pytest.approx(score, abs=0.1)
        label = outlines.data[tuple(np.round(outlines.world_to_data(world)).astype(int))]
        assert BALLS[label - 1][2] == score
    on_slice = [k for k, point in enumerate(marks.data) if point[0] == 9.0]
    assert [marks.features["label"][k].strip() for k in on_slice] == ["0.91", "0.62"]
    assert widget.viewer.layers.selection.active is marks


def test_outlines_lie_just_outside_even_in_the_corner_of_a_ct(found):
    corner = ((8.0, 2.0, 2.0), 8.0, 0.9)
    widget = found(FakeDetector([corner]))
    finding, layer = widget.detect.detection.findings[0], widget.detect.layers.outlines
    z, y, x = finding.bbox
    assert (y.start, x.start) == (0, 0)
    assert tuple(layer.translate[-2:]) == (0.0, 0.0)
    grown = layer.data > 0
    assert (grown[:, : y.stop, : x.stop] | ~finding.region).all()
    assert grown.sum(axis=(1, 2)).tolist() > finding.region.sum(axis=(1, 2)).tolist()
    assert grown.shape == (z.stop - z.start, y.stop + 1, x.stop + 1)


def test_a_ct_with_turned_axes_gets_its_overlay_in_place(make_widget, show_ct, ball_case, qtbot):
    widget = make_widget()
    case = ball_case(patient="turned")
    placed = {"scale": (-2.5, 1.0, -1.0), "translate": (7.0, -3.0, 60.0)}
    layers = show_ct(widget.viewer, case, **placed)
    qtbot.wait(120)
    for combo, name in zip(
        (widget.detect.ct.source, widget.detect.ct.ct, widget.detect.ct.organ),
        ("Layers of napari", "ct", "liver"),
        strict=True,
    ):
        choose(combo, name)
    widget.loader.open("x")
    qtbot.waitUntil(widget.detect.run.button.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(widget.detect.run.found, timeout=PATIENCE_MS):
        widget.detect.run.button.click()
    heat = widget.detect.layers.heat
    peak = np.unravel_index(heat.data.argmax(), heat.data.shape)
    voxel = layers["ct"].world_to_data(heat.data_to_world(peak))
    assert np.abs(np.subtract(voxel, BALLS[0][0])).max() <= 1.0


# --- the findings -------------------------------------------------------------------------------


def test_the_threshold_acts_on_table_and_canvas_at_once(found, qtbot):
    widget = found(threshold=0.5)
    assert shown(widget) == ["0.91", "0.62"]
    assert widget.detect.counts.text() == "2 findings, 1 below the threshold."
    assert visible_labels(widget) == {1, 2}
    slider = widget.detect.threshold.slider
    slider.setFocus()
    for _ in range(4):  # from 0.50 in steps of 0.05
        qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    assert shown(widget) == ["0.91", "0.62", "0.34"]
    assert visible_labels(widget) == {1, 2, 3}
    assert widget.detect.counts.text() == "3 findings."
    widget.detect.threshold.box.setValue(0.95)
    assert shown(widget) == []
    assert visible_labels(widget) == set()
    assert len(widget.detect.layers.marks.data) == 0
    assert "the highest is 0.91" in widget.detect.counts.text()


def test_the_first_finding_is_looked_at_and_shown_as_chosen(found):
    widget = found()
    assert [index.row() for index in widget.detect.table.selectedIndexes()[:1]] == [0]
    assert widget.viewer.dims.point[0] == pytest.approx(round(BALLS[0][0][0]) * 2.5)


def test_a_score_is_shown_at_a_threshold_of_what_is_read(found):
    almost = (BALLS[0][0], BALLS[0][1], 0.9998)
    widget = found(FakeDetector([almost]))
    assert shown(widget) == ["0.99"]
    widget.detect.threshold.set_value(0.99)
    assert shown(widget) == ["0.99"]


def test_a_click_jumps_and_changes_neither_zoom_nor_contrast(found, qtbot):
    widget = found()
    viewer, table = widget.viewer, widget.detect.table
    viewer.scene.camera.zoom = 3.3
    click_row(qtbot, table, 1)
    center = np.multiply(BALLS[1][0], (2.5, 1.0, 1.0))
    assert viewer.dims.point[0] == pytest.approx(center[0])
    assert viewer.scene.camera.center[-2:] == pytest.approx(center[1:])
    click_row(qtbot, table, 0)
    assert viewer.dims.point[0] == pytest.approx(12 * 2.5)
    assert viewer.scene.camera.zoom == 3.3
    assert tuple(viewer.layers["ct"].contrast_limits) == (-40, 200)


def test_n_and_p_step_through_in_the_table_and_on_the_canvas(found, qtbot):
    widget = found(threshold=0.0)
    table = widget.detect.table
    assert table.current.number == 1
    steps = [("N", 2), ("P", 1), ("P", 3), ("N", 1)]
    for key, number in steps:
        qtbot.keyClicks(table, key)
        assert table.current.number == number
    canvas = widget.viewer.window._qt_viewer.canvas.native  # only tests go there
    widget.viewer.layers.selection.active = widget.detect.layers.marks
    for key, number in steps:
        qtbot.keyClick(canvas, key)
        assert table.current.number == number


def test_verdicts_by_key_are_on_the_disk_and_can_be_taken_back(found, qtbot, results_go_here):
    widget = found()
    table, folder = widget.detect.table, results_go_here / "detections"
    qtbot.keyClick(table, Qt.Key.Key_A)
    qtbot.keyClick(table, Qt.Key.Key_N)
    qtbot.keyClick(table, Qt.Key.Key_R)
    assert shown(widget) == ["0.91 accepted", "0.62 rejected"]
    assert [each.center for each in rejected(folder)] == [BALLS[1][0]]
    assert "1 accepted, 1 rejected" in widget.detect.counts.text()
    host = widget.detect.ct.case.volume.sha256
    assert {each.host for each in read_verdicts(folder)} == {host}
    qtbot.keyClick(table, Qt.Key.Key_U)
    assert shown(widget) == ["0.91 accepted", "0.62"]
    assert rejected(folder) == ()
    assert widget.detect.judge.undo.isEnabled()


def test_verdicts_come_back_with_the_next_search(found, qtbot):
    widget = found()
    qtbot.mouseClick(widget.detect.judge.accept, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(widget.detect.run.found, timeout=PATIENCE_MS):
        widget.detect.run.button.click()
    assert shown(widget)[0] == "0.91 accepted"


def test_another_ct_takes_the_findings_away(found, qtbot, ball_case):
    widget = found()
    other = ball_case(seed=5, patient="other")
    widget.viewer.add_image(other.volume.hu, name="other", scale=other.volume.spacing)
    qtbot.wait(120)
    choose(widget.detect.ct.ct, "other")
    qtbot.waitUntil(lambda: widget.detect.detection is None, timeout=PATIENCE_MS)
    assert not [layer for layer in widget.viewer.layers if is_owned(layer)]
    assert widget.detect.results.isHidden()


# --- the truth ----------------------------------------------------------------------------------


def test_hits_misses_and_false_alarms_are_told_by_word_and_shape(found, qtbot):
    far = ((15.0, 45.0, 25.0), 7.0, 0.8)
    widget = found(FakeDetector([far, BALLS[0]]), threshold=0.5)
    compare = widget.detect.compare
    assert compare.isEnabled()
    compare.click()
    qtbot.waitUntil(lambda: "1 false alarm" in widget.detect.counts.text(), timeout=PATIENCE_MS)
    assert "1 of 1 known lesion hit, 0 missed" in widget.detect.counts.text()
    assert shown(widget) == ["0.80 false alarm", "0.91 hit"]
    symbols = {str(s) for s in widget.detect.layers.marks.symbol}
    assert len(symbols) == 2
    widget.detect.threshold.box.setValue(0.95)
    assert "0 of 1 known lesion hit, 1 missed; 0 false alarms" in widget.detect.counts.text()
    assert shown(widget) == ["missed 10 mm"]
    click_row(qtbot, widget.detect.table, 0)
    assert not widget.detect.judge.accept.isEnabled()  # it is no finding
    compare.click()
    assert shown(widget) == []


def test_without_known_lesions_there_is_nothing_to_compare(found):
    widget = found(lesions=False)
    assert not widget.detect.compare.isEnabled()
    assert "give their labels" in widget.detect.compare.toolTip()


# --- the end ------------------------------------------------------------------------------------


def test_export_writes_what_is_above_the_threshold(found, qtbot, results_go_here):
    widget = found(threshold=0.5)
    widget.detect.folder.export.click()
    qtbot.waitUntil(lambda: "Written to" in widget.detect.run.status.text(), timeout=PATIENCE_MS)
    folder = results_go_here / "detections" / "p-7"
    table = (folder / "findings.csv").read_text(encoding="utf-8")
    assert len(table.splitlines()) == 3
    assert "For research only. Not a medical device." in table
    assert (folder / "detection_map.nii.gz").exists()


def test_the_dock_lets_go_of_everything(found, qtbot):
    widget = found()
    viewer = widget.viewer
    threads = {thread.name for thread in threading.enumerate()}
    assert "lesion search" in threads

    def listeners():
        events = viewer.layers.events.inserted, viewer.dims.events.ndisplay
        return [len(event.callbacks) for event in events]

    before = listeners()
    with qtbot.waitSignal(widget.destroyed, timeout=PATIENCE_MS):
        viewer.window.remove_dock_widget(widget)
    qtbot.waitUntil(
        lambda: not [layer for layer in viewer.layers if is_owned(layer)], timeout=PATIENCE_MS
    )
    assert [layer.name for layer in viewer.layers] == ["ct", "liver", "lesions"]
    after = listeners()
    assert all(a < b for a, b in zip(after, before, strict=True))
    QApplication.processEvents()

    def ended():
        names = {thread.name for thread in threading.enumerate()}
        return not names & {"lesion search", "truth", "detector", "reading layers"}

    qtbot.waitUntil(ended, timeout=PATIENCE_MS)
