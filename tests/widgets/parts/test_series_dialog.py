"""Choosing a series by sight."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton

from napari_lesion_synth.ct.dicom import list_series
from napari_lesion_synth.widgets.parts import series_dialog
from napari_lesion_synth.widgets.parts.series_dialog import SeriesDialog

pytestmark = pytest.mark.gui

GREY, PLACEHOLDER = 180, 38
_CLOSE = 8  # a screen may have 5 bits a colour


@pytest.fixture
def folder(tmp_path):
    """A folder of four series: a plain one, a better one, one with a gap, and a picture."""

    def write(prefix, number, places, description):
        for k, z in enumerate(places):
            image = sitk.GetImageFromArray(np.full((16, 16), 132, np.int16))
            tags = {
                "0008|0060": "CT",
                "0008|103e": description,
                "0008|0018": f"1.2.{number}.{k + 1}",
                "0020|000e": f"1.2.{number}",
                "0020|0011": str(number),
                "0020|0032": f"0\\0\\{z}",
                "0020|0037": "1\\0\\0\\0\\1\\0",
                "0028|1052": "-1024",
                "0028|1053": "1",
            }
            save(image, tags, f"{prefix}{k}.dcm")

    def save(image, tags, name):
        for tag, value in tags.items():
            image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(tmp_path / name))
        writer.Execute(image)

    write("a", 1, [0, 5, 10], "thick")
    write("b", 2, [0, 2, 4, 6, 8], "thin")
    write("c", 3, [0, 2, 6, 8], "gap")
    colours = sitk.GetImageFromArray(np.zeros((8, 8, 3), np.uint8), isVector=True)
    save(colours, {"0020|000e": "1.2.9", "0020|0011": "9", "0008|103e": "picture"}, "shot.dcm")
    return tmp_path


@pytest.fixture
def opened(folder, qtbot):
    """Maker of the dialog for the folder, shown."""
    dialogs = []

    def make(found=None, **more):
        dialog = SeriesDialog(found or list_series(folder), **more)
        dialogs.append(dialog)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.open()
        return dialog

    yield make
    for dialog in dialogs:
        dialog.close()


def rows(dialog):
    return [dialog.list.item(k).text().splitlines() for k in range(dialog.list.count())]


def is_grey(dialog, row, value):
    """Whether a row's picture has this value in its upper middle."""
    image = dialog.list.item(row).icon().pixmap(64, 64).toImage()
    shown = image.pixelColor(image.width() // 2, image.height() // 4).red()
    return abs(shown - value) <= _CLOSE


def row_of(dialog, description):
    return next(k for k, lines in enumerate(rows(dialog)) if lines[0].endswith(description))


def test_series_are_told_apart_in_words(opened):
    dialog = opened()
    assert rows(dialog)[0] == ["1: thick", "axial CT, 3 slices of 16 x 16, 5.0 mm"]
    gap = rows(dialog)[row_of(dialog, "gap")]
    assert "has to be resampled: 1 slice is missing" in gap[2]
    picture = rows(dialog)[row_of(dialog, "picture")]
    assert picture[2].endswith("Colour pictures, not a CT")
    assert picture[3] == "Cannot be opened."
    item = dialog.list.item(0)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == ", ".join(rows(dialog)[0])
    assert "(z, y, x)" in item.toolTip()


def test_enter_opens_the_largest_axial_ct(opened, qtbot):
    dialog = opened()
    with qtbot.waitSignal(dialog.chosen) as heard:
        qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    (series,) = heard.args
    assert series.description == "thin"
    assert dialog.choice is series
    assert not dialog.resample
    assert not dialog.isVisible()


def test_the_arrow_keys_choose_another_one(opened, qtbot):
    dialog = opened()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Up)
    with qtbot.waitSignal(dialog.chosen) as heard:
        qtbot.keyClick(dialog.list, Qt.Key.Key_Enter)
    assert heard.args[0].description == "thick"


def test_a_double_click_opens(opened, qtbot):
    dialog = opened()
    where = dialog.list.visualItemRect(dialog.list.item(0)).center()
    left = Qt.MouseButton.LeftButton
    with qtbot.waitSignal(dialog.chosen) as heard:
        qtbot.mouseClick(dialog.list.viewport(), left, pos=where)
        qtbot.mouseDClick(dialog.list.viewport(), left, pos=where)
    assert heard.args[0].description == "thick"


def test_it_is_chosen_once_only(opened, qtbot):
    dialog, heard = opened(), []
    dialog.chosen.connect(heard.append)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert len(heard) == 1


def test_escape_opens_nothing(opened, qtbot):
    dialog, heard = opened(), []
    dialog.chosen.connect(heard.append)
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert heard == []


def test_what_cannot_be_opened_is_not(opened, qtbot):
    dialog = opened()
    dialog.list.setCurrentRow(row_of(dialog, "picture"))
    assert dialog.choice is None
    assert not dialog.open_button.isEnabled()
    assert dialog.open_button.toolTip() == "colour pictures, not a CT"
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    where = dialog.list.visualItemRect(dialog.list.currentItem()).center()
    qtbot.mouseDClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert dialog.isVisible()


def test_a_gap_is_opened_resampled_and_says_so(opened):
    dialog = opened()
    dialog.list.setCurrentRow(row_of(dialog, "gap"))
    assert dialog.open_button.isEnabled()
    assert dialog.open_button.text() == "Open, resampled"
    assert dialog.resample
    dialog.list.setCurrentRow(0)
    assert dialog.open_button.text() == "Open"
    assert not dialog.resample


def test_a_file_says_which_series_is_meant(opened, folder):
    assert opened(file=folder / "a1.dcm").choice.description == "thick"
    assert opened(file=Path("elsewhere.dcm")).choice.description == "thin"


def test_pictures_come_while_it_is_open(opened, qtbot, monkeypatch):
    go = threading.Event()
    really = series_dialog.series_preview

    def slow(*args):
        assert go.wait(20)
        return really(*args)

    monkeypatch.setattr(series_dialog, "series_preview", slow)
    dialog = opened()
    assert dialog.isVisible()
    assert all(is_grey(dialog, row, PLACEHOLDER) for row in range(4))
    go.set()
    qtbot.waitUntil(lambda: all(is_grey(dialog, row, GREY) for row in range(3)))
    picture = dialog.list.item(row_of(dialog, "picture"))
    qtbot.waitUntil(lambda: "No picture: it holds colour pictures" in picture.toolTip())


def test_a_damaged_file_costs_its_picture_only(opened, folder, qtbot):
    found, path = list_series(folder), folder / "a1.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    dialog = opened(found)
    qtbot.waitUntil(lambda: "No picture" in dialog.list.item(0).toolTip())
    qtbot.waitUntil(lambda: is_grey(dialog, 1, GREY))


def test_it_can_be_left_while_a_picture_is_made(opened, qtbot, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        assert go.wait(20)
        return np.zeros((8, 8), np.uint8)

    monkeypatch.setattr(series_dialog, "series_preview", slow)
    dialog = opened()
    assert begun.wait(20)
    dialog.reject()
    assert not dialog.isVisible()
    go.set()


def test_every_control_has_a_name_and_a_tooltip(opened):
    dialog = opened()
    for control in [dialog.list, *dialog.findChildren(QAbstractButton)]:
        if control.isVisible():
            assert control.accessibleName()
            assert control.toolTip()
