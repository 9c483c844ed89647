"""The score of a trained detector."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from napari_lesion_synth.detection.calibration import PRIOR, calibrated, logit
from napari_lesion_synth.detection.mining import Mined
from napari_lesion_synth.detection.scoring import CalibrationBasis, calibrate, figures_of
from napari_lesion_synth.training.device import Compute

CPU = Compute(torch.device("cpu"), None, False, 1)


class Sees(nn.Module):
    """Believes crops with a bright middle."""

    def forward(self, crops):
        return 4 * crops[:, 0, 8, 16, 16]


def part(truth, scores, hints, lesions=None):
    """Candidates with their truth, what the first net gave, and what the second can see."""
    crops = np.zeros((len(truth), 6, 16, 32, 32), np.float16)
    crops[:, 0, 8, 16, 16] = hints
    numbers = np.where(truth, np.arange(1, len(truth) + 1), 0).astype(np.int32)
    return Mined(
        crops=crops,
        lesion=np.array(truth, bool),
        score=np.array(scores, np.float32),
        number=numbers,
        lesions=sum(truth) if lesions is None else lesions,
    )


MIXED = part([True, True, False, False, False], [0.6, 0.5, 0.7, 0.5, 0.4], [1, 1, -1, -1, -1])


def test_what_the_second_net_sees_decides_where_the_first_is_wrong():
    score = calibrated(calibrate([MIXED] * 4, Sees(), CPU), logit(MIXED.score), [4, 4, -4, -4, -4])
    assert score[:2].min() > 0.5 > score[2:].max()


def test_without_a_second_net_the_first_alone_is_calibrated():
    sure = part([True] * 3 + [False] * 9, [0.9] * 3 + [0.8] * 9, [0] * 12)
    a, b, c = calibrate([sure] * 5, None, CPU)
    assert b == PRIOR[1]  # nothing speaks for another one
    assert calibrated((a, b, c), logit([0.8]), [0.0])[0] < 0.5


def test_crops_that_are_no_candidates_do_not_count():
    extra = part([True, False], [np.nan, np.nan], [1, -1])
    assert calibrate([MIXED, extra], Sees(), CPU) == pytest.approx(
        calibrate([MIXED], Sees(), CPU), abs=1e-6
    )


def test_nothing_to_learn_from_leaves_the_usual():
    assert calibrate([], Sees(), CPU) == PRIOR
    assert calibrate([part([False], [np.nan], [0])], Sees(), CPU) == PRIOR
    assert figures_of([], Sees(), CPU) == {}


def test_figures_are_those_of_both_nets_together():
    together, alone = figures_of([MIXED], Sees(), CPU), figures_of([MIXED], None, CPU)
    assert together == {"validation_score": 1.0, "validation_sensitivity@1": 1.0}
    assert alone["validation_score"] < 1


def test_lesions_that_no_candidate_found_count_in_the_figures():
    missed = part([True, False], [0.9, 0.2], [1, -1], lesions=2)
    assert figures_of([missed], Sees(), CPU)["validation_sensitivity@1"] == 0.5


def test_a_score_may_be_trusted_where_enough_validation_candidates_were_there():
    enough = CalibrationBasis.of([MIXED] * 3, [])
    assert (enough.on, enough.lesions, enough.others) == ("validation", 6, 9)
    assert enough.sound
    assert not enough.doubt


@pytest.mark.parametrize(
    ("answers", "pool", "doubt"),
    [([], [], "not calibrated"), ([], [MIXED] * 9, "learnt from"), ([MIXED], [], "too few")],
)
def test_and_may_not_where_there_were_none_or_few(answers, pool, doubt):
    basis = CalibrationBasis.of(answers, pool)
    assert not basis.sound
    assert doubt in basis.doubt
    assert basis.to_json()["sound"] is False
