"""Placing, moving and seeing lesions in a real napari window, by real mouse events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from tests.widgets.mouse import Mouse

from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.owned import is_owned
from napari_lesion_synth.widgets.canvas.stage import Stage

pytestmark = pytest.mark.gui

MIDDLE, BESIDE = (12, 32, 32), (12, 32, 44)


@pytest.fixture
def stage(open_stage, ball_case) -> Stage:
    made = open_stage(ball_case())
    made.bench.diameter_mm = 12.0
    return made


@pytest.fixture
def mouse(stage: Stage) -> Mouse:
    hand = Mouse(stage.viewer, stage.frame)
    hand.show(MIDDLE)
    return hand


def layers(stage: Stage, role: str) -> list:
    return [layer for layer in stage.viewer.layers if is_owned(layer, role)]


def test_a_click_places_a_lesion_and_shows_it(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    (placed,) = stage.bench.scene.sites
    assert placed.site.center == MIDDLE
    (preview,) = layers(stage, "preview")
    assert preview.data.size < stage.bench.require_case().volume.hu.size
    box = stage.preview.box
    host = stage.bench.require_case().volume.hu[box]
    assert (preview.data != host).any()
    assert np.array_equal(stage.bench.working[box], host)


def test_the_preview_lies_over_its_place_in_the_ct(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    (preview,) = layers(stage, "preview")
    start = [side.start for side in stage.preview.box]
    assert np.allclose(preview.data_to_world((0, 0, 0)), stage.frame.to_world(start))


def test_a_drag_moves_the_lesion_and_leaves_the_camera(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    before = stage.viewer.scene.camera.center
    mouse.drag(MIDDLE, BESIDE)
    settled(stage)
    (placed,) = stage.bench.scene.sites
    assert np.abs(np.subtract(placed.site.center, BESIDE)).max() <= 1
    assert stage.viewer.scene.camera.center == pytest.approx(before)
    assert stage.bench.history.depth == 2


def test_the_wheel_carries_a_held_lesion_through_the_slices(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    zoom = stage.viewer.scene.camera.zoom
    mouse.press(MIDDLE)
    mouse.move((12, 32, 36))
    mouse.wheel((12, 32, 36), 1)
    mouse.wheel((12, 32, 36), 1)
    mouse.release((12, 32, 36))
    settled(stage)
    (placed,) = stage.bench.scene.sites
    assert placed.site.center[0] == 14
    assert stage.viewer.dims.current_step[0] == 14
    assert stage.viewer.scene.camera.zoom == zoom


def test_a_drag_beside_any_lesion_pans_and_places_nothing(stage: Stage, mouse: Mouse):
    before = stage.viewer.scene.camera.center
    mouse.drag(MIDDLE, BESIDE)
    assert stage.bench.scene.sites == ()
    assert stage.viewer.scene.camera.center != before


def test_a_click_outside_the_organ_says_so_and_places_nothing(stage: Stage, mouse: Mouse):
    mouse.click((12, 2, 2))
    assert stage.bench.scene.sites == ()
    assert "outside the organ" in str(stage.faults[-1])


def test_with_the_tool_off_a_click_is_naparis(stage: Stage, mouse: Mouse):
    stage.set_mode(Mode.OFF)
    mouse.click(MIDDLE)
    assert stage.bench.scene.sites == ()


def test_a_layer_with_a_tool_in_hand_keeps_its_clicks(stage: Stage, mouse: Mouse):
    organ = stage.case_layers.organ
    stage.viewer.layers.selection.active = organ
    organ.mode = "paint"
    mouse.click(MIDDLE)
    assert stage.bench.scene.sites == ()


def test_a_brush_in_hand_is_no_placing_until_it_is_put_down(stage: Stage, mouse: Mouse, settled):
    told = []
    stage.mode_changed.connect(told.append)
    organ = stage.case_layers.organ
    stage.viewer.layers.selection.active = organ
    organ.mode = "paint"
    assert stage.mode is Mode.OFF
    assert told[-1] == "off"
    assert stage.tool.in_hand == ("Organ", "paint")
    organ.mode = "pan_zoom"
    assert told[-1] == "place"
    assert stage.tool.in_hand is None
    organ.mode = "erase"
    stage.viewer.layers.selection.active = stage.sites.layer  # another layer: no tool in hand
    assert told[-1] == "place"
    stage.viewer.layers.selection.active = organ
    assert told[-1] == "off"
    stage.set_mode(Mode.PLACE)
    assert organ.mode == "pan_zoom"
    mouse.click(MIDDLE)
    settled(stage)
    assert len(stage.bench.scene.sites) == 1


def test_naparis_own_add_tool_places_one_lesion_not_two(stage: Stage, mouse: Mouse, settled):
    stage.sites.layer.mode = "add"
    mouse.click(MIDDLE)
    settled(stage)
    (placed,) = stage.bench.scene.sites
    assert np.abs(np.subtract(placed.site.center, MIDDLE)).max() <= 1
    assert len(stage.sites.layer.data) == 1


def test_deleting_points_in_napari_removes_the_lesions(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    layer = stage.sites.layer
    layer.selected_data = {0}
    layer.remove_selected()
    settled(stage)
    assert stage.bench.scene.sites == ()
    assert [layer.visible for layer in layers(stage, "preview")] == [False]


def test_moving_a_point_in_napari_moves_the_lesion(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    layer = stage.sites.layer
    layer.mode = "select"
    mouse.drag(MIDDLE, BESIDE)
    settled(stage)
    (placed,) = stage.bench.scene.sites
    assert np.abs(np.subtract(placed.site.center, BESIDE)).max() <= 1


def test_a_point_that_is_moved_out_of_the_organ_goes_back(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    layer = stage.sites.layer
    layer.mode = "select"
    mouse.drag(MIDDLE, (12, 2, 2))
    settled(stage)
    (placed,) = stage.bench.scene.sites
    inside = stage.bench.require_case().organ
    assert inside.contains(placed.site.center)
    assert np.allclose(layer.data[0], placed.site.center)


def test_the_features_table_says_what_is_known_of_each_site(stage: Stage, mouse: Mouse, qtbot):
    mouse.click(MIDDLE)
    qtbot.waitUntil(lambda: stage.contrast_of(1) is not None, timeout=120_000)
    qtbot.waitUntil(
        lambda: stage.sites.layer.features["contrast_hu"].notna().all(), timeout=120_000
    )
    (row,) = stage.sites.layer.features.to_dict("records")
    assert row["zone"] == "interior"
    assert row["state"] == "draft"
    assert row["conspicuity"] == pytest.approx(12 * abs(stage.contrast_of(1)), abs=1)


def test_keeping_and_undoing_changes_the_ct_that_is_shown(stage: Stage, mouse: Mouse, settled):
    pristine = stage.bench.require_case().volume.hu
    mouse.click(MIDDLE)
    settled(stage)
    stage.bench.commit(rendered=stage.rendered)
    shown = stage.case_layers.ct.data
    assert (shown != pristine).any()
    stage.bench.undo()
    assert np.array_equal(stage.case_layers.ct.data, pristine)


def test_the_preview_is_hidden_until_the_first_lesion(stage: Stage, mouse: Mouse, settled):
    assert [layer.visible for layer in layers(stage, "preview")] == [False]
    mouse.click(MIDDLE)
    settled(stage)
    assert [layer.visible for layer in layers(stage, "preview")] == [True]


def test_a_kept_lesion_is_told_apart_without_colours(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    mouse.click((12, 32, 14))
    settled(stage)
    stage.bench.commit(2)
    rings, (numbers,) = stage.sites.layer, layers(stage, "numbers")
    assert [str(symbol) for symbol in rings.symbol] == ["disc", "square"]
    assert [text.strip() for text in numbers.text.values] == ["1", "2 \u2713"]
    assert stage.bench.scene.selected == 2  # and while it is selected
    stage.bench.undo()
    assert [str(symbol) for symbol in rings.symbol] == ["disc", "disc"]
    assert [text.strip() for text in numbers.text.values] == ["1", "2"]


def test_the_number_stands_beside_its_lesion_and_goes_with_it(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    (numbers,) = layers(stage, "numbers")
    step = stage.frame.scale[-1]

    def beside() -> np.ndarray:
        return np.subtract(numbers.data[0], stage.bench.scene.current.site.center)

    assert np.allclose(beside(), (0, 0, 6.0 / step))
    mouse.drag(MIDDLE, (12, 32, 40))
    settled(stage)
    assert np.allclose(beside(), (0, 0, 6.0 / step))
    stage.sites.layer.visible = False
    assert not numbers.visible
    stage.bench.remove([1])
    stage.bench.place((12, 32, 14))
    stage.bench.place(BESIDE)
    stage.sites.layer.visible = True
    assert [text.strip() for text in numbers.text.values] == ["2", "3"]
    assert np.allclose(numbers.data[:, :2], [(12, 32), (12, 32)])


def test_lesions_that_can_be_fitted_are_outlined_while_one_is_chosen(open_stage, ball_case):
    case = ball_case(lesion_mm=10.0)
    stage = open_stage(case)
    assert layers(stage, "known lesions") == []
    stage.set_mode(Mode.FIT)
    (known,) = layers(stage, "known lesions")
    assert np.array_equal(known.data != 0, case.lesions)
    assert known.contour == 1
    stage.set_mode(Mode.PLACE)
    assert layers(stage, "known lesions") == []


def test_before_and_after(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    (preview,) = layers(stage, "preview")
    after = preview.data.copy()
    stage.toggle(before=True)
    assert np.array_equal(preview.data, stage.bench.require_case().volume.hu[stage.preview.box])
    stage.toggle(before=False)
    assert np.array_equal(preview.data, after)


def test_before_shows_a_kept_lesion_gone(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    stage.bench.commit(rendered=stage.rendered)
    stage.toggle(before=True)
    (preview,) = layers(stage, "preview")
    assert np.array_equal(preview.data, stage.bench.require_case().volume.hu[stage.preview.box])


def test_difference_and_outline_are_layers_of_the_same_box(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    stage.toggle(difference=True, outline=True)
    (preview,), (difference,), (outline,) = (
        layers(stage, role) for role in ("preview", "difference", "outline")
    )
    host = stage.bench.require_case().volume.hu[stage.preview.box]
    assert np.array_equal(difference.data, preview.data.astype(float) - host)
    assert outline.data.sum() == stage.rendered.sample.mask.sum()
    stage.toggle(difference=False, outline=False)
    assert layers(stage, "difference") == layers(stage, "outline") == []


def test_a_thousand_changes_leave_one_running_and_one_waiting(stage: Stage, mouse: Mouse, settled):
    mouse.click(MIDDLE)
    settled(stage)
    shown = []
    stage.preview_shown.connect(shown.append)
    for number in range(1000):
        stage.bench.set_params({"delta_hu": -20 - number / 20}, gesture="slide")
        assert stage.renderer.waiting <= 1
    settled(stage)
    assert stage.rendered.placed is stage.bench.scene.current
    assert len(shown) < 200
    assert stage.bench.history.depth == 2


def test_a_preview_of_another_site_is_dropped(stage: Stage, settled):
    first = stage.bench.place(MIDDLE)
    stage.bench.place(BESIDE)
    settled(stage)
    assert stage.rendered.placed.id != first.id


def test_the_depth_stands_in_the_status_bar(stage: Stage, mouse: Mouse):
    """napari's fixture stops the thread that writes the status, so the test writes it."""
    for place, words in ((MIDDLE, "below the capsule"), ((12, 4, 4), "outside the organ")):
        mouse.move(place)
        stage.viewer.status = f"at {place}"
        assert words in stage.viewer.status
        known = {"layer_base": "CT", "source_type": "", "plugin": "", "coordinates": "[1 2 3]"}
        stage.viewer.status = known
        assert words in stage.viewer.status["coordinates"]
        assert "[1 2 3]" in stage.viewer.status["coordinates"]
    stage.viewer.status = ""  # the mouse has left the canvas
    assert stage.viewer.status == ""


