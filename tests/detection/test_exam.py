from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from torch import nn

from napari_lesion_synth.detection.exam import (
    CandidateExam,
    Question,
    VerifierExam,
    average_precision,
    sensitivity_at,
)
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.mining import mine
from napari_lesion_synth.training.device import choose_compute

GRID = GridSettings(pixel_mm=1.0, slice_mm=2.0)


def test_by_hand():
    # lesion, false alarm, the same lesion again, another lesion; a third one is never found
    scores, lesions = [0.9, 0.8, 0.7, 0.6], [1, 0, 1, 2]
    assert average_precision(scores, lesions, 3) == pytest.approx((1 + 2 / 3) / 3)
    assert sensitivity_at(scores, lesions, 3, alarms=0) == pytest.approx(1 / 3)
    assert sensitivity_at(scores, lesions, 3, alarms=1) == pytest.approx(2 / 3)


def test_nothing_found_and_nothing_there():
    assert average_precision([], [], 3) == 0
    assert average_precision([0.5], [0], 0) == 0
    assert sensitivity_at([], [], 3, alarms=1) == 0


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.booleans()), min_size=1, unique_by=lambda t: t[0])
)
def test_with_one_candidate_a_lesion_it_is_scikit_learns(pairs):
    scores = [score for score, _ in pairs]
    truth = [lesion for _, lesion in pairs]
    numbers = [k + 1 if lesion else 0 for k, lesion in enumerate(truth)]
    if any(truth):
        expected = average_precision_score(truth, scores)
        assert average_precision(scores, numbers, sum(truth)) == pytest.approx(expected)


def question(ball_case, place=(12, 30, 30)):
    frame = Frame.of(ball_case((24, 60, 60), (2.0, 1.0, 1.0)), GRID)
    labels = np.zeros(frame.shape, int)
    z, y, x = place
    labels[z - 2 : z + 3, y - 4 : y + 5, x - 4 : x + 5] = 1
    return Question(frame, labels)


def test_a_net_that_finds_every_lesion_scores_one_and_a_blind_one_none(ball_case):
    questions = [question(ball_case), question(ball_case, (10, 36, 30))]
    truth = {id(q.frame): (q.labels > 0).astype(np.float32) for q in questions}
    net = nn.Identity()
    assert CandidateExam(questions, lambda _, f: truth[id(f)])(net)["score"] == 1
    assert CandidateExam(questions, lambda _, f: 0 * truth[id(f)])(net)["score"] == 0


def test_lesions_of_different_cts_are_different_lesions(ball_case):
    questions = [question(ball_case), question(ball_case, (10, 36, 30))]
    first = questions[0].frame
    found = CandidateExam(
        questions, lambda _, f: (questions[0].labels > 0).astype(np.float32) * (f is first)
    )(nn.Identity())
    assert found["sensitivity@1"] == 0.5


def test_the_second_net_may_mend_the_order_of_the_first(ball_case):
    asked = question(ball_case)
    heat = np.where(asked.labels > 0, 0.5, 0).astype(np.float32)
    heat[10:14, 10:18, 26:34] = 0.7
    part = mine(asked.frame, heat, asked.labels, np.random.default_rng(0))

    class Sees(nn.Module):
        def forward(self, crops):
            return 8 * (crops[:, 1, 8, 16, 16] < 0.6).float() - 4

    class Blind(nn.Module):
        def forward(self, crops):
            return 0 * crops[:, 0, 0, 0, 0]

    compute = choose_compute("cpu", 1)
    assert VerifierExam([part], compute)(Blind())["score"] == pytest.approx(0.5)
    assert VerifierExam([part], compute)(Sees())["score"] == 1
