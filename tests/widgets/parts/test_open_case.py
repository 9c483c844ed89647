"""Asking for files and labels, with the real dialogs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import SimpleITK as sitk
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QWidget,
)

from napari_lesion_synth.widgets.parts.label_dialog import LabelChoice, LabelDialog
from napari_lesion_synth.widgets.parts.open_case import (
    MaskChoice,
    ask_ct,
    ask_ct_folder,
    ask_label,
    ask_mask,
    dicom_folder_of,
)
from napari_lesion_synth.widgets.parts.trouble import TroubleDialog

pytestmark = pytest.mark.gui

LOOKS = 1000
"""At a dialog that was answered and is still open."""


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    for dialog in window.findChildren(QDialog):
        dialog.close()


@pytest.fixture
def person(qtbot):
    """Somebody who answers the dialogs that come up, one after the other."""
    timer = QTimer()
    timer.setInterval(20)
    answers, seen, open_for = [], [], Counter()

    def look():
        dialog = QApplication.activeModalWidget()
        if answers and isinstance(dialog, answers[0][0]) and dialog.isVisible():
            _, act = answers.pop(0)
            act(dialog)
        elif isinstance(dialog, QDialog):
            open_for[dialog] += 1
            if open_for[dialog] > LOOKS:
                dialog.reject()  # a dialog that nobody answers would hold all tests up

    timer.timeout.connect(look)
    timer.start()

    class Person:
        """What the person is to do."""

        asked = seen

        def types(self, path):
            def act(dialog):
                seen.append((dialog.windowTitle(), dialog.nameFilters()))
                line = dialog.findChild(QLineEdit, "fileNameEdit")
                # Typed key by key, what the list of completions offers may replace it.
                line.setText(str(path))
                qtbot.keyClick(line, Qt.Key.Key_Return)

            answers.append((QFileDialog, act))

        def presses(self, kind, *keys):
            def act(dialog):
                target = dialog.combo if isinstance(dialog, LabelDialog) else dialog
                for key in keys[:-1]:
                    qtbot.keyClick(target, key)
                qtbot.keyClick(dialog, keys[-1])

            answers.append((kind, act))

    yield Person()
    timer.stop()
    assert answers == []


@pytest.fixture
def mask(tmp_path):
    """Writer of label files."""

    def write(values, name="labels.nii.gz"):
        image = sitk.GetImageFromArray(np.asarray(values).reshape(1, -1, 1))
        sitk.WriteImage(image, str(tmp_path / name))
        return tmp_path / name

    return write


@pytest.fixture
def dicom(tmp_path):
    """Writer of something that begins as DICOM files do."""

    def write(name):
        path = tmp_path / name
        path.write_bytes(b"\0" * 128 + b"DICM")
        return path

    return write


def test_a_ct_file_is_asked_for(window, person, mask, tmp_path):
    path = mask([0, 1], "ct.nii.gz")
    person.types(path)
    assert ask_ct(window, tmp_path) == path
    _, filters = person.asked[0]
    for ending in ("*.nii.gz", "*.mha", "*.nrrd", "*.dcm"):
        assert ending in filters[0]
    assert filters[1].startswith("All files")


def test_a_folder_of_dicom_files_is_asked_for(window, person, tmp_path):
    (tmp_path / "series").mkdir()
    person.types(tmp_path / "series")
    assert ask_ct_folder(window, tmp_path) == tmp_path / "series"


@pytest.mark.parametrize("ask", [ask_ct, ask_ct_folder, ask_mask])
def test_escape_gives_nothing(window, person, ask):
    person.presses(QFileDialog, Qt.Key.Key_Escape)
    assert ask(window) is None


def test_one_slice_means_its_series(dicom, mask, tmp_path):
    alone = dicom("IM0001")
    assert dicom_folder_of(alone) is None
    dicom("IM0002")
    assert dicom_folder_of(alone) == tmp_path
    assert dicom_folder_of(mask([1])) is None
    index = tmp_path / "disc" / "DICOMDIR"
    index.parent.mkdir()
    index.touch()
    assert dicom_folder_of(index) == index.parent


def test_a_mask_with_one_label_needs_no_question(window, person, mask):
    path = mask([0, 4, 4])
    person.types(path)
    assert ask_mask(window, "Organ's mask") == MaskChoice(path, None)
    assert person.asked[0][0] == "Organ's mask"


@pytest.mark.parametrize(
    ("keys", "label"),
    [
        ([], None),
        ([Qt.Key.Key_Down], 1),
        ([Qt.Key.Key_Down, Qt.Key.Key_Down], 2),
    ],
)
def test_of_several_labels_one_is_asked_for(window, person, mask, keys, label):
    path = mask([0, 2, 2, 2, 1])
    person.types(path)
    person.presses(LabelDialog, *keys, Qt.Key.Key_Return)
    assert ask_mask(window) == MaskChoice(path, label)


def test_no_answer_is_not_everything(window, person, mask):
    person.types(mask([0, 2, 1]))
    person.presses(LabelDialog, Qt.Key.Key_Escape)
    assert ask_mask(window) is None


def test_what_is_no_mask_is_refused_here(window, person, mask):
    person.types(mask([-5, 2, 1]))
    assert ask_mask(window) is None
    (dialog,) = window.findChildren(TroubleDialog)
    assert dialog.what.text() == "This is no label image: it holds negative values."


def test_labels_are_offered_with_their_voxels(qtbot):
    dialog = LabelDialog("labels.nii.gz", {1: 2650755, 2: 214376}, preferred=2)
    qtbot.addWidget(dialog)
    assert [dialog.combo.itemText(k) for k in range(3)] == [
        "everything that is not 0: 2,865,131 voxels",
        "label 1: 2,650,755 voxels",
        "label 2: 214,376 voxels",
    ]
    assert dialog.choice == LabelChoice(2)


def test_labels_without_counts_are_offered_too(window, person, qtbot):
    dialog = LabelDialog("Labels", [3, 7], preferred=99)
    qtbot.addWidget(dialog)
    assert [dialog.combo.itemText(k) for k in range(3)] == [
        *("everything that is not 0", "label 3", "label 7"),
    ]
    assert dialog.choice == LabelChoice(None)
    person.presses(LabelDialog, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert ask_label(window, "Labels", [3, 7]) == LabelChoice(3)
    person.presses(LabelDialog, Qt.Key.Key_Escape)
    assert ask_label(window, "Labels", [3, 7]) is None


def test_every_control_has_a_name_and_a_tooltip(qtbot):
    dialog = LabelDialog("labels.nii.gz", [1, 2])
    qtbot.addWidget(dialog)
    for control in [dialog.combo, *dialog.findChildren(QAbstractButton)]:
        assert control.accessibleName()
        assert control.toolTip()
