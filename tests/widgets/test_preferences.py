"""Preferences, as napari keeps them."""

from __future__ import annotations

import dataclasses
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from npe2 import PluginManifest

from napari_lesion_synth.ct.windows import WINDOWS
from napari_lesion_synth.widgets.canvas.case_layers import AUTO_WINDOW
from napari_lesion_synth.widgets.preferences import PLUGIN, Preferences, read_preferences

pytestmark = pytest.mark.gui

# plugin_settings and npe2pm are fixtures of napari and npe2: no other plugin is there, and
# settings lie in a folder of the test's own.


@pytest.fixture
def manifest():
    return PluginManifest.from_file(str(files("napari_lesion_synth") / "napari.yaml"))


@pytest.fixture
def settings(plugin_settings, npe2pm, manifest):
    from napari.settings import get_plugin_settings

    npe2pm.register(manifest)
    return get_plugin_settings(PLUGIN)


@pytest.mark.usefixtures("settings")
def test_the_manifest_and_the_fallback_agree():
    assert read_preferences() == Preferences()


@pytest.mark.usefixtures("plugin_settings")
def test_without_the_plugin_there_are_defaults(npe2pm):
    assert read_preferences() == Preferences()


def test_without_napari_there_are_defaults(monkeypatch):
    monkeypatch.setitem(sys.modules, "napari.settings", None)
    assert read_preferences() == Preferences()


def test_what_a_person_sets_is_read_and_kept(settings):
    settings.computing.device = "cuda"
    settings.computing.workers = 7
    settings.display.window = "soft tissue"
    settings.folders.donors = "~/donors"
    settings.folders.output = ' "/results of mine" '
    assert read_preferences() == Preferences(
        device="cuda",
        workers=7,
        window="soft tissue",
        donors=Path.home() / "donors",
        output=Path("/results of mine"),
    )
    assert "workers: 7" in settings.config_path.read_text(encoding="utf-8")


def test_values_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match="less than or equal"):
        settings.computing.workers = 1000
    with pytest.raises(ValueError, match="allowed"):
        settings.computing.device = "abacus"


def test_the_windows_are_those_that_there_are(manifest):
    window = manifest.contributions.configurations["display"].properties["window"]
    assert window.enum == [AUTO_WINDOW, *(w.name for w in WINDOWS)]


def test_every_setting_is_read(manifest):
    settings = [
        name
        for configuration in manifest.contributions.configurations.values()
        for name in configuration.properties
    ]
    assert settings == [field.name for field in dataclasses.fields(Preferences)]
    for configuration in manifest.contributions.configurations.values():
        assert all(p.title and p.description for p in configuration.properties.values())
