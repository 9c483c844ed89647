"""The dock widget in a real napari window, used as a person uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.widgets.mouse import Mouse

from napari_lesion_synth.anatomy.cases import read_case
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.events import Done, StopToken
from napari_lesion_synth.jobs.replay import ReplaySettings, replay
from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.owned import is_owned
from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

pytestmark = pytest.mark.gui

MIDDLE, BESIDE, ELSEWHERE = (12, 32, 32), (12, 32, 14), (12, 48, 32)

Make = Callable[..., SynthesizeWidget]


@pytest.fixture
def widget(make_widget: Make, files, settle) -> SynthesizeWidget:
    """A dock widget with the small CT opened, and its lesion known."""
    made = make_widget()
    made.open_case(files["ct"], organ=files["organ"], lesions=files["lesions"])
    settle(made)
    assert len(made.bench.donors) == 1
    return made


@pytest.fixture
def mouse(widget: SynthesizeWidget) -> Mouse:
    hand = Mouse(widget.viewer, widget.stage.frame)
    hand.show(MIDDLE)
    return hand


def press(mouse: Mouse, key: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key on the canvas."""
    mouse.canvas.setFocus()
    QTest.keyClick(mouse.canvas, key, modifier)
    QTest.qWait(30)


def test_it_says_what_to_do_first(make_widget: Make):
    widget = make_widget()
    assert "open a CT" in widget.status.text()
    for name in ("where", "how", "look", "batch"):
        assert "Open a CT" in widget.sections[name].need


def test_the_next_step_is_said_at_each_step(widget: SynthesizeWidget, mouse: Mouse, settle):
    assert "Click in the organ" in widget.status.text()
    mouse.click(BESIDE)
    settle(widget)
    assert "press Enter to keep it" in widget.status.text()
    press(mouse, Qt.Key.Key_Return)
    settle(widget)
    assert "kept" in widget.status.text().lower()


