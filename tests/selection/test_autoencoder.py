"""The nets learn, forget nothing when interrupted, and judge only whom they have not seen."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_lesion_synth.errors import CheckpointError, InputError, ParameterError, TrainingError
from napari_lesion_synth.events import Artifact, Done, Log, Metric, Stopped, StopToken
from napari_lesion_synth.sample_data import sample_autoencoder
from napari_lesion_synth.selection.augment import augment, flips
from napari_lesion_synth.selection.autoencoder import PRODUCT, AutoEncoder
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.selection.autoencoder_training import train_autoencoder
from napari_lesion_synth.selection.checks import CheckLimits
from napari_lesion_synth.selection.crop_net import CropNet, squared_error
from napari_lesion_synth.selection.crops import CropGrid
from napari_lesion_synth.training.checkpoint import load_checkpoint, save_checkpoint
from napari_lesion_synth.training.seeds import initial_weights, torch_generator

TINY = AutoEncoderSettings(steps=2, batch=4, width=8, latent=4, device="cpu", threads=1)


class StopTokenAfter(StopToken):
    """Is set at the n-th check."""

    def __init__(self, checks):
        super().__init__()
        self.left = checks

    def check(self):
        self.left -= 1
        if self.left <= 0:
            self.stop()
        super().check()


def run(views, folder, settings=TINY, token=None):
    return list(train_autoencoder(views, settings, folder, token or StopToken()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the training of the module's auto-encoder is kept."""
    return tmp_path_factory.mktemp("autoencoder")


@pytest.fixture
def trained(real_discs, folder) -> AutoEncoder:
    """Trained by the first test that asks for it."""
    run(real_discs, folder)
    return AutoEncoder.load(folder / PRODUCT)


@pytest.mark.parametrize("grid", [CropGrid(2, 64, 1.0), CropGrid(3, 32, 1.5)])
def test_a_net_gives_a_crop_back_and_its_first_weights_come_from_the_seed(grid):
    state = torch.get_rng_state()
    nets = []
    for seed in (0, 0, 1):
        with initial_weights(seed):
            nets.append(CropNet(grid, width=8, latent=3))
    crops = torch.rand((2, 3, *grid.shape), generator=torch_generator(0))
    out = [net(crops) for net in nets]
    assert out[0].shape == (2, 1, *grid.shape)
    assert torch.equal(out[0], out[1])
    assert not torch.equal(out[0], out[2])
    assert torch.equal(state, torch.get_rng_state())


def test_the_error_counts_each_voxel_by_its_weight():
    crops = torch.zeros(2, 3, 8, 8)
    crops[0, 0, 0, 0], crops[1, 0] = 2.0, 1.0
    weight = torch.zeros(2, 1, 8, 8)
    weight[0, 0, 0, :4] = 0.25
    weight[1] = 3.0  # need not sum to 1

    class Nothing(torch.nn.Module):
        def forward(self, x):
            return torch.zeros_like(x[:, :1])

    assert squared_error(Nothing(), crops, weight).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("dims", [2, 3])
def test_augmentation_moves_all_channels_alike_and_keeps_what_is_there(dims):
    shape = (32,) * dims
    axes = torch.meshgrid(*[torch.arange(32.0) - 15.5] * dims, indexing="ij")
    ball = ((sum(a**2 for a in axes) < 49) & (axes[-1] > -2)).float()
    stack = ball.expand(8, 2, *shape)
    first = augment(stack, torch_generator(1), shift=3)
    assert torch.equal(first, augment(stack, torch_generator(1), shift=3))
    assert torch.equal(first[:, 0], first[:, 1])
    assert not torch.equal(first[0], first[1])
    kept = first[:, 0].flatten(1).sum(1) / ball.sum()
    assert kept.numpy() == pytest.approx(np.ones(8), abs=0.02)


def test_quarter_turns_leave_the_noise_as_it_is():
    noise = torch.randn((1, 1, 16, 16), generator=torch_generator(0))
    values = noise.flatten().sort().values
    exact = 0
    for seed in range(40):
        turned = augment(noise, torch_generator(seed), shift=0).flatten().sort().values
        exact += bool(torch.allclose(turned, values, atol=1e-4))
    assert 10 <= exact <= 30


