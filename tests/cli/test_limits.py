"""The command `limit-map`: what it prints, writes, and says of bad usage."""

from __future__ import annotations

import sys

import pytest

FINDER = """
import sys, numpy as np, SimpleITK as sitk
from scipy import ndimage
hu = sitk.GetArrayFromImage(sitk.ReadImage(sys.argv[1]))
dark = ndimage.gaussian_filter(hu.astype(float), (0.6, 1.5, 1.5)) < 75
organ = sitk.GetArrayFromImage(sitk.ReadImage(sys.argv[2])) > 0
labels, count = ndimage.label(dark & ndimage.binary_erosion(organ, iterations=2))
with open(sys.argv[3], "w") as file:
    file.write("score,z,y,x\\n")
    for k in range(1, count + 1):
        z, y, x = ndimage.center_of_mass(labels == k)
        file.write(f"0.9,{z},{y},{x}\\n")
"""


@pytest.fixture
def finder(tmp_path):
    """A program that marks what is dark."""
    script = tmp_path / "finder.py"
    script.write_text(FINDER, encoding="utf-8")
    return f"'{sys.executable}' '{script}' {{ct}} {{organ}} {{out}}"


@pytest.fixture
def run(cli, files):
    def go(*more, organ=None):
        return cli(
            *("limit-map", files["ct"], "--organ", organ or files["organ"]),
            *("--lesions", files["lesions"], "--out", files["out"]),
            *("--diameters", "6,10", "--contrasts", "-20,-60", "--repeats", 3, "--filled", 0.3),
            *("--gap-mm", 6, *more),
        )

    return go


def test_any_program_gets_a_map(run, files, finder):
    ended = run("--command", finder)

    assert ended.code == 0, ended.err
    assert "Diameters from which on lesions are found" in ended.out
    assert "false_alarms_per_ct" in ended.out
    for name in ("report.html", "limit_map.svg", "limit_map.csv", "insertions.csv"):
        assert (files["out"] / name).exists()


def test_events_are_json_and_the_last_holds_the_limits(run, finder):
    ended = run("--command", finder, "--json", "--method", "sigmoid,poisson", "--depths", "none")

    assert ended.code == 0, ended.err
    result = ended.events[-1]["result"]
    assert {row["method"] for row in result["detection_limits"]} == {"sigmoid", "poisson"}
    assert {row["depth"] for row in result["detection_limits"]} == {"all depths"}
    assert len(result["methods_compared"]) == 1


def test_copies_are_exported(run, files):
    ended = run("--export", "--json")

    assert ended.code == 0, ended.err
    assert ended.events[-1]["result"]["images"] > 1
    assert (files["out"] / "export" / "manifest.csv").exists()


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (("--diameters", "5;8"), "--diameters '5;8' cannot be understood"),
        (("--diameters", "8,5"), "error: diameters must grow"),
        (("--diameters", "10"), "--diameters: needs at least 2 values, and 1 is given."),
        (("--diameters", "1,500"), "--diameters: must be 2 or more, not 1; --diameters: must be"),
        (("--depths", "5,500"), "--depths: must be 100 or less, not 500."),
        (("--contrasts", "20,-20"), "all be darker"),
        (("--method", "magic"), "no synthesis method 'magic'"),
        (("--export", "--findings", "x.csv"), "exclude each other"),
        (("--command", "detect {ct}"), "has to write findings"),
    ],
)
def test_bad_usage_is_told(run, more, complaint):
    ended = run(*more)

    assert ended.code == 2
    assert complaint in ended.err.replace("\n", " ")


def test_a_command_that_fails_ends_with_1(run):
    ended = run("--command", f"'{sys.executable}' -c 'raise SystemExit(4)' {{ct}} {{out}}")

    assert ended.code == 1
    assert "exit code 4" in ended.err