def test_place_keep_undo_all_redo_all(widget: SynthesizeWidget, mouse: Mouse, settle):
    """By mouse and keys alone, and back, to the bit."""
    pristine = widget.bench.require_case().volume.hu.copy()
    mouse.click(BESIDE)
    settle(widget)
    press(mouse, Qt.Key.Key_Return)
    mouse.click(ELSEWHERE)
    settle(widget)
    press(mouse, Qt.Key.Key_R)
    settle(widget)
    press(mouse, Qt.Key.Key_Return)
    assert len(widget.bench.scene.commits) == 2
    kept = widget.bench.working.copy()
    while widget.bench.history.undo_text:
        press(mouse, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert widget.bench.scene.sites == ()
    assert np.array_equal(widget.stage.case_layers.ct.data, pristine)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    while widget.bench.history.redo_text:
        press(mouse, Qt.Key.Key_Z, both)
    assert len(widget.bench.scene.commits) == 2
    assert np.array_equal(widget.stage.case_layers.ct.data, kept)


def test_keys_on_the_canvas(widget: SynthesizeWidget, mouse: Mouse, settle):
    mouse.click(BESIDE)
    settle(widget)
    for key, part in (
        (Qt.Key.Key_Space, widget.look.before),
        (Qt.Key.Key_D, widget.look.difference),
        (Qt.Key.Key_O, widget.look.outline),
        (Qt.Key.Key_A, widget.how.comparison.open),
    ):
        press(mouse, key)
        assert part.isChecked(), key
        press(mouse, key)
        assert not part.isChecked(), key
    before = widget.bench.scene.current.site.diameter_mm
    press(mouse, Qt.Key.Key_BracketRight)
    assert widget.bench.scene.current.site.diameter_mm == before + 1
    press(mouse, Qt.Key.Key_BracketLeft)
    assert widget.bench.scene.current.site.diameter_mm == before
    press(mouse, Qt.Key.Key_Escape)
    assert widget.stage.tool.mode is Mode.OFF
    press(mouse, Qt.Key.Key_Escape)
    assert widget.stage.tool.mode is Mode.PLACE
    press(mouse, Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    assert widget.cheat_sheet.isVisible()
    widget.cheat_sheet.close()
    press(mouse, Qt.Key.Key_Delete)
    assert widget.bench.scene.sites == ()


def test_every_key_of_the_sheet_is_bound(widget: SynthesizeWidget):
    """The sheet and the bindings come from different tables; they must name the same keys."""
    from napari_lesion_synth.widgets.synthesize.keys import CANVAS_KEYS, KEYS

    told = {key.key for key in KEYS if key.key not in ("Click", "Drag", "Alt + click")}
    names = {"Escape": "Esc", "Control-Z": "Ctrl+Z", "Control-Shift-Z": "Ctrl+Shift+Z"}
    assert told == {names.get(key, key) for key in CANVAS_KEYS}


def test_a_brush_on_the_organ_keeps_naparis_undo(widget: SynthesizeWidget, mouse: Mouse, settle):
    organ = widget.stage.case_layers.organ
    before = widget.bench.require_case().organ.voxels
    mouse.click(BESIDE)
    settle(widget)
    steps = widget.bench.history.depth
    widget.viewer.layers.selection.active = organ
    organ.mode = "paint"
    organ.brush_size = 8
    mouse.click((12, 2, 32))
    widget.loader.brush.rest_now()
    settle(widget)
    assert widget.bench.require_case().organ.voxels > before
    organ.undo()
    widget.loader.brush.rest_now()
    settle(widget)
    assert widget.bench.require_case().organ.voxels == before
    assert steps >= 1
    assert len(widget.bench.scene.sites) == 1


def test_every_control_of_the_form_changes_the_lesion(
    widget: SynthesizeWidget, mouse: Mouse, settle
):
    mouse.click(BESIDE)
    settle(widget)
    tab = widget.how.tab("sigmoid")
    for name, value in {
        "delta_hu": -70.0,
        "edge_mm": 2.2,
        "irregularity": 0.2,
        "elongation": 1.9,
        "texture_hu": 9.0,
        "texture_mm": 3.0,
        "host_structure": 0.9,
    }.items():
        before = widget.stage.rendered
        tab.form.control(name).changed.emit(value)
        settle(widget)
        assert widget.bench.scene.current.params["sigmoid"][name] == value
        assert widget.stage.rendered is not before
        assert name in tab.form.pinned


def test_kind_and_contrast_stay_in_step(widget: SynthesizeWidget, mouse: Mouse, settle):
    mouse.click(BESIDE)
    settle(widget)
    form = widget.how.tab("sigmoid").form
    form.control("kind").changed.emit("hyperdense")
    assert widget.bench.scene.current.params["sigmoid"]["delta_hu"] > 0
    form.control("delta_hu").changed.emit(-30.0)
    assert widget.bench.scene.current.params["sigmoid"]["kind"] == "hypodense"
    settle(widget)
    assert widget.faults == []


def test_methods_share_the_site(widget: SynthesizeWidget, mouse: Mouse, settle):
    mouse.click(BESIDE)
    settle(widget)
    site = widget.bench.scene.current.site
    widget.how.tabs.setCurrentWidget(widget.how.tab("poisson"))
    settle(widget)
    assert widget.bench.scene.current.method == "poisson"
    assert widget.bench.scene.current.site == site
    assert widget.stage.rendered.sample.recipe.method == "poisson"
    assert widget.how.tab("poisson").gallery.current in widget.bench.donors


def test_looking_at_another_method_leaves_a_kept_lesion_kept(
    widget: SynthesizeWidget, mouse: Mouse, settle
):
    mouse.click(BESIDE)
    settle(widget)
    widget.keep.commit()
    widget.how.tabs.setCurrentWidget(widget.how.tab("poisson"))
    settle(widget)
    assert len(widget.bench.scene.commits) == 1
    assert widget.bench.scene.current.method == "sigmoid"
    mouse.click(ELSEWHERE)
    settle(widget)
    assert widget.bench.scene.current.method == "poisson"


def test_preview_all_shows_every_method_and_lets_one_be_chosen(
    widget: SynthesizeWidget, mouse: Mouse, settle, qtbot
):
    mouse.click(BESIDE)
    settle(widget)
    widget.how.comparison.open.click()
    strip = widget.how.comparison.strip
    assert strip.methods == ("poisson", "sigmoid", "cgan")  # the last one needs a generator
    shown = strip.methods[:2]
    qtbot.waitUntil(lambda: all(strip.card(m).has_picture for m in shown), timeout=120_000)
    strip.card("poisson").click()
    assert widget.bench.scene.current.method == "poisson"


def test_a_fit_takes_over_a_real_lesion(widget: SynthesizeWidget, mouse: Mouse, settle, qtbot):
    mouse.click(BESIDE)
    settle(widget)
    tab = widget.how.tab("sigmoid")
    tab.fit.click()
    assert widget.stage.tool.mode is Mode.FIT
    mouse.click(MIDDLE)
    qtbot.waitUntil(lambda: "residual" in tab.words.text(), timeout=120_000)
    settle(widget)
    pinned = widget.bench.scene.current.pinned["sigmoid"]
    assert {"delta_hu", "edge_mm", "outline"} <= pinned
    assert widget.bench.scene.current.params["sigmoid"]["delta_hu"] == pytest.approx(-50, abs=12)
    assert tab.plot.isVisibleTo(tab)
    assert widget.stage.tool.mode is Mode.PLACE


def test_the_table_and_the_canvas_stay_in_step(widget: SynthesizeWidget, mouse: Mouse, settle):
    mouse.click(BESIDE)
    settle(widget)
    mouse.click(ELSEWHERE)
    settle(widget)
    table = widget.where.table
    assert table.model().rowCount() == 2
    assert table.chosen() == [2]
    table.selectRow(0)
    assert widget.bench.scene.selected == 1
    assert set(widget.stage.sites.layer.selected_data) == {0}
    widget.stage.sites.layer.selected_data = {1}
    assert table.chosen() == [2]
    table.model().setData(table.model().index(1, 3), 12.0, Qt.ItemDataRole.EditRole)
    assert widget.bench.scene.find(2).site.diameter_mm == 12.0


def test_choosing_a_row_turns_to_its_slice_and_keeps_zoom_and_contrast(
    widget: SynthesizeWidget, settle
):
    widget.bench.place((12, 32, 14))
    widget.bench.place((16, 32, 32))
    settle(widget)
    zoom = widget.viewer.scene.camera.zoom
    limits = tuple(widget.stage.case_layers.ct.contrast_limits)
    widget.where.table.selectRow(0)
    assert widget.viewer.dims.current_step[0] == 12
    widget.where.table.selectRow(1)
    assert widget.viewer.dims.current_step[0] == 16
    assert widget.viewer.scene.camera.zoom == zoom
    assert tuple(widget.stage.case_layers.ct.contrast_limits) == limits


def test_proposing_places_sites_with_the_rim_share(widget: SynthesizeWidget, settle, qtbot):
    widget.bench.diameter_mm = 6.0
    widget.where.diameter.set_value(6.0)
    widget.where.count.setValue(4)
    widget.where.share.set_value(100)
    widget.where.propose.click()
    qtbot.waitUntil(lambda: len(widget.bench.scene.sites) == 4, timeout=120_000)
    settle(widget)
    assert {placed.site.zone.value for placed in widget.bench.scene.sites} == {"rim"}
    widget.bench.undo()
    assert widget.bench.scene.sites == ()


def test_zones_are_coloured_for_the_diameter(widget: SynthesizeWidget, settle):
    widget.where.zones.setChecked(True)
    (zones,) = [layer for layer in widget.viewer.layers if is_owned(layer, "zones")]
    interior = (np.asarray(zones.data) == 2).sum()
    assert interior > 0
    widget.where.diameter.box.setValue(20.0)
    QTest.qWait(400)
    assert (np.asarray(zones.data) == 2).sum() < interior
    widget.where.zones.setChecked(False)
    assert not [layer for layer in widget.viewer.layers if is_owned(layer, "zones")]


def test_a_lesion_without_room_is_explained_where_one_looks(widget: SynthesizeWidget, settle):
    widget.bench.place(BESIDE)
    settle(widget)
    widget.bench.commit()
    widget.bench.place((12, 33, 15))
    settle(widget)
    widget.keep.keep.click()
    assert "runs into lesion 1" in widget.status.text()
    assert "Move it" in widget.status.text()


def test_save_reopen_and_the_set_on_disk(
    widget: SynthesizeWidget, make_widget: Make, settle, tmp_path
):
    """Everything comes back, and the set is made again byte for byte."""
    bench = widget.bench
    bench.place(BESIDE)
    bench.set_params({"delta_hu": -61.0})
    settle(widget)
    bench.commit()
    bench.set_method("poisson")
    bench.place((12, 50, 32))
    settle(widget)
    bench.commit()
    bench.place((14, 20, 32), 6.0)
    settle(widget)
    shown = bench.working.copy()
    widget.saving.save_project(tmp_path / "work.yaml")
    settle(widget)
    widget.saving.save_set(tmp_path / "set")
    settle(widget)

    made = GeneratedSet.open(tmp_path / "set")
    assert sorted(made.table["method"]) == ["poisson", "sigmoid"]
    events = list(replay(ReplaySettings(folder=tmp_path / "set"), StopToken()))
    assert isinstance(events[-1], Done)
    assert events[-1].result["same"] == 2

    other = make_widget()
    other.saving.open_project(tmp_path / "work.yaml")
    settle(other)
    assert [p.id for p in other.bench.scene.sites] == [1, 2, 3]
    assert [p.method for p in other.bench.scene.sites] == [p.method for p in bench.scene.sites]
    assert other.bench.scene.find(1).pinned["sigmoid"] == {"delta_hu"}
    assert len(other.bench.scene.commits) == 2
    assert np.array_equal(other.bench.working, shown)
    assert other.bench.scene.find(3).params == bench.scene.find(3).params


def test_a_project_brings_back_what_comes_next(
    widget: SynthesizeWidget, make_widget: Make, settle, tmp_path
):
    """The selection, and how and from what the next lesion is made."""
    bench, mine = widget.bench, widget.how.tab("sigmoid").mine
    assert mine.isChecked()
    mine.click()
    bench.place(BESIDE, 8.0)
    bench.place(ELSEWHERE, 6.0)
    settle(widget)
    bench.commit(1)
    bench.select(1)
    widget.how.tabs.setCurrentWidget(widget.how.tab("poisson"))  # a kept lesion stays as it is
    settle(widget)
    widget.saving.save_project(tmp_path / "one.yaml")
    settle(widget)
    bench.select(None)
    widget.where.diameter.set_value(11.0)
    widget.where.diameter.value_changed.emit(11.0)
    widget.saving.save_project(tmp_path / "none.yaml")
    settle(widget)

    other = make_widget()
    other.saving.open_project(tmp_path / "one.yaml")
    settle(other)
    assert other.bench.scene.selected == 1
    assert other.bench.method == "poisson"
    assert other.how.tabs.currentWidget() is other.how.tab("poisson")
    assert other.bench.statistics is None
    assert not other.how.tab("sigmoid").mine.isChecked()
    other.how.tab("sigmoid").mine.click()
    assert other.bench.statistics is not None
    assert other.how.tab("sigmoid").mine.isEnabled()

    other.saving.open_project(tmp_path / "none.yaml")
    settle(other)
    assert other.bench.scene.selected is None
    assert other.bench.diameter_mm == other.where.diameter.value() == 11.0
    assert not other.saving.unsaved


def test_export_for_nnunet(widget: SynthesizeWidget, settle, tmp_path):
    widget.bench.place(BESIDE)
    settle(widget)
    widget.bench.commit()
    widget.saving.export(tmp_path / "nnUNet_raw")
    settle(widget)
    (dataset,) = (tmp_path / "nnUNet_raw").glob("Dataset*")
    assert list(dataset.glob("imagesTr/*.nii.gz"))


def test_a_full_disk_is_explained(widget: SynthesizeWidget, settle, monkeypatch, tmp_path):
    from napari_lesion_synth.errors import StorageError
    from napari_lesion_synth.widgets.synthesize import saving

    def full(*_: Any, **__: Any) -> None:
        raise StorageError("the disk is full", where=tmp_path, remedy="Free some space")

    monkeypatch.setattr(saving, "save_project", full)
    widget.saving.save_project(tmp_path / "work.yaml")
    settle(widget)
    assert "the disk is full" in widget.status.text()
    assert "Free some space" in widget.status.text()


def test_wrong_files_are_explained(make_widget: Make, settle, tmp_path):
    widget = make_widget()
    (tmp_path / "no.nii.gz").write_bytes(b"no CT")
    widget.open_case(tmp_path / "no.nii.gz")
    settle(widget)
    assert "no.nii.gz" in widget.status.text()
    assert widget.bench.case is None
    widget.saving.open_project(tmp_path / "absent.yaml")
    assert "absent.yaml" in widget.status.text()


def test_a_ct_without_organ_asks_for_it(make_widget: Make, files, settle):
    widget = make_widget()
    widget.open_case(files["ct"])
    settle(widget)
    assert "organ" in widget.sections["where"].need
    widget.loader.set_organ_file(files["organ"])
    settle(widget)
    assert widget.bench.ready
    assert widget.sections["where"].need == ""
    assert widget.stage.tool.mode is Mode.PLACE


def test_layers_of_napari_are_taken_and_never_changed(make_widget: Make, ball_case, settle):
    widget, case = make_widget(), ball_case(lesion_mm=10.0)
    data = case.volume.hu.copy()
    more = {"scale": case.volume.spacing, "translate": (5.0, 6.0, 7.0), "units": ("mm",) * 3}
    ct = widget.viewer.add_image(data, name="mine", **more)
    organ = widget.viewer.add_labels(case.organ.mask.astype(np.uint8), name="liver", **more)
    lesions = widget.viewer.add_labels(case.lesions.astype(np.uint8), name="tumour", **more)
    widget.case.layer.choose(ct)
    widget.case.layer.activated.emit(0)
    settle(widget)
    widget.case.organ_layer.choose(organ)
    widget.case.organ_layer.activated.emit(0)
    settle(widget)
    widget.case.lesions_layer.choose(lesions)
    widget.case.lesions_layer.activated.emit(0)
    settle(widget)
    assert len(widget.bench.donors) == 1
    mouse = Mouse(widget.viewer, widget.stage.frame)
    mouse.show(BESIDE)
    mouse.click(BESIDE)
    settle(widget)
    widget.keep.commit()
    assert np.array_equal(data, case.volume.hu)
    (own,) = [layer for layer in widget.viewer.layers if is_owned(layer, "ct")]
    assert (own.data != data).any()
    assert not ct.visible
    widget.close_workbench()
    assert list(widget.viewer.layers) == [ct, organ, lesions]
    assert ct.visible


def test_a_layer_with_negative_scale_and_uneven_voxels(make_widget: Make, ball_case, settle):
    """As napari-nifti gives them: the lesion appears where one clicks."""
    case = ball_case((20, 60, 70), (3.0, 0.8, 1.1))
    widget = make_widget()
    scale = (-3.0, -0.8, -1.1)
    ct = widget.viewer.add_image(case.volume.hu, scale=scale, units=("mm",) * 3)
    organ = widget.viewer.add_labels(
        case.organ.mask.astype(np.uint8), scale=scale, units=("mm",) * 3
    )
    widget.loader.open_layer(ct)
    settle(widget)
    widget.loader.set_organ_layer(organ)
    settle(widget)
    assert widget.bench.require_case().volume.spacing == (3.0, 0.8, 1.1)
    hand = Mouse(widget.viewer, widget.stage.frame)
    hand.show((10, 30, 20))
    hand.click((10, 30, 20))
    settle(widget)
    assert widget.bench.scene.current.site.center == (10, 30, 20)
    (preview,) = [layer for layer in widget.viewer.layers if is_owned(layer, "preview")]
    start = [side.start for side in widget.stage.preview.box]
    assert np.allclose(preview.data_to_world((0, 0, 0)), ct.data_to_world(start))


def test_a_single_slice(make_widget: Make, ball_case, settle):
    case = ball_case((1, 64, 64), (1.0, 1.0, 1.0))
    widget = make_widget()
    ct = widget.viewer.add_image(case.volume.hu[0], units=("mm",) * 2)
    organ = widget.viewer.add_labels(case.organ.mask[0].astype(np.uint8), units=("mm",) * 2)
    widget.loader.open_layer(ct)
    settle(widget)
    widget.loader.set_organ_layer(organ)
    settle(widget)
    hand = Mouse(widget.viewer, widget.stage.frame)
    hand.click((0, 32, 24))
    settle(widget)
    assert widget.bench.scene.current.site.center == (0, 32, 24)
    widget.keep.commit()
    assert len(widget.bench.scene.commits) == 1
    assert widget.faults == []


def test_layers_that_are_no_ct_are_refused_in_words(make_widget: Make, settle):
    widget = make_widget()
    colours = widget.viewer.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True)
    widget.case.layer.choose(colours)
    widget.case.layer.activated.emit(0)
    settle(widget)
    assert "colours" in widget.status.text()
    series = widget.viewer.add_image(np.zeros((2, 4, 8, 8)))
    assert series not in widget.case.layer.layers


def test_two_viewers_keep_their_work_apart(make_widget: Make, files, settle):
    one, other = make_widget(), make_widget()
    for widget in (one, other):
        widget.open_case(files["ct"], organ=files["organ"])
        settle(widget)
    one.bench.place(BESIDE)
    settle(one)
    assert other.bench.scene.sites == ()
    previews = [layer for layer in other.viewer.layers if is_owned(layer, "preview")]
    assert [layer.visible for layer in previews] == [False]
    other.bench.place(ELSEWHERE)
    settle(other)
    assert one.bench.scene.current.site.center == BESIDE


def test_taking_the_dock_away_leaves_napari_as_it_was(make_napari_viewer, files, settle, qtbot):
    viewer = make_napari_viewer(show=True)
    drags = list(viewer.mouse_drag_callbacks)
    keys = dict(viewer.keymap)
    widget = SynthesizeWidget(viewer)
    dock = viewer.window.add_dock_widget(widget, name="Synthesize lesions")
    widget.open_case(files["ct"], organ=files["organ"])
    settle(widget)
    widget.bench.place(BESIDE)  # its preview is still on its way
    viewer.window.remove_dock_widget(dock)
    del widget
    qtbot.waitUntil(lambda: len(viewer.layers) == 0, timeout=120_000)
    assert list(viewer.mouse_drag_callbacks) == drags
    assert dict(viewer.keymap) == keys


def test_it_fits_a_laptop(widget: SynthesizeWidget):
    page = widget.scroll.widget()
    assert page.minimumSizeHint().width() <= 340
    assert widget.minimumSizeHint().height() <= 600


def test_every_control_has_a_name_and_a_tooltip(widget: SynthesizeWidget):
    from qtpy.QtWidgets import (
        QAbstractButton,
        QAbstractSlider,
        QAbstractSpinBox,
        QComboBox,
        QScrollBar,
    )

    nameless = []
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)
    for kind in kinds:
        for part in widget.findChildren(kind):
            name = part.objectName()
            inner = name.startswith(("qt_", "ScrollLeft", "ScrollRight"))
            if inner or isinstance(part, QScrollBar) or part.parent() is None:
                continue
            if not part.toolTip() or not (part.accessibleName() or getattr(part, "text", str)()):
                nameless.append(f"{type(part).__name__} {part.accessibleName()!r} {name!r}")
    assert nameless == []


def test_reading_a_case_again_gives_what_was_saved(widget: SynthesizeWidget, files):
    again = read_case(files["ct"], organ=files["organ"])
    assert again.volume.sha256 == widget.bench.require_case().volume.sha256
