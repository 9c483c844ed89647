"""A lesion of a set on napari's canvas."""

from __future__ import annotations

import numpy as np
import pytest
from tests.widgets.review.small_sets import SPACING, host, patch_of

from napari_lesion_synth.dataset.reader import read_header
from napari_lesion_synth.widgets.review.canvas_lesion import CanvasLesion, Look
from napari_lesion_synth.widgets.review.hosts import Hosts

pytestmark = pytest.mark.gui

PLACED = {"scale": SPACING, "translate": (100.0, -20.0, 7.0), "units": ("mm",) * 3}


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


@pytest.fixture
def case(made_set):
    return read_header(made_set(1))["lesion_synth"]["cases"][0]


@pytest.fixture
def ct(viewer):
    return viewer.add_image(
        host().hu, name="ct", contrast_limits=(-10, 190), colormap="magma", **PLACED
    )


def lesion_layer(viewer):
    (layer,) = [layer for layer in viewer.layers if layer.name.startswith("Set: ")]
    return layer


def outline_layer(viewer):
    return viewer.layers["Outline of the label"]


def world_of(patch):
    middle = np.argwhere(patch.mask).mean(axis=0) + [side.start for side in patch.bbox]
    return np.round(middle) * PLACED["scale"] + PLACED["translate"]


def test_in_its_ct_it_lies_where_it_was_made(viewer, ct, case):
    found = Hosts(viewer).find(case)
    assert found.layer is ct
    patch = patch_of(4)
    CanvasLesion(viewer).show("lesion_000004", patch, found)
    layer = lesion_layer(viewer)
    start = [side.start for side in patch.bbox]
    assert layer.data_to_world((0, 0, 0)) == pytest.approx(ct.data_to_world(start))
    assert np.array_equal(layer.data, patch.after)
    assert tuple(layer.contrast_limits) == (-10, 190)
    assert layer.colormap.name == "magma"


def test_choosing_moves_and_changes_neither_zoom_nor_contrast(viewer, ct, case):
    canvas, found = CanvasLesion(viewer), Hosts(viewer).find(case)
    viewer.scene.camera.zoom = 3.7
    ct.contrast_limits = (0, 150)
    for number in (1, 5):
        patch = patch_of(number)
        canvas.show(f"lesion_{number:06d}", patch, found)
        world = world_of(patch)
        assert viewer.dims.point[0] == pytest.approx(world[0], abs=SPACING[0] / 2)
        assert viewer.scene.camera.center[-2:] == pytest.approx(world[1:])
    assert viewer.scene.camera.zoom == 3.7
    assert tuple(ct.contrast_limits) == (0, 150)
    assert len(viewer.layers) == 3
    assert viewer.layers.selection.active is ct


def test_a_ct_that_is_opened_later_does_not_cover_the_lesion(viewer, case):
    canvas = CanvasLesion(viewer)
    canvas.show("lesion_000000", patch_of(0), None)
    ct = viewer.add_image(host().hu, name="ct", **PLACED)
    canvas.show("lesion_000000", patch_of(0), Hosts(viewer).find(case))
    assert list(viewer.layers) == [ct, lesion_layer(viewer), outline_layer(viewer)]


def test_a_ct_that_is_not_open_leaves_the_lesion_alone(viewer, case):
    other = host().hu + np.int16(1)
    viewer.add_image(other, name="another", **PLACED)
    assert Hosts(viewer).find(case) is None
    canvas = CanvasLesion(viewer)
    zoom = viewer.scene.camera.zoom
    canvas.show("lesion_000000", patch_of(0), None)
    assert np.array_equal(lesion_layer(viewer).data, patch_of(0).after)
    assert viewer.scene.camera.zoom == zoom


def test_before_after_and_difference(viewer, ct, case):
    canvas, patch = CanvasLesion(viewer), patch_of(2)
    canvas.show("lesion_000002", patch, Hosts(viewer).find(case))
    canvas.set_look(Look.BEFORE)
    assert np.array_equal(lesion_layer(viewer).data, patch.before)
    canvas.set_look(Look.DIFFERENCE)
    difference = viewer.layers["Difference (HU)"]
    assert set(np.unique(difference.data)) == {-40.0, 0.0}
    assert difference.translate == pytest.approx(lesion_layer(viewer).translate)
    following = patch_of(3)
    canvas.show("lesion_000003", following, Hosts(viewer).find(case))
    assert viewer.layers["Difference (HU)"].translate == pytest.approx(
        lesion_layer(viewer).translate
    )
    canvas.set_look(Look.AFTER)
    assert "Difference (HU)" not in viewer.layers
    assert np.array_equal(lesion_layer(viewer).data, following.after)


def test_the_label_is_outlined_where_the_lesion_lies(viewer, ct, case):
    canvas, found = CanvasLesion(viewer), Hosts(viewer).find(case)
    for number in (2, 3):
        patch = patch_of(number)
        canvas.show(f"lesion_{number:06d}", patch, found)
        outline = outline_layer(viewer)
        assert np.array_equal(outline.data, patch.mask)
        assert outline.contour == 1
        start = [side.start for side in patch.bbox]
        assert outline.data_to_world((0, 0, 0)) == pytest.approx(ct.data_to_world(start))
    canvas.set_look(Look.DIFFERENCE)
    assert viewer.layers[-1] is outline_layer(viewer)
    canvas.hide()
    assert list(viewer.layers) == [ct]


def test_without_an_outline_the_next_lesion_has_none_either(viewer, ct, case):
    canvas, found = CanvasLesion(viewer), Hosts(viewer).find(case)
    canvas.set_outline(True)  # nothing is there to outline
    assert list(viewer.layers) == [ct]
    canvas.show("lesion_000002", patch_of(2), found)
    canvas.set_outline(False)
    canvas.show("lesion_000003", patch_of(3), found)
    canvas.set_look(Look.BEFORE)
    assert "Outline of the label" not in viewer.layers
    canvas.set_outline(True)
    assert np.array_equal(outline_layer(viewer).data, patch_of(3).mask)


def test_what_the_user_removes_comes_again(viewer, ct, case):
    canvas, found = CanvasLesion(viewer), Hosts(viewer).find(case)
    canvas.show("lesion_000000", patch_of(0), found)
    viewer.layers.remove(lesion_layer(viewer))
    canvas.set_look(Look.BEFORE)  # nothing to show it in
    canvas.show("lesion_000001", patch_of(1), found)
    assert lesion_layer(viewer).name == "Set: lesion_000001"
    canvas.hide()
    assert list(viewer.layers) == [ct]


def test_a_single_slice_is_a_flat_picture(viewer):
    patch = patch_of(0)
    flat = type(patch)(
        patch.before[5:6],
        patch.after[5:6],
        patch.mask[5:6],
        patch.support[5:6],
        (slice(0, 1), *patch.bbox[1:]),
        (5.0, 1.0, 1.0),
    )
    canvas = CanvasLesion(viewer)
    canvas.show("lesion_000000", flat, None)
    assert lesion_layer(viewer).ndim == 2
    assert outline_layer(viewer).ndim == 2
    canvas.show("lesion_000001", patch_of(1), None)
    assert lesion_layer(viewer).ndim == outline_layer(viewer).ndim == 3


def test_a_layer_is_hashed_once(viewer, ct, case, monkeypatch):
    hosts = Hosts(viewer)
    assert hosts.find(case) is not None
    monkeypatch.setattr("napari_lesion_synth.widgets.review.hosts.Volume", None)
    assert hosts.find(case) is not None
