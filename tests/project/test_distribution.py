"""What a person gets who installs the wheel."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PACKAGE = "napari_lesion_synth/"


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built here with the installed hatchling."""
    return zipfile.ZipFile(build(root, tmp_path_factory.mktemp("wheel"), "build_wheel"))


@pytest.fixture(scope="module")
def sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tarfile.TarFile:
    """The source archive, built here with the installed hatchling."""
    return tarfile.open(build(root, tmp_path_factory.mktemp("sdist"), "build_sdist"))


def build(root: Path, folder: Path, hook: str) -> Path:
    """Call a hook of the build backend, as pip and build do; return the file it made."""
    code = f"import hatchling.build as b; b.{hook}({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return made


def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    """The wheel's METADATA."""
    (name,) = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA")]
    return email.message_from_string(wheel.read(name).decode())


@pytest.mark.parametrize(
    "file",
    [
        "napari.yaml",
        "py.typed",
        "data/real_ct_3mm.nii.gz",
        "data/real_ct_3mm_liver.nii.gz",
        "data/LICENSE-Apache-2.0.txt",
        "data/SOURCES.md",
        "data/demo_plan.yaml",
    ],
)
def test_wheel_contains(wheel: zipfile.ZipFile, root: Path, file: str):
    assert wheel.read(PACKAGE + file) == (root / "src" / PACKAGE / file).read_bytes()


def test_wheel_contains_every_module_and_nothing_but_the_package(wheel: zipfile.ZipFile, root):
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    modules = {str(p.relative_to(root / "src")) for p in (root / "src" / PACKAGE).rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == {
        m.replace("\\", "/") for m in modules
    }
    assert all(name.startswith(PACKAGE) for name in names)


def test_wheel_names_its_licence_and_framework(wheel: zipfile.ZipFile):
    about = metadata(wheel)
    assert about["License-Expression"] == "BSD-3-Clause"
    assert about["License-File"] == "LICENSE"
    assert "Framework :: napari" in about.get_all("Classifier")


def test_base_dependencies_hold_no_window_toolkit_and_no_torch(wheel: zipfile.ZipFile):
    base = [r for r in metadata(wheel).get_all("Requires-Dist") if "extra ==" not in r]
    names = {r.split(";")[0].strip(" ").split(">")[0].split("=")[0].lower() for r in base}
    assert names.isdisjoint({"napari", "pyqt6", "pyside6", "torch", "monai"})
    assert {"numpy", "scipy", "simpleitk", "pydantic", "typer"} <= names


def test_wheel_announces_command_and_manifest(wheel: zipfile.ZipFile):
    (name,) = [n for n in wheel.namelist() if n.endswith("entry_points.txt")]
    text = wheel.read(name).decode()
    assert "napari-lesion-synth = napari_lesion_synth.cli:main" in text
    assert "napari-lesion-synth = napari_lesion_synth:napari.yaml" in text


def test_sdist_is_the_project_and_nothing_that_was_left_in_its_folder(sdist: tarfile.TarFile):
    inside = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    for name in ("pyproject.toml", "LICENSE", "README.md", "dev.py", "tests/conftest.py"):
        assert name in inside
    tops = {name.split("/")[0] for name in inside}
    assert tops.isdisjoint({".venv", ".git", "site", "dist", "demo-output", ".hypothesis"})