def test_flips_are_four_different_images():
    crop = torch.arange(16.0).reshape(1, 4, 4)
    images = flips(crop)
    assert images.shape == (4, 1, 4, 4)
    assert len({tuple(image.flatten().tolist()) for image in images}) == 4


def test_training_lowers_the_error_and_tells_of_it(real_discs, disc_view, tmp_path):
    settings = TINY.model_copy(update={"steps": 40, "rate": 5e-3})
    events = run(real_discs, tmp_path, settings)
    losses = [e.value for e in events if isinstance(e, Metric) and e.name.startswith("loss")]
    assert losses[-1] < 0.7 * losses[0]
    assert {e.name for e in events if isinstance(e, Metric)} > {
        "held-out/rim error (HU)",
        "held-out/interior error (HU)",
    }
    assert any(isinstance(e, Artifact) and e.role == "reconstructions" for e in events)
    done = events[-1]
    assert isinstance(done, Done)
    assert done.result["product"] == str(tmp_path / PRODUCT)
    assert (done.result["lesions"], done.result["patients"], done.result["dims"]) == (18, 6, 2)
    # What does not look like a lesion now errs more than all that do.
    autoencoder = AutoEncoder.load(tmp_path / PRODUCT)
    usual = np.array([item.error for item in autoencoder.held_out])
    noisy = disc_view(patient="new", noise_hu=90, seed=99)
    bright = disc_view(patient="new", contrast_hu=180, seed=99)
    assert (autoencoder.errors([noisy, bright]) > usual.max()).all()


def test_a_real_lesions_error_is_that_of_the_net_that_has_not_seen_its_patient(trained, real_discs):
    by_id = {item.id: item for item in trained.held_out}
    for view in real_discs:
        (judge,) = trained.judges(view)
        assert judge == by_id[view.id].fold
        assert view.patient not in trained.folds[judge].trained_on
    expected = [by_id[view.id].error for view in real_discs]
    assert list(trained.errors(real_discs)) == expected


def test_nobody_judges_a_lesion_made_from_what_it_has_seen(trained, disc_view):
    host = disc_view().hu

    def judges(patient, *lineage):
        return trained.judges(disc_view(patient=patient, lineage=lineage, host=host))

    fold_of = {item.patient: item.fold for item in trained.held_out}
    assert judges("new") == judges("new", "other") == (0, 1, 2)
    assert judges("p0") == judges("new", "p0") == judges("p0", "p0") == (fold_of["p0"],)
    elsewhere = next(p for p in fold_of if fold_of[p] != fold_of["p0"])
    assert judges(elsewhere, "p0") == (fold_of["p0"],)
    assert judges("new", "p0", elsewhere) == (0, 1, 2)
    assert judges("p0", *fold_of) == (fold_of["p0"],)


def test_an_error_does_not_depend_on_what_else_is_judged(trained, disc_view):
    views = [disc_view(f"s{k}", patient="new", seed=50 + k, host=disc_view().hu) for k in range(4)]
    together = trained.errors(views)
    alone = [trained.error(view) for view in views[::-1]]
    assert list(together[::-1]) == alone
    assert (together > 0).all()


def test_the_file_holds_what_must_be_known_of_it(trained, real_discs, folder):
    facts = load_checkpoint(folder / PRODUCT, "autoencoder", 1, {}).facts
    assert facts["patients"] == [f"p{k}" for k in range(6)]
    assert sorted(facts["donors"]) == [view.id for view in real_discs]
    assert facts["grid"]["scale_hu"] == 100
    assert facts["spacing"] == [[5, 1, 1], [5, 1, 1]]
    assert trained.patients == tuple(facts["patients"])
    assert len(trained.sha256) == 64


def test_it_carries_the_limits_of_its_real_lesions(trained, real_discs, folder, tmp_path):
    assert trained.limits == CheckLimits.of(real_discs)
    replace(trained, limits=None).save(tmp_path / PRODUCT)  # as older versions wrote it
    assert AutoEncoder.load(tmp_path / PRODUCT).limits is None


def test_the_one_that_comes_with_the_program_carries_limits():
    shipped = AutoEncoder.load(sample_autoencoder())
    assert shipped.limits is not None
    assert shipped.limits != CheckLimits()


