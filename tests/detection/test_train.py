"""A detector that is trained on small CTs: what it finds, how it goes on, what it refuses."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from tests.detection.toys import lessons, mixture, settings, stream, toy, trained

from napari_lesion_synth.detection import candidate_learner, scenes, train, verifier_learner
from napari_lesion_synth.detection.calibration import PRIOR
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.detection.net_file import load_net
from napari_lesion_synth.errors import LesionSynthError, ParameterError, SiteError, TrainingError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Log,
    Metric,
    Progress,
    Started,
    Stopped,
    StopToken,
)
from napari_lesion_synth.jobs.detectors import open_detector

SHORT = {"steps": 20, "look_every": 7, "verifier_steps": 12, "scenes": 3}


@pytest.fixture(autouse=True)
def few_crops(monkeypatch):
    """The net that verifies learns from 4 crops a step."""
    monkeypatch.setattr(train, "CropSource", partial(train.CropSource, batch=4))


@pytest.fixture(scope="module")
def ill():
    """Two training patients with lesions, and one who validates."""
    return lessons([toy(1, 2), toy(2, 1)], [toy(3, 2)])


@pytest.fixture(scope="module")
def whole(ill, tmp_path_factory):
    """Folder and events of a training that nobody interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "CropSource", partial(train.CropSource, batch=4))
        folder = tmp_path_factory.mktemp("whole")
        return folder, trained(ill, folder, asked=settings(**SHORT))


def same_weights(one, other):
    first, second = (DetectorModel.load(folder / "detector.pt") for folder in (one, other))
    assert first.tensors.keys() == second.tensors.keys()
    assert all(bool((first.tensors[k] == second.tensors[k]).all()) for k in first.tensors)
    assert first.id == second.id


def stop_at(moment, given, folder):
    token = StopToken()
    for event in stream(given, folder, token, settings(**SHORT)):
        if isinstance(event, Progress) and event.text == moment:
            token.stop()


def five(dims):
    """Five training patients with two lesions each; one with and one without chooses."""
    ill = [toy(seed, 2, dims=dims) for seed in (1, 2, 3, 5, 6)]
    return lessons(ill, [toy(4, 2, dims=dims), toy(7, 0, dims=dims)], dims=dims)


def found_in(folder, case, threshold=0.5):
    """Centres of findings above the threshold, as voxels."""
    detection = open_detector(folder / "detector.pt", "cpu", 1).detect(case)
    certain = [each for each in detection.findings if each.score >= threshold]
    return [tuple(round(i) for i in each.center) for each in certain]


def each_lesion_once(case, places):
    from scipy import ndimage

    labels, count = ndimage.label(case.lesions, np.ones((3, 3, 3)))
    return sorted(int(labels[place]) for place in places) == list(range(1, count + 1))


@pytest.mark.parametrize(("dims", "steps"), [(3, 120), (2, 100)])
def test_a_cascade_finds_each_lesion_of_another_ct_and_nothing_else(
    tmp_path, monkeypatch, dims, steps
):
    monkeypatch.setattr(train, "CropSource", partial(train.CropSource, batch=8))
    asked = settings(steps=steps, verifier_steps=60, scenes=10, width=8, look_every=30, rate=4e-3)
    data = mixture(synthetic=0.25, batch=8)
    events = trained(five(dims), tmp_path, asked=asked, data=data)
    assert isinstance(events[-1], Done)
    for seed in (11, 12):
        case = toy(seed, 2, dims=dims)
        assert each_lesion_once(case, found_in(tmp_path, case))
    assert found_in(tmp_path, toy(13, 0, dims=dims)) == []
    facts = DetectorModel.load(tmp_path / "detector.pt").facts
    assert facts.kind == "cascade"
    assert facts.dims == dims
    assert set(facts.patients) == {f"toy-{k}" for k in range(1, 8)}


def test_a_single_stage_finds_each_lesion_of_another_ct_before_anything_else(tmp_path):
    asked = settings(kind="single", steps=90, look_every=30, rate=6e-3)
    data = mixture(synthetic=0.0, healthy=0.4, slices=16, batch=2)
    # Enough real lesions to be chosen by them alone.
    given = lessons([toy(seed, 2) for seed in (1, 2, 3, 5, 6)], [toy(k, 3) for k in (20, 21, 22)])
    events = trained(given, tmp_path, asked=asked, data=data)
    for seed in (11, 12):
        case = toy(seed, 2)
        best = found_in(tmp_path, case, threshold=0.35)
        assert each_lesion_once(case, best)
    assert found_in(tmp_path, toy(13, 0), threshold=0.35) == []
    assert [event.done for event in events if isinstance(event, Progress)][-1] == 90
    assert events[-1].result["validation_score"] > 0.9
    model = DetectorModel.load(tmp_path / "detector.pt")
    assert [spec.role for spec in model.facts.nets] == ["single"]


def test_a_single_stage_without_validation_patients_says_that_its_scores_mean_little(tmp_path):
    asked = settings(kind="single", steps=1)
    events = trained(lessons([toy(1, 2)]), tmp_path, asked=asked, data=mixture(slices=8, side=32))
    assert any(isinstance(e, Log) and "not calibrated" in e.text for e in events)
    assert DetectorModel.load(tmp_path / "detector.pt").facts.calibration == PRIOR


