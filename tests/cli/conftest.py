from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from napari_lesion_synth.ct.write import write_mask, write_volume


class Run:
    """One command that has ended."""

    def __init__(self, result):
        self.code = result.exit_code
        self.out = result.stdout
        self.err = result.stderr
        self.error = result.exception

    @property
    def events(self):
        """Standard output as JSON lines; anything else on it is a failure."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def cli():
    """Run the command line in this process."""
    from napari_lesion_synth.cli import app

    def run(*arguments):
        return Run(CliRunner().invoke(app, [str(a) for a in arguments]))

    return run


@pytest.fixture
def files(ball_case, tmp_path):
    """A CT, its organ's mask, and the labels of one lesion, as files."""
    case = ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=14.0)
    place = tmp_path / "inputs"
    place.mkdir()
    return {
        "ct": write_volume(place / "ct.nii.gz", case.volume, synthetic=False),
        "organ": write_mask(place / "liver.nii.gz", case.require_organ().mask, case.volume),
        "lesions": write_mask(place / "lesions.nii.gz", case.lesions, case.volume),
        "out": tmp_path / "set",
    }


@pytest.fixture
def generate(cli, files):
    """Run a small `generate`."""

    def run(*more, method="sigmoid", n=4):
        return cli(
            *("generate", files["ct"], "--organ", files["organ"], "--out", files["out"]),
            *("--n", n, "--diameter", 6, 9, "--method", method, *more),
        )

    return run
