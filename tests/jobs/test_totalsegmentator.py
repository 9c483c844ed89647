"""The liver's outline by a program that stands in for TotalSegmentator."""

from __future__ import annotations

import json
import sys
import textwrap

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, LesionSynthError
from napari_lesion_synth.events import Artifact, Done, Log, Progress, Stopped, StopToken
from napari_lesion_synth.jobs import totalsegmentator
from napari_lesion_synth.jobs.totalsegmentator import (
    arguments,
    find_command,
    install_hint,
    read_liver,
    segment_liver,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script with a shebang")

HEAD = """
import json, sys, time
from pathlib import Path
given = sys.argv[1:]
folder = Path(given[given.index("-o") + 1])
Path("given.json").write_text(json.dumps(given))
print("Using Device: cpu")
"""
WELL = """
import SimpleITK as sitk
print("Predicting...", flush=True)
for k in range(3):
    print(f"\\r {k * 50:3d}%|###  | {k}/2", end="", file=sys.stderr, flush=True)
folder.mkdir()
ct = sitk.ReadImage(given[given.index("-i") + 1])
sitk.WriteImage(ct > LEVEL, str(folder / "liver.nii.gz"))
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Installer of a stand-in that runs some Python."""
    place = tmp_path / "bin"
    place.mkdir()

    def install(body):
        path = place / "TotalSegmentator"
        path.write_text(f"#!{sys.executable}\n{HEAD}{textwrap.dedent(body)}", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(place))
        return path

    return install


@pytest.fixture
def absent(monkeypatch, tmp_path):
    """A machine without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "work"
    path.mkdir()
    return path


def test_it_is_found_on_the_path(program):
    path = program("")
    assert find_command() == (str(path),)


def test_it_is_found_beside_the_running_python(program, monkeypatch, tmp_path):
    path = program("")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(path.parent / "python"))
    assert find_command() == (str(path),)


@pytest.mark.usefixtures("absent")
def test_it_is_found_among_the_packages(tmp_path, monkeypatch):
    (tmp_path / "totalsegmentator").mkdir()
    (tmp_path / "totalsegmentator" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_command() == (sys.executable, "-m", "totalsegmentator.bin.TotalSegmentator")


@pytest.mark.usefixtures("absent")
def test_without_it_the_remedy_says_how_to_install_it(ball_case, folder):
    assert find_command() is None
    with pytest.raises(LesionSynthError, match="not installed") as caught:
        list(segment_liver(ball_case().volume, folder, StopToken()))
    assert caught.value.remedy == install_hint()
    assert "pip install TotalSegmentator" in install_hint()


@pytest.mark.parametrize(
    ("device", "gpu", "expected"),
    [
        ("auto", False, ["--fast"]),
        ("auto", True, []),
        ("cpu", True, ["--fast", "--device", "cpu"]),
        ("cuda", False, ["--device", "gpu"]),
        ("mps", False, ["--fast", "--device", "mps"]),
    ],
)
def test_the_quick_model_runs_without_cuda(tmp_path, monkeypatch, device, gpu, expected):
    found = str(tmp_path / "nvidia-smi") if gpu else None
    monkeypatch.setattr(totalsegmentator.shutil, "which", lambda _name: found)
    given = list(arguments(tmp_path, device))
    assert given[:6] == [
        *("-i", str(tmp_path / "ct.nii"), "-o", str(tmp_path / "masks")),
        *("--roi_subset", "liver"),
    ]
    assert given[6:] == expected


def test_the_ct_goes_out_and_the_mask_comes_back(ball_case, program, folder):
    program(WELL.replace("LEVEL", "0"))
    volume = ball_case().volume
    events = list(segment_liver(volume, folder, StopToken(), device="cpu"))
    assert np.array_equal(read_liver(folder, volume), volume.hu > 0)
    given = json.loads((folder / "given.json").read_text(encoding="utf-8"))
    assert given == list(arguments(folder, "cpu"))
    assert events[-2] == Artifact("organ-mask", str(folder / "masks" / "liver.nii.gz"))
    assert isinstance(events[-1], Done)
    shown = [(e.done, e.text) for e in events if isinstance(e, Progress)]
    assert shown[:2] == [(0, "Writing the CT"), (0, "Starting TotalSegmentator")]
    assert (0, "Using Device: cpu") in shown
    assert [done for done, text in shown if text == "Predicting..."][-1] == 100
    assert Log("Predicting...") in events


def test_a_ct_without_a_liver_is_told_as_such(ball_case, program, folder):
    program(WELL.replace("LEVEL", "3000"))
    volume = ball_case().volume
    list(segment_liver(volume, folder, StopToken()))
    with pytest.raises(InputError, match="found no liver"):
        read_liver(folder, volume)


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ("sys.exit('RuntimeError: CUDA out of memory.')", "Memory was short"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Memory was short"),
        ("sys.exit('urlopen error [Errno -3] name resolution')", "downloads its weights"),
        ("sys.exit('ValueError: something else')", "in a terminal"),
    ],
)
def test_a_failure_is_told_in_its_last_words(ball_case, program, folder, body, remedy):
    program(body)
    with pytest.raises(LesionSynthError, match="TotalSegmentator failed") as caught:
        list(segment_liver(ball_case().volume, folder, StopToken()))
    assert remedy in caught.value.remedy
    if "sys.exit" in body:
        assert body.split("'")[1] in caught.value.what


def test_an_end_without_a_mask_is_a_failure(ball_case, program, folder):
    program("")
    with pytest.raises(LesionSynthError, match="without a mask"):
        list(segment_liver(ball_case().volume, folder, StopToken()))


def test_it_can_be_stopped(ball_case, program, folder):
    program("print('Predicting...', flush=True); time.sleep(600)")
    token = StopToken()
    stream = segment_liver(ball_case().volume, folder, token)
    for event in stream:
        if event == Log("Predicting..."):
            token.stop()
            break
    with pytest.raises(Stopped):
        list(stream)
