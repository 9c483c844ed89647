"""One version, told the same everywhere."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import napari_lesion_synth


@pytest.fixture(scope="module")
def stated(root: Path) -> str:
    """The version in pyproject.toml."""
    project: str = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    return project


def test_package_says_the_same(stated: str):
    assert napari_lesion_synth.__version__ == stated


def test_installed_metadata_say_the_same(stated: str):
    assert version("napari-lesion-synth") == stated


def test_citation_says_the_same(root: Path, stated: str):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == stated
    assert citation["license"] == "BSD-3-Clause"


def test_changelog_begins_with_it(root: Path, stated: str):
    headings = re.findall(
        r"^## \[(.+?)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert stated in headings[:2]
    assert set(headings[: headings.index(stated)]) <= {"Unreleased"}
