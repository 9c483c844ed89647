"""Signs by which all who work for an experiment know when to stop; and locks; and clocks."""

from __future__ import annotations

import json
import threading

import pytest

from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.jobs.experiment_clock import Clock
from napari_lesion_synth.jobs.experiment_wanted import heeding, waiting_for, wanted
from napari_lesion_synth.locks import claim

PATIENCE_S = 120


def within(condition):
    """Wait until it holds, for a while."""
    done = threading.Event()
    for _ in range(PATIENCE_S * 20):
        if condition():
            return True
        done.wait(0.05)
    return False


def test_the_sign_lies_there_as_long_as_the_run_is_wanted(tmp_path):
    with wanted(tmp_path, StopToken()) as run:
        assert run.sign.exists()
        assert not run.token.stopped
    assert run.token.stopped
    assert not run.sign.exists()


def test_a_stop_of_the_user_takes_it_away(tmp_path):
    token = StopToken()
    with wanted(tmp_path, token) as run, heeding(run.sign) as far:
        assert not far.stopped
        token.stop()
        assert within(lambda: far.stopped)
        assert run.token.stopped


def test_so_does_the_end_of_the_time(tmp_path):
    token = StopToken()
    with wanted(tmp_path, token, minutes=0.001) as run:
        assert within(lambda: run.token.stopped)
    assert not token.stopped


def test_a_run_that_is_wanted_no_more_can_be_ended_at_once(tmp_path):
    with wanted(tmp_path, StopToken()) as run:
        run.end()
        assert run.token.stopped
        assert not run.sign.exists()


def test_signs_of_killed_runs_are_taken_away_and_those_of_others_are_not(tmp_path):
    (tmp_path / ".running-dead").touch()
    with wanted(tmp_path, StopToken()) as one:
        assert not (tmp_path / ".running-dead").exists()
        with wanted(tmp_path, StopToken()):
            assert one.sign.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StorageError), wanted(tmp_path / "gone", StopToken()):
        pass


def test_a_lock_is_waited_for(tmp_path):
    path = tmp_path / "deep" / "a.lock"
    path.parent.mkdir()
    held = path.open("ab")
    assert claim(held)
    threading.Timer(0.5, held.close).start()
    with waiting_for(path, StopToken()), path.open("ab") as other:
        assert held.closed
        assert not claim(other)


def test_and_the_wait_ends_with_a_stop(tmp_path):
    token = StopToken()
    with (tmp_path / "a.lock").open("ab") as held:
        claim(held)
        token.stop()
        with pytest.raises(Stopped), waiting_for(tmp_path / "a.lock", token):
            pass


def test_time_adds_up_over_interruptions(tmp_path):
    path = tmp_path / "seconds.json"
    with Clock(path).of("train"):
        sum(range(200_000))
    first = Clock(path).seconds
    assert set(first) == {"train", "train_cpu"}
    clock = Clock(path)
    with pytest.raises(Stopped), clock.of("train"):
        _interrupted()
    assert json.loads(path.read_text(encoding="utf-8")) == clock.seconds
    assert clock.seconds["train"] > first["train"] > 0
    assert clock.seconds["train_cpu"] > first["train_cpu"] > 0


def _interrupted():
    sum(range(200_000))
    raise Stopped


def test_what_a_kill_leaves_is_no_more_than_a_moment_short(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_lesion_synth.jobs.experiment_clock._EVERY_S", 0)
    path = tmp_path / "seconds.json"
    with Clock(path).of("train") as tick:
        tick()
        assert Clock(path).seconds["train"] > 0


def test_a_damaged_record_of_time_counts_for_none(tmp_path):
    path = tmp_path / "seconds.json"
    path.write_text("[1, ", encoding="utf-8")
    assert Clock(path).seconds == {}
