"""The command `limit-map` of a job: what the program reads is what was asked for."""

from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from napari_lesion_synth.cli import app
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.jobs import limit_map as mapping
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.command_line import limit_map_arguments, limit_map_command

JOBS = {
    "usual": {},
    "dark": {"grid": LimitSettings(contrasts_hu=(-5, -12.5, -80), repeats=3, seed=4)},
    "bright, all depths": {
        "grid": LimitSettings(contrasts_hu=(10, 40), depth_edges_mm=(), avoid_vessels=False)
    },
    "several depths and methods": {
        "grid": LimitSettings(depth_edges_mm=(5, 15.5), methods=("sigmoid", "cgan"), filled=0.1)
    },
    "a command": {"search": LimitDetector(command="my 'own' {ct} {out}", timeout_s=9.5)},
    "an export": {"search": LimitDetector(export=True)},
    "another rule": {"rule": HitRule(kind="distance", radius_mm=7)},
}


@pytest.fixture
def files(tmp_path):
    for name in ("-ct.nii.gz", "my liver.nii.gz"):
        (tmp_path / name).write_bytes(b"")
    return CaseFiles(
        ct=str(tmp_path / "-ct.nii.gz"), organ=str(tmp_path / "my liver.nii.gz"), organ_label=1
    )


@pytest.fixture
def read(monkeypatch):
    def go(arguments):
        heard = []
        with monkeypatch.context() as patched:
            patched.setattr(mapping, "limit_map", lambda job, token: heard.append(job) or iter(()))
            done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        return heard[0]

    return go


@pytest.mark.parametrize("name", JOBS)
def test_the_command_asks_for_what_the_job_says(files, read, tmp_path, name):
    job = LimitJob(cases=(files,), out=tmp_path / "-map", **JOBS[name])

    assert read(limit_map_arguments(job)) == job
    shell = shlex.split(limit_map_command(job).replace("\\\n", " "))
    assert shell[1:] == limit_map_arguments(job)


def test_defaults_are_left_out(files, tmp_path):
    job = LimitJob(cases=(files,), out=tmp_path / "map")

    assert [w for w in limit_map_arguments(job) if w.startswith("--")] == [
        "--organ",
        "--organ-label",
        "--out",
    ]


def test_without_a_ct_there_is_no_command(tmp_path):
    with pytest.raises(ParameterError, match="no CT in a file"):
        limit_map_arguments(LimitJob(out=tmp_path))
