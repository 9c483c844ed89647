from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtWidgets import QFileDialog

from napari_lesion_synth.widgets.parts import output_folder
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder, default_folder
from napari_lesion_synth.widgets.preferences import Preferences

pytestmark = pytest.mark.gui


@pytest.fixture
def documents(monkeypatch, tmp_path):
    preferred = Preferences(output=tmp_path / "lesion-sets")
    monkeypatch.setattr(output_folder, "read_preferences", lambda: preferred)
    return tmp_path


@pytest.fixture
def output(qtbot, documents):
    output = OutputFolder()
    qtbot.addWidget(output)
    return output


def test_at_first_it_is_a_free_folder_where_the_user_prefers_it(output, documents):
    assert output.folder == documents / "lesion-sets" / "set-1"
    assert not output.folder.exists()
    output.folder.mkdir(parents=True)
    (output.folder / "dataset.json").touch()
    assert default_folder() == documents / "lesion-sets" / "set-2"


def test_new_takes_the_next_free_name(output, documents, qtbot):
    taken = documents / "mine-4"
    taken.mkdir()
    (taken / "dataset.json").touch()
    output.set_folder(taken)
    with qtbot.waitSignal(output.changed, timeout=120_000):
        output.new_button.click()
    assert output.folder == documents / "mine-5"


def test_browse_begins_where_a_folder_exists_and_can_be_left(output, documents, monkeypatch):
    asked = []

    def dialog(_parent, _title, start):
        asked.append(start)
        return "" if len(asked) == 1 else str(documents / "there")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", dialog)
    before = output.folder
    output.browse_button.click()
    assert asked == [str(documents)]
    assert output.folder == before
    output.browse_button.click()
    assert output.folder == documents / "there"


def test_paths_are_made_absolute(output, documents, monkeypatch):
    monkeypatch.chdir(documents)
    output.set_folder("here")
    assert output.folder == documents / "here"
    output.set_folder("~/sets")
    assert output.folder == Path.home() / "sets"
    output.set_folder("  ")
    assert output.folder == documents / "lesion-sets" / "set-1"
    assert str(output.folder) in output.line.toolTip()
