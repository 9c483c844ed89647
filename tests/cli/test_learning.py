"""`train`, `score` and `review` as a user types them."""

from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.decisions import read_decisions
from napari_lesion_synth.dataset.layout import SCORES_CSV
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings


@pytest.fixture
def made(generate, files):
    """A set of four lesions."""
    assert generate().code == 0
    return files["out"]


@pytest.mark.parametrize(
    ("name", "model"), [("gan", GanSettings), ("autoencoder", AutoEncoderSettings)]
)
def test_every_setting_is_an_option_with_its_description(cli, name, model):
    run = cli("train", name, "--help")
    assert run.code == 0
    text = " ".join(run.out.replace("│", " ").split())
    for field in model.model_fields:
        assert f"--{field.replace('_', '-')}" in text


def test_too_few_lesions_are_refused_with_the_way_out(cli, files, tmp_path):
    run = cli(
        *("train", "gan", files["ct"], "--organ", files["organ"], "--lesions", files["lesions"]),
        *("--out", tmp_path / "gan", "--steps", 2),
    )
    assert run.code == 1
    assert "15" in run.err
    assert "sigmoid" in run.err


def test_nothing_to_learn_from_is_bad_usage(cli, tmp_path):
    run = cli("train", "autoencoder", "--out", tmp_path / "ae")
    assert run.code == 2
    assert "--donors" in run.err


def test_a_value_out_of_range_is_bad_usage(cli, tmp_path):
    run = cli("train", "gan", "--out", tmp_path / "gan", "--steps", 0)
    assert run.code == 2


def test_verdicts_are_given_taken_back_and_counted(cli, made):
    run = cli("review", made, "--accept", "lesion_00000[01]", "--reviewer", "me", "--json")
    assert run.code == 0, run.err
    counts = run.events[-1]["result"]["counts"]
    assert sum(row["accept"] for row in counts) == 2
    run = cli("review", made, "--reject", "lesion_000002", "--reason", "seam", "--reviewer", "me")
    assert run.code == 0, run.err
    assert read_decisions(made)["lesion_000002"]["reason"] == "seam"
    run = cli("review", made, "--undo", 2, "--reviewer", "me", "--json")
    counts = run.events[-1]["result"]["counts"]
    assert sum(row["open"] for row in counts) == 4
    run = cli("review", made, "--undo", 1, "--reviewer", "me")
    assert run.code == 0
    assert "nothing left" in run.err


@pytest.mark.parametrize(
    "options",
    [
        ("--accept", "lesion_9*"),
        ("--accept", "lesion_000001", "--reject", "*"),
        ("--undo", 1, "--accept", "*"),
    ],
)
def test_verdicts_that_make_no_sense_change_nothing(cli, made, options):
    run = cli("review", made, *options)
    assert run.code == 2
    assert read_decisions(made) == {}


def test_verdicts_on_lesions_that_are_gone_are_told_and_kept(cli, made):
    cli("review", made, "--accept", "*", "--reviewer", "me")
    table = made / "samples.csv"
    table.write_text(
        "\n".join(table.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8"
    )
    run = cli("review", made, "--reviewer", "me")
    assert run.code == 0
    assert "lesion_000003" in run.err
    assert "lesion_000003" in read_decisions(made)


def test_a_set_is_not_scored_by_weights_of_another_kind(cli, made, tmp_path):
    (tmp_path / "wrong.pt").write_bytes(b"no weights")
    run = cli("score", made, "--autoencoder", tmp_path / "wrong.pt")
    assert run.code == 1
    assert "damaged" in run.err
    assert not (made / SCORES_CSV).exists()


def test_a_folder_that_is_no_set_is_named(cli, tmp_path):
    for command in ("score", "review"):
        run = cli(command, tmp_path)
        assert run.code == 1
        assert "not a generated set" in run.err
