"""Imports run only downward; the contracts stand in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = "src/napari_lesion_synth"

VIOLATIONS = {
    "a lower room that imports a higher one": ("ct/zzz.py", "import napari_lesion_synth.synthesis"),
    "a window below the faces": ("synthesis/zzz.py", "from qtpy.QtWidgets import QWidget"),
    "a terminal below the faces": ("jobs/zzz.py", "import rich.progress"),
    "SimpleITK outside its room": ("dataset/zzz.py", "import SimpleITK"),
    "a room that the contract does not know": ("zzz.py", ""),
    "a lower floor of perception that imports a higher one": (
        "perception/scaling/zzz.py",
        "import napari_lesion_synth.perception.session.session",
    ),
    "two rooms on one floor of perception": (
        "perception/choice/zzz.py",
        "import napari_lesion_synth.perception.regression.table",
    ),
    "a room of perception that the contract does not know": ("perception/zzz.py", ""),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the copy of the project in `folder`."""
    code = (
        f"import sys; sys.path.insert(0, {str(folder / 'src')!r})\n"
        "from importlinter.cli import lint_imports\n"
        "sys.exit(lint_imports(no_cache=True))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The sources and the contracts, in a folder of their own."""
    ignore = shutil.ignore_patterns("__pycache__", "*.gz")
    shutil.copytree(root / SOURCES, tmp_path / SOURCES, ignore=ignore)
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_keeps_its_contracts(root: Path):
    done = lint_imports(root)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("what", VIOLATIONS)
def test_the_contracts_notice(copy: Path, what: str):
    file, line = VIOLATIONS[what]
    (copy / SOURCES / file).write_text(f"{line}\n", encoding="utf-8")
    done = lint_imports(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "zzz" in done.stdout
