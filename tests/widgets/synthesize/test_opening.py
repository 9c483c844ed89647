"""Opening CTs and finding the organ, through the dock widget."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.widgets.mouse import Mouse

from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.parts.label_dialog import LabelChoice
from napari_lesion_synth.widgets.parts.open_case import MaskChoice
from napari_lesion_synth.widgets.synthesize import case_section
from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

pytestmark = pytest.mark.gui


@pytest.fixture
def widget(make_widget) -> SynthesizeWidget:
    return make_widget()


def write_series(folder: Path, hu: np.ndarray, uid: str, name: str) -> Path:
    """A DICOM series of axial slices, a file each."""
    folder.mkdir(exist_ok=True)
    for k, pixels in enumerate(hu):
        image = sitk.GetImageFromArray(pixels)
        image.SetSpacing((1.0, 1.0))
        for tag, value in {
            "0008|0060": "CT",
            "0008|103e": name,
            "0008|0018": f"{uid}.{k + 1}",
            "0020|000d": "1.2.826",
            "0020|000e": uid,
            "0020|0013": str(k + 1),
            "0020|0032": f"0\\0\\{2.5 * k}",
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0028|1052": "-1024",
            "0028|1053": "1",
        }.items():
            image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(folder / f"{uid}-{k}.dcm"))
        writer.Execute(image)
    return folder


@pytest.fixture
def dicom(ball_case, tmp_path) -> Path:
    """A folder with two series: a scout of two slices, and the CT."""
    hu = ball_case().volume.hu
    write_series(tmp_path / "dicom", hu[:2], "1.2.826.1", "scout")
    return write_series(tmp_path / "dicom", hu, "1.2.826.2", "portal")


def test_of_several_series_the_likely_one_is_offered_and_enter_takes_it(
    widget: SynthesizeWidget, dicom: Path, settle, qtbot
):
    widget.case.opener.open(dicom)
    qtbot.waitUntil(lambda: widget.case.opener.dialog is not None, timeout=120_000)
    dialog = widget.case.opener.dialog
    assert dialog.choice.description == "portal"
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    settle(widget)
    assert widget.bench.require_case().volume.shape == (24, 64, 64)
    assert widget.bench.require_case().inputs["series"] == "1.2.826.2"


def test_the_project_of_a_dicom_case_finds_its_series_again(
    widget: SynthesizeWidget, dicom: Path, settle, tmp_path, make_widget, ball_case
):
    widget.open_case(dicom, series="1.2.826.2")
    settle(widget)
    widget.loader.set_organ_mask(ball_case().organ.mask.copy, "Taking the organ")
    settle(widget)
    widget.bench.place((12, 32, 32))
    widget.saving.save_project(tmp_path / "work.yaml")
    settle(widget)
    assert (tmp_path / "work_files" / "organ.nii.gz").exists()
    assert not (tmp_path / "work_files" / "ct.nii").exists()
    other = make_widget()
    other.saving.open_project(tmp_path / "work.yaml")
    settle(other)
    again = other.bench.require_case()
    assert again.volume.sha256 == widget.bench.require_case().volume.sha256
    assert np.array_equal(again.organ.mask, widget.bench.require_case().organ.mask)
    assert len(other.bench.scene.sites) == 1


@pytest.mark.parametrize(("name", "donors"), [("real", 0), ("phantom", 6)])
def test_samples_open_with_one_choice(widget: SynthesizeWidget, settle, name: str, donors: int):
    for action in widget.case.samples.menu().actions():
        if name in action.text().lower():
            action.trigger()
    settle(widget)
    assert widget.bench.ready
    assert len(widget.bench.donors) == donors
    assert widget.stage.tool.mode is Mode.PLACE


def test_the_phantoms_lesions_can_be_borrowed_and_are_saved_with_the_project(
    widget: SynthesizeWidget, settle, tmp_path, make_widget
):
    widget.loader.open_sample("real")
    settle(widget)
    tab = widget.how.tab("poisson")
    assert not widget.bench.donors
    tab.phantom.click()
    settle(widget)
    assert len(widget.bench.donors) > 3
    widget.bench.method = "poisson"
    sites = [s.center for s in _rim_sites(widget, 1)]
    widget.bench.place(sites[0], 18.0)
    settle(widget)
    widget.keep.commit()
    widget.saving.save_project(tmp_path / "work.yaml")
    settle(widget)
    other = make_widget()
    other.saving.open_project(tmp_path / "work.yaml")
    settle(other)
    assert len(other.bench.scene.commits) == 1
    assert np.array_equal(other.bench.working, widget.bench.working)


def _rim_sites(widget: SynthesizeWidget, n: int) -> list[Any]:
    from napari_lesion_synth.anatomy.proposal import propose_sites

    return propose_sites(widget.bench.require_case(), n, zone="rim", diameter_mm=18.0, seed=1)


def test_masks_from_files_with_labels(widget: SynthesizeWidget, files, settle, monkeypatch, qtbot):
    widget.open_case(files["ct"])
    settle(widget)
    monkeypatch.setattr(case_section, "ask_mask", lambda *_, **__: MaskChoice(files["organ"], 1))
    widget.case.organ_file.click()
    settle(widget)
    assert widget.bench.require_case().inputs["organ_label"] == 1
    monkeypatch.setattr(case_section, "ask_mask", lambda *_, **__: MaskChoice(files["lesions"]))
    widget.case.lesions_file.click()
    settle(widget)
    assert len(widget.bench.donors) == 1
    assert widget.case.lesion_facts.text() == "1 donor: lesions of this CT"


def test_of_a_layer_with_several_labels_one_is_asked_for(
    widget: SynthesizeWidget, ball_case, files, settle, monkeypatch
):
    case = ball_case()
    widget.open_case(files["ct"])
    settle(widget)
    both = case.organ.mask.astype(np.uint8)
    both[12, 2, 2] = 7
    frame = widget.stage.frame
    layer = widget.viewer.add_labels(both, name="both", **frame.options())
    asked: list[Any] = []

    def ask(_parent: Any, _name: str, labels: Any, **_: Any) -> LabelChoice:
        asked.append(dict(labels))
        return LabelChoice(1)

    monkeypatch.setattr(case_section, "ask_label", ask)
    widget.case.organ_layer.choose(layer)
    widget.case.organ_layer.activated.emit(1)
    settle(widget)
    assert asked == [{1: int(case.organ.mask.sum()), 7: 1}]
    assert np.array_equal(widget.bench.require_case().organ.mask, case.organ.mask)


def test_a_mask_on_another_grid_is_refused_in_words(widget: SynthesizeWidget, files, settle):
    widget.open_case(files["ct"])
    settle(widget)
    layer = widget.viewer.add_labels(np.ones((4, 8, 8), np.uint8), name="small")
    widget.loader.set_organ_layer(layer)
    settle(widget)
    assert "another grid" in widget.status.text()
    assert not widget.bench.ready


def test_the_organ_from_clicks_and_the_last_click_taken_back(
    widget: SynthesizeWidget, settle, qtbot
):
    """In the phantom: one click outlines the liver, Alt takes away, Ctrl+Z takes back."""
    case = phantom(seed=0, lesions=3, spacing=(5.0, 2.0, 2.0))
    layer = widget.viewer.add_image(case.volume.hu, scale=case.volume.spacing, units=("mm",) * 3)
    widget.loader.open_layer(layer)
    settle(widget)
    widget.case.click.click()
    assert widget.stage.tool.mode is Mode.ORGAN
    depth = case.organ.depth_map
    deepest = np.unravel_index(depth.argmax(), depth.shape)
    center = tuple(int(i + s.start) for i, s in zip(deepest, case.organ.bbox, strict=True))
    mouse = Mouse(widget.viewer, widget.stage.frame)
    mouse.show(center)
    mouse.click(center)
    settle(widget)
    first = widget.bench.require_case().organ.mask.copy()
    overlap = 2 * (first & case.organ.mask).sum() / (first.sum() + case.organ.mask.sum())
    assert overlap > 0.85
    outside = _beside(first, center)
    mouse.click(outside, Qt.KeyboardModifier.AltModifier)
    settle(widget)
    assert widget.case.clicks.outside == (outside,)
    assert not widget.bench.require_case().organ.mask[outside]
    mouse.canvas.setFocus()
    QTest.keyClick(mouse.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(widget)
    assert widget.case.clicks.outside == ()
    assert np.array_equal(widget.bench.require_case().organ.mask, first)
    widget.case.click.click()
    assert widget.stage.tool.mode is Mode.PLACE


def _beside(mask: np.ndarray, center: tuple[int, int, int]) -> tuple[int, int, int]:
    """A voxel of the mask in the slice of `center`, far from it."""
    plane = np.argwhere(mask[center[0]])
    far = plane[np.abs(plane - center[1:]).sum(axis=1).argmax()]
    return center[0], int(far[0]), int(far[1])


def test_a_click_that_finds_no_organ_is_explained_and_forgotten(
    widget: SynthesizeWidget, files, settle
):
    widget.open_case(files["ct"])
    settle(widget)
    widget.case.click.click()
    mouse = Mouse(widget.viewer, widget.stage.frame)
    mouse.show((12, 2, 2))
    mouse.click((12, 2, 2))
    settle(widget)
    assert "\u26a0" in widget.status.text()
    assert widget.case.clicks.inside == ()
    assert not widget.bench.ready


def test_without_totalsegmentator_the_button_tells_how_to_install_it(widget: SynthesizeWidget):
    button = widget.case.total.button
    assert not button.isEnabled()
    assert "pip install TotalSegmentator" in button.toolTip()


@pytest.mark.skipif(sys.platform == "win32", reason="a script with a shebang")
def test_totalsegmentator_gives_the_organ(make_widget, files, settle, monkeypatch, tmp_path, qtbot):
    """By a program that stands in for it: all that is brighter than 0 HU."""
    program = tmp_path / "bin" / "TotalSegmentator"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\nfrom pathlib import Path\nimport SimpleITK as sitk\n"
        "given = sys.argv[1:]\n"
        "folder = Path(given[given.index('-o') + 1])\nfolder.mkdir()\n"
        "ct = sitk.ReadImage(given[given.index('-i') + 1])\n"
        "sitk.WriteImage(ct > 0, str(folder / 'liver.nii.gz'))\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    widget = make_widget()
    widget.open_case(files["ct"])
    settle(widget)
    widget.case.total.button.click()
    assert "Cancel" in widget.case.total.button.text()
    qtbot.waitUntil(lambda: widget.bench.ready, timeout=120_000)
    case = widget.bench.require_case()
    assert np.array_equal(case.organ.mask, case.volume.hu > 0)
