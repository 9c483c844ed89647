from __future__ import annotations

import pytest
import torch

from napari_lesion_synth.training.augment import AdaptiveStrength, Augmentation, augment
from napari_lesion_synth.training.seeds import torch_generator


def batch(*shape, seed=1):
    return torch.randn(shape, generator=torch_generator(seed))


@pytest.mark.parametrize("shape", [(6, 2, 16, 16), (3, 2, 8, 16, 16)])
def test_the_shape_is_kept_and_the_same_generator_gives_the_same(shape):
    first, second = (augment(batch(*shape), 0.7, torch_generator(3), Augmentation()) for _ in "ab")
    assert first.shape == shape
    assert torch.equal(first, second)


def test_without_strength_voxels_are_only_turned_and_mirrored():
    before = batch(40, 2, 8, 8)
    after = augment(before, 0.0, torch_generator(3), Augmentation())
    assert torch.equal(before.flatten(1).sort().values, after.flatten(1).sort().values)
    changed = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert 0.6 < sum(changed) / 40 < 1.0  # one of the eight ways changes nothing


def test_image_and_masks_move_together():
    image = batch(20, 1, 16, 16)
    pair = torch.cat([image, image], dim=1)
    what = Augmentation(level=0, noise=0, cutout=0.01)
    out = augment(pair, 1.0, torch_generator(5), what)
    untouched = [torch.equal(x[0], x[1]) for x in out]
    assert sum(untouched) > 8  # cutout touches the image alone, in half of them
    assert out.std() > 0.3


def test_levels_noise_and_holes_leave_the_masks_alone():
    pair = batch(12, 3, 16, 16)
    what = Augmentation(square=False, flips=(), shift=0, scale=0)
    out = augment(pair, 1.0, torch_generator(5), what)
    assert torch.equal(out[:, 1:], pair[:, 1:])
    assert not torch.equal(out[:, :1], pair[:, :1])


def test_shifts_are_of_whole_voxels_and_bring_zeros_in():
    ones = torch.ones(30, 1, 16, 16)
    what = Augmentation(square=False, flips=(), scale=0, level=0, noise=0, cutout=0.01)
    out = augment(ones, 1.0, torch_generator(2), what)
    assert set(out.unique().tolist()) == {0.0, 1.0}
    assert out.flatten(1).sum(1).min() >= 13 * 13 - 1


def test_a_half_of_the_examples_is_changed_at_half_strength():
    what = Augmentation(square=False, flips=(), shift=0, scale=0, noise=0, cutout=0.01)
    before = torch.ones(400, 1, 4, 4)
    level = augment(before, 0.5, torch_generator(2), what)[:, 0, 3, 3]
    assert 0.4 < (level != 1).float().mean() < 0.65


def test_gradients_pass_through():
    example = batch(8, 2, 16, 16).requires_grad_(True)
    augment(example, 0.8, torch_generator(4), Augmentation()).square().sum().backward()
    assert (example.grad.flatten(1).abs().sum(1) > 0).all()


def test_the_strength_rises_while_the_judge_is_sure_and_falls_when_it_is_not():
    strength = AdaptiveStrength(target=0.6, speed=0.05, most=0.5)
    for _ in range(100):
        strength.update(torch.ones(8))
    assert strength.value == 0.5
    for _ in range(100):
        strength.update(torch.tensor([1.0, -1.0]))
    assert strength.value == 0.0


def test_a_target_of_0_keeps_the_strength_at_0():
    strength = AdaptiveStrength(target=0)
    for _ in range(50):
        strength.update(torch.ones(8))
    assert strength.value == 0.0


def test_the_strength_goes_on_from_its_state():
    first, second = AdaptiveStrength(), AdaptiveStrength()
    for _ in range(30):
        first.update(torch.ones(4))
    second.restore(first.state())
    first.update(torch.ones(4))
    second.update(torch.ones(4))
    assert first.state() == second.state()
