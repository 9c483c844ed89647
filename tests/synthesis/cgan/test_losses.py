from __future__ import annotations

import pytest
import torch
from torch import nn

from napari_lesion_synth.synthesis.cgan.losses import (
    gradient_penalty,
    hinge,
    paired_loss,
    sameness,
)
from napari_lesion_synth.training.seeds import torch_generator


def fields(*shape, seed=0):
    return torch.randn(shape, generator=torch_generator(seed))


def test_the_judge_loses_nothing_once_it_is_sure_of_all():
    assert hinge(torch.tensor([1.5, 1.0]), torch.tensor([-1.0, -3.0])) == 0
    assert hinge(torch.tensor([0.0]), torch.tensor([0.0])) == 2


def test_the_penalty_is_the_squared_gradient():
    class Judge(nn.Module):
        def forward(self, example, zone, where):
            return 3 * example.flatten(1).sum(dim=1)

    example = fields(4, 2, 5, 5)
    penalty = gradient_penalty(Judge(), example, torch.zeros(4), torch.ones(4, 1, 5, 5))
    assert float(penalty) == pytest.approx(9 * 50)


@pytest.mark.parametrize("shape", [(3, 1, 8, 8), (3, 1, 4, 8, 8), (3, 1, 1, 8, 8)])
def test_the_paired_loss_looks_at_the_lesion_only(shape):
    real, where = fields(*shape), torch.zeros(shape)
    where[..., :4] = 1
    made = real.clone()
    made[..., 4:] += 5
    assert float(paired_loss(made, real, where)) == pytest.approx(0)
    assert float(paired_loss(real + 2, real, where)) == pytest.approx(2, rel=1e-2)


def test_lesions_of_different_sizes_count_the_same_in_the_paired_loss():
    real, where = torch.zeros(2, 1, 8, 8), torch.zeros(2, 1, 8, 8)
    where[0], where[1, :, :2, :2] = 1, 1
    one_off = real.clone()
    one_off[1] = 4
    assert float(paired_loss(one_off, real, where)) == pytest.approx(2, rel=1e-2)


def test_noise_finer_than_two_voxels_is_not_held_against_the_generator():
    checks = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(4, 4)[None, None]
    assert float(paired_loss(checks, torch.zeros_like(checks), torch.ones_like(checks))) == 0


def test_sameness_is_1_for_equal_lesions_and_0_for_different_enough_ones():
    first, where = fields(2, 1, 8, 8), torch.ones(2, 1, 8, 8)
    assert float(sameness(first, first, where, 0.5)) == 1
    assert float(sameness(first, first + 0.25, where, 0.5)) == pytest.approx(0.5, abs=1e-3)
    assert float(sameness(first, first + 0.6, where, 0.5)) == 0