def test_it_remembers_the_cts_of_training_and_validation_and_whose_they_are(whole, ill):
    folder, _ = whole
    facts = DetectorModel.load(folder / "detector.pt").facts
    hosts = (*ill.materials.hosts, *ill.exam)
    assert facts.hosts == {host.sha256: host.patient for host in hosts}
    assert len(facts.hosts) == 3


def test_real_lesions_alone_teach_the_second_net_as_many_scenes(ill, tmp_path):
    asked = settings(**{**SHORT, "steps": 2, "verifier_steps": 1, "scenes": 5})
    events = trained(ill, tmp_path, asked=asked, data=mixture(synthetic=0.0))
    assert isinstance(events[-1], Done)
    assert len(list((tmp_path / "mined").iterdir())) == 5
    assert Started("Train detector", 2 + 5 + 1) in events


def test_events_tell_all_stages_as_one(whole):
    _, events = whole
    started = [event for event in events if isinstance(event, Started)]
    assert started == [Started("Train detector", 20 + 3 + 12)]
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert {event.total for event in progress} == {35}
    assert progress[-1].done == 35
    assert sum(isinstance(event, Done) for event in events) == 1
    names = {event.name for event in events if isinstance(event, Metric)}
    assert {
        "candidates/loss/bce",
        "candidates/loss/dice",
        "candidates/validation/score",
        "candidates/validation/sensitivity@1",
        "verifier/loss/bce",
        "verifier/validation/score",
        "validation/score",
        "validation/sensitivity@1",
    } <= names
    assert all(math.isfinite(event.value) for event in events if isinstance(event, Metric))


def test_it_ends_with_its_product_its_name_and_its_figures(whole):
    folder, events = whole
    result = events[-1].result
    model = DetectorModel.load(folder / "detector.pt")
    assert result["product"] == str(folder / "detector.pt")
    assert result["id"] == model.id
    assert set(result) == {"product", "id", "validation_score", "validation_sensitivity@1"}
    assert 0 <= result["validation_score"] <= 1
    assert model.facts.validation == {k: v for k, v in result.items() if k.startswith("valid")}


def test_pictures_of_batches_are_there(whole):
    folder, events = whole
    pictures = [event.path for event in events if isinstance(event, Artifact)]
    assert pictures == [str(path) for path in sorted(folder.glob("batch_*.png"))]
    assert len(pictures) == 2


@pytest.mark.parametrize(
    "moment",
    ["candidates: step 10", "candidates: step 20", "candidates of scene 2", "verifier: step 10"],
)
def test_one_that_was_stopped_goes_on_to_the_same_weights(ill, whole, tmp_path, moment):
    with pytest.raises(Stopped):
        stop_at(moment, ill, tmp_path)
    assert not (tmp_path / "detector.pt").exists()
    events = trained(ill, tmp_path, asked=settings(**SHORT))
    assert not any(isinstance(e, Progress) and e.text == "candidates: step 10" for e in events)
    same_weights(tmp_path, whole[0])


@pytest.mark.parametrize(
    "moment", ["candidates: step 10", "candidates: step 20", "verifier: step 12"]
)
def test_one_whose_listener_goes_away_goes_on_to_the_same_weights(ill, whole, tmp_path, moment):
    running = stream(ill, tmp_path, asked=settings(**SHORT))
    for event in running:
        if isinstance(event, Progress) and event.text == moment:
            running.close()
    trained(ill, tmp_path, asked=settings(**SHORT))
    same_weights(tmp_path, whole[0])


@pytest.mark.parametrize("look", [1, 2, 3])
def test_a_stop_while_the_validation_patients_are_looked_at_loses_no_look(
    ill, whole, tmp_path, monkeypatch, look
):
    token, looks = StopToken(), []
    heat = train.candidate_heat

    def stopping(*inputs, **options):
        looks.append(1)
        frames = 2  # the CT, and the CT with synthetic lesions
        if len(looks) == frames * (look - 1) + 2:
            token.stop()
        return heat(*inputs, **options)

    monkeypatch.setattr(train, "candidate_heat", stopping)
    with pytest.raises(Stopped):
        list(stream(ill, tmp_path, token, settings(**SHORT)))
    monkeypatch.undo()
    monkeypatch.setattr(train, "CropSource", partial(train.CropSource, batch=4))
    events = trained(ill, tmp_path, asked=settings(**SHORT))
    first = next(e for e in events if isinstance(e, Metric) and "validation" in e.name)
    assert first.step == (7, 14, 20)[look - 1]
    same_weights(tmp_path, whole[0])


def test_a_finished_training_is_told_again_without_a_step(ill, whole):
    folder, events = whole
    before = (folder / "detector.pt").read_bytes()
    again = trained(ill, folder, asked=settings(**SHORT))
    assert again[-1] == events[-1]
    assert not any(isinstance(e, Metric) and "loss" in e.name for e in again)
    assert DetectorModel.load(folder / "detector.pt").id == events[-1].result["id"]
    assert (folder / "detector.pt").read_bytes() == before