def test_a_click_in_the_3d_view_places_the_lesion_inside_the_organ(stage: Stage, qtbot, settled):
    viewer = stage.viewer
    viewer.dims.ndisplay = 3
    viewer.reset_view()
    qtbot.wait(100)
    hand = Mouse(viewer, stage.frame)
    center = hand.canvas.rect().center()
    QTest.mouseMove(hand.canvas, center)
    QTest.mouseClick(hand.canvas, Qt.MouseButton.LeftButton, pos=center)
    qtbot.waitUntil(lambda: len(stage.bench.scene.sites) == 1, timeout=120_000)
    settled(stage)
    (placed,) = stage.bench.scene.sites
    organ = stage.bench.require_case().organ
    assert organ.contains(placed.site.center)
    assert placed.site.depth_mm > 1
    assert stage.case_layers.organ.contour == 0
    viewer.dims.ndisplay = 2
    assert stage.case_layers.organ.contour == 1


def test_going_to_the_3d_view_and_back_is_quiet(stage: Stage, mouse: Mouse, settled, recwarn):
    """napari warns of outlines that it cannot draw there."""
    mouse.click(MIDDLE)
    settled(stage)
    stage.toggle(outline=True)
    for shown in (3, 2, 3, 2):
        stage.viewer.dims.ndisplay = shown
        QTest.qWait(50)
    assert [str(w.message) for w in recwarn if "Contours" in str(w.message)] == []
    (outline,) = layers(stage, "outline")
    assert outline.contour == stage.case_layers.organ.contour == 1


