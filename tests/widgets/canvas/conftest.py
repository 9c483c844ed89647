"""A workbench on a canvas, and a hand on the mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.workbench.workbench import Workbench

Open = Callable[[Case], Stage]


@pytest.fixture
def open_stage(make_napari_viewer, qtbot) -> Iterator[Open]:
    """Opener of cases in a real napari window; what goes wrong lands in ``stage.faults``."""
    stages: list[Stage] = []

    def make(case: Case) -> Stage:
        viewer = make_napari_viewer(show=True)
        bench, faults = Workbench(), []
        stage = Stage(viewer, bench, faults.append)
        stage.faults = faults  # type: ignore[attr-defined]
        stages.append(stage)
        bench.open(case)
        frame = Frame.of_volume(case.volume)
        stage.show_case(case, frame, "CT")
        qtbot.wait(50)
        return stage

    yield make
    for stage in stages:
        stage.close()


@pytest.fixture
def settled(qtbot) -> Callable[[Any], None]:
    """Wait until the preview of a stage is done."""

    def wait(stage: Stage) -> None:
        qtbot.waitUntil(lambda: stage.renderer.idle, timeout=120_000)
        qtbot.wait(20)

    return wait
