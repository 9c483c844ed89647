"""The same experiment on a Dask cluster of this machine, with workers that die."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest
from tests.jobs.experiments import TRAINING, plan_file, results, run

from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.jobs.experiment import run_experiment
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings
from napari_lesion_synth.locks import claim

distributed = pytest.importorskip("distributed")

LONGER = {"training": {**TRAINING, "steps": 60}, "arms": ["augmented", "sigmoid", "poisson"]}


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


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process makes of it."""
    folder = tmp_path_factory.mktemp("alone")
    run(plan_file(folder, **LONGER), folder / "out")
    return folder / "out"


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_runs_of_killed_workers_are_done_again_and_the_table_is_the_same(cluster, alone, tmp_path):
    plan, out = plan_file(tmp_path, **LONGER), tmp_path / "out"
    before = {worker.pid for worker in cluster.workers.values()}
    killed = threading.Event()

    def kill_all():
        """Once both are in the middle of a training."""
        while len(list(out.glob("trainings/*/0-0/candidates/resume.pt"))) < 2:
            time.sleep(0.05)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        killed.set()

    killer = threading.Thread(target=kill_all, daemon=True)
    killer.start()
    run(plan, out, scheduler=cluster.scheduler_address)
    assert killed.is_set()
    assert {worker.pid for worker in cluster.workers.values()} != before
    assert results(out) == results(alone)
    assert (out / "summary.csv").read_bytes() == (alone / "summary.csv").read_bytes()


def test_on_a_cluster_a_stop_reaches_the_workers(cluster, tmp_path):
    plan, out = plan_file(tmp_path, training={**TRAINING, "steps": 1_000_000}), tmp_path / "out"
    token = StopToken()

    def stop():
        while len(list(out.glob("trainings/*/0-0/candidates"))) < 2:
            time.sleep(0.05)
        token.stop()

    threading.Thread(target=stop, daemon=True).start()
    asked = ExperimentSettings(plan=plan, out=out, scheduler=cluster.scheduler_address)
    with pytest.raises(Stopped):
        list(run_experiment(asked, token))
    locks = [path.open("rb+") for path in out.glob("trainings/*/0-0/run.lock")]
    end = time.monotonic() + 60
    while not all(claim(lock) for lock in locks):
        assert time.monotonic() < end, "a worker trains on"
        time.sleep(0.2)
    for lock in locks:
        lock.close()


def test_errors_on_a_cluster_keep_their_remedy(cluster, tmp_path):
    plan = plan_file(tmp_path, gan={"steps": 1}, arms=["augmented", "cgan"])
    with pytest.raises(DonorError, match="cannot be trained on") as caught:
        run(plan, tmp_path / "out", scheduler=cluster.scheduler_address)
    assert caught.value.remedy
