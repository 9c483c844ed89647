"""The thresholds: verdicts that follow them, and what is written."""

from __future__ import annotations

import numpy as np
import pytest
from tests.widgets.review.small_sets import bands

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.selection.scores_file import bands_in, read_scores, read_summary
from napari_lesion_synth.widgets.review.band_plot import bin_edges

pytestmark = pytest.mark.gui


@pytest.fixture
def tab(opened):
    tab = opened(scored=True)
    tab.pages.setCurrentWidget(tab.band)
    return tab


def passing(tab, zone):
    own = tab.lesions.zone == zone
    return int((tab.lesions.passes[own] == 1).sum())


def test_without_scores_it_says_what_to_do(opened):
    tab = opened()
    assert "press Score" in tab.band.state.text()
    assert not tab.band.low.isEnabled()
    assert not tab.band.save.isEnabled()


def test_it_shows_the_band_of_the_file(tab):
    band = bands()[Zone.RIM]
    assert tab.band.zone.currentData() == "rim"
    assert tab.band.low.value() == pytest.approx(band.low, abs=0.01)
    assert tab.band.high.value() == pytest.approx(band.high, abs=0.01)
    assert tab.band.state.text().startswith(f"{passing(tab, 'rim')} of 6 pass")
    assert not tab.band.save.isEnabled()


def test_verdicts_follow_a_threshold_in_its_zone_alone(tab, qtbot):
    interior = passing(tab, "interior")
    with qtbot.waitSignal(tab.band.changed):
        tab.band.high.setValue(1000.0)
    tab.band.low.setValue(0.0)
    assert passing(tab, "rim") == 6
    assert passing(tab, "interior") == interior
    qtbot.waitUntil(lambda: tab.band.state.text().startswith("6 of 6 pass (100 %)"))
    with qtbot.waitSignal(tab.band.changed):
        tab.band.reset.click()
    assert tab.band.low.value() == pytest.approx(bands()[Zone.RIM].low, abs=0.01)
    assert not tab.band.unsaved


def test_a_handle_is_dragged(tab, qtbot):
    low, _ = tab.band.plot.handles
    with qtbot.waitSignal(tab.band.changed):
        low.setValue(15.0)
    assert tab.band.low.value() == 15.0
    assert tab.lesions.limits["rim"].low == 15.0


def test_a_handle_at_the_edge_stands_for_no_limit(tab, qtbot):
    _, high = tab.band.plot.handles
    with qtbot.waitSignal(tab.band.changed):
        high.setValue(1e6)
    assert tab.lesions.limits["rim"].high == np.inf
    assert tab.band.high.text() == "no limit"


def test_one_threshold_takes_the_other_along(tab, qtbot):
    with qtbot.waitSignal(tab.band.changed):
        tab.band.low.setValue(50.0)
    band = tab.lesions.limits["rim"]
    assert band.low == band.high == 50.0


def test_a_band_that_is_saved_is_the_band_of_the_set(tab, qtbot):
    before = read_summary(tab.set.folder)
    with qtbot.waitSignal(tab.band.changed):
        tab.band.high.setValue(18.0)
    shown = tab.lesions.passes.tolist()
    tab.band.save.click()
    assert read_scores(tab.set.folder)["passed"].tolist() == shown
    summary = read_summary(tab.set.folder)
    saved = bands_in(summary)
    assert saved[Zone.RIM].high == 18.0
    rates = {(row["zone"], row["method"]): row["passed"] for row in summary["acceptance"]}
    assert rates["", ""] == sum(shown)
    assert rates["rim", ""] == passing(tab, "rim")
    assert saved[Zone.INTERIOR] == bands_in(before)[Zone.INTERIOR]
    assert tab.lesions.passes.tolist() == shown
    assert not tab.band.unsaved
    assert not tab.band.save.isEnabled()


def test_scores_that_went_meanwhile_are_told(tab, qtbot):
    troubles = []
    tab.troubled.connect(troubles.append)
    with qtbot.waitSignal(tab.band.changed):
        tab.band.high.setValue(18.0)
    for name in ("scores.csv", "scores.json"):
        (tab.set.folder / name).unlink()
    tab.band.save.click()
    assert "no scores any more" in str(troubles[0])


def test_the_histogram_says_what_it_shows(tab):
    description = tab.band.plot.accessibleDescription()
    assert description.startswith("30 real lesions")
    assert [entry.text for entry in tab.band.plot.legend.entries] == [
        "real, held out",
        "passing",
        "failing",
    ]
    styles = {entry.pen.style() for entry in tab.band.plot.legend.entries}
    assert len(styles) == 3  # not by colour alone


@pytest.mark.parametrize("low", [0.0, 0.01, 9.96, 31.0])
@pytest.mark.parametrize("high", [32.07, 47.9])
def test_no_bin_holds_errors_of_both_sides_of_an_end(low, high):
    edges = bin_edges(low, high, 48.0)
    assert np.isclose(edges, low, atol=1e-9).any()
    assert np.nextafter(high, np.inf) in edges  # an error at the end itself passes
    assert edges[0] <= 0.0
    assert edges[-1] >= 48.0
    assert np.diff(edges) == pytest.approx(np.diff(edges)[0])
    assert 16 <= len(edges) <= 100


@pytest.mark.parametrize("high", [48.0, np.inf])
def test_bins_of_a_band_without_end_begin_at_its_lower_one(high):
    edges = bin_edges(10.0, high, 48.0)
    assert 10.0 in edges
    assert edges[0] <= 0.0
    assert 48.0 <= edges[-1] < np.inf


@pytest.mark.parametrize("low", [0.0, 20.0, 60.0])
def test_a_band_next_to_nothing_has_bins_of_the_usual_width(low):
    edges = bin_edges(low, low, 48.0)
    assert len(edges) <= 40
    assert (np.diff(edges) > 0).all()