def test_a_click_beside_the_organ_in_the_3d_view_is_answered(stage: Stage, qtbot):
    said = []
    stage.bench.message.connect(said.append)
    stage.viewer.dims.ndisplay = 3
    stage.viewer.reset_view()
    qtbot.wait(100)
    hand = Mouse(stage.viewer, stage.frame)
    corner = hand.canvas.rect().topLeft() + QPoint(5, 5)
    QTest.mouseMove(hand.canvas, corner)
    QTest.mouseClick(hand.canvas, Qt.MouseButton.LeftButton, pos=corner)
    qtbot.waitUntil(lambda: bool(said), timeout=120_000)
    assert "beside the organ" in said[-1]
    assert stage.bench.scene.sites == ()


def test_closing_takes_all_layers_and_callbacks_away(stage: Stage, mouse: Mouse, settled):
    viewer = stage.viewer
    mouse.click(MIDDLE)
    settled(stage)
    stage.close()
    assert list(viewer.layers) == []
    assert stage.tool._on_press not in viewer.mouse_drag_callbacks
    mouse.canvas.update()


def test_closing_in_the_middle_of_a_preview_is_quiet(stage: Stage, mouse: Mouse, qtbot):
    mouse.click(MIDDLE)
    stage.bench.set_params({"delta_hu": -50})
    stage.close()
    qtbot.wait(200)
    assert list(stage.viewer.layers) == []


def test_no_module_of_the_canvas_uses_private_parts_of_the_window():
    folder = Path(__file__).parents[3] / "src" / "napari_lesion_synth" / "widgets"
    private = [
        str(path)
        for path in folder.rglob("*.py")
        if any(name in path.read_text(encoding="utf-8") for name in ("_qt_window", "_qt_viewer"))
    ]
    assert private == []
