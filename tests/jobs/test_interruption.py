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
def asked(host, save_case, request_for):
    """What the command below asks for."""
    return request_for(cases=(save_case(host),), n=120, per_scene=2)


def command(asked, workers):
    (case,) = asked.cases
    return [
        *(sys.executable, "-m", "napari_lesion_synth.cli", "generate", case.ct),
        *("--organ", case.organ, "--out", str(asked.out), "--method", "sigmoid"),
        *("--n", "120", "--per-scene", "2", "--diameter", "6", "9", "--context", "4"),
        *("--workers", str(workers), "--json"),
    ]


def start(asked, workers):
    """Run the command up to its first lesions: before them, nothing would be tested."""
    process = subprocess.Popen(
        command(asked, workers),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        encoding="utf-8",
    )
    for line in process.stdout:
        if '"progress"' in line and '"done": 0' not in line:
            break
    return process


def test_a_set_killed_at_random_moments_and_continued_has_the_same_bytes(
    asked, request_for, make_set, content, texts
):
    whole = asked.model_copy(update={"out": asked.out.with_name("whole")})
    began = time.monotonic()
    make_set(whole)
    duration = time.monotonic() - began
    rng = random.Random(4)
    found = []
    for workers in (1, 2, 1):
        process = start(asked, workers)
        time.sleep(rng.uniform(0, duration / 10))
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        assert process.returncode == -signal.SIGKILL, out + err
        found.append(len(GeneratedSet.open(asked.out).ids))
    assert found == sorted(found)
    assert 0 < found[-1] < 120
    assert f"{found[-1]} of 120 lesions are there already" in texts(make_set(asked))
    assert content(asked.out) == content(whole.out)


def test_an_interrupted_command_says_how_to_go_on_and_keeps_what_is_whole(asked, make_set, content):
    process = start(asked, 2)
    os.killpg(process.pid, signal.SIGINT)  # Ctrl+C reaches the workers too
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert '"event": "failed"' in out.splitlines()[-1]
    assert "goes on from there" in out
    assert 0 < len(GeneratedSet.open(asked.out).ids) < 120
    whole = asked.model_copy(update={"out": asked.out.with_name("whole")})
    make_set(whole)
    make_set(asked)
    assert content(asked.out) == content(whole.out)


def test_a_disk_without_room_stops_the_command_and_the_same_command_goes_on(
    asked, make_set, content
):
    """A process that may not write files beyond a size stands for a full disk."""
    import resource

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = subprocess.run(
        command(asked, 1),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
        encoding="utf-8",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the disk is full" in done.stdout.splitlines()[-1]
    assert 0 < len(GeneratedSet.open(asked.out).ids) < 120
    whole = asked.model_copy(update={"out": asked.out.with_name("whole")})
    make_set(whole)
    make_set(asked)
    assert content(asked.out) == content(whole.out)
