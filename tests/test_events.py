"""What a job says reads the same on both sides of a pipe, and a job that is asked to stop stops."""

from __future__ import annotations

import json
import pickle
import threading
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth import events
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    Failed,
    Log,
    Metric,
    Progress,
    Started,
    Stopped,
    StopToken,
    from_json,
    to_json,
)

EXAMPLES = [
    Started("generate", 200),
    Started("generate"),
    Progress(3, 200, "ircadb01: site 3"),
    Progress(0, 0),
    Metric("loss", 0.25, 7),
    Artifact("contact-sheet", "out/sheet.png"),
    Log("2 lesions left out", "warning"),
    Done({"made": 200, "zones": {"rim": 100, "interior": 100}}),
    Done(),
    Failed("the mask is empty", "mask.nii.gz", "Draw one"),
    Failed("the mask is empty"),
]

text = st.text(max_size=30)
whole = st.integers(0, 10**9)
number = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.one_of(
    st.builds(Started, text, whole),
    st.builds(Progress, whole, whole, text),
    st.builds(Metric, text, number, whole),
    st.builds(Artifact, text, text),
    st.builds(Log, text, st.sampled_from(["info", "warning"])),
    st.builds(Done, st.dictionaries(text, st.one_of(whole, text, st.none()), max_size=3)),
    st.builds(Failed, text, st.none() | text, st.none() | text),
)


def test_every_kind_of_event_has_an_example():
    kinds = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and issubclass(value, Event) and value is not Event
    }
    assert {type(example) for example in EXAMPLES} == kinds


def test_each_kind_has_its_own_name():
    names = {type(example).kind for example in EXAMPLES}
    assert names == {"started", "progress", "metric", "artifact", "log", "done", "failed"}


@pytest.mark.parametrize("event", EXAMPLES, ids=repr)
def test_an_event_survives_json(event):
    assert from_json(to_json(event)) == event


@given(ANY)
def test_any_event_is_one_line_of_json_and_survives_it(event):
    line = to_json(event)
    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["event"] == event.kind
    assert from_json(line) == event


@pytest.mark.parametrize("event", EXAMPLES, ids=repr)
def test_an_event_survives_pickling(event):
    assert pickle.loads(pickle.dumps(event)) == event


def test_letters_of_any_script_stay_readable():
    assert "辺縁" in to_json(Log("辺縁"))


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "1",
        "{}",
        '{"event": "explode"}',
        '{"event": "event"}',
        '{"event": "log"}',
        '{"event": "done", "colour": "red"}',
        "not json",
    ],
)
def test_what_is_no_event_is_refused(line):
    with pytest.raises(ValueError, match=r"not an event|Expecting value"):
        from_json(line)


def test_an_event_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Progress(1, 2).done = 2


def job(token: StopToken, ready: threading.Event | None = None):
    yield Started("count", 1000)
    for step in range(1000):
        token.check()
        yield Progress(step + 1, 1000)
        if ready is not None:
            ready.wait()
    yield Done({"steps": 1000})


def test_a_job_that_nobody_stops_runs_to_its_end():
    assert list(job(StopToken()))[-1] == Done({"steps": 1000})


def test_a_job_stops_at_the_first_step_after_it_was_asked_to():
    token = StopToken()
    stream = job(token)
    seen = [next(stream), next(stream)]
    assert not token.stopped
    token.stop()
    assert token.stopped
    with pytest.raises(Stopped):
        next(stream)
    assert seen[-1] == Progress(1, 1000)


def test_a_token_stays_set_and_can_be_set_twice():
    token = StopToken()
    token.check()
    token.stop()
    token.stop()
    for _ in range(2):
        with pytest.raises(Stopped):
            token.check()


def test_a_job_is_stopped_from_another_thread():
    token, waiting = StopToken(), threading.Event()

    def stop() -> None:
        token.stop()
        waiting.set()

    stream = job(token, waiting)
    assert [next(stream), next(stream)][-1] == Progress(1, 1000)
    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Stopped):
        list(stream)
    thread.join()


def test_stopping_one_job_leaves_another_alone():
    one, other = StopToken(), StopToken()
    one.stop()
    other.check()
    assert not other.stopped
