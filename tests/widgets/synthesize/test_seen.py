"""What the dock widget says and how it looks, in a real napari window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.widgets.mouse import Mouse

from napari_lesion_synth.widgets.canvas.owned import is_owned
from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

pytestmark = pytest.mark.gui

BESIDE, ELSEWHERE = (12, 32, 14), (12, 48, 32)

Make = Callable[..., SynthesizeWidget]


@pytest.fixture
def widget(make_widget: Make, files, settle) -> SynthesizeWidget:
    """A dock widget with the small CT opened, and its lesion known."""
    made = make_widget()
    made.open_case(files["ct"], organ=files["organ"], lesions=files["lesions"])
    settle(made)
    return made


@pytest.fixture
def mouse(widget: SynthesizeWidget) -> Mouse:
    hand = Mouse(widget.viewer, widget.stage.frame)
    hand.show(BESIDE)
    return hand


def press(mouse: Mouse, key: Any) -> None:
    """Press a key on the canvas."""
    mouse.canvas.setFocus()
    QTest.keyClick(mouse.canvas, key)
    QTest.qWait(30)


def test_before_is_said_in_the_first_line(widget: SynthesizeWidget, mouse: Mouse, settle):
    mouse.click(BESIDE)
    settle(widget)
    press(mouse, Qt.Key.Key_Space)
    assert widget.status.text().startswith("Before: the CT without lesion 1")
    press(mouse, Qt.Key.Key_Space)
    assert "Before" not in widget.status.text()


def test_a_brush_in_hand_is_said_in_words(widget: SynthesizeWidget, mouse: Mouse, settle):
    organ = widget.stage.case_layers.organ
    assert widget.where.place.isChecked()
    widget.viewer.layers.selection.active = organ
    organ.mode = "paint"
    assert not widget.where.place.isChecked()
    assert "Clicks paint on the layer Organ" in widget.status.text()
    organ.mode = "pan_zoom"
    assert widget.where.place.isChecked()
    assert "place a lesion" in widget.status.text()
    organ.mode = "erase"
    assert "Clicks erase" in widget.status.text()
    widget.where.place.click()  # takes the mouse back
    assert organ.mode == "pan_zoom"
    assert widget.where.place.isChecked()
    mouse.click(BESIDE)
    settle(widget)
    assert len(widget.bench.scene.sites) == 1


def test_all_columns_of_the_table_are_seen(widget: SynthesizeWidget, settle, qtbot):
    widget.window().resize(1400, 900)
    for place in (BESIDE, ELSEWHERE, (14, 20, 32)):
        widget.bench.place(place, 19.5)
    widget.bench.set_params({"delta_hu": -120.0})
    settle(widget)
    qtbot.waitUntil(lambda: widget.stage.contrast_of(3) is not None, timeout=120_000)
    qtbot.wait(200)
    table = widget.where.table
    model = table.model()
    titles = [model.headerData(i, Qt.Orientation.Horizontal) for i in range(model.columnCount())]
    assert titles == ["No.", "Zone", "Depth", "\u00d8", "Method", "HU", "Consp."]
    header = table.horizontalHeader()
    assert header.length() <= table.viewport().width()
    assert model.data(model.index(0, 0)) == "1 \u270e"
    assert "seed 0" in model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    widget.bench.commit(1)
    assert model.data(model.index(0, 0)) == "1 \u2713"


def test_a_tab_is_as_high_as_it_needs_to_be(widget: SynthesizeWidget, settle, qtbot):
    widget.bench.place(BESIDE)
    settle(widget)
    tabs = widget.how.tabs

    def height(method: str) -> int:
        tabs.setCurrentWidget(widget.how.tab(method))
        settle(widget)
        qtbot.wait(100)
        return int(tabs.height())

    low, high = height("sigmoid"), height("poisson")
    assert high > low
    assert height("sigmoid") == low


def test_a_lesion_to_be_fitted_is_chosen_among_outlines(
    widget: SynthesizeWidget, mouse: Mouse, settle
):
    mouse.click(BESIDE)
    settle(widget)
    widget.how.tab("sigmoid").fit.click()
    assert [layer for layer in widget.viewer.layers if is_owned(layer, "known lesions")]
    assert "outlined lesions" in widget.status.text()
    press(mouse, Qt.Key.Key_Escape)
    assert not [layer for layer in widget.viewer.layers if is_owned(layer, "known lesions")]
    assert not widget.how.tab("sigmoid").fit.isChecked()


def test_why_totalsegmentator_is_grey_stands_below_it(make_widget: Make, monkeypatch):
    from napari_lesion_synth.widgets.synthesize import total_organ

    for there in (True, False):
        monkeypatch.setattr(total_organ, "is_installed", lambda there=there: there)
        total = make_widget().case.total
        assert total.reason.isVisibleTo(total.reason.parentWidget()) is not there
    assert "Not installed" in total.reason.text()


def test_a_slice_that_is_all_organ_has_no_depth_to_tell(make_widget: Make, settle):
    widget = make_widget()
    ct = widget.viewer.add_image(np.full((64, 64), 60, np.int16), units=("mm",) * 2)
    organ = widget.viewer.add_labels(np.ones((64, 64), np.uint8), units=("mm",) * 2)
    widget.loader.open_layer(ct)
    settle(widget)
    widget.loader.set_organ_layer(organ)
    settle(widget)
    assert "fills the picture" in widget.case.organ_facts.text()
    Mouse(widget.viewer, widget.stage.frame).move((0, 32, 24))
    widget.viewer.status = "at [32 24]"
    assert "fills the picture" in str(widget.viewer.status)
    widget.bench.place((0, 32, 24))
    settle(widget)
    model = widget.where.table.model()
    assert model.data(model.index(0, 2)) == "\u2013"
