"""The same set on a Dask cluster of this machine."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Progress, Stopped, StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.runner import Place, run_jobs

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes, which their nannies start again when they die."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        memory_limit=0,
        silence_logs="CRITICAL",
    ) as running:
        yield running


def worker_pids(cluster):
    return [worker.pid for worker in cluster.workers.values()]


def test_a_cluster_gives_the_same_bytes_as_this_process(
    cluster, host, request_for, make_set, content
):
    alone, spread = request_for("alone"), request_for("spread", scheduler=cluster.scheduler_address)
    make_set(alone, cases=[host])
    make_set(spread, cases=[host])
    assert content(spread.out) == content(alone.out)


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_a_worker_that_is_killed_on_the_way_does_not_show(
    cluster, host, request_for, make_set, content
):
    alone = request_for("alone", n=24, per_scene=2)
    spread = request_for("spread", n=24, per_scene=2, scheduler=cluster.scheduler_address)
    make_set(alone, cases=[host])
    before = worker_pids(cluster)
    killed = False
    for event in generate(spread, StopToken(), cases=[host]):
        if isinstance(event, Progress) and event.done and not killed:
            for pid in before:  # all of them: what they held is lost
                os.kill(pid, signal.SIGKILL)
            killed = True
    assert killed
    assert content(spread.out) == content(alone.out)
    assert set(worker_pids(cluster)) != set(before)


def test_a_run_on_a_cluster_can_be_stopped(cluster, host, request_for):
    token = StopToken()
    spread = request_for("spread", n=24, per_scene=1, scheduler=cluster.scheduler_address)

    def listen():
        for event in generate(spread, token, cases=[host]):
            if isinstance(event, Progress) and event.done:
                token.stop()

    with pytest.raises(Stopped):
        listen()


def test_an_error_on_a_cluster_keeps_its_remedy(cluster, request_for, host):
    from napari_lesion_synth.errors import SiteError

    spread = request_for(diameter_mm=(60.0, 70.0), per_scene=7, scheduler=cluster.scheduler_address)
    with pytest.raises(SiteError) as caught:
        list(generate(spread, StopToken(), cases=[host]))
    assert caught.value.remedy


def test_a_scheduler_without_workers_is_said_so(monkeypatch):
    monkeypatch.setattr("napari_lesion_synth.jobs.cluster._FIRST_WORKER_S", 0.5)
    with (
        distributed.LocalCluster(
            n_workers=0, dashboard_address=":0", silence_logs="CRITICAL"
        ) as empty,
        pytest.raises(LesionSynthError, match="no worker"),
    ):
        list(run_jobs(pow, 1, [1], Place(scheduler=empty.scheduler_address), StopToken()))
