"""The shipped data, and napari's File > Open Sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth import sample_data

OPENERS = {
    "real_ct": sample_data.real_ct_layers,
    "phantom": sample_data.phantom_layers,
}

pytestmark = pytest.mark.usefixtures("quick_phantom")


def test_the_sample_case_is_a_ct_with_its_liver():
    case = sample_data.sample_case()
    assert case.volume.shape == (30, 101, 122)
    assert case.volume.spacing == pytest.approx((3.0, 3.0, 3.0))
    organ = case.require_organ().mask
    litres = organ.sum() * 27 / 1e6
    assert 0.8 < litres < 1.3
    assert 40 < np.median(case.volume.hu[organ]) < 60
    assert case.lesions is None


def test_the_sample_case_lies_with_its_liver_on_the_patients_right():
    case = sample_data.sample_case()
    _, _, x = np.nonzero(case.require_organ().mask)
    assert x.mean() < case.volume.shape[2] / 2  # axis 2 runs from right to left


def test_the_licence_lies_beside_the_data():
    folder = Path(sample_data.__file__).parent / "data"
    assert "Apache License" in (folder / "LICENSE-Apache-2.0.txt").read_text(encoding="utf-8")
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    for file in folder.iterdir():
        assert file.name == "SOURCES.md" or file.name in sources


@pytest.mark.parametrize("key", OPENERS)
def test_layers_share_one_place_in_the_world(key):
    made = OPENERS[key]()
    image, options, kind = made[0]
    assert kind == "image"
    assert image.dtype == np.int16
    for data, other, _ in made:
        assert data.shape == image.shape
        assert other["scale"] == options["scale"]
        assert other["translate"] == options["translate"]
        assert other["units"] == ("mm", "mm", "mm")
        assert other["axis_labels"] == ("z", "y", "x")


@pytest.mark.parametrize("key", OPENERS)
def test_images_open_in_the_liver_window(key):
    _, options, _ = OPENERS[key]()[0]
    black, white = options["contrast_limits"]
    assert (black, white) == (5, 155)


def test_the_phantom_comes_with_its_truth():
    (_, options, _), (organ, _, _), (lesions, _, kind) = OPENERS["phantom"]()
    assert kind == "labels"
    assert len(options["metadata"]["truth"]) == 6
    assert lesions.any()
    assert (organ[lesions > 0] > 0).all()


def test_manifest_is_valid_and_everything_it_names_can_be_imported():
    from npe2 import PluginManifest

    manifest = PluginManifest.from_distribution("napari-lesion-synth")
    manifest.validate_imports()
    assert manifest.name == "napari-lesion-synth"
    assert [sample.key for sample in manifest.contributions.sample_data] == list(OPENERS)


@pytest.mark.gui
@pytest.mark.parametrize("key", OPENERS)
def test_open_sample_shows_the_layers_in_millimetres(make_napari_viewer, key):
    viewer = make_napari_viewer()
    opened = viewer.open_sample("napari-lesion-synth", key)
    expected = OPENERS[key]()
    assert [layer.name for layer in opened] == [options["name"] for _, options, _ in expected]
    for layer, (data, options, kind) in zip(opened, expected, strict=True):
        assert type(layer).__name__.lower() == kind
        np.testing.assert_array_equal(layer.data, data)
        assert tuple(layer.scale) == pytest.approx(options["scale"])
        assert tuple(layer.translate) == pytest.approx(options["translate"])
        assert {str(unit) for unit in layer.units} == {"millimeter"}
    assert tuple(viewer.dims.axis_labels) == ("z", "y", "x")
    assert tuple(opened[0].contrast_limits) == (5, 155)


@pytest.mark.gui
def test_open_sample_menu_lists_both(make_napari_viewer):
    viewer = make_napari_viewer()
    viewer.window.file_menu  # noqa: B018 - building the menu must not fail
    from napari.plugins import _npe2

    names = dict(_npe2.sample_iterator())["napari-lesion-synth"]
    assert {key: sample["display_name"] for key, sample in names.items()} == {
        "real_ct": "Liver CT, 3 mm (real)",
        "phantom": "Abdominal CT phantom (simulated)",
    }
