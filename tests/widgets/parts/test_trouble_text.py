"""Errors in words, and reports without names."""

from __future__ import annotations

import errno
import getpass
import platform

import numpy as np
import pytest

from napari_lesion_synth import __version__
from napari_lesion_synth.ct.read import read_volume
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.widgets.parts.trouble_text import describe, one_line, report

FOLDER = "/data/Yamada Taro/19700131"


def caught(call):
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def failing():
    return {}["lost"]


def test_an_error_of_ours_is_told_without_a_traceback():
    error = caught(lambda: read_volume(f"{FOLDER}/ct.nii.gz"))
    trouble = describe(error)
    assert trouble.what == "There is no such file."
    assert trouble.where == f"{FOLDER}/ct.nii.gz"
    assert trouble.remedy == "Check the path."
    assert not trouble.fault
    assert "InputError: There is no such file. Check the path." in trouble.details
    assert "line" not in trouble.details
    assert one_line(error) == f"{FOLDER}/ct.nii.gz: There is no such file. Check the path."


def test_what_is_not_said_stays_empty():
    trouble = describe(ParameterError("too many lesions?"))
    assert (trouble.what, trouble.where, trouble.remedy) == ("Too many lesions?", "", "")
    assert one_line(ParameterError("too many lesions?")) == "Too many lesions?"


def test_anything_else_is_the_programs_fault_and_says_where():
    trouble = describe(caught(failing))
    assert trouble.fault
    assert trouble.what == "This is a fault of the program: KeyError: 'lost'."
    assert "in failing" in trouble.details
    assert "KeyError: 'lost'" in trouble.details
    assert "report" in trouble.remedy


def test_a_fault_without_words_is_still_named():
    assert describe(AssertionError()).what == "This is a fault of the program: AssertionError."


def test_our_own_modules_keep_their_names_in_the_report():
    def call():
        try:
            read_volume("/no/ct.nii.gz")
        except InputError as error:
            raise RuntimeError from error

    text = report(caught(call))
    assert "napari_lesion_synth.ct.images, line" in text
    assert text.index("InputError") < text.index("RuntimeError")


def test_versions_come_first():
    first, second, third, *_ = describe(caught(failing)).details.splitlines()
    assert first == f"napari-lesion-synth {__version__}"
    assert platform.python_version() in second
    assert "numpy" in third


@pytest.mark.parametrize(
    "message",
    [
        f"cannot parse '{FOLDER}/ct.nii.gz'",
        r"cannot open C:\Users\Yamada\Taro\scan.dcm now",
        "cannot open /data/Yamada/Taro/scan.dcm now",
        "Yamada-19700131.nii.gz is damaged",
        "patient 00019700131 has no series 1.2.840.19700131.5",
        "Yamada of P-Taro",
    ],
)
def test_no_names_get_into_the_report(message):
    def call():
        try:
            open(f"{FOLDER}/Yamada.nii.gz")  # noqa: PTH123, SIM115
        except OSError as error:
            raise ValueError(message) from error

    text = describe(caught(call), private=["P-Taro"]).details
    assert "ValueError" in text
    for name in ("Yamada", "Taro", "19700131", FOLDER):
        assert name not in text


def test_neither_the_user_nor_the_computer_is_named(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "hanako")
    monkeypatch.setattr(platform, "node", lambda: "reading-room-3")
    text = report(ValueError("hanako at reading-room-3"))
    assert "hanako" not in text
    assert "reading-room-3" not in text


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.ENOSPC, "The disk is full."),
        (errno.EACCES, "Access was refused."),
        (errno.ENOENT, "There is no such file or folder."),
        (errno.EIO, "The system refused: Input/output error."),
    ],
)
def test_the_systems_refusals_are_told_in_words(number, what):
    import os

    trouble = describe(OSError(number, os.strerror(number), f"{FOLDER}/out.nii.gz"))
    assert trouble.what == what
    assert trouble.where == f"{FOLDER}/out.nii.gz"
    assert trouble.remedy
    assert not trouble.fault


def test_a_lack_of_memory_is_told_in_words():
    trouble = describe(caught(lambda: np.empty((10**6, 10**6, 10**3))))
    assert trouble.what.startswith("The computer's memory is full (Unable to allocate")
    assert not trouble.fault
    assert describe(MemoryError()).what == "The computer's memory is full."


def test_a_full_gpu_is_told_in_words():
    class OutOfMemoryError(RuntimeError):
        """As torch calls it."""

    trouble = describe(OutOfMemoryError("CUDA out of memory"))
    assert trouble.what == "The GPU's memory is full."
    assert "cpu" in trouble.remedy


def test_a_missing_library_is_told_with_its_extra():
    trouble = describe(ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert "torch" in trouble.what
    assert 'pip install "napari-lesion-synth[learn]"' in trouble.remedy
    assert describe(ModuleNotFoundError("No module named 'xyz'", name="xyz")).fault
