from __future__ import annotations

import pickle

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.synthesis.cgan import GeneratorModel, examples_of
from napari_lesion_synth.synthesis.cgan.facts import GeneratorFacts
from napari_lesion_synth.synthesis.cgan.model import KIND, VERSION
from napari_lesion_synth.training.checkpoint import save_checkpoint


@pytest.fixture
def model(tiny_generator):
    return tiny_generator()


@pytest.fixture
def condition(model, ball_donor):
    return examples_of([ball_donor()], model.facts.spec)[0].condition


def test_what_is_saved_is_loaded(model, condition, tmp_path):
    path = tmp_path / "generator.pt"
    save_checkpoint(path, KIND, VERSION, model.facts.to_json(), model.tensors)
    read = GeneratorModel.load(path)
    assert read.facts == model.facts
    assert len(read.id) == 16
    assert read.id == GeneratorModel.load(path).id
    latent = read.latent(7)
    assert np.array_equal(read.generate(condition, latent), model.generate(condition, latent))


def test_other_weights_have_another_id(model, tiny_generator, tmp_path):
    for name, each in (("a.pt", model), ("b.pt", tiny_generator(lively=False))):
        save_checkpoint(tmp_path / name, KIND, VERSION, each.facts.to_json(), each.tensors)
    first, second = (GeneratorModel.load(tmp_path / name) for name in ("a.pt", "b.pt"))
    assert first.id != second.id


def test_the_same_input_gives_the_same_bytes(model, condition):
    made = [model.generate(condition, model.latent(7)) for _ in range(3)]
    assert made[0].dtype == np.float32
    assert made[0].shape == model.facts.spec.shape
    assert np.abs(made[0]).max() <= 1.6 * 50
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()


def test_a_model_travels_to_other_processes(model, condition):
    latent = model.latent(1)
    expected = model.generate(condition, latent)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.generate(condition, latent), expected)


def test_patches_hold_a_lesion(tiny_generator):
    for mode in ("cgan", "dcgan"):
        model = tiny_generator(mode=mode)
        patch = {zone: model.patch(zone, model.latent(3)) for zone in Zone}
        assert patch[Zone.RIM].shape == (3, *model.facts.spec.shape)
        same = np.array_equal(patch[Zone.RIM], patch[Zone.INTERIOR])
        assert same == (mode == "dcgan")


@pytest.mark.parametrize("part", [0.0, 0.3, 1.0])
def test_every_point_of_a_latent_walk_is_as_likely_as_its_ends(part, tiny_generator):
    model = tiny_generator(latent=256)
    mixed = model.latent(1).towards(model.latent(2), part)
    assert mixed.z.std() == pytest.approx(1, abs=0.15)
    assert mixed.noise[0].std() == pytest.approx(1, abs=0.1)


def test_a_description_with_parts_missing_is_refused(model):
    data = model.facts.to_json()
    assert GeneratorFacts.from_json(data) == model.facts
    del data["grid"]
    with pytest.raises(CheckpointError, match="grid"):
        GeneratorFacts.from_json(data)


def test_weights_that_do_not_fit_their_net_are_refused_when_they_are_read(model, tmp_path):
    path, name = tmp_path / "generator.pt", next(iter(model.tensors))
    missing = {key: tensor for key, tensor in model.tensors.items() if key != name}
    for tensors in (missing, {**model.tensors, name: model.tensors[name][..., :1]}):
        save_checkpoint(path, KIND, VERSION, model.facts.to_json(), tensors)
        with pytest.raises(CheckpointError, match=r"generator\.pt.*do not fit the net"):
            GeneratorModel.load(path)


def test_other_files_are_refused(tmp_path, model):
    save_checkpoint(tmp_path / "other.pt", "autoencoder", 1, {}, model.tensors)
    with pytest.raises(CheckpointError, match="autoencoder"):
        GeneratorModel.load(tmp_path / "other.pt")
    save_checkpoint(tmp_path / "new.pt", KIND, VERSION + 1, {}, model.tensors)
    with pytest.raises(CheckpointError, match="version"):
        GeneratorModel.load(tmp_path / "new.pt")
