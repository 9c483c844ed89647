"""The dock widget in a real napari."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtWidgets import QApplication
from tests.widgets.review.small_sets import SPACING, host, patch_of

from napari_lesion_synth.ct.write import write_volume
from napari_lesion_synth.dataset.layout import BLOCK, DATASET_JSON, sample_id
from napari_lesion_synth.dataset.provenance import header_bytes
from napari_lesion_synth.dataset.reader import read_header
from napari_lesion_synth.selection.review import Ledger
from napari_lesion_synth.widgets.commands import review, workbench
from napari_lesion_synth.widgets.parts.trouble import TroubleDialog

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def widget(viewer):
    made = review(viewer)
    yield made
    made.close_review()


def names(viewer):
    return [layer.name for layer in viewer.layers]


def drop(widget, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    widget.dropEvent(event)  # what Qt calls; a drag of the window system cannot be made here
    assert event.isAccepted()


def test_there_is_one_of_it(viewer, widget):
    assert review(viewer) is widget


def test_a_dropped_set_is_opened_and_its_first_lesion_shown(viewer, widget, made_set, qtbot):
    folder = made_set()
    drop(widget, folder)
    shown = [f"Set: {sample_id(0)}", "Outline of the label"]
    qtbot.waitUntil(lambda: names(viewer) == shown, timeout=PATIENCE_MS)
    widget.gallery.lesion.outline.click()
    assert names(viewer) == shown[:1]
    drop(widget, folder / DATASET_JSON)
    qtbot.wait(20)
    assert widget.gallery.set.folder == folder


def test_arrows_jump_in_the_ct_that_is_open(viewer, widget, made_set, qtbot):
    ct = viewer.add_image(host().hu, name="ct", scale=SPACING, units=("mm",) * 3)
    viewer.scene.camera.zoom = 4.0
    limits = tuple(ct.contrast_limits)
    widget.open_set(made_set())
    last = sample_id(0)
    for number in range(3):
        last = sample_id(number)
        qtbot.waitUntil(lambda last=last: f"Set: {last}" in names(viewer), timeout=PATIENCE_MS)
        qtbot.keyClick(widget.gallery.view, Qt.Key.Key_Right)
    layer = viewer.layers[f"Set: {last}"]
    start = [side.start for side in patch_of(2).bbox]
    assert layer.translate == pytest.approx(np.multiply(start, SPACING))
    assert viewer.scene.camera.zoom == 4.0
    assert tuple(ct.contrast_limits) == limits
    assert not widget.gallery.lesion.open_host.isVisible()


def test_its_ct_is_opened_in_the_workbench(viewer, widget, made_set, tmp_path, qtbot):
    folder = made_set(2)
    header = read_header(folder)
    path = write_volume(tmp_path / "ct.nii.gz", host())
    header[BLOCK]["cases"][0]["inputs"] = {"ct": str(path), "patient": None}
    (folder / DATASET_JSON).write_bytes(header_bytes(header))
    widget.open_set(folder)
    button = widget.gallery.lesion.open_host
    qtbot.waitUntil(button.isVisible, timeout=PATIENCE_MS)
    bench = workbench(viewer)
    with qtbot.waitSignal(bench.loader.opened, timeout=PATIENCE_MS):
        button.click()
    qtbot.waitUntil(lambda: not button.isVisible(), timeout=PATIENCE_MS)
    assert f"Set: {sample_id(0)}" in names(viewer)
    bench.close_workbench()


def test_what_is_no_set_is_explained(widget, tmp_path, qtbot):
    assert not widget.open_set(tmp_path)
    (dialog,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, TroubleDialog)]
    assert "not a generated set" in dialog.trouble.what
    dialog.close()


def test_a_test_takes_the_named_lesion_off_the_canvas(viewer, widget, made_set, qtbot):
    widget.open_set(made_set())
    qtbot.waitUntil(lambda: names(viewer) != [], timeout=PATIENCE_MS)
    widget.turing.began.emit()
    assert names(viewer) == []


def test_a_dock_that_is_taken_away_lets_go_and_has_written_all(viewer, widget, made_set, qtbot):
    folder = made_set()
    widget.open_set(folder)
    qtbot.waitUntil(lambda: names(viewer) != [], timeout=PATIENCE_MS)
    widget.gallery.act("accept")
    viewer.window.remove_dock_widget(widget)
    qtbot.waitUntil(lambda: names(viewer) == [], timeout=PATIENCE_MS)
    assert list(Ledger.open(folder).verdicts) == [sample_id(0)]
