"""A program that stands in for TotalSegmentator, heard from a window."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil
import pytest
from qtpy.QtCore import QObject

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.parts.totalsegmentator import LiverJob, is_installed, tooltip

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(sys.platform == "win32", reason="a script with a shebang"),
]

PATIENCE_MS = 240_000

WELL = """
import sys
from pathlib import Path
import SimpleITK as sitk
given = sys.argv[1:]
folder = Path(given[given.index("-o") + 1])
folder.mkdir()
print("Predicting...")
print(" 50%|##  | 1/2")
ct = sitk.ReadImage(given[given.index("-i") + 1])
sitk.WriteImage(ct > 0, str(folder / "liver.nii.gz"))
"""
LONG = """
import os, time
print("pid", os.getpid(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Installer of a stand-in; the temporary folder is one of the test's own."""
    place = tmp_path / "bin"
    place.mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def install(body):
        path = place / "TotalSegmentator"
        path.write_text(f"#!{sys.executable}\n{body}", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(place))

    return install


@pytest.fixture
def left_behind(tmp_path):
    """What is in the temporary folder."""
    return lambda: list((tmp_path / "temporary").iterdir())


@pytest.fixture
def job(qtbot):
    job = LiverJob()
    yield job
    job.end_now()


def begun(job, qtbot, volume):
    """Start the long program; gives its process."""
    said = []
    job.progress.connect(lambda _, text: said.append(text))
    job.start(volume)
    qtbot.waitUntil(lambda: any(t.startswith("pid") for t in said), timeout=PATIENCE_MS)
    return psutil.Process(int(next(t for t in said if t.startswith("pid")).split()[1]))


def gone(process):
    return not psutil.wait_procs([process], timeout=120)[1]


def test_the_mask_comes_with_word_of_its_progress(program, job, qtbot, ball_case, left_behind):
    program(WELL)
    volume, heard = ball_case().volume, []
    job.progress.connect(lambda *what: heard.append(what))
    with qtbot.waitSignal(job.finished, timeout=PATIENCE_MS) as signal:
        job.start(volume)
        assert job.running
    mask, warnings = signal.args
    assert np.array_equal(mask, volume.hu > 0)
    assert warnings == ()
    assert not job.running
    assert heard[0] == (0, "Writing the CT")
    assert (50, "Predicting...") in heard
    assert heard[-1] == (100, "Reading the mask")
    assert left_behind() == []


def test_cancel_ends_the_program_and_leaves_no_ct(program, job, qtbot, ball_case, left_behind):
    program(LONG)
    process = begun(job, qtbot, ball_case().volume)
    (folder,) = left_behind()
    assert (folder / "ct.nii").is_file()
    assert folder.stat().st_mode & 0o077 == 0  # nobody else on the computer reads it
    with qtbot.waitSignal(job.canceled, timeout=PATIENCE_MS):
        job.cancel()
    assert gone(process)
    assert not job.running
    assert left_behind() == []


def test_one_at_a_time_and_again_after_a_cancel(program, job, qtbot, ball_case):
    program(LONG)
    volume = ball_case().volume
    begun(job, qtbot, volume)
    with pytest.raises(RuntimeError, match="one CT"):
        job.start(volume)
    with qtbot.waitSignal(job.canceled, timeout=PATIENCE_MS):
        job.cancel()
    program(WELL)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE_MS):
        job.start(volume)


def test_a_failure_is_told(program, job, qtbot, ball_case, left_behind):
    program("import sys; sys.exit('no such model')")
    with qtbot.waitSignal(job.failed, timeout=PATIENCE_MS) as signal:
        job.start(ball_case().volume)
    (error,) = signal.args
    assert isinstance(error, LesionSynthError)
    assert "no such model" in error.what
    assert not job.running
    assert left_behind() == []


def test_the_program_ends_with_the_application(program, job, qtbot, qapp, ball_case, left_behind):
    program(LONG)
    process = begun(job, qtbot, ball_case().volume)
    qapp.aboutToQuit.emit()
    assert gone(process)
    assert left_behind() == []


def test_the_program_ends_with_its_owner(program, qtbot, ball_case):
    program(LONG)
    owner = QObject()
    process = begun(LiverJob(owner), qtbot, ball_case().volume)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    assert gone(process)


def test_the_button_says_what_it_does_or_how_to_get_it(program, monkeypatch, tmp_path):
    program(WELL)
    assert is_installed()
    assert tooltip().startswith("TotalSegmentator outlines the liver")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(Path(tmp_path, "python")))
    assert not is_installed()
    assert "pip install TotalSegmentator" in tooltip()
