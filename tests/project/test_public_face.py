"""`import napari_lesion_synth` is light, and every public name is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import napari_lesion_synth

HEAVY = ("torch", "napari", "qtpy", "PyQt6", "PySide6", "SimpleITK", "monai", "typer", "rich")


def loaded_after(code: str) -> set[str]:
    """Heavy packages that a new interpreter has loaded after running `code`."""
    code = f"{code}\nimport sys; print(*(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_after("import napari_lesion_synth") == set()


def test_importing_the_package_loads_none_of_its_rooms():
    code = (
        "import sys, napari_lesion_synth as n\n"
        "print(*[m for m in sys.modules if m.startswith(n.__name__ + '.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.split() == []


def test_making_lesions_in_arrays_loads_nothing_heavy():
    code = """
import numpy as np
import napari_lesion_synth as nls
hu = np.full((1, 64, 64), 100, np.int16)
organ = np.zeros(hu.shape, bool)
organ[:, 8:56, 8:56] = True
case = nls.case_from_arrays(hu, (1.0, 1.0, 1.0), organ=organ)
site = nls.propose_sites(case, n=1, zone="interior", diameter_mm=8, seed=0)[0]
nls.synthesize(case, site, method="sigmoid", seed=0).paste(case.volume)
"""
    assert loaded_after(code) == set()


@pytest.mark.parametrize("name", napari_lesion_synth.__all__)
def test_public_name_resolves(name):
    assert getattr(napari_lesion_synth, name) is not None


def test_public_names_are_offered_for_completion():
    assert dir(napari_lesion_synth) == sorted(napari_lesion_synth.__all__)


def test_public_names_that_can_be_called_are_documented():
    for name in napari_lesion_synth.__all__:
        thing = getattr(napari_lesion_synth, name)
        if callable(thing):
            assert thing.__doc__, name


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lesion'"):
        napari_lesion_synth.lesion  # noqa: B018


@pytest.mark.parametrize(
    "room", ["anatomy", "dataset", "synthesis", "jobs.doctor", "sample_data", "events", "errors"]
)
def test_rooms_below_the_faces_open_without_windows_or_terminals(room):
    loaded = loaded_after(f"import napari_lesion_synth.{room}")
    assert loaded & {"napari", "qtpy", "PyQt6", "PySide6", "typer", "rich"} == set()
