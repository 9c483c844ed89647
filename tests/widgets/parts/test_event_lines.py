from __future__ import annotations

import pytest

from napari_lesion_synth.events import Artifact, Done, Log, Progress, Started, to_json
from napari_lesion_synth.widgets.parts.event_lines import EventLines

EVENTS = [Started("generate", 7), Progress(3, 7), Artifact("set", "/中/ä"), Done({"n": 7})]
BYTES = "".join(to_json(event) + "\n" for event in EVENTS).encode()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, len(BYTES)])
def test_events_are_whole_however_the_pipe_cuts_them_up(size):
    lines, found = EventLines(), []
    for start in range(0, len(BYTES), size):
        found += lines.feed(BYTES[start : start + size])
    assert found == EVENTS
    assert lines.end() == []


def test_lines_that_are_no_events_become_logs():
    found = EventLines().feed(b'a library prints\r\n\n{"event": "unknown"}\n[1]\n' + BYTES)
    assert found[:3] == [Log("a library prints"), Log('{"event": "unknown"}'), Log("[1]")]
    assert found[3:] == EVENTS


def test_a_line_cut_short_by_a_crash_is_a_log():
    lines = EventLines()
    assert lines.feed(b'{"event": "prog') == []
    assert lines.end() == [Log('{"event": "prog')]
    assert lines.end() == []


def test_bytes_that_are_no_text_do_no_harm():
    assert EventLines().feed(b"\xff\xfe\n") == [Log("\ufffd\ufffd")]
