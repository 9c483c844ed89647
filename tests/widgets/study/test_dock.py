"""The dock: from photos to a frozen design, a run, its review and its results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.widgets.study.conftest import Dock, Hand, write_photo

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.stimuli.areas import read_areas
from napari_lesion_synth.widgets.study.asked_words import asked_words
from napari_lesion_synth.widgets.study.review_layers import (
    AREAS,
    FIXATIONS,
    HEAT,
    LAYERS,
    NOW,
    PHOTO,
)

pytestmark = pytest.mark.gui


def test_a_study_is_made_from_a_folder_and_frozen(dock: Dock, tmp_path: Path) -> None:
    for k in range(8):
        write_photo(tmp_path / "photos" / ("curry", "eel")[k % 2] / f"p{k}.png", k)
    tab = dock.widget.design
    tab.folder.set_folder(tmp_path / "study")
    tab.photos.set_folder(tmp_path / "photos")
    dock.until(lambda: "too small" in tab.photos.said.text())
    assert not tab.make.isEnabled()
    rules = tab.photos.rules.control("min_side")
    rules.set_value(8)
    tab.photos.look()
    dock.until(tab.make.isEnabled)
    assert "8 photos of 2 dishes" in tab.photos.said.text()
    QTest.mouseClick(tab.make, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.study is not None)
    assert tab.study.design.languages == ("ja", "en")
    dock.until(tab.freeze.isEnabled)
    QTest.mouseClick(tab.freeze, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.state.text().startswith("Frozen"))
    sha256 = read_frozen(tmp_path / "study").sha256
    assert sha256 in tab.state.text().replace("\n", "")
    assert not tab.form.forms["counts"].isEnabled()
    assert not dock.faults


def test_what_cannot_be_done_is_said_before_the_study_is_made(dock: Dock, make_study: Any) -> None:
    tab = dock.widget.design
    tab.open_study(make_study().folder)
    tab.form.forms["order"].set_values({"spacing": 50})
    tab.refresh()
    assert tab.feasible.text().startswith("✗")
    assert "spacing" in tab.feasible.text()
    assert not tab.freeze.isEnabled()


def test_a_changed_design_is_saved_before_it_is_frozen(dock: Dock, make_study: Any) -> None:
    study = make_study()
    tab = dock.widget.design
    tab.open_study(study.folder)
    tab.form.forms["counts"].set_values({"trials": 10})
    tab.refresh()
    assert not tab.freeze.isEnabled()
    QTest.mouseClick(tab.save, Qt.MouseButton.LeftButton)
    assert open_study(study.folder).design.counts.trials == 10
    assert tab.freeze.isEnabled()


def test_a_folder_without_a_study_is_told(dock: Dock, tmp_path: Path) -> None:
    dock.widget.design.open_study(tmp_path)
    assert "no design" in str(dock.faults[0])
    assert dock.widget.design.study is None


def test_a_participant_takes_part_and_the_operator_sees_it(dock: Dock, make_study: Any) -> None:
    dock.widget.design.open_study(make_study(counts={"practice": 0, "trials": 2}).folder)
    tab = dock.widget.run
    tab.code.setText("P07")
    tab.language.setCurrentIndex(tab.language.findData("en"))
    QTest.mouseClick(tab.begin, Qt.MouseButton.LeftButton)
    window = tab.window_shown
    assert window is not None
    assert not tab.begin.isEnabled()
    hand = Hand(window, dock.bot)
    hand.to_first_question()
    hand.press(Qt.Key.Key_F)
    dock.until(lambda: tab.bar.value() == 1)
    assert "1: left after" in tab.log.toPlainText()
    dock.until(lambda: tab.plot.graph is not None)
    assert "1 participant" in tab.budget.text()
    window.close()
    dock.until(lambda: tab.window_shown is None)
    assert tab.begin.text() == "&Go on"
    assert not dock.faults


def test_kinds_can_be_mixed_and_what_they_cost_is_part_of_the_design(
    dock: Dock, make_study: Any
) -> None:
    study = make_study()
    tab = dock.widget.design
    tab.open_study(study.folder)
    assert tab.form.sections["actions"].isHidden()
    kinds = tab.form.forms["judgement"].control("kind")
    kinds.combo.setCurrentIndex(kinds.field.choices.index("mixed"))
    tab.refresh()
    assert not tab.form.sections["actions"].isHidden()
    assert "a matter of gain" in tab.feasible.text()
    tab.form.forms["selection"].set_values({"rule": "gain"})
    tab.form.forms["actions"].set_values({"rating_s": 2.5})
    tab.refresh()
    assert tab.feasible.text().startswith("✓")
    QTest.mouseClick(tab.save, Qt.MouseButton.LeftButton)
    design = open_study(study.folder).design
    assert (design.judgement.kind, design.actions.rating_s) == ("mixed", 2.5)


def test_the_operator_sees_which_kind_came_and_why() -> None:
    """In a mixed study: bits, seconds, and the rates of the other kinds."""
    facts = {"gain": 0.5, "cost_s": 5.0, "bits_per_s": {"pair": 0.08, "re-rate": 0.1}}
    trial = Trial(6, "1", "vas", ("a.png",), "How?", chosen_by="gain", facts=facts)
    assert asked_words(trial) == (
        "Question 7: rating, a.png (gain: 0.50 bits in 5 s). Bits a second, the best of each "
        "kind: rating 0.100, pair 0.080"
    )
    assert asked_words(replace(trial, chosen_by="repeat")) == "Question 7: rating, a.png (repeat)"
    plain = Trial(0, "1", "pair", ("a.png", "b.png"), "Which?")
    assert asked_words(plain) == "Question 1: pair, a.png, b.png (random)"


def test_a_participant_compares_and_rates_in_one_sitting(dock: Dock, make_study: Any) -> None:
    study = make_study(
        judgement={"kind": "mixed"},
        selection={"rule": "gain"},
        counts={"practice": 2, "trials": 2},
    )
    dock.widget.design.open_study(study.folder)
    tab = dock.widget.run
    tab.code.setText("P07")
    QTest.mouseClick(tab.begin, Qt.MouseButton.LeftButton)
    hand = Hand(tab.window_shown, dock.bot)
    hand.to_first_question()
    assert "pair" in tab.at.text()
    hand.answer(Qt.Key.Key_F)
    hand.wait_for_question()
    assert tab.at.text().startswith("Question 2: rating")
    hand.answer(Qt.Key.Key_Right, Qt.Key.Key_Return)
    kinds = [trial.kind for trial in hand.session.state.trials[:2]]
    assert kinds == ["pair", "vas"]
    assert not dock.faults


def test_a_code_that_cannot_be_is_told(dock: Dock, make_study: Any) -> None:
    study = make_study()
    dock.widget.design.open_study(study.folder)
    dock.widget.run.code.setText("Ms Tanaka")
    dock.widget.run.start()
    assert "cannot be a participant's code" in str(dock.faults[0])
    assert dock.widget.run.window_shown is None


def test_participants_are_simulated_in_a_process(dock: Dock, make_study: Any) -> None:
    study = make_study()
    dock.widget.design.open_study(study.folder)
    part = dock.widget.run.simulate
    part.form.set_values({"participants": 2})
    part.start()
    dock.until(lambda: not part.run.running)
    assert study.codes == ("sim-01", "sim-02")
    dock.until(lambda: "2 participants, 2 finished" in dock.widget.run.budget.text())


def test_a_participant_is_deleted(dock: Dock, make_study: Any) -> None:
    study = make_study()
    list(simulate_study(SimulateStudy(folder=study.folder, participants=2), StopToken()))
    dock.widget.design.open_study(study.folder)
    part = dock.widget.run.erase
    part.erase("sim-01")
    assert study.codes == ("sim-02",)
    assert [part.code.itemText(k) for k in range(part.code.count())] == ["sim-02"]


@pytest.fixture
def looked_at(make_study: Any) -> Any:
    """A study with simulated gaze."""
    study = make_study(viewing={"gaze_source": "simulated"}, counts={"trials": 20})
    list(simulate_study(SimulateStudy(folder=study.folder, participants=2), StopToken()))
    return study


def test_photos_are_reviewed_in_layers_that_stay(dock: Dock, looked_at: Any) -> None:
    dock.widget.design.open_study(looked_at.folder)
    tab, viewer = dock.widget.review, dock.widget.viewer
    dock.until(lambda: tab.who.count() == 3)
    tab.show()
    dock.until(lambda: tab.looked is not None)
    layers = [tab.layers.layer(role) for role in LAYERS]
    assert all(layer in viewer.layers for layer in layers)
    first = tab.looked
    tab.photo.setCurrentIndex(3)
    tab.show()
    dock.until(lambda: tab.looked is not first)
    assert [tab.layers.layer(role) for role in LAYERS] == layers
    photo = looked_at.stimuli.stimuli[3]
    np.testing.assert_array_equal(tab.layers.layer(PHOTO).data, photo.picture())


def test_fixations_lie_where_the_map_is_hot(dock: Dock, looked_at: Any) -> None:
    dock.widget.design.open_study(looked_at.folder)
    tab = dock.widget.review
    for number in range(tab.photo.count()):
        tab.photo.setCurrentIndex(number)
        before = tab.looked
        tab.show()
        dock.until(lambda before=before: tab.looked is not before)
        if tab.looked.fixations:
            break
    points, heat = tab.layers.layer(FIXATIONS), tab.layers.layer(HEAT)
    assert len(points.data) == len(points.features) == len(tab.looked.fixations)
    longest = int(points.features["duration_s"].to_numpy().argmax())
    cell = np.round(heat.world_to_data(points.data[longest])).astype(int)
    assert heat.data[tuple(np.clip(cell, 0, np.array(heat.data.shape) - 1))] > 0.3
    fixation = tab.looked.fixations[longest]
    assert tuple(points.data[longest]) == pytest.approx((fixation.y - 0.5, fixation.x - 0.5))
    tab.time.setValue(0)
    assert points.shown.sum() < max(2, len(points.data))
    assert tab.layers.layer(NOW).data.shape[1] == 2


def test_painted_areas_are_kept_beside_the_photo(dock: Dock, make_study: Any) -> None:
    study = make_study()
    dock.widget.design.open_study(study.folder)
    tab = dock.widget.review
    tab.show()
    dock.until(lambda: tab.looked is not None)
    QTest.mouseClick(tab.paint, Qt.MouseButton.LeftButton)
    layer = tab.layers.layer(AREAS)
    assert dock.widget.viewer.layers.selection.active is layer
    layer.brush_size = 9
    layer.paint((20, 30), 1)
    QTest.mouseClick(tab.keep, Qt.MouseButton.LeftButton)
    areas = read_areas(study.stimuli.stimuli[0])
    assert areas is not None
    assert areas.present == ("main ingredient",)
    assert areas.labels[20, 30] == 1


def test_results_are_computed_in_a_process_and_shown(dock: Dock, make_study: Any) -> None:
    study = make_study(counts={"trials": 20})
    list(simulate_study(SimulateStudy(folder=study.folder, participants=2), StopToken()))
    dock.widget.design.open_study(study.folder)
    dock.widget.tabs.setCurrentIndex(3)
    tab = dock.widget.model
    assert tab.photos.rowCount() == 0
    tab.start("scale")
    dock.until(lambda: not tab.runs["scale"].running)
    assert tab.photos.rowCount() == len(study.stimuli)
    assert "2 raters" in tab.scaled.text()
    assert tab.ranking.graph is not None


def test_the_dock_goes_without_a_trace(dock: Dock, make_study: Any) -> None:
    dock.widget.design.open_study(make_study().folder)
    tab = dock.widget.review
    tab.show()
    dock.until(lambda: tab.looked is not None)
    dock.widget.run.code.setText("P01")
    dock.widget.run.start()
    window = dock.widget.run.window_shown
    dock.widget.close_study()
    assert not window.isVisible()
    assert not len(dock.widget.viewer.layers)
