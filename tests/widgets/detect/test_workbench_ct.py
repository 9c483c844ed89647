"""The CT of "Synthesize lesions" is searched too, with the lesions that were kept in it."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt

from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.widgets.canvas.owned import is_owned

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000


@pytest.fixture
def beside(make_widget, ball_case, tmp_path, qtbot):
    """The widget beside a workbench with a CT that was read from files."""
    widget = make_widget()
    case = ball_case(lesion_mm=10.0)
    ct = write_volume(tmp_path / "ct.nii.gz", case.volume, synthetic=False)
    masks = {"organ": case.organ.mask, "lesions": case.lesions}
    files = {
        name: write_mask(tmp_path / f"{name}.nii.gz", mask, case.volume)
        for name, mask in masks.items()
    }
    qtbot.mouseClick(widget.detect.ct.workbench, Qt.MouseButton.LeftButton)
    bench = widget.open_workbench()  # the same one
    with qtbot.waitSignal(bench.loader.opened, timeout=PATIENCE_MS):
        bench.open_case(ct, **files)
    widget.loader.open("detector.pt")
    qtbot.waitUntil(widget.detect.run.button.isEnabled, timeout=PATIENCE_MS)
    yield widget, bench
    bench.close_workbench()


def search(qtbot, widget):
    with qtbot.waitSignal(widget.detect.run.found, timeout=PATIENCE_MS):
        widget.detect.run.button.click()


def test_its_ct_is_searched_and_its_lesions_compared(beside, qtbot):
    widget, bench = beside
    assert widget.detect.ct.of_bench
    assert "lesions are known" in widget.detect.ct.facts.text()
    search(qtbot, widget)
    widget.detect.compare.click()
    qtbot.waitUntil(lambda: "1 of 1 known" in widget.detect.counts.text(), timeout=PATIENCE_MS)
    assert bench.stage.case_layers.ct in widget.viewer.layers


def test_lesions_that_were_kept_are_searched_and_known(beside, qtbot):
    widget, bench = beside
    before = bench.bench.case.volume.sha256
    placed = bench.bench.place((12, 20, 20), 9.0)
    bench.bench.select(placed.id)
    qtbot.waitUntil(lambda: bench.stage.renderer.idle, timeout=PATIENCE_MS)
    bench.keep.commit()
    qtbot.waitUntil(lambda: len(bench.bench.scene.commits) == 1, timeout=PATIENCE_MS)
    search(qtbot, widget)
    case, _ = widget.detect._searched
    assert case.volume.sha256 != before
    assert bench.bench.case.volume.sha256 == before
    assert case.lesions[12, 20, 20]
    assert widget.detect.detection is not None


def test_each_dock_keeps_its_own_keys(beside, qtbot):
    widget, bench = beside
    search(qtbot, widget)
    canvas = widget.viewer.window._qt_viewer.canvas.native  # only tests go there
    widget.viewer.layers.selection.active = widget.detect.layers.marks
    qtbot.keyClick(canvas, "N")
    assert widget.detect.table.current.number == 2
    assert not bench.how.comparison.open.isChecked()
    qtbot.keyClick(canvas, "A")  # there: preview all methods; here: accept
    assert widget.detect.table.current.verdict == "accept"
    assert not bench.how.comparison.open.isChecked()


def test_a_workbench_that_goes_takes_its_ct_along(beside, qtbot):
    widget, bench = beside
    search(qtbot, widget)
    widget.viewer.window.remove_dock_widget(bench)
    qtbot.waitUntil(lambda: widget.detect.detection is None, timeout=PATIENCE_MS)
    assert not [layer for layer in widget.viewer.layers if is_owned(layer)]
    assert not widget.detect.run.button.isEnabled()
