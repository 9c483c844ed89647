"""Opening something else while there are lesions that no file has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtWidgets import QFileDialog

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.widgets.synthesize import saving
from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

pytestmark = pytest.mark.gui

BESIDE, ELSEWHERE = (12, 32, 14), (12, 48, 32)


@pytest.fixture
def widget(make_widget, files, settle) -> SynthesizeWidget:
    """A dock widget with the small CT, and one draft in it."""
    made = make_widget()
    made.open_case(files["ct"], organ=files["organ"])
    settle(made)
    made.bench.place(BESIDE)
    settle(made)
    return made


@pytest.fixture
def other(ball_case, tmp_path) -> Path:
    """Another CT."""
    from napari_lesion_synth.ct.write import write_volume

    return write_volume(tmp_path / "other.nii.gz", ball_case(seed=5).volume)


def sample(widget: SynthesizeWidget) -> None:
    widget.case.samples.menu().actions()[0].trigger()


def layer(widget: SynthesizeWidget) -> None:
    added = widget.viewer.add_image(np.zeros((4, 8, 8), np.int16), name="mine")
    widget.case.layer.choose(added)
    widget.case.layer.activated.emit(1)


@pytest.fixture
def ways(widget, other, monkeypatch, tmp_path, settle) -> dict[str, Callable[[], None]]:
    """All ways to open something else, as a person goes them."""
    widget.saving.save_project(tmp_path / "work.yaml")
    settle(widget)
    widget.bench.place(ELSEWHERE)  # which the project's file does not have
    chosen = {"CT": other, "project": tmp_path / "work.yaml"}
    monkeypatch.setattr(
        QFileDialog,
        "getOpenFileName",
        lambda _parent, title, *_: (str(chosen["project" if "project" in title else "CT"]), ""),
    )
    open_ct, _, _, project = widget.case.open.menu().actions()
    return {
        "CT": open_ct.trigger,
        "sample": lambda: sample(widget),
        "layer": lambda: layer(widget),
        "project": project.trigger,
        "project of Keep": widget.keep.reopen.click,
    }


def test_every_way_to_open_something_else_asks_first(widget, ways, settle):
    volume = widget.bench.require_case().volume
    for name, go in ways.items():
        go()
        assert widget.unsaved.box is not None, name
        assert "2 lesions are in no file yet" in widget.unsaved.box.text()
        widget.unsaved.keep_working.click()
        settle(widget)
        assert widget.unsaved.box is None
        assert widget.bench.require_case().volume is volume, name
        assert len(widget.bench.scene.sites) == 2, name
    assert widget.case.layer.layer is None  # it does not show what was not opened


def test_discard_opens_it(widget, settle):
    sample(widget)
    widget.unsaved.discard.click()
    settle(widget)
    assert widget.bench.scene.sites == ()
    assert widget.bench.require_case().volume.shape != (24, 64, 64)


def test_escape_keeps_working(widget, settle, qtbot):
    from qtpy.QtCore import Qt

    sample(widget)
    qtbot.keyClick(widget.unsaved.box, Qt.Key.Key_Escape)
    settle(widget)
    assert widget.unsaved.box is None
    assert len(widget.bench.scene.sites) == 1


def test_kept_lesions_are_saved_as_a_set_and_then_it_is_opened(
    widget, settle, monkeypatch, tmp_path
):
    widget.bench.commit()
    sample(widget)
    assert widget.unsaved.save.text().startswith("Save set")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "set"), ""))
    widget.unsaved.save.click()
    settle(widget)
    assert len(GeneratedSet.open(tmp_path / "set").table) == 1
    assert widget.bench.scene.sites == ()


def test_drafts_alone_are_saved_as_a_project(widget, settle, monkeypatch, tmp_path):
    sample(widget)
    assert widget.unsaved.save.text().startswith("Save project")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.yaml"), ""))
    widget.unsaved.save.click()
    settle(widget)
    assert (tmp_path / "a.yaml").exists()
    assert widget.bench.scene.sites == ()


def test_nothing_is_opened_where_saving_is_canceled_or_fails(widget, settle, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    sample(widget)
    widget.unsaved.save.click()
    settle(widget)
    assert len(widget.bench.scene.sites) == 1

    def full(*_, **__):
        raise StorageError("the disk is full", where=tmp_path, remedy="Free some space")

    monkeypatch.setattr(saving, "save_project", full)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.yaml"), ""))
    sample(widget)
    widget.unsaved.save.click()
    settle(widget)
    assert len(widget.bench.scene.sites) == 1
    assert "the disk is full" in widget.status.text()


@pytest.mark.parametrize("saved", ["project", "set"])
def test_what_is_on_disk_is_not_asked_about(widget, settle, tmp_path, saved):
    widget.bench.commit()
    if saved == "set":
        widget.saving.save_set(tmp_path / "set")
    else:
        widget.saving.save_project(tmp_path / "work.yaml")
    settle(widget)
    sample(widget)
    assert widget.unsaved.box is None
    settle(widget)
    assert widget.bench.scene.sites == ()


def test_closing_the_dock_takes_the_question_away(widget):
    sample(widget)
    widget.close_workbench()
    assert widget.unsaved.box is None
