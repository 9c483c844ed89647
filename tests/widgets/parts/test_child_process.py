"""A real command in a real process, heard through a real pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest
from qtpy.QtCore import QCoreApplication

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.events import Log, Progress
from napari_lesion_synth.widgets.parts.child_process import ChildJob
from napari_lesion_synth.widgets.parts.outcome import End, outcome_text

pytestmark = pytest.mark.gui

LONG = 5000
PATIENCE_MS = 240_000


def arguments(settings):
    (case,) = settings.cases
    low, high = settings.diameter_mm
    return [
        *("generate", case.ct, "--organ", case.organ, "--out", str(settings.out)),
        *("--method", "sigmoid", "--n", str(settings.n), "--per-scene", str(settings.per_scene)),
        *("--diameter", str(low), str(high), "--context", str(settings.context_mm)),
        *("--workers", str(settings.workers)),
    ]


@pytest.fixture
def job(qtbot):
    job = ChildJob()
    yield job
    job.end_now()


@pytest.fixture
def heard(job):
    """Events of the job so far."""
    events = []
    job.event_arrived.connect(events.append)
    return events


@pytest.fixture
def begin(job, qtbot):
    """Start a run and wait for its first lesions; gives the process and its own ones."""

    def run(settings, job=job):
        def begun(event):
            return isinstance(event, Progress) and event.done > 0

        with qtbot.waitSignal(job.event_arrived, timeout=PATIENCE_MS, check_params_cb=begun):
            job.start(arguments(settings))
        process = psutil.Process(job.pid)
        return [process, *process.children(recursive=True)]

    return run


def ended(job, qtbot):
    """Wait for the outcome."""
    with qtbot.waitSignal(job.finished, timeout=PATIENCE_MS) as signal_:
        pass
    return signal_.args[0]


def gone(*processes):
    _, alive = psutil.wait_procs(processes, timeout=120)
    return not alive


def test_events_arrive_in_order_and_the_outcome_last(job, heard, qtbot, small_set):
    order = []
    job.event_arrived.connect(lambda event: order.append(event.kind))
    job.finished.connect(lambda outcome: order.append(outcome.end))
    asked = small_set()
    job.start(arguments(asked))
    assert job.running
    outcome = ended(job, qtbot)
    assert outcome.end is End.DONE, outcome
    assert outcome.result["lesions"] == 6
    assert not job.running
    assert [event.done for event in heard if isinstance(event, Progress)] == [0, 2, 4, 6]
    assert order[0] == "started"
    assert order[-2:] == ["done", End.DONE]
    assert len(GeneratedSet.open(asked.out).ids) == 6


def test_a_listener_that_lets_qt_work_gets_no_event_twice_or_early(job, heard, qtbot, small_set):
    job.event_arrived.connect(lambda _: QCoreApplication.processEvents())
    job.start(arguments(small_set(n=12, per_scene=1)))
    assert ended(job, qtbot).end is End.DONE
    assert [e.done for e in heard if isinstance(e, Progress)] == list(range(13))


def test_a_failure_is_told_in_the_jobs_own_words(job, qtbot, small_set, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "notes.txt").write_text("mine", encoding="utf-8")
    job.start(arguments(small_set()))
    outcome = ended(job, qtbot)
    assert outcome.end is End.FAILED
    assert "notes.txt" in outcome_text(outcome)
    assert "Choose an empty or new output folder" in outcome_text(outcome)


def test_wrong_usage_is_told_with_what_the_command_said(job, qtbot):
    job.start(["generate", "--no-such-option"])
    outcome = ended(job, qtbot)
    assert outcome.end is End.CRASHED
    assert outcome.exit_code == 2
    assert "no-such-option" in outcome.errors


def test_a_program_that_is_not_there_is_told(job, qtbot, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    job.start(["doctor"])
    outcome = ended(job, qtbot)
    assert outcome.end is End.CRASHED
    assert outcome_text(outcome).startswith("The process could not be started.")


def test_one_process_at_a_time(job, begin, small_set):
    begin(small_set(n=LONG))
    with pytest.raises(RuntimeError, match="one process at a time"):
        job.start(["doctor"])


@pytest.mark.parametrize("workers", [1, 2])
def test_cancel_leaves_a_set_that_goes_on(job, begin, heard, qtbot, small_set, workers):
    asked = small_set(n=LONG, workers=workers)
    family = begin(asked)
    job.cancel()
    outcome = ended(job, qtbot)
    assert outcome.end is End.CANCELED
    assert outcome.exit_code == 130  # it stopped by itself
    assert gone(*family)
    there = len(GeneratedSet.open(asked.out).ids)
    assert 0 < there < LONG
    heard.clear()
    begin(asked)
    assert Log(f"{there} of {LONG} lesions are there already") in heard


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process with a signal")
def test_a_process_that_does_not_stop_is_killed_with_its_workers(begin, qtbot, small_set):
    job = ChildJob(grace_ms=200)
    family = begin(small_set(n=LONG, workers=2), job)
    family[0].send_signal(signal.SIGSTOP)  # it cannot hear now
    job.cancel()
    outcome = ended(job, qtbot)
    assert outcome.end is End.CANCELED
    assert outcome.signal_number == signal.SIGKILL
    assert gone(*family)


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_a_killed_process_is_told_and_leaves_a_set_that_goes_on(job, begin, qtbot, small_set):
    asked = small_set(n=LONG)
    begin(asked)[0].kill()
    outcome = ended(job, qtbot)
    assert outcome.end is End.CRASHED
    assert outcome.signal_number == signal.SIGKILL
    assert "use fewer workers" in outcome_text(outcome)
    assert 0 < len(GeneratedSet.open(asked.out).ids) < LONG


def test_the_process_ends_with_the_job(begin, qtbot, small_set):
    job = ChildJob()
    family = begin(small_set(n=LONG, workers=2), job)
    with qtbot.waitSignal(job.destroyed):
        job.deleteLater()
    assert gone(*family)


APPLICATION = """
import sys
from qtpy.QtCore import QCoreApplication
from napari_lesion_synth.widgets.parts.child_process import ChildJob

def listen(event):
    print(job.pid, event.kind, flush=True)
    if sys.argv[1] == "quit" and event.kind == "progress" and event.done:
        application.quit()

application = QCoreApplication(sys.argv[:1])
job = ChildJob()
job.event_arrived.connect(listen)
job.start(sys.argv[2:])
application.exec()
print(0, job.running)
"""


def application(how, asked):
    """Start a run in an application of its own, and wait for the first lesions."""
    parent = subprocess.Popen(
        [sys.executable, "-c", APPLICATION, how, *arguments(asked)],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    process = psutil.Process(int(parent.stdout.readline().split()[0]))
    for line in parent.stdout:
        if "progress" in line and (asked.out / "samples.csv").stat().st_size > 1000:
            break
    return parent, process


def test_the_process_ends_with_the_application(small_set):
    parent, process = application("quit", small_set(n=LONG))
    out, _ = parent.communicate(timeout=300)
    assert out.splitlines()[-1] == "0 False"
    assert gone(process)


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_the_process_ends_when_the_application_is_killed(small_set):
    parent, process = application("run", small_set(n=LONG, workers=2))
    family = [process, *process.children(recursive=True)]
    assert len(family) > 1
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert gone(*family)
