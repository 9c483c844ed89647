"""From real lesions to a trained generator, an auto-encoder, and a selected set."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.widgets.generators import write_generator

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import SCORES_CSV, SCORES_JSON
from napari_lesion_synth.dataset.nnunet import scene_pairs
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import (
    CheckpointError,
    DonorError,
    LesionSynthError,
    ParameterError,
)
from napari_lesion_synth.events import Done, Metric, StopToken
from napari_lesion_synth.jobs.judging_settings import ScoreSettings
from napari_lesion_synth.jobs.learning_settings import AutoEncoderJob, GanJob, LessonFiles
from napari_lesion_synth.jobs.lessons import gather_lessons
from napari_lesion_synth.jobs.materials import checked_model
from napari_lesion_synth.jobs.replay import ReplaySettings, replay
from napari_lesion_synth.jobs.score import score
from napari_lesion_synth.jobs.train_autoencoder import learn_autoencoder
from napari_lesion_synth.jobs.train_gan import learn_gan
from napari_lesion_synth.selection.autoencoder import AutoEncoder
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.synthesis.cgan.model import KIND, VERSION, GeneratorModel
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.synthesis.library import save_donors
from napari_lesion_synth.training.checkpoint import save_checkpoint

GAN = GanSettings(
    steps=2, batch=2, width=4, latent=3, grid=16, places=10, look_every=2, device="cpu"
)
ENCODER = AutoEncoderSettings(steps=2, batch=2, width=8, latent=2, device="cpu")


@pytest.fixture
def lesions(ball_donor):
    """Eighteen lesions of six patients."""
    made = []
    for number in range(18):
        donor = ball_donor(9.0 + number % 4, seed=number, lesion_hu=60 + number)
        mask = donor.mask.copy()
        mask[tuple(np.argwhere(mask)[-1])] = False
        zone = Zone.RIM if number % 2 else Zone.INTERIOR
        made.append(replace(donor, mask=mask, zone=zone, patient=f"p{number // 3}"))
    return made


@pytest.fixture
def library(lesions, tmp_path):
    save_donors(lesions, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def generator(host, lesions, tmp_path):
    """A generator that was hardly trained."""
    job = GanJob(lessons=LessonFiles(), out=tmp_path / "gan", settings=GAN)
    list(learn_gan(job, StopToken(), cases=[host], donors=lesions))
    return tmp_path / "gan" / "generator.pt"


@pytest.fixture
def encoder(lesions, tmp_path):
    job = AutoEncoderJob(lessons=LessonFiles(), out=tmp_path / "ae", settings=ENCODER)
    list(learn_autoencoder(job, StopToken(), donors=lesions))
    return tmp_path / "ae" / "autoencoder.pt"


def lessons(files, **given):
    stream = gather_lessons(files, StopToken(), **given)
    while True:
        try:
            next(stream)
        except StopIteration as end:
            return end.value


def test_patients_that_are_held_out_teach_nothing(host, lesions):
    held = replace(host, patient="p1")
    found = lessons(LessonFiles(hold_out=("p1", "p4")), cases=[host, held], donors=lesions)
    assert {donor.patient for donor in found.held_out} == {"p1", "p4"}
    assert not {donor.patient for donor in found.donors} & {"p1", "p4"}
    assert [case.patient for case in found.cases()] == [host.patient]


def test_lesions_come_from_the_labels_of_cts_on_disk(ball_case, save_case):
    case = ball_case((24, 80, 80), lesion_mm=14.0, patient="sick")
    found = lessons(LessonFiles(cases=(save_case(case),)))
    assert len(found.donors) == 1
    assert len(list(found.cases())) == 1


def test_a_library_goes_before_the_labels(ball_case, save_case, library):
    case = ball_case((24, 80, 80), lesion_mm=14.0)
    found = lessons(LessonFiles(cases=(save_case(case),), donors=library))
    assert len(found.donors) == 18


@pytest.mark.parametrize(
    ("files", "what"),
    [(LessonFiles(), "no real lesions"), (LessonFiles(hold_out=("nobody",)), "nobody")],
)
def test_nothing_to_learn_from_is_refused(files, what, lesions):
    given = {"donors": lesions} if files.hold_out else {}
    with pytest.raises(ParameterError, match=what):
        lessons(files, **given)


def test_too_few_lesions_are_refused_and_told_what_else_there_is(host, lesions, tmp_path):
    job = GanJob(lessons=LessonFiles(), out=tmp_path / "gan", settings=GAN)
    with pytest.raises(DonorError, match=r"15.*[Pp]oisson"):
        list(learn_gan(job, StopToken(), cases=[host], donors=lesions[:14]))


def test_a_training_tells_its_losses_and_where_its_product_is(host, lesions, tmp_path):
    job = GanJob(lessons=LessonFiles(), out=tmp_path / "gan", settings=GAN)
    events = list(learn_gan(job, StopToken(), cases=[host], donors=lesions))
    assert any(isinstance(e, Metric) and e.name.startswith("loss/") for e in events)
    assert isinstance(events[-1], Done)
    assert events[-1].result["product"] == str(tmp_path / "gan" / "generator.pt")


def test_a_set_of_learnt_lesions_is_remade_bit_for_bit(
    host, generator, request_for, make_set, save_case
):
    asked = request_for(methods={"cgan": 1.0}, model=generator, n=4, cases=(save_case(host),))
    make_set(asked)
    opened = GeneratedSet.open(asked.out)
    assert set(opened.table["method"]) == {"cgan"}
    assert opened.info["model"]["patients"] == ["ball", *(f"p{k}" for k in range(6))]
    *_, done = replay(ReplaySettings(folder=asked.out), StopToken())
    assert done.result["same"] == 4


def test_another_generator_under_the_same_name_is_refused(
    host, generator, encoder, request_for, make_set, save_case
):
    asked = request_for(methods={"cgan": 1.0}, model=generator, n=2, cases=(save_case(host),))
    make_set(asked)
    generator.write_bytes(encoder.read_bytes())
    checked_model.cache_clear()  # another process reads the file anew
    with pytest.raises(CheckpointError, match="autoencoder"):
        list(replay(ReplaySettings(folder=asked.out), StopToken()))


def test_a_generator_that_nobody_uses_is_refused(host, generator, request_for, make_set):
    with pytest.raises(ParameterError, match="none of the methods"):
        make_set(request_for(model=generator), cases=[host])


@pytest.fixture
def refused(host, request_for, make_set, tmp_path):
    """Why a set is not begun with a generator."""

    def attempt(**changes):
        model = write_generator(tmp_path / "other.pt", **changes)
        asked = request_for(methods={"cgan": 1.0, "sigmoid": 1.0}, model=model)
        with pytest.raises(LesionSynthError) as caught:
            make_set(asked, cases=[host])
        assert not asked.out.exists()
        return str(caught.value)

    return attempt


def test_a_generator_that_cannot_make_what_is_asked_is_refused_before_the_set_is_begun(refused):
    assert "the CT is one of volumes" in refused(dims=2)
    assert "--rim 0" in refused(lesions={Zone.INTERIOR: 20})
    assert "--rim 1" in refused(lesions={Zone.RIM: 20})


def test_weights_that_do_not_fit_are_refused_before_the_set_is_begun(
    host, generator, request_for, make_set
):
    model = GeneratorModel.load(generator)
    name = next(iter(model.tensors))
    tensors = {key: tensor for key, tensor in model.tensors.items() if key != name}
    save_checkpoint(generator, KIND, VERSION, model.facts.to_json(), tensors)
    asked = request_for(methods={"cgan": 1.0}, model=generator, n=2)
    with pytest.raises(CheckpointError, match="do not fit the net"):
        make_set(asked, cases=[host])
    assert not asked.out.exists()


def test_a_zone_that_nobody_asks_of_the_generator_need_not_be_known(
    host, request_for, make_set, tmp_path
):
    model = write_generator(tmp_path / "other.pt", lesions={Zone.INTERIOR: 20})
    asked = request_for(methods={"cgan": 1.0}, model=model, n=2, rim=0.0)
    make_set(asked, cases=[host])
    assert set(GeneratedSet.open(asked.out).table["zone"]) == {"interior"}


def test_how_patients_are_told_apart_is_said(ball_case, save_case, texts):
    files = tuple(
        save_case(ball_case((24, 80, 80), lesion_mm=14.0, seed=k), f"slice{k}") for k in range(2)
    )
    told = texts(gather_lessons(LessonFiles(cases=files), StopToken()))
    assert "2 lesions of 2 patients" in told
    assert "2 CTs are taken to be of 2 patients" in told
    assert "--patient" in told
    named = tuple(case.model_copy(update={"patient": "anna"}) for case in files)
    told = texts(gather_lessons(LessonFiles(cases=named), StopToken()))
    assert "2 lesions of 1 patient" in told
    assert "taken to be" not in told


def test_the_checks_have_the_limits_of_the_lesions_that_the_auto_encoder_learnt_from(
    host, encoder, request_for, make_set
):
    asked = request_for(select=True, autoencoder=encoder)
    make_set(asked, cases=[host])
    summary = json.loads((asked.out / SCORES_JSON).read_text(encoding="utf-8"))
    assert summary["limits_from"] == "autoencoder"
    assert summary["limits"] == AutoEncoder.load(encoder).limits.model_dump(mode="json")


def test_what_was_learnt_from_a_patient_never_trains_a_fold_that_tests_on_it(
    host, generator, request_for, make_set
):
    asked = request_for(methods={"cgan": 1.0}, model=generator, n=3)
    make_set(asked, cases=[host])
    opened = GeneratedSet.open(asked.out)
    for pair in scene_pairs(opened, opened.ids):
        assert {f"p{k}" for k in range(6)} <= set(pair.lineage)


def test_selection_judges_the_finished_set(host, encoder, request_for, make_set):
    asked = request_for(select=True, autoencoder=encoder)
    events = make_set(asked, cases=[host])
    table = events[-1].result["acceptance"]
    assert sum(row["n"] for row in table if row["zone"] and not row["method"]) == 7
    assert (asked.out / SCORES_CSV).exists()
    assert set(GeneratedSet.open(asked.out).passed) == set(GeneratedSet.open(asked.out).ids)


def test_real_lesions_of_strangers_judge_the_set_as_a_whole(
    host, encoder, library, request_for, make_set
):
    asked = request_for()
    make_set(asked, cases=[host])
    settings = ScoreSettings(folder=asked.out, autoencoder=encoder, real=library)
    list(score(settings, StopToken()))
    summary = json.loads((asked.out / SCORES_JSON).read_text(encoding="utf-8"))
    assert summary["quality"]
    assert "hu_wasserstein" in json.dumps(summary["quality"])


def test_lesions_that_the_set_descends_from_cannot_judge_it(
    host, encoder, library, lesions, request_for, make_set
):
    asked = request_for()
    make_set(asked, cases=[host], donors=lesions)
    with pytest.raises(ParameterError, match="descends from"):
        list(score(ScoreSettings(folder=asked.out, autoencoder=encoder, real=library), StopToken()))
