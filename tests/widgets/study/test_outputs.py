"""Model: report, export and table leave the dock by buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog
from tests.widgets.study.conftest import Dock

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study

pytestmark = pytest.mark.gui


@pytest.fixture
def part(dock: Dock, make_study: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The part, for two simulated participants; what it opens is noted."""
    study = make_study(counts={"trials": 12, "practice": 0})
    list(simulate_study(SimulateStudy(folder=study.folder, participants=2), StopToken()))
    dock.widget.design.open_study(study.folder)
    dock.widget.tabs.setCurrentIndex(3)
    made = dock.widget.model.outputs
    made.opened = []
    monkeypatch.setattr(made, "show_page", lambda path: made.opened.append(path) or True)
    return made


def test_the_report_is_written_and_opened_and_the_table_with_it(
    dock: Dock, part: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not part.table.isEnabled()  # nothing was scaled yet
    QTest.mouseClick(part.report.button, Qt.MouseButton.LeftButton)
    dock.until(lambda: not part.report.running and bool(part.opened))
    (page,) = part.opened
    assert page.name == "report.html"
    assert "simulated" in page.read_text(encoding="utf-8")
    assert dock.widget.model.photos.rowCount() == 8  # the report had the answers scaled
    assert part.table.isEnabled()
    chosen = str(tmp_path / "values"), "CSV (*.csv)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    QTest.mouseClick(part.table, Qt.MouseButton.LeftButton)
    rows = (tmp_path / "values.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 8
    assert not dock.faults


def test_an_export_gets_a_folder_of_its_own_and_is_opened(
    dock: Dock, part: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "out" / "study-tidy").mkdir(parents=True)
    (tmp_path / "out" / "study-tidy" / "mine.txt").write_text("kept", encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    part.form.set_values({"anonymise": True})
    QTest.mouseClick(part.export.button, Qt.MouseButton.LeftButton)
    dock.until(lambda: not part.export.running and bool(part.opened))
    assert part.opened == [tmp_path / "out" / "study-tidy-2"]
    answers = (part.opened[0] / "answers.csv").read_text(encoding="utf-8")
    assert "sim-01" not in answers


def test_a_table_that_is_not_there_is_told(dock: Dock, part: Any, tmp_path: Path) -> None:
    part.save_table(tmp_path / "values.csv")
    assert "nothing was scaled" in str(dock.faults[0])
