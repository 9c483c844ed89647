"""One workbench a window, whichever way napari opens it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from npe2 import PluginManifest
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QApplication, QDockWidget, QMainWindow

from napari_lesion_synth.widgets.synthesize import SynthesizeWidget

pytestmark = pytest.mark.gui

NAME, WIDGET = "napari-lesion-synth", "Synthesize lesions"
IN_MENU = "Synthesize lesions (Lesion Synth)"


@pytest.fixture
def viewer(npe2pm, plugin_settings, make_napari_viewer):
    """A viewer in a napari that has this plugin and no other."""
    npe2pm.register(PluginManifest.from_file(str(files("napari_lesion_synth") / "napari.yaml")))
    viewer = make_napari_viewer(show=True)
    yield viewer
    for widget in docks(viewer).values():
        widget.close_workbench()


def docks(viewer):
    return {
        name: widget
        for name, widget in dict(viewer.window.dock_widgets).items()
        if isinstance(widget, SynthesizeWidget)
    }


def windows_of(widget) -> list[QDockWidget]:
    """The docks of the window that are workbenches, or that one has left empty."""
    (window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow)]
    return [d for d in window.findChildren(QDockWidget) if "Synthesize" in d.windowTitle()]


def in_menu(viewer) -> QAction:
    """The entry of napari's menu Layers, Annotate."""
    (window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow)]
    menu = window.menuBar()
    for word in ("Layers", "Annotate"):
        (menu,) = [a.menu() for a in menu.actions() if a.text().replace("&", "") == word]
        menu.aboutToShow.emit()
    (entry,) = [a for a in menu.actions() if a.text().replace("&", "") == IN_MENU]
    return entry


def test_the_menu_takes_over_the_workbench_of_the_command_line(viewer, qtbot):
    _, made = viewer.window.add_plugin_dock_widget(NAME, WIDGET)
    in_menu(viewer).trigger()
    qtbot.waitUntil(lambda: len(windows_of(made)) == 1, timeout=120_000)
    assert docks(viewer) == {IN_MENU: made}
    assert made.isVisible()
    assert made.stage.closed is False
    in_menu(viewer).trigger()
    assert not made.isVisible()
    in_menu(viewer).trigger()
    assert made.isVisible()


def test_the_command_line_takes_over_the_workbench_of_the_menu(viewer, qtbot):
    in_menu(viewer).trigger()
    (made,) = docks(viewer).values()
    _, again = viewer.window.add_plugin_dock_widget(NAME, WIDGET)
    qtbot.waitUntil(lambda: len(windows_of(made)) == 1, timeout=120_000)
    assert again is made
    assert list(docks(viewer).values()) == [made]
    assert made.isVisible()


def test_a_workbench_that_was_taken_away_is_not_given_again(viewer, qtbot):
    dock, made = viewer.window.add_plugin_dock_widget(NAME, WIDGET)
    viewer.window.remove_dock_widget(dock)
    qtbot.waitUntil(lambda: made.stage.closed, timeout=120_000)
    _, other = viewer.window.add_plugin_dock_widget(NAME, WIDGET)
    assert other is not made
    assert not other.stage.closed