def test_logs_for_tensorboard_make_no_other_training(trained, real_discs, folder):
    asked = TINY.model_copy(update={"tensorboard": True})
    if find_spec("tensorboard") is None:
        with pytest.raises(ParameterError, match="TensorBoard"):
            run(real_discs, folder, asked)
    else:
        run(real_discs, folder, asked)
        assert any((folder / "tensorboard").iterdir())


def test_the_same_seed_gives_the_same_nets_and_another_one_others(real_discs, tmp_path):
    products = []
    for name, views, seed in (
        ("a", real_discs, 0),
        ("b", real_discs[::-1], 0),
        ("c", real_discs, 1),
    ):
        run(views, tmp_path / name, TINY.model_copy(update={"seed": seed}))
        products.append(AutoEncoder.load(tmp_path / name / PRODUCT))
    assert products[0].sha256 == products[1].sha256 != products[2].sha256


def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(real_discs, tmp_path):
    steps = TINY.model_copy(update={"steps": 5})
    run(real_discs, tmp_path / "whole", steps)
    token = StopTokenAfter(9)
    with pytest.raises(Stopped):
        run(real_discs, tmp_path / "parts", steps, token)
    events = run(real_discs, tmp_path / "parts", steps)
    assert any(isinstance(e, Log) and "going on after step" in e.text for e in events)
    whole, parts = (AutoEncoder.load(tmp_path / n / PRODUCT) for n in ("whole", "parts"))
    assert whole.sha256 == parts.sha256


def test_another_training_in_the_same_folder_is_refused(real_discs, trained, folder):
    with pytest.raises(TrainingError, match="another training"):
        run(real_discs[1:], folder)


def test_too_few_lesions_are_refused_with_a_reason(real_discs, tmp_path):
    with pytest.raises(TrainingError, match=r"14 real lesions are too few.*15 are the least"):
        run(real_discs[:14], tmp_path)
    with pytest.raises(TrainingError, match="twice"):
        run([*real_discs, real_discs[0]], tmp_path)


def test_with_one_patient_lesions_are_held_out_and_it_says_so(real_discs, disc_view, tmp_path):
    views = [replace(view, patient="p0") for view in real_discs]
    events = run(views, tmp_path)
    assert any(
        isinstance(e, Log) and e.level == "warning" and "1 patient, fewer than 3" in e.text
        for e in events
    )
    autoencoder = AutoEncoder.load(tmp_path / PRODUCT)
    assert not autoencoder.by_patient
    assert {item.fold for item in autoencoder.held_out} == {0, 1, 2}
    made = disc_view("s", patient="p0", lineage=("p0",), host=views[0].hu)
    assert autoencoder.judges(made) == (0, 1, 2)


def test_a_zone_with_few_lesions_is_told(real_discs, tmp_path):
    events = run(real_discs, tmp_path, TINY.model_copy(update={"steps": 1}))
    told = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert any("only 6 real lesions lie in the zone interior" in text for text in told)


def test_volumes_are_learnt_from_as_volumes(disc_view, tmp_path):
    views = [
        disc_view(f"r{k}", patient=f"p{k}", slices=9, spacing=(2.5, 1, 1), seed=k)
        for k in range(15)
    ]
    settings = TINY.model_copy(update={"steps": 1, "batch": 2})
    run(views, tmp_path, settings)
    autoencoder = AutoEncoder.load(tmp_path / PRODUCT)
    assert autoencoder.grid.dims == 3
    assert np.isfinite(autoencoder.errors(views[:2])).all()
    with pytest.raises(InputError, match="single slice"):
        autoencoder.error(disc_view("s"))


def test_a_damaged_or_foreign_file_is_refused(trained, folder, tmp_path):
    path = tmp_path / PRODUCT
    found = load_checkpoint(folder / PRODUCT, "autoencoder", 1, {})
    save_checkpoint(path, "autoencoder", 1, {}, {})
    with pytest.raises(CheckpointError, match="damaged"):
        AutoEncoder.load(path)
    tensors = {name: tensor[..., :1] for name, tensor in found.tensors.items()}
    save_checkpoint(path, "autoencoder", 1, found.facts, tensors)
    with pytest.raises(CheckpointError, match=r"damaged.*Train the auto-encoder again"):
        AutoEncoder.load(path)
    with pytest.raises(CheckpointError):
        AutoEncoder.load(tmp_path / "absent.pt")
