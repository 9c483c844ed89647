from __future__ import annotations

import pytest
import torch

from napari_lesion_synth.synthesis.cgan.nets import (
    NOISE_MAPS,
    Discriminator,
    Inpainter,
    parameters_of,
)
from napari_lesion_synth.synthesis.cgan.patch_nets import PATCH_MAPS, PatchMaker
from napari_lesion_synth.training.seeds import initial_weights, torch_generator

SHAPES = [(16, 16), (8, 16, 16), (12, 24, 24)]


def fields(*shape):
    return torch.randn(shape, generator=torch_generator(0))


@pytest.mark.parametrize("shape", SHAPES)
def test_an_untrained_generator_adds_nothing(shape):
    with initial_weights(0):
        net = Inpainter(len(shape), 6, 4, 6, 3)
    out = net(fields(2, 4, *shape), fields(2, 6), fields(2, 3), fields(2, NOISE_MAPS, *shape))
    assert out.shape == (2, 1, *shape)
    assert not out.any()


def test_the_generators_have_the_size_that_few_lesions_bear():
    assert 0.2e6 < parameters_of(Inpainter(2, 32, 4, 6, 16)) < 1.5e6
    assert 0.3e6 < parameters_of(Inpainter(3, 24, 4, 6, 16)) < 1.5e6


@pytest.mark.parametrize("shape", SHAPES)
def test_the_judge_gives_a_number_that_depends_on_the_zone(shape):
    with initial_weights(0):
        net = Discriminator(len(shape), 4, 4, 2)
    example, where = fields(3, 4, *shape), torch.ones(3, 1, *shape)
    inside, rim = (net(example, torch.full((3,), zone), where) for zone in (0, 1))
    assert inside.shape == (3,)
    assert not torch.allclose(inside, rim)


def test_the_judge_looks_at_the_lesion():
    with initial_weights(0):
        net = Discriminator(2, 4, 4, 0)
    example, where = fields(1, 4, 64, 64), torch.zeros(1, 1, 64, 64)
    where[..., :16, :16] = 1
    near, far = example.clone(), example.clone()
    near[..., 4:8, 4:8] += 5
    far[..., 56:60, 56:60] += 5
    zone = torch.zeros(1, dtype=torch.int64)
    usual = net(example, zone, where)
    assert abs(net(near, zone, where) - usual) > 5 * abs(net(far, zone, where) - usual)


@pytest.mark.parametrize("shape", [(1, 16, 16), (8, 16, 16)])
@pytest.mark.parametrize("zones", [0, 2])
def test_patches_come_from_noise(shape, zones):
    with initial_weights(0):
        net = PatchMaker(shape, 4, 3, zones)
    patch = net(fields(2, 3), torch.tensor([0, 1]))
    assert patch.shape == (2, PATCH_MAPS, *(n for n in shape if n > 1))
    assert patch[:, 1:].abs().max() <= 1
