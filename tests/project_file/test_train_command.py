from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from napari_lesion_synth.cli.app import app
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs import train_gan as training
from napari_lesion_synth.jobs.lessons import LessonFiles
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.jobs.train_gan import GanJob
from napari_lesion_synth.project.command_line import train_gan_arguments, train_gan_command
from napari_lesion_synth.synthesis.cgan.settings import GanSettings


@pytest.fixture
def job(tmp_path):
    """A training with nearly nothing at its default."""
    names = ("a.nii.gz", "b.nii.gz", "liver a.nii.gz", "liver b.nii.gz", "spots.nii.gz")
    a, b, liver_a, liver_b, spots = (str(tmp_path / name) for name in names)
    for path in (a, b, liver_a, liver_b, spots):
        (tmp_path / path).touch()
    (tmp_path / "library").mkdir()
    return GanJob(
        lessons=LessonFiles(
            cases=(
                CaseFiles(ct=a, organ=liver_a, lesions=spots, patient="x", units="hu"),
                CaseFiles(ct=b, organ=liver_b, patient="y", units="hu"),
            ),
            donors=tmp_path / "library",
            hold_out=("x", "z"),
        ),
        out=tmp_path / "run",
        settings=GanSettings(
            mode="cgan", steps=60, grid=32, device="cuda:1", learning_rate=3e-4, holdout=0.25
        ),
    )


def test_the_command_asks_for_the_same_training(job, monkeypatch):
    heard = []
    monkeypatch.setattr(training, "learn_gan", lambda j, token: heard.append(j) or iter(()))
    program, *arguments = shlex.split(train_gan_command(job).replace("\\\n", ""))
    assert program == "napari-lesion-synth"
    assert arguments == train_gan_arguments(job)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert heard == [job]


def test_defaults_are_left_out():
    files = LessonFiles(cases=(CaseFiles(ct="a", organ="b", lesions="c"),))
    job = GanJob(lessons=files, out="run")
    assert train_gan_arguments(job) == [
        "train", "gan", "a", "--organ", "b", "--lesions", "c", "--out", "run",
    ]  # fmt: skip


def test_without_a_file_there_is_no_command():
    with pytest.raises(ParameterError, match="no CT in a file"):
        train_gan_command(GanJob(lessons=LessonFiles(), out="run"))
