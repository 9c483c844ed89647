"""Plots show the curves they are given, in the theme's colours, and leave the mouse alone."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QPalette, QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.synthesis.appearance import Profile
from napari_lesion_synth.synthesis.fit import RadialProfile, SigmoidFit
from napari_lesion_synth.widgets.parts.plots import FitPlot, ProfilePlot

pytestmark = pytest.mark.gui


@pytest.fixture
def profile():
    distance = np.arange(-7.5, 6)
    host = np.full(distance.shape, 110.0)
    return Profile(distance, host, host - 50 * (distance > 0), np.full(distance.shape, 40))


@pytest.fixture
def fitted():
    depth = np.arange(-6, 6, 0.5)
    model = 110 - 50 / (1 + np.exp(-depth / 1.2))
    profile = RadialProfile(depth, model + 1, np.full(depth.shape, 2.0), model, np.full(24, 30))
    fit = SigmoidFit(
        donor="p-1",
        patient="p",
        delta_hu=-50.0,
        edge_mm=1.2,
        diameter_mm=12.0,
        elongation=1.2,
        irregularity=0.1,
        rotation_deg=(0.0, 0.0, 0.0),
        outline=(),
        texture_hu=3.0,
        texture_mm=2.0,
        background_hu=110.0,
        noise_hu=9.0,
        residual_hu=10.4,
        delta_error_hu=1.0,
        edge_error_mm=0.1,
        diameter_error_mm=0.2,
        center=(5.0, 5.0, 5.0),
        reliable=True,
        flat=None,
    )
    return profile, fit


def shown(qtbot, plot):
    qtbot.addWidget(plot)
    plot.resize(340, plot.height())
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def curves(plot):
    return plot.graph.getPlotItem().listDataItems()


def test_both_curves_are_drawn_and_told_apart_without_colour(qtbot, profile):
    plot = shown(qtbot, ProfilePlot())
    plot.show_profile(profile)
    host, lesion = curves(plot)
    np.testing.assert_array_equal(host.yData, profile.host_hu)
    np.testing.assert_array_equal(lesion.yData, profile.lesion_hu)
    np.testing.assert_array_equal(lesion.xData, profile.distance_mm)
    assert host.opts["pen"].style() != lesion.opts["pen"].style()
    assert [entry.text for entry in plot.legend.entries] == ["CT before", "with the lesion"]
    assert "(mm)" in plot.graph.getPlotItem().getAxis("bottom").labelText
    assert "HU" in plot.graph.getPlotItem().getAxis("left").labelText
    assert plot.accessibleDescription() == (
        "inside 110 HU before, 60 HU with the lesion; outside 110 HU before, 110 HU with the lesion"
    )


def test_another_profile_takes_the_place_of_the_first(qtbot, profile):
    plot = shown(qtbot, ProfilePlot())
    for _ in range(3):
        plot.show_profile(profile)
    assert len(curves(plot)) == 2


def test_it_can_be_cleared(qtbot, profile):
    plot = shown(qtbot, ProfilePlot())
    assert plot.note.isVisible()
    plot.show_profile(profile)
    assert plot.graph.isVisible()
    assert not plot.note.isVisible()
    plot.clear()
    assert not plot.graph.isVisible()
    assert plot.note.isVisible()
    empty = np.zeros(0)
    plot.show_profile(Profile(empty, empty, empty, np.zeros(0, np.int64)))
    assert plot.note.isVisible()


def test_a_fit_shows_the_lesion_the_model_and_the_residual(qtbot, fitted):
    plot = shown(qtbot, FitPlot())
    plot.show_fit(*fitted)
    real, model = curves(plot)
    assert real.opts["symbol"] == "o"
    np.testing.assert_array_equal(real.yData, fitted[0].mean_hu)
    np.testing.assert_array_equal(model.yData, fitted[0].model_hu)
    bars = [i for i in plot.graph.getPlotItem().items if type(i).__name__ == "ErrorBarItem"]
    np.testing.assert_array_equal(bars[0].opts["height"], 4.0)
    assert "residual 10 HU" in plot.legend.entries[1].text


def test_it_follows_the_theme(qtbot, profile):
    plot = shown(qtbot, ProfilePlot())
    plot.show_profile(profile)
    colors = []
    for ink, ground in (("#101010", "#f0f0f0"), ("#f0f0f0", "#202020")):
        palette = QPalette(plot.palette())
        palette.setColor(QPalette.ColorRole.WindowText, QColor(ink))
        palette.setColor(QPalette.ColorRole.Window, QColor(ground))
        plot.setPalette(palette)
        host, lesion = curves(plot)
        assert host.opts["pen"].color() == QColor(ink)
        colors.append(lesion.opts["pen"].color().name())
    assert colors[0] != colors[1]


def test_the_wheel_over_it_is_left_to_the_page(qtbot, profile):
    plot = shown(qtbot, ProfilePlot())
    plot.show_profile(profile)
    at = plot.rect().center()
    assert plot.childAt(at) is None  # the graph is not even asked
    event = QWheelEvent(
        QPointF(at),
        QPointF(plot.mapToGlobal(at)),
        QPoint(0, 0),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot, event)
    assert not event.isAccepted()


def test_without_pyqtgraph_it_says_how_to_get_it(qtbot, profile, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyqtgraph", None)
    plot = shown(qtbot, ProfilePlot())
    plot.show_profile(profile)
    assert plot.graph is None
    assert plot.note.isVisible()
    assert "pip install pyqtgraph" in plot.note.text()
    plot.setEnabled(False)
    plot.clear()
    assert plot.note.isVisible()
