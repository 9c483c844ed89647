"""A real command, killed at any moment, and the table that it ends with all the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from tests.jobs.experiments import TRAINING, plan_file, results, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")

_ARMS = ["augmented", "poisson", "sigmoid"]


def plan_of(folder):
    return plan_file(folder, arms=_ARMS, training={**TRAINING, "steps": 30, "scenes": 6})


def start(plan, out, *options):
    """Run the command up to its first training: before it, little would be tested."""
    command = [sys.executable, "-m", "napari_lesion_synth.cli", "experiment", "run", str(plan)]
    process = subprocess.Popen(
        [*command, "--out", str(out), "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        encoding="utf-8",
    )
    for line in process.stdout:
        if "--0--0: " in line:
            break
    return process


def test_killed_at_random_moments_and_given_again_it_ends_with_the_same_table(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    plan = plan_of(tmp_path)
    began = time.monotonic()
    run(plan, whole)
    duration = time.monotonic() - began
    rng = random.Random(7)
    finished = []
    for _ in range(3):
        process = start(plan, killed)
        time.sleep(rng.uniform(0, duration / 4))
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), out + err
        finished.append(len(results(killed)))
    assert finished == sorted(finished)
    run(plan, killed)
    assert results(killed) == results(whole)
    for name in ("summary.csv", "plan.yaml"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    assert not list(killed.glob(".running-*"))


def test_a_polite_stop_keeps_what_is_done_and_says_how_to_go_on(tmp_path):
    plan = plan_file(tmp_path, training={**TRAINING, "steps": 100_000})
    process = start(plan, tmp_path / "out", "--arms", "augmented")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, out + err
    assert "goes on from there" in out
    assert "Traceback" not in err
    assert (tmp_path / "out" / "trainings" / "augmented" / "0-0" / "candidates").is_dir()


def test_a_stop_does_not_wait_for_trainings_in_other_processes(tmp_path):
    """They would take hours."""
    plan = plan_file(tmp_path, training={**TRAINING, "steps": 1_000_000})
    command = [sys.executable, "-m", "napari_lesion_synth.cli", "experiment", "run", str(plan)]
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*command, "--out", str(out), "--workers", "2", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        encoding="utf-8",
    )
    try:
        while len(list(out.glob("trainings/*/0-0/candidates"))) < 2:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=300)
        assert process.returncode == 130, said + err
    finally:
        process.kill()
        process.wait()
