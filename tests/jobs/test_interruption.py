"""A real command, killed at any moment, and what is left of it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from napari_lesion_synth.dataset.reader import GeneratedSet

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")


@pytest.fixture
def command(host, save_case):
    """The command that makes the set in a folder."""
    files = save_case(host)

    def build(out, *more):
        return [
            *(sys.executable, "-m", "napari_lesion_synth.cli", "generate", files.ct),
            *("--organ", files.organ, "--out", str(out), "--method", "sigmoid", "--n", "60"),
            *("--per-scene", "2", "--diameter", "6", "9", "--context", "4", "--json", *more),
        ]

    return build


def test_a_set_killed_at_random_moments_and_continued_has_the_same_bytes(
    command, tmp_path, content
):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    start = time.monotonic()
    subprocess.run(command(whole), check=True, capture_output=True)
    duration = time.monotonic() - start
    rng = random.Random(4)
    deaths, found = 0, []
    for workers in ("1", "2", "1", "2"):
        process = subprocess.Popen(
            command(killed, "--workers", workers), stdout=subprocess.PIPE, start_new_session=True
        )
        # Not before the first lesion of this run, or nothing would be tested.
        for line in process.stdout:
            if b'"progress"' in line and b'"done": 0' not in line:
                break
        time.sleep(rng.uniform(0, duration / 12))
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        deaths += process.wait() == -signal.SIGKILL
        found.append(len(GeneratedSet.open(killed).ids))
    assert deaths > 0
    assert found == sorted(found)
    done = subprocess.run(command(killed), check=True, capture_output=True, text=True)
    assert content(killed) == content(whole)
    if found[-1]:
        assert f"{found[-1]} of 60 lesions are there already" in done.stdout


def test_an_interrupted_command_says_how_to_go_on_and_keeps_what_is_whole(
    command, tmp_path, content
):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    subprocess.run(command(whole), check=True, capture_output=True)
    process = subprocess.Popen(
        command(stopped, "--workers", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if '"progress"' in line and '"done": 0' not in line:
            break
    os.killpg(process.pid, signal.SIGINT)  # Ctrl+C reaches the workers too
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert '"event": "failed"' in out.splitlines()[-1]
    assert "goes on from there" in out
    assert 0 < len(GeneratedSet.open(stopped).ids) < 60
    subprocess.run(command(stopped), check=True, capture_output=True)
    assert content(stopped) == content(whole)
