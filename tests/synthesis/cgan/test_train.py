from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DonorError, ParameterError, TrainingError
from napari_lesion_synth.events import Artifact, Done, Log, Metric, Stopped, StopToken
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.cgan import GeneratorModel, train_gan
from napari_lesion_synth.synthesis.cgan.examples import measure
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.cgan.training_data import TrainingData
from napari_lesion_synth.training.checkpoint import read_torch


def train(donors, hosts, settings, folder, token=None):
    return list(train_gan(donors, hosts, settings, folder, token or StopToken()))


@pytest.mark.parametrize("mode", ["residual", "cgan", "dcgan"])
@pytest.mark.parametrize("single_slice", [True, False])
def test_a_trained_generator_makes_lesions(lesions, hosts, tiny, tmp_path, mode, single_slice):
    settings = tiny.model_copy(update={"mode": mode})
    cases = hosts(single_slice=single_slice)
    events = train(lesions(single_slice=single_slice), cases, settings, tmp_path)
    assert isinstance(events[-1], Done)
    assert (tmp_path / "strip_000002.png").read_bytes().startswith(b"\x89PNG")
    assert [event.role for event in events if isinstance(event, Artifact)][:1] == ["strip"]
    model = GeneratorModel.load(tmp_path / "generator.pt")
    assert (model.facts.mode, model.dims) == (mode, 2 if single_slice else 3)
    assert model.facts.lesions == {Zone.RIM: 5, Zone.INTERIOR: 10}
    assert model.facts.steps == 2
    assert len(model.facts.donors) == 15
    assert model.facts.patients == tuple(f"p{number}" for number in range(8))
    for zone in Zone:
        site = propose_sites(cases[0], 1, zone=zone, diameter_mm=10.0, seed=1)[0]
        sample = synthesize(cases[0], site, method="cgan", model=tmp_path / "generator.pt")
        assert sample.mask.any()
        assert sample.recipe.params["model"] == model.id


def test_fewer_than_15_lesions_are_refused_and_the_other_methods_named(lesions, hosts, tiny):
    with pytest.raises(DonorError, match="14 lesions") as caught:
        train(lesions(14), hosts(), tiny, "unused")
    assert "'poisson'" in str(caught.value)
    assert "'sigmoid'" in str(caught.value)


def test_of_lesions_that_cannot_be_measured_both_numbers_are_told(lesions, hosts, tiny):
    given = lesions(16)
    blank = [replace(one, organ=one.mask) for one in given[:2]]
    with pytest.raises(DonorError, match="14 of 16 lesions"):
        train([*blank, *given[2:]], hosts(), tiny, "unused")


def test_logs_for_tensorboard_make_no_other_training(lesions, hosts, tiny, tmp_path):
    train(lesions(), hosts(), tiny, tmp_path)
    asked = tiny.model_copy(update={"tensorboard": True, "steps": 4})
    if find_spec("tensorboard") is None:
        with pytest.raises(ParameterError, match="TensorBoard"):
            train(lesions(), hosts(), asked, tmp_path)
    else:
        train(lesions(), hosts(), asked, tmp_path)
        assert any((tmp_path / "tensorboard").iterdir())


def test_slices_and_volumes_do_not_mix(lesions, hosts, tiny):
    with pytest.raises(ParameterError, match="single slices"):
        train([*lesions(10), *lesions(10, single_slice=False)], hosts(), tiny, "unused")
    with pytest.raises(ParameterError, match="volume"):
        train(lesions(), hosts(single_slice=False), tiny, "unused")


def test_a_zone_without_lesions_is_told_and_refused_later(lesions, hosts, tiny, tmp_path):
    cases = hosts()
    events = train(lesions(rim=False), cases, tiny, tmp_path)
    warnings = [event for event in events if isinstance(event, Log) and event.level == "warning"]
    assert "rim" in warnings[0].text
    site = propose_sites(cases[0], 1, zone="rim", diameter_mm=10.0, seed=1)[0]
    with pytest.raises(ParameterError, match="no lesion of the rim"):
        synthesize(cases[0], site, method="cgan", model=tmp_path / "generator.pt")


def test_a_training_that_was_stopped_ends_with_the_same_weights(lesions, hosts, tiny, tmp_path):
    settings = tiny.model_copy(update={"steps": 4})
    train(lesions(), hosts(), settings, tmp_path / "whole")
    token = StopToken()
    running = train_gan(lesions(), hosts(), settings, tmp_path / "parts", token)
    while not isinstance(next(running), Artifact):
        pass
    token.stop()
    with pytest.raises(Stopped):
        list(running)
    train(lesions(), hosts(), settings, tmp_path / "parts")
    whole, parts = (
        GeneratorModel.load(tmp_path / name / "generator.pt") for name in ("whole", "parts")
    )
    assert whole.id == parts.id
    resumed = read_torch(tmp_path / "parts" / "resume.pt")
    assert resumed["step"] == 4


def test_a_folder_with_another_training_is_refused(lesions, hosts, tiny, tmp_path):
    train(lesions(), hosts(), tiny, tmp_path)
    with pytest.raises(TrainingError):
        train(lesions(), hosts(), tiny.model_copy(update={"seed": 5}), tmp_path)


def test_held_out_patients_are_not_trained_on(lesions, hosts, tiny, tmp_path):
    settings = tiny.model_copy(update={"holdout": 0.25})
    events = train(lesions(24), hosts(), settings, tmp_path)
    model = GeneratorModel.load(tmp_path / "generator.pt")
    assert len(model.facts.donors) == 18
    names = {event.name for event in events if isinstance(event, Metric)}
    assert {"val/hu_wasserstein", "val/judge_gap", "loss/paired"} <= names
    values = [event.value for event in events if isinstance(event, Metric)]
    assert np.isfinite(values).all()


def test_cts_can_be_handed_over_one_at_a_time(lesions, hosts, tiny, tmp_path):
    events = train(lesions(), (case for case in hosts()), tiny, tmp_path)
    assert isinstance(events[-1], Done)


def test_of_many_cts_no_more_places_are_kept_than_needed(lesions, hosts, tiny):
    settings = tiny.model_copy(update={"places": 8})
    spec = GridSpec((1, 16, 16), (3.0, 1.5, 1.5))
    data = TrainingData(settings, spec, [measure(donor) for donor in lesions(3)], [])
    list(data.cut_places((case for case in hosts(6)), StopToken()))
    assert 8 <= len(data.places) <= 16
    assert data.patients == {f"p{number}" for number in range(6)}
