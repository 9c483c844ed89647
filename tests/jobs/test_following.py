"""Long calls whose reports become events."""

from __future__ import annotations

import threading
import time

import pytest

from napari_lesion_synth.events import Progress, Stopped, StopToken
from napari_lesion_synth.jobs.following import follow


def ended(stream):
    """The events of a stream, and what it returned."""
    events = []
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            return events, end.value


def test_every_report_is_an_event_and_the_result_is_returned():
    def call(_token, report):
        for k in range(3):
            report(k, 3, "slices")
        return "found"

    events, result = ended(follow(call, StopToken(), "ct: "))
    assert events == [Progress(k, 3, "ct: slices") for k in range(3)]
    assert result == "found"


def test_an_error_is_raised_where_the_events_are_heard():
    def call(_token, report):
        report(1, 2, "slices")
        raise KeyError("what")

    with pytest.raises(KeyError, match="what"):
        ended(follow(call, StopToken()))


def test_a_stop_reaches_the_call():
    token = StopToken()

    def call(inner, report):
        report(0, 1, "waiting")
        while True:
            inner.check()
            time.sleep(0.01)

    stream = follow(call, token)
    next(stream)
    token.stop()
    with pytest.raises(Stopped):
        ended(stream)


def test_nothing_goes_on_after_the_stream_is_closed():
    before = threading.active_count()

    def call(inner, report):
        report(0, 1, "waiting")
        while True:
            inner.check()
            time.sleep(0.01)

    stream = follow(call, StopToken())
    next(stream)
    stream.close()
    assert threading.active_count() == before
