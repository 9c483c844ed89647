"""The gallery under a hand: keys, clicks, filters, bad sets."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget
from tests.widgets.review.small_sets import append, write_some_scores

from napari_lesion_synth.dataset.layout import (
    DECISIONS_JSONL,
    SCORES_CSV,
    patch_path,
    sample_id,
    thumb_path,
)
from napari_lesion_synth.errors import DatasetError, StorageError
from napari_lesion_synth.selection.review import Ledger
from napari_lesion_synth.widgets.review.canvas_lesion import Look
from napari_lesion_synth.widgets.review.reasons import REASONS

pytestmark = pytest.mark.gui

KEY, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier
WORDS = Qt.ItemDataRole.AccessibleTextRole


def words(gallery, number):
    return gallery.model.index_of(sample_id(number)).data(WORDS)


def on_disk(gallery):
    gallery.set.book.wait()
    return {
        name: (record["decision"], record["reason"])
        for name, record in Ledger.open(gallery.set.folder).verdicts.items()
    }


def shown(gallery):
    return [gallery.model.id_at(k) for k in range(gallery.model.rowCount())]


def test_a_set_is_shown_with_facts_verdicts_and_counts(opened, qtbot):
    gallery = opened(scored=True)
    assert gallery.path.text() == "set: 12 lesions"
    assert words(gallery, 0).startswith("lesion_000000, poisson · rim 8 mm, rank ")
    assert words(gallery, 0).endswith("fails: error too low, by score")
    assert gallery.counts.text(1, 0) == "poisson"
    assert gallery.counts.text(0, 1) == "rim"
    qtbot.waitUntil(lambda: gallery.thumbs.kept == 12 or not gallery.thumbs.pending)


def test_keys_judge_and_go_on_to_the_next(opened, qtbot):
    gallery = opened()
    for key in (KEY.Key_A, KEY.Key_R, KEY.Key_3):
        qtbot.keyClick(gallery.view, key)
    assert gallery.view.current == sample_id(3)
    assert on_disk(gallery) == {
        sample_id(0): ("accept", ""),
        sample_id(1): ("reject", ""),
        sample_id(2): ("reject", "blurred"),
    }
    assert [words(gallery, k).rpartition("mm, ")[2] for k in range(4)] == [
        "accepted, by you",
        "rejected, by you",
        "rejected: blurred, by you",
        "no verdict",
    ]
    qtbot.waitUntil(lambda: gallery.counts.text(3, 3) == "1/3 33 %")


def test_lesions_that_are_judged_already_are_passed_over(opened, qtbot):
    gallery = opened()
    gallery.view.show_place(1)
    qtbot.keyClick(gallery.view, KEY.Key_A)
    gallery.view.show_place(0)
    qtbot.keyClick(gallery.view, KEY.Key_A)
    assert gallery.view.current == sample_id(2)
    gallery.view.show_place(11)
    qtbot.keyClick(gallery.view, KEY.Key_A)
    assert gallery.view.current == sample_id(2)  # from the start again


def test_several_are_judged_and_taken_back_at_one_stroke(opened, qtbot):
    gallery = opened()
    for _ in range(2):
        qtbot.keyClick(gallery.view, KEY.Key_Right, SHIFT)
    assert gallery.view.chosen() == [0, 1, 2]
    qtbot.keyClick(gallery.view, KEY.Key_1)
    assert on_disk(gallery) == {sample_id(k): ("reject", "seam") for k in range(3)}
    assert gallery.view.current == sample_id(3)
    with qtbot.waitSignal(gallery.set.book.undone):
        qtbot.keyClick(gallery.view, KEY.Key_U)
    assert on_disk(gallery) == {}
    assert words(gallery, 1).endswith("no verdict")
    assert gallery.view.current == sample_id(0)


def test_in_a_filter_by_verdict_the_judged_leave(opened, qtbot):
    gallery = opened()
    gallery.filters.which.setCurrentIndex(5)  # not decided by you
    gallery.view.show_place(4)
    qtbot.keyClick(gallery.view, KEY.Key_R)
    assert sample_id(4) not in shown(gallery)
    assert gallery.view.current == sample_id(5)
    assert gallery.path.text() == "set: 11 of 12 lesions"
    gallery.view.selectAll()
    qtbot.keyClick(gallery.view, KEY.Key_A)
    assert shown(gallery) == []
    assert gallery.view.current == ""
    assert len(on_disk(gallery)) == 12


def test_letters_in_the_search_field_are_letters(opened, qtbot):
    gallery = opened()
    qtbot.keyClicks(gallery.filters.text, "ar1")
    assert on_disk(gallery) == {}
    gallery.filters.text.clear()
    qtbot.keyClicks(gallery.filters.text, "00011")
    qtbot.waitUntil(lambda: shown(gallery) == [sample_id(11)])
    gallery.filters.clear_button.click()
    assert len(shown(gallery)) == 12
    assert not gallery.filters.clear_button.isEnabled()


def test_buttons_and_menu_do_what_the_keys_do(opened, qtbot):
    gallery = opened()
    assert not gallery.verdicts.undo.isEnabled()
    gallery.verdicts.accept.click()
    gallery.verdicts.reject.click()
    actions = gallery.verdicts.why.menu().actions()
    assert [action.text().split("  ")[1] for action in actions] == list(REASONS)
    actions[7].trigger()
    assert list(on_disk(gallery).values()) == [
        ("accept", ""),
        ("reject", ""),
        ("reject", "copy of a real one"),
    ]
    assert gallery.verdicts.undo.isEnabled()


def test_before_after_and_difference(opened, qtbot):
    gallery = opened()
    seen = []
    gallery.lesion.look_changed.connect(seen.append)
    for key in (KEY.Key_Space, KEY.Key_Space, KEY.Key_D, KEY.Key_D):
        qtbot.keyClick(gallery.view, key)
    assert seen == [Look.BEFORE, Look.AFTER, Look.DIFFERENCE, Look.AFTER]


def test_the_outline_is_toggled_by_key_and_button(opened, qtbot):
    gallery = opened()
    seen = []
    gallery.lesion.outline_changed.connect(seen.append)
    qtbot.keyClick(gallery.view, KEY.Key_O)
    gallery.lesion.outline.click()
    assert seen == [False, True]


def test_a_growing_set_keeps_its_place(opened, qtbot):
    gallery = opened(asked=30)
    assert gallery.path.text() == "set: 12 lesions so far"
    gallery.view.show_place(7)
    resets = []
    gallery.model.modelReset.connect(lambda: resets.append(1))
    append(gallery.set.folder, range(12, 30))
    gallery.set.look_again()
    assert gallery.path.text() == "set: 30 lesions"
    assert gallery.view.current == sample_id(7)
    assert not resets


def test_another_set_of_the_same_size_is_another(opened, made_set, qtbot):
    gallery = opened()
    gallery.act("accept")
    chosen = []
    gallery.lesion_shown.connect(lambda name, _: chosen.append(name))
    assert gallery.open_set(made_set(name="other"))
    assert gallery.path.text() == "other: 12 lesions"
    assert words(gallery, 0).endswith("no verdict")
    qtbot.waitUntil(lambda: chosen == [sample_id(0)])


def test_scores_that_are_written_meanwhile_are_seen(opened, qtbot):
    gallery = opened()
    assert "no scores" in gallery.band.state.text()
    write_some_scores(gallery.set.folder)
    gallery.set.look_again()
    assert "by score" in words(gallery, 0)
    assert gallery.band.zone.count() == 2


def test_verdicts_of_another_program_are_seen(opened, qtbot):
    gallery = opened()
    Ledger.open(gallery.set.folder, "somebody else").decide(sample_id(4), "reject", "seam")
    with qtbot.waitSignal(gallery.set.judged):
        gallery.set.look_again()
    assert words(gallery, 4).endswith("rejected: seam, by you")


def test_a_starved_zone_is_told_in_words(opened):
    gallery = opened()
    folder = gallery.set.folder
    rim = np.array([k // 2 % 2 == 0 for k in range(12)])
    write_some_scores(folder, np.where(rim, 500.0, 12.0))
    gallery.set.look_again()
    gallery._show_counts()
    assert gallery.counts.warning.text() == (
        "⚠ Only 0 of 6 rim lesions pass (0 %): the band takes this zone away."
    )
    assert gallery.counts.warning.isVisible()


# --- bad input ----------------------------------------------------------------------------------


@pytest.fixture
def troubles(gallery):
    found = []
    gallery.troubled.connect(found.append)
    return found


def test_what_is_no_set_is_refused_and_the_old_one_stays(opened, troubles, tmp_path):
    gallery = opened()
    assert not gallery.open_set(tmp_path)
    assert isinstance(troubles[0], DatasetError)
    assert gallery.path.text() == "set: 12 lesions"


def test_lost_pictures_and_patches_are_said(opened, qtbot):
    gallery = opened()
    folder = gallery.set.folder
    thumb_path(folder, sample_id(1)).unlink()
    patch_path(folder, sample_id(1)).unlink()
    gallery.thumbs.forget()
    gallery.view.repaint_cells()
    gallery.view.show_place(1)
    qtbot.waitUntil(lambda: "cannot be opened" in gallery.lesion.facts.text())
    qtbot.waitUntil(lambda: gallery.thumbs.missing(sample_id(1)))
    gallery.view.grab()  # paints its words
    gallery.act("reject")
    assert on_disk(gallery) == {sample_id(1): ("reject", "")}


def test_a_set_that_is_deleted_while_open_is_said(opened, troubles, qtbot):
    gallery = opened()
    shutil.rmtree(gallery.set.folder)
    gallery.set.look_again()
    assert "The set is gone" in gallery.state.text()
    assert gallery.state.isVisible()
    gallery.act("accept")
    assert words(gallery, 0).endswith("no verdict")
    assert not gallery.set.folder.exists()


def test_a_set_that_went_unnoticed_takes_no_verdict(opened, troubles, qtbot):
    gallery = opened()
    shutil.rmtree(gallery.set.folder)
    with qtbot.waitSignal(gallery.troubled):
        gallery.act("accept")
    assert isinstance(troubles[0], DatasetError | StorageError)
    assert words(gallery, 0).endswith("no verdict")


def test_verdicts_on_lesions_that_are_gone_are_said(made_set, gallery):
    folder = made_set()
    line = '{"id": "lesion_000099", "decision": "reject", "reason": "", "reviewer": "me"}\n'
    (folder / DECISIONS_JSONL).write_text(line, encoding="utf-8")
    gallery.open_set(folder)
    assert "lesion_000099" in gallery.state.text()
    assert "kept" in gallery.state.text()


def test_damaged_scores_are_said_and_the_gallery_works(made_set, gallery, qtbot):
    folder = made_set()
    (folder / SCORES_CSV).write_text("id,what\n1,2\n", encoding="utf-8")
    assert gallery.open_set(folder)
    assert "damaged" in gallery.state.text()
    assert gallery.model.rowCount() == 12


# --- for everybody ------------------------------------------------------------------------------


def test_every_control_has_a_name(opened):
    gallery = opened(scored=True)
    for widget in gallery.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(gallery):
            named = widget.accessibleName() or widget.parentWidget().accessibleName()
            known = named or type(widget).__name__ in ("QTabBar", "QTabWidget", "QLineEdit")
            assert known, (type(widget), widget.parentWidget())


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_verdict_is_painted_with_a_sign(opened, number):
    gallery = opened()
    for key in ("accept", "reject"):
        gallery.act(key)
    cell = gallery.model.cell(number)
    assert (cell.verdict.sign, cell.verdict.words) == [
        ("✓", "accepted"),
        ("✗", "rejected"),
        ("·", "no verdict"),
    ][number]


def test_nothing_is_cut_off_at_700_pixels(opened, qtbot):
    gallery = opened(scored=True)
    gallery.resize(420, 600)  # what napari leaves of 700
    gallery.filters.more.click()
    qtbot.wait(50)
    parts = [gallery.counts, gallery.filters, gallery.view, gallery.verdicts, gallery.pages]
    tops = [part.mapTo(gallery, part.rect().topLeft()).y() for part in parts]
    ends = [top + part.height() for top, part in zip(tops, parts, strict=True)]
    assert all(end <= top + 1 for end, top in zip(ends, tops[1:], strict=False))
    assert ends[-1] <= gallery.height()
