from __future__ import annotations

import shutil

import pytest

from napari_lesion_synth.dataset.layout import sample_id
from napari_lesion_synth.errors import DatasetError, StorageError
from napari_lesion_synth.selection.review import Ledger
from napari_lesion_synth.widgets.review.verdict_book import VerdictBook

pytestmark = pytest.mark.gui

ONE, TWO = sample_id(0), sample_id(1)


@pytest.fixture
def folder(made_set):
    return made_set(4)


@pytest.fixture
def book(qtbot, folder):
    made = VerdictBook()
    made.open(folder)
    yield made
    made.close()


def said(records):
    return {name: record["decision"] for name, record in records.items()}


def test_a_verdict_is_shown_at_once_and_written_soon(book, folder, qtbot):
    with qtbot.waitSignal(book.changed, check_params_cb=lambda names: names == [ONE]):
        book.decide([ONE], "accept")
    assert said(book.records) == {ONE: "accept"}
    book.wait()
    assert said(Ledger.open(folder).verdicts) == {ONE: "accept"}


def test_closing_writes_what_waits(book, folder):
    for name in (ONE, TWO) * 5:
        book.decide([name], "reject", "seam")
    book.close()
    assert said(Ledger.open(folder).verdicts) == {ONE: "reject", TWO: "reject"}


def test_undo_after_a_verdict_that_still_waits_takes_that_one_back(book, folder, qtbot):
    book.decide([ONE], "accept")
    book.decide([TWO], "reject")
    with qtbot.waitSignal(book.undone, timeout=120_000) as undone:
        book.undo()
    assert undone.args[0].ids == (TWO,)
    assert said(book.records) == {ONE: "accept"}
    with qtbot.waitSignal(book.undone, timeout=120_000):
        book.undo()
    with qtbot.waitSignal(book.undone, timeout=120_000) as nothing:
        book.undo()
    assert nothing.args[0].ids == ()
    assert book.records == {}


def test_what_cannot_be_written_is_told_and_taken_back(book, folder, qtbot):
    book.decide([ONE], "accept")
    book.wait()
    shutil.rmtree(folder)
    with qtbot.waitSignal(book.failed) as failed:
        book.decide([TWO], "accept")
    assert isinstance(failed.args[0], StorageError)
    assert "not there" in str(failed.args[0])
    assert TWO not in book.records


def test_answers_for_a_set_that_was_left_are_not_heard(book, made_set, qtbot):
    book.decide([ONE], "accept")
    book.undo()
    book.open(made_set(4, name="other"))
    book.decide([TWO], "reject")
    with qtbot.assertNotEmitted(book.undone, wait=200):
        pass
    assert said(book.records) == {TWO: "reject"}


def test_another_programs_verdicts_are_taken_in_once(book, folder, qtbot):
    Ledger.open(folder, "somebody else").decide(TWO, "accept")
    with qtbot.waitSignal(book.changed):
        book.look_again()
    assert said(book.records) == {TWO: "accept"}
    with qtbot.assertNotEmitted(book.changed, wait=100):
        book.look_again()


def test_what_is_no_set_is_refused(book, tmp_path):
    with pytest.raises(DatasetError):
        book.open(tmp_path / "nowhere")
    assert book.ready  # the old one stays
