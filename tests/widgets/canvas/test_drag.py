"""The pace of a drag: one place at a time, the newest next."""

from __future__ import annotations

import pytest
from qtpy.QtTest import QTest

from napari_lesion_synth.widgets.canvas.drag import Drag
from napari_lesion_synth.widgets.workbench.workbench import Workbench

pytestmark = pytest.mark.gui

MIDDLE = (12, 32, 32)


@pytest.fixture
def bench(ball_case) -> Workbench:
    made = Workbench()
    made.open(ball_case())
    made.place(MIDDLE, 12.0)
    return made


@pytest.fixture
def making() -> list[bool]:
    """Whether a preview is being made."""
    return [False]


@pytest.fixture
def drag(bench: Workbench, making: list[bool], qapp) -> Drag:
    made = Drag(bench, lambda: making[0])
    made.begin()
    return made


def place(bench: Workbench) -> tuple[int, int, int]:
    (placed,) = bench.scene.sites
    return placed.site.center


def test_the_newest_place_waits_for_the_preview_of_the_one_before(bench, making, drag):
    drag.to(1, (12, 32, 33))
    assert place(bench) == (12, 32, 33)
    making[0] = True
    for x in range(34, 44):
        drag.to(1, (12, 32, x))
    assert place(bench) == (12, 32, 33)
    assert drag.pending
    making[0] = False
    drag.go_on()
    QTest.qWait(20)
    assert place(bench) == (12, 32, 43)
    assert not drag.pending


def test_a_drag_ends_where_the_button_was_released(bench, making, drag):
    making[0] = True
    drag.to(1, (12, 32, 40))
    drag.end()
    assert place(bench) == (12, 32, 40)


def test_a_drag_is_one_step(bench, drag):
    steps = bench.history.depth
    for x in range(33, 40):
        drag.to(1, (12, 32, x))
    drag.end()
    assert bench.history.depth == steps + 1
    drag.begin()
    drag.to(1, (12, 32, 30))
    drag.end()
    assert bench.history.depth == steps + 2


def test_a_place_outside_the_organ_is_said_and_not_taken(bench, drag):
    said = []
    bench.message.connect(said.append)
    drag.to(1, (12, 2, 2))
    assert place(bench) == MIDDLE
    assert "outside the organ" in said[-1]


def test_a_site_that_went_while_it_was_held_moves_nothing(bench, making, drag):
    making[0] = True
    drag.to(1, (12, 32, 40))
    bench.remove([1])
    drag.end()
    assert bench.scene.sites == ()


def test_nothing_moves_once_it_is_forgotten(bench, making, drag):
    making[0] = True
    drag.to(1, (12, 32, 40))
    drag.go_on()
    drag.forget()
    QTest.qWait(20)
    assert place(bench) == MIDDLE
