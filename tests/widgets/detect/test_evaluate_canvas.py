"""Where the CT of a miss or a false alarm is open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from napari.components import ViewerModel

from napari_lesion_synth.jobs.evaluate_record import TestedCt as Ct
from napari_lesion_synth.widgets.detect.evaluate_canvas import EvaluateCanvas


@pytest.fixture
def canvas(qtbot):
    made = EvaluateCanvas(ViewerModel(), lambda: ())
    yield made
    made.close()


def test_a_ct_that_was_opened_is_found_by_its_voxels(canvas, ball_case):
    case = ball_case(patient="p-7")
    ct = Ct("p-7", "p-7", case.volume.sha256, {})
    assert canvas.where(ct) is None
    canvas.add(case, ct)
    assert not canvas.where(ct).by_name
    assert canvas.where(replace(ct, sha256="f" * 64)) is None


def test_one_of_which_nothing_was_noted_is_found_by_its_name_and_that_is_said(canvas, ball_case):
    ct = Ct("p-7", "p-7", "", {})
    assert canvas.add(ball_case(patient="p-7"), ct).by_name
    assert canvas.where(ct).by_name
    assert canvas.where(replace(ct, name="p-8", patient="p-8")) is None
