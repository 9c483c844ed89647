from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import time
from importlib import import_module
from types import SimpleNamespace

import psutil
import pytest

from napari_lesion_synth.errors import DonorError, LesionSynthError, ParameterError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.jobs.runner import Place, run_jobs

WORK = """
    import os, signal, time
    from pathlib import Path
    from napari_lesion_synth.errors import DonorError

    def double(shared, job):
        return shared + 2 * job

    def fail(shared, job):
        raise DonorError("too large", where="d7", remedy="Take another")

    def die_once(folder, job):
        '''Kill this process at the first try of every third job.'''
        tried = Path(folder) / str(job)
        if job % 3 == 0 and not tried.exists():
            tried.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return job

    def die(shared, job):
        os.kill(os.getpid(), signal.SIGKILL)

    def threads(shared, job):
        return os.environ.get("OMP_NUM_THREADS")

    def tell(folder, job):
        '''Leave a sign of life as long as this process lives.'''
        sign = Path(folder) / f"alive-{os.getpid()}"
        while True:
            sign.touch()
            time.sleep(0.05)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that worker processes can import."""
    (tmp_path / "work_for_runner.py").write_text(textwrap.dedent(WORK), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("work_for_runner")
    del sys.modules["work_for_runner"]


def test_in_this_process_results_come_in_order(work):
    assert list(run_jobs(work.double, 10, [1, 2, 3], Place(), StopToken())) == [12, 14, 16]


def test_a_stop_is_obeyed_between_jobs(work):
    token = StopToken()
    results = run_jobs(work.double, 0, range(5), Place(), token)
    assert next(results) == 0
    token.stop()
    with pytest.raises(Stopped):
        next(results)


def test_processes_give_every_result_once(work):
    results = run_jobs(work.double, 1, list(range(40)), Place(workers=2), StopToken())
    assert sorted(results) == [1 + 2 * k for k in range(40)]


def test_processes_stop_too(work):
    token = StopToken()
    results = run_jobs(work.double, 1, list(range(1000)), Place(workers=2), token)
    next(results)
    token.stop()
    with pytest.raises(Stopped):
        list(results)


def test_an_error_in_a_process_keeps_what_where_and_remedy(work):
    with pytest.raises(DonorError) as caught:
        list(run_jobs(work.fail, None, [1], Place(workers=2), StopToken()))
    assert (caught.value.what, caught.value.where) == ("too large", "d7")
    assert caught.value.remedy == "Take another"


def test_no_jobs_need_no_processes(work):
    assert list(run_jobs(work.die, None, [], Place(workers=2), StopToken())) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_jobs_of_killed_processes_are_run_again(work, tmp_path):
    results = run_jobs(work.die_once, str(tmp_path), list(range(9)), Place(workers=2), StopToken())
    assert sorted(results) == list(range(9))


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_processes_that_keep_dying_are_given_up(work):
    with pytest.raises(LesionSynthError, match="keep ending") as caught:
        list(run_jobs(work.die, None, [1, 2], Place(workers=2), StopToken()))
    assert "--workers" in str(caught.value.remedy)


def test_each_process_uses_one_thread_and_this_one_keeps_its_settings(work, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert list(run_jobs(work.threads, None, [1], Place(workers=2), StopToken())) == ["1"]
    assert "OMP_NUM_THREADS" not in os.environ


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_processes_end_with_their_parent_even_if_it_is_killed(work, tmp_path):
    script = textwrap.dedent(
        f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from work_for_runner import tell
        from napari_lesion_synth.events import StopToken
        from napari_lesion_synth.jobs.runner import Place, run_jobs
        if __name__ == "__main__":
            list(run_jobs(tell, {str(tmp_path)!r}, [1, 2], Place(workers=2), StopToken()))
        """
    )
    path = tmp_path / "parent.py"
    path.write_text(script, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, path])
    try:
        assert _within(60, lambda: len(list(tmp_path.glob("alive-*"))) == 2)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        workers = [int(sign.name.partition("-")[2]) for sign in tmp_path.glob("alive-*")]
        assert _within(20, lambda: not any(_lives(pid) for pid in workers))
    finally:
        parent.kill()
        parent.wait()


def _within(seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _lives(pid):
    try:
        status = psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return False
    # A zombie whose new parent has not yet looked is dead enough.
    return status != psutil.STATUS_ZOMBIE


def test_a_scheduler_without_the_library_names_the_line_that_installs_it(work, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match="not installed") as caught:
        list(run_jobs(work.double, 1, [1], Place(scheduler="tcp://127.0.0.1:1"), StopToken()))
    assert 'pip install "napari-lesion-synth[distributed]"' in str(caught.value.remedy)


def test_a_connection_that_failed_is_not_waited_for_when_it_is_forgotten(work, monkeypatch):
    left = []

    class Client:
        status = "connecting"

        def __init__(self, *_, **__):
            raise OSError

        def __del__(self):
            left.append(self.status)

    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=Client))
    with pytest.raises(ParameterError, match="no Dask scheduler answers"):
        list(run_jobs(work.double, 1, [1], Place(scheduler="tcp://nowhere:1"), StopToken()))
    gc.collect()
    assert left == ["closed"]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "not an address"])
def test_a_scheduler_that_does_not_answer_is_said_so(work, monkeypatch, address):
    pytest.importorskip("distributed")
    monkeypatch.setattr("napari_lesion_synth.jobs.cluster._CONNECT_S", 0.5)
    with pytest.raises(ParameterError, match="no Dask scheduler answers") as caught:
        list(run_jobs(work.double, 1, [1], Place(scheduler=address), StopToken()))
    assert caught.value.where == address
