"""Where nets are computed."""

from __future__ import annotations

import pytest
import torch

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.training.device import (
    Compute,
    choose_compute,
    deterministic,
    inference_threads,
)
from napari_lesion_synth.training.seeds import initial_weights, torch_generator


def test_auto_is_a_device_that_is_there():
    compute = choose_compute()
    apple = "mps" if torch.backends.mps.is_available() else "cpu"
    assert compute.device.type == ("cuda" if torch.cuda.is_available() else apple)
    assert compute.threads >= 1


@pytest.mark.parametrize(("cuda", "mps", "found"), [(0, 1, "mps"), (0, 0, "cpu")])
def test_auto_takes_apples_gpu_before_the_cpu(monkeypatch, cuda, mps, found):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(cuda))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: bool(mps))
    compute = choose_compute()
    assert compute.device.type == found
    assert mps == 0 or (compute.amp, compute.channels_last) == (None, False)


def test_apples_gpu_is_refused_by_name_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ParameterError, match=r"'mps'.*none") as caught:
        choose_compute("mps")
    assert "--device cpu" in caught.value.remedy


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


def _mode():
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _told(wanted):
    with deterministic(wanted):
        inside = _mode()
        raise RuntimeError(inside)


def test_the_order_of_computing_is_fixed_only_where_it_is_wanted_and_only_meanwhile():
    before = _mode()
    for wanted in (True, False):
        with pytest.raises(RuntimeError) as caught:
            _told(wanted)
        assert caught.value.args[0] == ((True, True) if wanted else before)
        assert _mode() == before


def test_a_user_who_forbids_all_else_is_not_overruled():
    try:
        torch.use_deterministic_algorithms(True)
        with deterministic(True):
            assert _mode() == (True, False)
        with deterministic(False):
            assert _mode() == (True, False)
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("dims", [2, 3])
def test_channels_last_changes_the_order_and_not_the_numbers(dims):
    compute = Compute(torch.device("cpu"), None, True, 1)
    layer = (torch.nn.Conv2d if dims == 2 else torch.nn.Conv3d)(2, 3, 3)
    values = torch.randn(2, 2, *[6] * dims, generator=torch_generator(0))
    expected = layer(values)
    found = compute.place(layer)(compute.place(values))
    assert torch.allclose(found, expected, atol=1e-5)


def test_channels_lie_last_on_every_cpu(monkeypatch):
    for fast in (True, False):
        monkeypatch.setattr(
            torch.cpu, "_is_avx512_bf16_supported", lambda fast=fast: fast, raising=False
        )
        compute = choose_compute("cpu")
        assert compute.channels_last
        assert compute.amp is (torch.bfloat16 if fast else None)


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
