"""The visual Turing test in a reader's hands."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from qtpy.QtCore import Qt
from tests.widgets.review.small_sets import SPACING, patch_of

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.selection.turing import TuringTest
from napari_lesion_synth.selection.turing_design import TuringDesign
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.library import save_donors
from napari_lesion_synth.widgets.review.collection import Collection
from napari_lesion_synth.widgets.review.growing_columns import GrowingColumns
from napari_lesion_synth.widgets.review.turing_pictures import around_of, pictures_of
from napari_lesion_synth.widgets.review.turing_tab import TuringTab

pytestmark = pytest.mark.gui

KEY = Qt.Key


def donor(number, margin=3):
    patch = patch_of(number)
    cut = (slice(None), slice(margin, -margin), slice(margin, -margin))
    return Donor(
        id=f"real-{number}",
        patient=f"patient {number}",
        hu=patch.after[cut] + np.int16(number),
        mask=patch.mask[cut],
        organ=patch.mask[cut] | True,
        spacing=SPACING,
        diameter_mm=9.0 + number,
        depth_mm=3.0,
        zone=(Zone.RIM, Zone.INTERIOR)[number % 2],
        organ_hu=105.0,
        noise_hu=10.0,
    )


@pytest.fixture
def tab(qtbot, made_set, tmp_path):
    folder = made_set(16)
    lesions = Collection()
    lesions.add(GrowingColumns(folder).read()[1])
    tab = TuringTab(lesions, lambda: np.arange(4, 12))
    qtbot.addWidget(tab)
    tab.resize(420, 600)
    tab.set_folder(folder)
    tab.setup.donors.setText(str(save_donors([donor(k) for k in range(6)], tmp_path / "donors")))
    tab.setup.which.setCurrentIndex(1)  # all
    tab.setup.n.setValue(4)
    with qtbot.waitExposed(tab):
        tab.show()
    return tab


def begin(tab):
    tab.begin()
    assert tab.pages.currentWidget() is tab.trials, tab.setup.state.text()
    return tab.trials


def test_ratings_by_keys_to_the_result(tab, qtbot):
    trials = begin(tab)
    views = trials.test.trials
    for trial in views:  # a reader who always knows
        assert trials.trial == trial
        real = trial.shown[0].kind == "real"
        qtbot.keyClick(trials.pictures, KEY.Key_0 if real else KEY.Key_2)
    assert tab.pages.currentWidget() is tab.outcome
    assert [a.response for a in trials.test.answers.values()].count("10") == 4
    assert "8 of 8 questions answered" in tab.outcome.summary.text()
    assert "1.00" in tab.outcome.summary.text()
    assert "better than by chance" in tab.outcome.summary.text()
    assert tab.outcome.table.rowCount() >= 4


def test_pairs_by_arrows(tab, qtbot):
    tab.setup.task.setCurrentIndex(1)
    trials = begin(tab)
    for trial in trials.test.trials:
        left = trial.shown[0].kind == "real"
        qtbot.keyClick(trials.pictures, KEY.Key_Right if left else KEY.Key_Left)  # always wrong
    assert "Correct answers: 0 %" in tab.outcome.summary.text()


def test_keys_of_the_other_task_do_nothing(tab, qtbot):
    trials = begin(tab)
    qtbot.keyClick(trials.pictures, KEY.Key_Left)
    assert trials.test.answers == {}


def test_a_test_that_was_stopped_is_gone_on_with(tab, qtbot):
    trials = begin(tab)
    for _ in range(3):
        qtbot.keyClick(trials.pictures, KEY.Key_5)
    trials.stop.click()
    assert "3 of 8 questions answered" in tab.outcome.summary.text()
    tab.outcome.again.click()
    trials = begin(tab)
    assert trials.trial.number == 3
    assert trials.bar.value() == 3


def test_the_clock_stands_while_paused_or_out_of_sight(tab, qtbot):
    trials = begin(tab)
    qtbot.waitUntil(lambda: trials.pictures.elapsed_ms > 0, timeout=120_000)
    qtbot.keyClick(trials.pictures, KEY.Key_P)
    seen = trials.pictures.elapsed_ms
    qtbot.keyClick(trials.pictures, KEY.Key_5)  # nobody answers to what is covered
    qtbot.wait(60)
    assert trials.pictures.elapsed_ms == seen
    assert trials.test.answers == {}
    trials.pause.click()
    qtbot.waitUntil(lambda: trials.pictures.elapsed_ms > seen, timeout=120_000)
    tab.hide()
    assert trials.paused


def test_times_are_kept(tab, qtbot):
    trials = begin(tab)
    qtbot.waitUntil(lambda: trials.pictures.elapsed_ms > 50, timeout=120_000)
    qtbot.keyClick(trials.pictures, KEY.Key_5)
    assert 50 <= trials.test.answers[0].ms < 60_000


def test_nothing_that_can_be_read_tells_which_is_real(tab, qtbot):
    trials = begin(tab)
    texts = [trials.question.text(), trials.pictures.accessibleDescription()]
    texts += [w.toolTip() + w.accessibleName() for w in trials.findChildren(object) if _is(w)]
    for trial in trials.test.trials:
        for lesion in trial.shown:
            assert not any(lesion.id in text for text in texts)


def _is(thing):
    return hasattr(thing, "toolTip") and hasattr(thing, "accessibleName")


def test_as_much_is_shown_around_real_ones_as_around_synthetic_ones(tab):
    design = TuringDesign()
    real = LesionView.of_donor(donor(0))
    made = LesionView.of_patch(
        patch_of(0), id="a", patient="", zone=Zone.RIM, diameter_mm=9.0, method="poisson"
    )
    around = around_of([real, made], design)
    (one,), (other,) = (pictures_of(view, 25.0, around, design) for view in (real, made))
    # Tissue is nowhere quite black in this window, so what is black was left out.
    assert np.array_equal((one > 0).any(axis=0), (other > 0).any(axis=0))
    assert (one == 0).mean() > 0.1


def test_the_set_may_be_narrowed_to_what_the_gallery_shows(tab):
    tab.setup.which.setCurrentIndex(2)
    trials = begin(tab)
    numbers = {
        int(lesion.id[-6:])
        for trial in trials.test.trials
        for lesion in trial.shown
        if lesion.kind == "synthetic"
    }
    assert numbers <= set(range(4, 12))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.setup.donors.clear(), "Give the folder of a donor library"),
        (lambda t: t.setup.out.clear(), "Give a folder for the answers"),
        (lambda t: t.setup.donors.setText("/nowhere"), "/nowhere"),
        (lambda t: t.setup.n.setValue(50), "only 6 pairs"),
        (lambda t: t.setup.which.setCurrentIndex(0), "only 0 pairs"),
    ],
)
def test_what_is_missing_is_said(tab, change, said):
    change(tab)
    tab.begin()
    assert tab.pages.currentWidget() is tab.setup
    assert said in tab.setup.state.text()


def test_another_test_in_the_folder_is_not_overwritten(tab):
    begin(tab).stop.click()
    tab.outcome.again.click()
    tab.setup.seed.setValue(9)
    tab.begin()
    assert "another design" in tab.setup.state.text()


def test_an_answer_that_cannot_be_written_pauses(tab, qtbot, monkeypatch):
    trials = begin(tab)
    failed = []
    trials.failed.connect(failed.append)

    def full(*_):
        raise OSError("no space")

    monkeypatch.setattr(TuringTest, "answer", full)
    qtbot.keyClick(trials.pictures, KEY.Key_5)
    assert trials.paused
    assert "no space" in str(failed[0])


def test_answers_are_exported(tab, qtbot, tmp_path):
    trials = begin(tab)
    qtbot.keyClick(trials.pictures, KEY.Key_7)
    trials.stop.click()
    tab.export_to(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert rows[0]["response"] == "7"
    assert {row["kind"] for row in rows} == {"real", "synthetic"}
