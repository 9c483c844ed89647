"""`experiment run` and `experiment power` as a user types them."""

from __future__ import annotations

import pytest
from tests.jobs.experiments import plan_file

from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.jobs import experiment as experimenting
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings


@pytest.fixture
def asked(monkeypatch) -> list[ExperimentSettings]:
    """The experiments asked for; none of them runs."""
    heard: list[ExperimentSettings] = []
    monkeypatch.setattr(
        experimenting, "run_experiment", lambda settings, _: heard.append(settings) or iter(())
    )
    return heard


def test_every_setting_is_an_option(cli):
    run = cli("experiment", "run", "--help")
    assert run.code == 0
    for field in ExperimentSettings.model_fields:
        if field != "plan":
            assert f"--{field.replace('_', '-')}" in run.out
    power = cli("experiment", "power", "--help").out
    for field in PowerSettings.model_fields:
        assert {"aims": "--aim"}.get(field, f"--{field.replace('_', '-')}") in power


def test_what_is_typed_is_what_is_asked_for(cli, asked, tmp_path):
    plan, out = plan_file(tmp_path), tmp_path / "out"
    run = cli(
        *("experiment", "run", plan, "--out", out, "--arms", "augmented, sigmoid", "--seeds", 2),
        *("--workers", 3, "--device", "cpu", "--stop-after", 1.5, "--keep-trainings", "--json"),
    )
    assert run.code == 0, run.err
    assert asked == [
        ExperimentSettings(
            plan=plan, out=out, arms=("augmented", "sigmoid"), seeds=2, workers=3, device="cpu",
            stop_after=1.5, keep_trainings=True,
        )
    ]  # fmt: skip


def test_it_runs_from_the_plan_to_the_table(cli, tmp_path):
    plan = plan_file(tmp_path, arms=["augmented"], shams={"per_ct": 0})
    run = cli("experiment", "run", plan, "--out", tmp_path / "out", "--json")
    assert run.code == 0, run.err
    assert run.events[0] == {"event": "started", "job": "experiment", "total": 1}
    assert run.events[-1]["result"] == {"folder": str(tmp_path / "out"), "finished": 1, "of": 1}
    assert {"event": "artifact", "role": "summary", "path": str(tmp_path / "out/summary.csv")} in (
        run.events
    )


def test_a_plan_with_a_typing_error_fails_with_its_line(cli, tmp_path):
    plan = plan_file(tmp_path, baseline="augmentd")
    run = cli("experiment", "run", plan, "--out", tmp_path / "out")
    assert run.code == 1
    assert "'augmentd', is not among the arms" in " ".join(run.err.split())


def test_what_contradicts_itself_is_bad_usage(cli, tmp_path):
    run = cli("experiment", "run", plan_file(tmp_path), "--out", tmp_path / "o", "--arms", "all")
    assert run.code == 2
    assert "no arm 'all'" in run.err
    assert cli("experiment", "power").code == 2
    assert cli("experiment", "power", "--lesions", 20, "--aim", 0.3).code == 2


def test_power_is_told_in_sentences(cli, tmp_path):
    run = cli("experiment", "power", "--lesions", 20, "--aim", 0.9, "--json")
    assert run.code == 0
    assert any("With 20 test lesions, 0.65 against 0.90" in e.get("text", "") for e in run.events)
    of_plan = cli("experiment", "power", plan_file(tmp_path), "--json")
    assert of_plan.events[-1]["result"]["lesions"] == 3
