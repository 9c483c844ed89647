"""Commands in a real napari: its menus, its palette, its docks."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QDockWidget, QFileDialog

from napari_lesion_synth.widgets.synthesize import SynthesizeWidget

pytestmark = pytest.mark.gui

NAME = "napari-lesion-synth"


@pytest.fixture
def viewer(make_napari_viewer, npe2pm):
    """A viewer that has this plugin and no other."""
    with npe2pm.discovery_blocked():
        npe2pm.tmp_plugin(NAME) if NAME not in npe2pm else None
    return make_napari_viewer()
