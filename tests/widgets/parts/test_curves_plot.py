"""Curves grow with the metrics of a job, and go back when it does."""

from __future__ import annotations

import pytest

from napari_lesion_synth.events import Metric
from napari_lesion_synth.widgets.parts.curves_plot import CurvesPlot

pytestmark = pytest.mark.gui

LABELS = {"loss/a": "first", "loss/b": "second"}


@pytest.fixture
def plot(qtbot):
    made = CurvesPlot("Losses", LABELS)
    qtbot.addWidget(made)
    return made


def test_metrics_become_points_and_others_are_passed_over(plot):
    assert plot.empty
    for step in (10, 20):
        plot.add(Metric("loss/a", step / 100, step))
        plot.add(Metric("loss/unknown", 1.0, step))
    assert plot.points("loss/a") == ((10, 20), (0.1, 0.2))
    assert plot.points("loss/unknown") == ((), ())


def test_a_job_that_goes_back_takes_its_points_along(plot):
    for step in (10, 20, 30):
        plot.add(Metric("loss/a", 1.0, step))
    plot.add(Metric("loss/a", 5.0, 20))
    assert plot.points("loss/a") == ((10, 20), (1.0, 5.0))


def test_many_points_are_drawn_at_once_and_told_in_words(plot, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(plot, "_draw_curves", lambda: drawn.append(None) or [])
    for step in range(1, 200):
        plot.add(Metric("loss/b", 1.5, step))
    qtbot.waitUntil(lambda: bool(drawn))
    assert len(drawn) == 1
    assert plot.accessibleDescription() == "second 1.5 at step 199"


def test_the_legend_names_the_curves_that_are_there(plot):
    plot.restart([Metric("loss/b", 1.0, 1), Metric("loss/b", 2.0, 2)])
    assert [entry.text for entry in plot.legend.entries] == ["second"]
    plot.restart()
    assert plot.empty
    assert "first steps" in plot.accessibleDescription()
