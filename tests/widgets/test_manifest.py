"""The manifest: everything that it names is there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files

import pytest
from npe2 import PluginManifest
from npe2.manifest.utils import import_python_name

pytestmark = pytest.mark.gui

NAME = "napari-lesion-synth"


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_file(str(files("napari_lesion_synth") / "napari.yaml"))


def test_npe2_finds_nothing_wrong():
    done = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", NAME, "--imports"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},  # it prints a tick
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "valid" in done.stdout


def test_it_is_the_one_that_is_installed(manifest):
    (entry,) = distribution(NAME).entry_points.select(group="napari.manifest")
    assert entry.value == "napari_lesion_synth:napari.yaml"
    assert manifest.name == NAME


def test_every_command_can_be_imported(manifest):
    commands = manifest.contributions.commands
    assert len(commands) == 9
    for command in commands:
        assert callable(import_python_name(command.python_name)), command.id


def test_what_is_shown_leads_to_a_command(manifest):
    contributions = manifest.contributions
    known = {command.id for command in contributions.commands}
    shown = [item.command for items in contributions.menus.values() for item in items]
    shown += [widget.command for widget in contributions.widgets]
    shown += [sample.command for sample in contributions.sample_data]
    assert set(shown) == known


def test_menus_are_those_that_napari_has(manifest):
    from napari._app_model.constants._menus import is_menu_contributable

    assert all(is_menu_contributable(menu) for menu in manifest.contributions.menus)


def test_the_widgets_bear_their_public_names(manifest):
    assert [w.display_name for w in manifest.contributions.widgets] == [
        "Synthesize lesions",
        "Review samples",
        "Train & detect",
        "Food study",
    ]
