"""Design: a study of limits is designed, changed and frozen in the dock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QCheckBox
from tests.widgets.study.conftest import Dock, write_photo

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_limit_settings import read_limit_settings
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.design.layout import LIMITS_YAML
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings

pytestmark = pytest.mark.gui


def click(box: QCheckBox) -> None:
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def type_number(box: Any, text: str) -> None:
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


@pytest.fixture
def tab(dock: Dock, tmp_path: Path) -> Any:
    """The tab, with eight photos and the limits unfolded."""
    for k in range(8):
        write_photo(tmp_path / "photos" / ("curry", "eel")[k % 2] / f"p{k}.png", k)
    made = dock.widget.design
    made.folder.set_folder(tmp_path / "study")
    made.photos.rules.control("min_side").set_value(8)
    made.photos.set_folder(tmp_path / "photos")
    dock.until(lambda: made.photos.found is not None)
    made.form.forms["order"].set_values({"spacing": 0})
    made.sections["Limits"].header.setChecked(True)
    return made


def test_limits_are_designed_made_and_frozen(dock: Dock, tab: Any, tmp_path: Path) -> None:
    part = tab.limits
    click(part.wanted)
    for name in ("brightness", "saturation"):
        click(part.rows[name].tick)
    click(part.rows["noise"].tick)
    type_number(part.rows["rotate"].low, "-20")
    type_number(part.rows["rotate"].high, "10")
    dock.until(tab.make.isEnabled)
    assert "4 directions" in part.said.text()
    QTest.mouseClick(tab.make, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.study is not None)
    tried = read_limit_settings(tmp_path / "study")
    assert tried == LimitSettings(
        transforms=("rotate", "blur", "noise"), ends={"rotate": (-20.0, 10.0)}
    )
    dock.until(tab.freeze.isEnabled)
    QTest.mouseClick(tab.freeze, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.state.text().startswith("Frozen"))
    assert LIMITS_YAML in read_frozen(tmp_path / "study").files
    assert not part.wanted.isEnabled()
    assert not part.rows["rotate"].tick.isEnabled()
    assert not dock.faults


def test_what_was_designed_is_what_participants_are_asked(
    dock: Dock, tab: Any, tmp_path: Path
) -> None:
    click(tab.limits.wanted)
    for name in ("brightness", "saturation", "blur"):
        click(tab.limits.rows[name].tick)
    tab.form.forms["counts"].set_values({"trials": 6, "practice": 0})
    dock.until(tab.make.isEnabled)
    QTest.mouseClick(tab.make, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.study is not None)
    list(simulate_study(SimulateStudy(folder=tmp_path / "study", participants=1), StopToken()))
    (person,) = gather(open_study(tmp_path / "study")).used
    judged = [trial for trial, _ in person.state.judged]
    assert judged
    assert {trial.facts["transform"] for trial in judged} == {"rotate"}


def test_limits_are_changed_and_taken_back_before_freezing(dock: Dock, make_study: Any) -> None:
    study = make_study()
    tab = dock.widget.design
    tab.open_study(study.folder)
    tab.sections["Limits"].header.setChecked(True)
    assert not tab.limits.wanted.isChecked()
    click(tab.limits.wanted)
    dock.until(tab.save.isEnabled)
    assert not tab.freeze.isEnabled()
    QTest.mouseClick(tab.save, Qt.MouseButton.LeftButton)
    assert read_limit_settings(study.folder) == LimitSettings()
    dock.until(tab.freeze.isEnabled)
    click(tab.limits.wanted)
    dock.until(tab.save.isEnabled)
    QTest.mouseClick(tab.save, Qt.MouseButton.LeftButton)
    assert read_limit_settings(study.folder) is None


@pytest.mark.parametrize(
    ("wrong", "told"), [("ticks", "choose at least one"), ("ratings", "pairs"), ("ends", "ends of")]
)
def test_what_cannot_be_tried_is_said(dock: Dock, tab: Any, wrong: str, told: str) -> None:
    click(tab.limits.wanted)
    if wrong == "ticks":
        for row in tab.limits.rows.values():
            if row.tick.isChecked():
                click(row.tick)
    elif wrong == "ends":
        for box in (tab.limits.rows["rotate"].low, tab.limits.rows["rotate"].high):
            type_number(box, "0")
    else:
        tab.form.forms["judgement"].set_values({"kind": "vas"})
    tab.refresh()
    assert tab.feasible.text().startswith("✗")
    assert told in tab.feasible.text()
    assert not tab.make.isEnabled()


def test_a_study_begins_with_the_design_of_another(dock: Dock, make_study: Any, tab: Any) -> None:
    other = make_study("other", counts={"trials": 9})
    (other.folder / LIMITS_YAML).write_text("transforms: [blur]\nlevels: 7\n", encoding="utf-8")
    tab.use_design(other.folder / "design.yaml")
    assert tab.form.values()["counts"]["trials"] == 9
    assert tab.limits.settings() == LimitSettings(transforms=("blur",), levels=7)
    tab.use_design(other.folder / "none.yaml")
    assert "no design" in str(dock.faults[0])


def test_photos_are_copied_into_the_study_and_a_table_tells_of_them(
    dock: Dock, tab: Any, tmp_path: Path
) -> None:
    table = tmp_path / "photos" / "table.csv"
    lines = [f"{('curry', 'eel')[k % 2]}/p{k}.png,dish{k % 4}" for k in range(8)]
    table.write_text("\n".join(["file,category", *lines]) + "\n", encoding="utf-8")
    QTest.keyClicks(tab.photos.table.control("table"), str(table))
    dock.until(lambda: "4 dishes" in tab.photos.said.text())
    click(tab.photos.copy)
    dock.until(tab.make.isEnabled)
    QTest.mouseClick(tab.make, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.study is not None)
    assert tab.study.design.stimuli == "stimuli"
    assert sorted(tab.study.stimuli.categories) == ["dish0", "dish1", "dish2", "dish3"]
    assert (tmp_path / "study" / "stimuli" / "curry" / "p0.png").exists()
