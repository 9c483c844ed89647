"""Where the project lies."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_lesion_synth import sample_data
from napari_lesion_synth.anatomy import cases
from napari_lesion_synth.anatomy.case import Case


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of pyproject.toml."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Files of the project: those that git knows or would add."""
    if not (root / ".git").exists() or not shutil.which("git"):
        pytest.skip("this copy of the project is not a git repository, or there is no git")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, check=True)
    files = [root / name for name in listing.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


@pytest.fixture(scope="session")
def made_once() -> Callable[..., Case]:
    """The phantom, simulated once for each set of arguments, and copied for each caller."""
    made: dict[str, Case] = {}
    make = cases.phantom

    def phantom(**options: Any) -> Case:
        key = repr(sorted(options.items()))
        case = made.setdefault(key, made.get(key) or make(**options))
        return replace(case, volume=replace(case.volume, hu=case.volume.hu.copy()))

    return phantom


@pytest.fixture
def quick_phantom(monkeypatch: pytest.MonkeyPatch, made_once: Callable[..., Case]) -> None:
    """Hand out phantoms that were simulated before."""
    for module in (cases, sample_data):
        monkeypatch.setattr(module, "phantom", made_once)
