"""A thread that does the newest thing asked for, and a window that lets it."""

from __future__ import annotations

import threading
import time

import pytest
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.widgets.parts.latest import LatestOnly

pytestmark = pytest.mark.gui


@pytest.fixture
def make(qapp):
    made = []

    def maker(**options) -> LatestOnly:
        worker = LatestOnly("test", **options)
        made.append(worker)
        return worker

    yield maker
    for worker in made:
        worker.close()


@pytest.fixture
def gate():
    opened = threading.Event()
    yield opened
    opened.set()


def test_of_many_requests_the_first_and_the_newest_are_answered(make, gate, qtbot):
    worker, answers = make(), []
    worker.finished.connect(lambda number, _: answers.append(number))
    begun = threading.Event()

    def first() -> None:
        begun.set()
        gate.wait(10)

    worker.submit(first)
    assert begun.wait(10)
    numbers = [worker.submit(lambda: None) for _ in range(100)]
    assert worker.waiting == 1
    gate.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers == [1, numbers[-1]]
    assert worker.waiting == 0


def test_it_awaits_until_the_newest_answer_is_heard(make, gate, qtbot):
    worker = make()
    assert not worker.awaiting
    worker.submit(lambda: gate.wait(10))
    assert worker.awaiting
    gate.set()
    qtbot.waitUntil(lambda: not worker.awaiting)


def test_a_failure_is_an_answer(make, qtbot):
    worker, faults = make(), []
    worker.failed.connect(lambda _, error: faults.append(error))
    worker.submit(lambda: 1 / 0)
    qtbot.waitUntil(lambda: bool(faults))
    assert isinstance(faults[0], ZeroDivisionError)
    assert not worker.awaiting


def test_what_is_forgotten_is_not_awaited(make, gate):
    worker = make()
    worker.submit(lambda: gate.wait(10))
    worker.forget()
    assert not worker.awaiting


def test_with_patience_the_answer_is_there_one_turn_later(make, qtbot):
    worker, answers = make(patience=10.0), []
    worker.finished.connect(lambda _, answer: answers.append(answer))
    worker.submit(lambda: time.sleep(0.05) or "made")
    assert answers == []
    QApplication.processEvents()  # stands aside, for as long as it takes
    QApplication.processEvents()
    assert answers == ["made"]


def test_patience_ends(make, gate):
    worker = make(patience=0.01)
    worker.submit(lambda: gate.wait(10))
    QApplication.processEvents()
    assert worker.awaiting


def test_a_closed_one_emits_nothing_and_ends_its_thread(make, gate, qtbot):
    worker, answers = make(), []
    worker.finished.connect(lambda *answer: answers.append(answer))
    worker.submit(lambda: gate.wait(10))
    worker.close()
    gate.set()
    qtbot.waitUntil(lambda: not worker._thread.is_alive())
    QApplication.processEvents()
    assert answers == []
