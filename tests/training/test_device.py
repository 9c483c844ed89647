"""Where nets are computed."""

from __future__ import annotations

import pytest
import torch

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.training.device import Compute, choose_compute, inference_threads
from napari_lesion_synth.training.seeds import initial_weights, torch_generator


def test_auto_is_a_device_that_is_there():
    compute = choose_compute()
    assert compute.device.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert compute.threads >= 1


def test_the_cpu_is_told_in_words():
    compute = Compute(torch.device("cpu"), torch.bfloat16, True, 2)
    assert compute.text == "CPU, 2 threads, bfloat16"


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "abacus"])
def test_a_device_that_is_not_there_is_refused_by_name(name):
    with pytest.raises(ParameterError, match=name):
        choose_compute(name)


def test_threads_are_put_back():
    before = torch.get_num_threads()
    with inference_threads():
        assert torch.get_num_threads() == 1
    with Compute(torch.device("cpu"), None, False, 2).threaded():
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("dims", [2, 3])
def test_channels_last_changes_the_order_and_not_the_numbers(dims):
    compute = Compute(torch.device("cpu"), None, True, 1)
    layer = (torch.nn.Conv2d if dims == 2 else torch.nn.Conv3d)(2, 3, 3)
    values = torch.randn(2, 2, *[6] * dims, generator=torch_generator(0))
    expected = layer(values)
    found = compute.place(layer)(compute.place(values))
    assert torch.allclose(found, expected, atol=1e-5)


def test_autocast_computes_in_the_type_asked_for():
    values = torch.randn(4, 4, generator=torch_generator(0))
    with Compute(torch.device("cpu"), torch.bfloat16, False, 1).autocast():
        assert (values @ values).dtype == torch.bfloat16
    with Compute(torch.device("cpu"), None, False, 1).autocast():
        assert (values @ values).dtype == torch.float32


def test_two_slices_are_computed_in_float32_on_the_cpu():
    fast = Compute(torch.device("cpu"), torch.bfloat16, True, 1)
    assert fast.for_depths({16, 8, 4, 2}).amp is None
    assert fast.for_depths({32, 16, 8, 4}) == fast
    assert fast.for_depths({1}) == fast


@pytest.mark.parametrize("depth", [2, 3, 4, 8])
def test_gradients_of_weights_are_those_of_float32(depth):
    compute = choose_compute("cpu", 1).for_depths({depth})
    layer = torch.nn.Conv3d(6, 12, 3, padding=1)
    values = torch.randn(4, 6, depth, 8, 8, generator=torch_generator(0))
    (expected,) = torch.autograd.grad(layer(values).square().sum(), layer.weight)
    layer = compute.place(layer)
    with compute.autocast():
        made = layer(compute.place(values))
    (found,) = torch.autograd.grad(made.float().square().sum(), layer.weight)
    assert float((found - expected).abs().max() / expected.abs().max()) < 0.05


def test_seeds_touch_no_global_generator():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with initial_weights(5):
        one = torch.nn.Linear(3, 3).weight
    torch_generator(9)
    assert torch.equal(torch.rand(3), expected)
    with initial_weights(5):
        assert torch.equal(torch.nn.Linear(3, 3).weight, one)
    with initial_weights(6):
        assert not torch.equal(torch.nn.Linear(3, 3).weight, one)
