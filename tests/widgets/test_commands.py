"""Commands in a real napari: found in its menus, and what they do."""

from __future__ import annotations

from importlib.resources import files

import pytest
from npe2 import PluginManifest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QApplication, QDockWidget, QFileDialog, QMainWindow

from napari_lesion_synth.ct.write import write_volume
from napari_lesion_synth.widgets.commands import open_ct, workbench
from napari_lesion_synth.widgets.synthesize import SynthesizeWidget

pytestmark = pytest.mark.gui

NAME = "napari-lesion-synth"
DOCK = "Synthesize lesions (Lesion Synth)"
PATIENCE_MS = 240_000


@pytest.fixture
def viewer(npe2pm, plugin_settings, make_napari_viewer):
    """A viewer in a napari that has this plugin and no other."""
    npe2pm.register(PluginManifest.from_file(str(files("napari_lesion_synth") / "napari.yaml")))
    viewer = make_napari_viewer(show=True)
    yield viewer
    for widget in docks(viewer).values():
        widget.close_workbench()


@pytest.fixture
def menu(viewer):
    """What stands in a menu, by its words."""

    def entries(*way: str) -> dict[str, QAction]:
        (window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow)]
        shown = window.menuBar()
        for word in way:
            found = {action.text().replace("&", ""): action for action in shown.actions()}
            shown = found[word].menu()
            shown.aboutToShow.emit()
        return {a.text().replace("&", ""): a for a in shown.actions() if not a.isSeparator()}

    return entries


@pytest.fixture
def press_escape(qtbot):
    """Refuse the file dialog that comes up; gives the titles of those that did."""
    titles, timer = [], QTimer()

    def look():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog) and dialog.isVisible():
            titles.append(dialog.windowTitle())
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    timer.timeout.connect(look)
    timer.start(20)
    yield titles
    timer.stop()


def docks(viewer):
    return {
        name: widget
        for name, widget in dict(viewer.window.dock_widgets).items()
        if isinstance(widget, SynthesizeWidget)
    }


def hidden(widget):
    while not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget.isHidden()


def test_the_menus_hold_widget_commands_and_samples(menu):
    assert DOCK in menu("Layers", "Annotate")
    names = ("Review samples", "Train & detect", "Food study")
    others = {f"{name} (Lesion Synth)" for name in names}
    shown = {name.replace("  ", " & ") for name in menu("Plugins", "Lesion Synth")}
    assert shown == {DOCK, *others}
    assert {"Open CT… (Lesion Synth)", "Open lesion project… (Lesion Synth)"} <= set(
        menu("File", "IO Utilities")
    )
    assert set(menu("File", "Open Sample", "Lesion Synth")) == {
        "Abdominal CT phantom (simulated)",
        "Liver CT, 3 mm (real)",
    }


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("Open CT… (Lesion Synth)", "Open a CT"),
        ("Open lesion project… (Lesion Synth)", "Open project"),
    ],
)
def test_a_command_opens_the_dock_and_asks_for_a_file(viewer, menu, press_escape, entry, title):
    menu("File", "IO Utilities")[entry].trigger()
    assert press_escape == [title]
    assert list(docks(viewer)) == [DOCK]


def test_the_menus_and_the_commands_share_one_dock(viewer, menu, press_escape):
    menu("Plugins", "Lesion Synth")[DOCK].trigger()
    (made,) = docks(viewer).values()
    menu("File", "IO Utilities")["Open CT… (Lesion Synth)"].trigger()
    assert list(docks(viewer).values()) == [made]
    menu("Layers", "Annotate")[DOCK].trigger()  # shuts it
    assert hidden(made)
    open_ct(viewer)
    assert not hidden(made)
    assert list(docks(viewer).values()) == [made]
    menu("Plugins", "Lesion Synth")[DOCK].trigger()
    assert hidden(made)


def test_a_dock_of_the_command_line_is_found_too(viewer):
    _, made = viewer.window.add_plugin_dock_widget(NAME, "Synthesize lesions")
    assert workbench(viewer) is made


def test_the_dock_that_a_command_makes_works(viewer, qtbot, ball_case, tmp_path):
    path = write_volume(tmp_path / "ct.nii.gz", ball_case().volume)
    widget = workbench(viewer)
    with qtbot.waitSignal(widget.loader.opened, timeout=PATIENCE_MS):
        widget.open_case(path)
    assert "ct" in viewer.layers
