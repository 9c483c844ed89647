"""What the window asks for is what the command `evaluate` understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Done
from napari_lesion_synth.jobs.evaluate_settings import (
    EvaluateJob,
    EvaluateSettings,
    FindingsFiles,
)
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.command_line import evaluate_arguments


def asked(monkeypatch, arguments: list[str]) -> EvaluateJob:
    """The job that the command makes of its arguments."""
    from typer.testing import CliRunner

    from napari_lesion_synth.cli import app
    from napari_lesion_synth.jobs import evaluate

    jobs = []

    def remember(job, token):
        del token
        jobs.append(job)
        yield Done({})

    monkeypatch.setattr(evaluate, "evaluate", remember)
    ended = CliRunner().invoke(app, [*arguments, "--json"])
    assert len(jobs) == 1, ended.output
    return jobs[0]


def test_the_command_makes_the_same_job(monkeypatch, tmp_path):
    names = ("a.nii.gz", "b.nii.gz", "liver a.nii.gz", "liver b.nii.gz", "spots.nii.gz")
    a, b, liver_a, liver_b, spots = (str(tmp_path / name) for name in names)
    for name in (*names, "theirs.csv"):
        (tmp_path / name).touch()
    labels = {"organ_label": 1, "lesion_label": 2}
    job = EvaluateJob(
        cases=(
            CaseFiles(ct=a, organ=liver_a, lesions=spots, patient="p", **labels),
            CaseFiles(ct=b, organ=liver_b, patient="q", **labels),
        ),
        findings=(FindingsFiles(name="theirs", files=(tmp_path / "theirs.csv",)),),
        detectors=("shipped", "other.pt"),
        out=tmp_path / "out",
        settings=EvaluateSettings(rate=0.5, seed=3, strict=True),
    )
    assert asked(monkeypatch, evaluate_arguments(job)) == job


def test_settings_at_their_defaults_are_left_out():
    job = EvaluateJob(cases=(CaseFiles(ct="a.nii.gz", lesions="l.nii.gz"),), out=Path("out"))
    assert evaluate_arguments(job) == [
        *("evaluate", "a.nii.gz", "--organ", "none", "--lesions", "l.nii.gz", "--out", "out"),
    ]


def test_without_a_ct_there_is_no_command():
    with pytest.raises(ParameterError, match="no CT"):
        evaluate_arguments(EvaluateJob(out=Path("out")))
