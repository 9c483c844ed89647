from __future__ import annotations

import signal

import pytest

from napari_lesion_synth.events import Failed
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(End.DONE), "Done."),
        (Outcome(End.CANCELED, exit_code=130), "Stopped."),
        (
            Outcome(End.FAILED, failed=Failed("the disk is full", "/data/set", "Make room")),
            "The disk is full (/data/set). Make room.",
        ),
        (
            Outcome(End.CRASHED, exit_code=1, errors="Traceback\n  x\nKeyError: 'y'\n"),
            "The process ended unexpectedly with exit code 1. The last it said: KeyError: 'y'",
        ),
        (Outcome(End.CRASHED), "The process could not be started."),
    ],
)
def test_outcomes_in_words(outcome, text):
    assert outcome_text(outcome) == text


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX")
def test_a_killed_process_leads_to_advice_on_memory():
    text = outcome_text(Outcome(End.CRASHED, signal_number=signal.SIGKILL))
    assert "SIGKILL" in text
    assert "use fewer workers" in text
    assert "memory" not in outcome_text(Outcome(End.CRASHED, signal_number=signal.SIGSEGV))
