"""`train detector` as a user types it, and options that come from two models."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from pydantic import BaseModel, Field
from typer.testing import CliRunner

from napari_lesion_synth.cli.model_options import with_options
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.jobs import train_detector as training
from napari_lesion_synth.jobs.detector_job import DetectorJob

FEW = (
    *("--net", "small", "--width", 4, "--steps", 2, "--verifier-steps", 1, "--scenes", 2),
    *("--batch", 2, "--side", 32, "--workers", 0, "--device", "cpu", "--threads", 1),
    *("--method", "sigmoid", "--diameter", 6, 9),
)


@pytest.fixture
def train(cli, files, tmp_path):
    """Run a small `train detector`."""

    def run(*more, lesions=True):
        inputs = ["--organ", files["organ"]]
        if lesions:
            inputs += ["--lesions", files["lesions"]]
        return cli(
            *("train", "detector", files["ct"], *inputs),
            *("--out", tmp_path / "run", *FEW, *more),
        )

    return run


@pytest.fixture
def asked(monkeypatch) -> list[DetectorJob]:
    """The trainings asked for; none of them runs."""
    heard: list[DetectorJob] = []
    monkeypatch.setattr(training, "learn_detector", lambda job, _: heard.append(job) or iter(()))
    return heard


def test_every_setting_of_the_training_and_the_mixture_is_an_option(cli):
    run = cli("train", "detector", "--help")
    assert run.code == 0
    text = " ".join(run.out.replace("│", " ").split())
    own = {"methods": "--method", "diameter_mm": "--diameter", "per_scene": "--per-scene"}
    for field in (*DetectorSettings.model_fields, *DataSettings.model_fields):
        assert own.get(field, f"--{field.replace('_', '-')}") in text
    assert "Not a medical device" in text


def test_a_training_is_told_as_events_and_leaves_a_detector(train, tmp_path):
    run = train("--json")
    assert run.code == 0, run.err + run.out
    kinds = {event["event"] for event in run.events}
    assert {"log", "started", "metric", "progress", "done"} <= kinds
    result = run.events[-1]["result"]
    model = DetectorModel.load(tmp_path / "run" / "detector.pt")
    assert (result["product"], result["id"]) == (str(tmp_path / "run" / "detector.pt"), model.id)
    again = train("--json")
    assert again.events[-1]["result"]["id"] == model.id
    assert not any(event["event"] == "metric" for event in again.events)


def test_a_person_reads_where_the_detector_is(train, tmp_path):
    run = train()
    assert run.code == 0, run.err
    assert str(tmp_path / "run" / "detector.pt") in run.out.replace("\n", "")


def test_defaults_are_those_of_the_models(cli, files, tmp_path, asked):
    run = cli("train", "detector", files["ct"], "--organ", files["organ"], "--out", tmp_path / "d")
    assert run.code == 0, run.err
    assert asked[0].settings == DetectorSettings()
    assert asked[0].data == DataSettings()


def test_options_reach_the_training_and_the_mixture(train, tmp_path, asked):
    for name in ("one", "two", "no"):
        (tmp_path / name).mkdir()
    run = train(
        *("--set", tmp_path / "one", "--set", tmp_path / "two", "--validation", "a"),
        *("--validation", "b", "--test", "c", "--hard-negatives", tmp_path / "no"),
        *("--method", "poisson:2,sets:0.5", "--per-scene", 2, 5, "--no-flips", "--seed", 7),
        *("--synthetic", 0.25, "--kind", "single", "--patience", 3),
    )
    assert run.code == 0, run.err
    files, data, settings = asked[0].files, asked[0].data, asked[0].settings
    assert files.sets == (tmp_path / "one", tmp_path / "two")
    assert (files.validation, files.test) == (("a", "b"), ("c",))
    assert files.hard_negatives == (tmp_path / "no",)
    assert data.methods == {"poisson": 2.0, "sets": 0.5}
    assert (data.per_scene, data.flips, data.synthetic) == ((2, 5), False, 0.25)
    assert (settings.kind, settings.patience, settings.seed) == ("single", 3, 7)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--synthetic", 1.5), "synthetic"),
        (("--device", "abacus"), "abacus"),
        (("--healthy", 0.9, "--sham", 0.9), "more than all"),
        (("--side", 50), "multiple of 16"),
        (("--slices", 8), "single slices"),
        (("--method", "magic"), "magic"),
        (("--test", "nobody"), "nobody"),
        (("--validation", "ct", "--test", "ct"), "'ct' is named for validation and for test"),
    ],
)
def test_what_makes_no_sense_is_bad_usage_and_named(train, tmp_path, more, what):
    run = train(*more)
    assert run.code == 2
    assert what in " ".join(run.err.split())
    assert not (tmp_path / "run").exists()


def test_only_real_lesions_where_there_are_none_is_bad_usage(train):
    run = train("--synthetic", 0, lesions=False)
    assert run.code == 2
    assert "only real lesions" in run.err
    assert "--synthetic" in run.err


def test_a_folder_that_is_no_set_is_named(train, tmp_path):
    run = train("--set", tmp_path)
    assert run.code == 1
    assert "not a generated set" in run.err


class Cake(BaseModel):
    """A cake."""

    eggs: int = Field(3, ge=0, description="how many eggs")
    glazed: bool = Field(True, description="with glaze")


class Oven(BaseModel):
    """An oven."""

    heat: float = Field(180.0, description="degrees")


def test_options_of_two_models_arrive_apart_from_each_other():
    app, heard = typer.Typer(), []

    @app.command()
    @with_options(Oven)
    @with_options(Cake, into="cake")
    def bake(name: str, given: dict[str, Any], cake: dict[str, Any]) -> None:
        """Bake."""
        heard.append((name, given, cake))

    result = CliRunner().invoke(app, ["pie", "--eggs", "5", "--no-glazed", "--heat", "200"])
    assert result.exit_code == 0, result.output
    assert heard == [("pie", {"heat": 200.0}, {"eggs": 5, "glazed": False})]


def test_an_option_that_two_models_share_is_no_command():
    with pytest.raises(ValueError, match="heat"):

        @with_options(Oven)
        @with_options(Oven, into="other")
        def bake(given: dict[str, Any], other: dict[str, Any]) -> None:
            """Bake."""


def test_the_events_on_standard_output_are_those_in_the_folder(train, tmp_path):
    run = train("--json")
    kept = (tmp_path / "run" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in kept] == run.events
