"""Review shows what the report counts: nobody who is left out, and no practice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.jobs.studies import make, simulate

from napari_lesion_synth.jobs.study_regress_gaze import looked_at
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.widgets.study.design_words import budget_words
from napari_lesion_synth.widgets.study.looked import look_at, viewers_of
from napari_lesion_synth.widgets.study.review_tab import _told
from napari_lesion_synth.widgets.study.run_tab import RunTab
from napari_lesion_synth.widgets.study.standing import standing_of

CHANGES = {
    "counts.trials": 20,
    "checks.catch_share": 0.3,
    "checks.repeat_share": 0.1,
    "checks.catch_pass": 0.9,
    "viewing.gaze_source": "mouse_aperture",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three simulated participants, of whom one answers without looking."""
    folder: Path = tmp_path_factory.mktemp("looked") / "study"
    return simulate(make(folder, CHANGES), 3, careless=1, lapse=0)


@pytest.fixture(scope="module")
def left_out(study: Study) -> str:
    (code,) = gather(study).left_out
    return code


def test_who_is_left_out_is_in_no_picture_and_that_is_said(study: Study, left_out: str) -> None:
    for photo in study.stimuli.ids:
        looked = look_at(study, photo, None)
        assert left_out not in {view.code for view in looked.views}
        if looked.left_out:
            assert f"{left_out} passed" in _told(looked)
            assert "not shown" in _told(looked)
    assert viewers_of(study)[left_out].left_out.startswith("passed")


def test_alone_they_are_shown_with_a_warning(study: Study, left_out: str) -> None:
    shown = [look_at(study, photo, left_out) for photo in study.stimuli.ids]
    looked = next(each for each in shown if each.views)
    assert {view.code for view in looked.views} == {left_out}
    assert "counts in no result" in _told(looked)


def test_the_figures_are_those_of_the_report(study: Study) -> None:
    report = looked_at(gather(study), "simulated")
    for photo in study.stimuli.ids:
        looked = look_at(study, photo, None)
        there = report.looks.get(photo)
        assert (looked.looking is None) == (there is None)
        if looked.looking is not None and there is not None:
            assert looked.looking.viewers == there.viewers
    people = gather(study).used
    showings = sum(photo in t.stimuli for p in people for t, _ in p.state.judged)
    assert len(looked.views) == showings


def test_gaze_that_makes_no_maps_is_in_no_figure(study: Study, monkeypatch: Any) -> None:
    from napari_lesion_synth.perception.gaze.quality import GazeVerdict
    from napari_lesion_synth.widgets.study import looked as module

    poor = GazeVerdict(maps=False, sides=True, reasons=("the accuracy was not validated",))
    real = module._view
    monkeypatch.setattr(module, "_view", lambda *a: replace(real(*a), verdict=poor))
    looked = look_at(study, study.stimuli.ids[0], None)
    assert looked.views
    assert not np.any(looked.heat)
    assert "in neither map nor times" in _told(looked)


@pytest.mark.gui
def test_run_and_design_say_the_same_of_what_is_planned(study: Study, qtbot: Any) -> None:
    assert "2 hidden repeats and 6 catch trials; before them 1 practice trial" in budget_words(
        study.design, study.stimuli
    )
    tab = RunTab(lambda _error: None)
    qtbot.addWidget(tab)
    tab._on_standing(0, standing_of(study))
    planned = "28 judgements (24 new, 4 hidden repeats)"
    assert f"All 2 together: {planned}." in budget_words(study.design, study.stimuli)
    assert f"Planned for 2 participants: {planned}" in tab.budget.text()
    assert "catch trials are not counted" in tab.budget.text()
    tab.close_tab()