def test_where_and_by_how_many_it_was_computed_does_not_change_its_name(ill, whole, tmp_path):
    asked = settings(**SHORT, device="auto" if _no_gpu() else "cpu", workers=1)
    events = trained(ill, tmp_path, asked=asked)
    assert events[-1].result["id"] == whole[1][-1].result["id"]


def _no_gpu():
    import torch

    return not (torch.cuda.is_available() or torch.backends.mps.is_available())


@pytest.mark.parametrize(
    ("changes", "data"),
    [({"steps": 21}, {}), ({"seed": 1}, {}), ({}, {"synthetic": 0.75})],
)
def test_a_folder_of_another_training_is_refused(ill, whole, changes, data):
    folder, _ = whole
    asked = settings(**{**SHORT, **changes})
    with pytest.raises(TrainingError, match="another training"):
        trained(ill, folder, asked=asked, data=mixture(**data))


def test_a_folder_in_which_somebody_trains_is_refused(ill, tmp_path):
    running = stream(ill, tmp_path)
    next(running)
    with pytest.raises(TrainingError, match="another process"):
        trained(ill, tmp_path)
    running.close()


@pytest.mark.parametrize(
    ("module", "name", "stage", "steps"),
    [
        (candidate_learner, "lesion_loss", "candidates", 20),
        (verifier_learner, "verdict_loss", "verifier", 12),
    ],
)
def test_a_loss_that_is_no_number_leaves_the_last_good_weights_and_says_what_to_do(
    ill, tmp_path, monkeypatch, module, name, stage, steps
):
    loss, calls = getattr(module, name), []

    def breaking(*inputs):
        calls.append(1)
        found = loss(*inputs)
        return {k: v * math.nan for k, v in found.items()} if len(calls) > 9 else found

    monkeypatch.setattr(module, name, breaking)
    with pytest.raises(TrainingError) as caught:
        trained(ill, tmp_path, asked=settings(**SHORT))
    assert "no number any more at step 10" in caught.value.what
    assert "The weights of step 7 are kept" in caught.value.remedy
    assert "Halve the learning rate" in caught.value.remedy
    assert load_net(tmp_path / stage / f"{stage}.pt").facts["steps"] == 7
    assert not (tmp_path / "detector.pt").exists()
    assert steps > 10


def test_validation_patients_without_any_lesion_choose_nothing(tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise SiteError("there is no room")

    monkeypatch.setattr(scenes, "propose_sites", full)
    given = lessons([toy(1, 2)], [toy(3, 0)])
    events = trained(given, tmp_path, data=mixture(synthetic=0.0))
    assert any(isinstance(e, Log) and "no patient with lesions was kept" in e.text for e in events)
    assert not any("validation" in e.name for e in events if isinstance(e, Metric))
    facts = DetectorModel.load(tmp_path / "detector.pt").facts
    assert facts.steps == {"candidate": 8, "verifier": 4}  # the last weights, not the first look's
    assert facts.validation == {}


def test_with_nothing_new_to_see_each_ct_is_looked_at_once(tmp_path):
    still = {"flips": False, "zoom": 0.0, "shift_hu": 0.0, "gain": 0.0, "noise_hu": 0.0}
    data = mixture(synthetic=0.0, **still)
    events = trained(lessons([toy(1, 2), toy(2, 1)]), tmp_path, data=data)
    assert next(e for e in events if isinstance(e, Started)).total == 8 + 2 + 4
    assert len(list((tmp_path / "mined").iterdir())) == 2


@pytest.mark.parametrize(
    ("asked", "data", "dims", "what"),
    [
        ({}, {"slices": 8}, 3, "single slices"),
        ({"kind": "single"}, {"slices": 12}, 3, "12 slices"),
        ({"kind": "single"}, {}, 2, "single stage sees volumes"),
        ({"device": "cuda:99"}, {}, 3, "cuda:99"),
        ({}, {"methods": {"poisson": 1.0}}, 3, "nothing is there to make them from"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_a_folder_is_begun(
    tmp_path, asked, data, dims, what
):
    folder = tmp_path / "new"
    given = lessons([toy(1, 1, dims=dims)], dims=dims)
    with pytest.raises(ParameterError, match=what):
        trained(given, folder, asked=settings(**asked), data=mixture(**data))
    assert not folder.exists()


def test_only_real_lesions_are_asked_for_and_there_are_none(tmp_path):
    with pytest.raises(ParameterError, match="only real lesions") as caught:
        trained(lessons([toy(1, 0)]), tmp_path / "new", data=mixture(synthetic=0.0))
    assert "--synthetic" in caught.value.remedy
    assert isinstance(caught.value, LesionSynthError)


def test_a_state_that_was_thrown_away_is_learnt_again_and_its_crops_too(ill, whole, tmp_path):
    trained(ill, tmp_path, asked=settings(**SHORT))
    for name in ("candidates/resume.pt", "candidates/candidates.pt"):
        (tmp_path / name).unlink()
    trained(ill, tmp_path, asked=settings(**SHORT))
    same_weights(tmp_path, whole[0])
