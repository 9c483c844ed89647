from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from napari_lesion_synth.cli.app import app
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs import train_detector as training
from napari_lesion_synth.jobs.detector_job import DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.command_line import (
    train_detector_arguments,
    train_detector_command,
)


@pytest.fixture
def job(tmp_path):
    """A training with nearly nothing at its default."""
    names = ("a.nii.gz", "b.nii.gz", "liver a.nii.gz", "liver b.nii.gz", "spots.nii.gz")
    a, b, liver_a, liver_b, spots = (str(tmp_path / name) for name in names)
    for path in (a, b, liver_a, liver_b, spots, tmp_path / "generator.pt"):
        (tmp_path / path).touch()
    for folder in ("set 1", "set-2", "library", "found"):
        (tmp_path / folder).mkdir()
    return DetectorJob(
        files=DetectorFiles(
            cases=(
                CaseFiles(ct=a, organ=liver_a, lesions=spots, patient="x", units="hu"),
                CaseFiles(ct=b, organ=liver_b, patient="y", units="hu"),
            ),
            sets=(tmp_path / "set 1", tmp_path / "set-2"),
            donors=tmp_path / "library",
            model=tmp_path / "generator.pt",
            validation=("x",),
            test=("y", "z"),
            hard_negatives=(tmp_path / "found",),
        ),
        out=tmp_path / "run",
        data=DataSettings(
            synthetic=0.25,
            methods={"poisson": 1.0, "sets": 2.5},
            diameter_mm=(4.0, 22.5),
            per_scene=(2, 5),
            flips=False,
            shift_hu=3.0,
        ),
        settings=DetectorSettings(
            kind="single", steps=60, rate=3e-4, width=8, patience=3, workers=0, tensorboard=True
        ),
    )


def test_the_command_asks_for_the_same_training(job, monkeypatch):
    heard = []
    monkeypatch.setattr(training, "learn_detector", lambda j, token: heard.append(j) or iter(()))
    program, *arguments = shlex.split(train_detector_command(job).replace("\\\n", ""))
    assert program == "napari-lesion-synth"
    assert arguments == train_detector_arguments(job)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert heard == [job]


def test_defaults_are_left_out():
    files = DetectorFiles(cases=(CaseFiles(ct="a", organ="b", lesions="c"),))
    assert train_detector_arguments(DetectorJob(files=files, out="run")) == [
        "train", "detector", "a", "--organ", "b", "--lesions", "c", "--out", "run",
    ]  # fmt: skip


def test_without_a_file_there_is_no_command():
    with pytest.raises(ParameterError, match="no CT in a file"):
        train_detector_command(DetectorJob(files=DetectorFiles(cases=()), out="run"))
