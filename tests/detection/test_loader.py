"""Batches from worker processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import torch

from napari_lesion_synth.detection.handover import HandOver
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.loader import BatchStream, draw_batch
from napari_lesion_synth.errors import SiteError, TrainingError

STEPS = (1, 2, 3, 7)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    """Where files that travel to workers are written."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def same(one, other):
    return all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("image", "target", "weight")
    )


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_workers_and_where_one_begins_change_nothing(materials, data, workers, temporary):
    expected = [draw_batch(materials, data(), step, seed=4) for step in STEPS]
    with BatchStream(materials, data(), workers=workers, seed=4) as stream:
        assert all(same(stream.batch(s), e) for s, e in zip(STEPS[:3], expected, strict=False))
    with BatchStream(materials, data(), STEPS[-1], workers, seed=4) as resumed:
        assert same(next(iter(resumed)), expected[-1])
    assert not multiprocessing.active_children()
    assert not list(temporary.iterdir())


def test_a_batch_can_be_asked_for_again_and_out_of_turn(materials, data):
    with BatchStream(materials, data(), workers=0) as stream:
        third = stream.batch(3)
        assert stream.batch(3) is third
        assert same(stream.batch(1), draw_batch(materials, data(), 1))
        assert same(stream.batch(3), third)


def test_a_stream_that_is_dropped_in_the_middle_leaves_no_process(materials, data, temporary):
    stream = BatchStream(materials, data(), workers=1)
    batches = iter(stream)
    next(batches)
    assert len(multiprocessing.active_children()) == 1
    batches.close()
    del stream, batches
    gc.collect()
    assert not multiprocessing.active_children()
    assert not list(temporary.iterdir())


def _wait_until_idle(pid):
    """Until a process has made as many batches ahead as it may, and takes no more time."""
    process, spent = psutil.Process(pid), None
    while spent != (spent := process.cpu_times()[:2]):
        time.sleep(0.5)


def test_a_worker_that_is_killed_is_reported(materials, data, temporary):
    with BatchStream(materials, data(), workers=1) as stream:
        stream.batch(1)
        (worker,) = multiprocessing.active_children()
        # Killed while it asks whether to end, it would keep torch's lock for ever.
        _wait_until_idle(worker.pid)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(TrainingError, match="died"):
            all(stream.batch(step) for step in range(2, 50))
        assert not multiprocessing.active_children()
        assert same(stream.batch(2), draw_batch(materials, data(), 2))


def test_errors_of_a_worker_arrive_as_what_they_are(materials, data):
    mixture = data(diameter_mm=(150.0, 160.0), healthy=0.0, sham=0.0, synthetic=1.0)
    with (
        BatchStream(materials, mixture, workers=1) as stream,
        pytest.raises(SiteError, match="no place was found"),
    ):
        stream.batch(1)


def test_the_global_generator_is_left_alone(materials, data):
    before = torch.random.get_rng_state()
    with BatchStream(materials, data(), workers=1) as stream:
        stream.batch(1)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_host_arrives_with_its_distances_measured(host_of):
    over = HandOver(host_of(lesion_mm=10.0))
    host = over.handed.taken()
    over.close()
    assert isinstance(host, Host)
    assert "depth_map" in vars(host.case.organ)
    assert "_by_depth" in vars(host.case.site_index)
    assert not host.frame.hu.flags.owndata


_TRAINS = """
import multiprocessing, sys, time
sys.path.insert(0, {folder!r})
from toys import lessons, toy
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.loader import BatchStream

if __name__ == "__main__":
    mixture = DataSettings(side=32, batch=2, synthetic=0)
    with BatchStream(lessons([toy(1)]).materials, mixture, workers=1) as stream:
        stream.batch(1)
        print(multiprocessing.active_children()[0].pid, flush=True)
        time.sleep(600)
"""


def test_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "trains.py"
    script.write_text(_TRAINS.format(folder=str(Path(__file__).parent)), encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        worker = int(parent.stdout.readline())
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    for _ in range(300):
        if not alive(worker):
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived the process that it worked for")


def alive(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has asked for does not."""
    try:
        state = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        )
    except OSError:
        return False
    return state != "Z"
