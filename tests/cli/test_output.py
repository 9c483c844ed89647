from __future__ import annotations

import json
import signal
import sys
import warnings

import pytest
import typer

from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.errors import (
    DatasetError,
    InputError,
    LesionSynthWarning,
    ParameterError,
    SiteError,
)
from napari_lesion_synth.events import Artifact, Done, Log, Metric, Progress, Started


def run(job, *, as_json=False):
    """Exit code of a command that does this job."""
    try:
        perform(job, as_json=as_json)
    except typer.Exit as end:
        return end.exit_code
    return 0


def stream(*events, error=None):
    def job(_):
        yield from events
        if error is not None:
            raise error

    return job


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (ParameterError("a"), 2),
        (InputError("a"), 1),
        (DatasetError("a"), 1),
        (SiteError("a"), 1),
        (MemoryError(), 1),
        (KeyboardInterrupt(), 130),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_exit_codes(error, code, as_json, capsys):
    assert run(stream(Started("x"), error=error), as_json=as_json) == code


def test_an_error_says_what_where_and_the_remedy(capsys):
    run(stream(error=InputError("is [empty]", where="ct.nii", remedy="Give another")))
    assert capsys.readouterr().err.strip() == "error: ct.nii: is [empty].\nGive another."


def test_every_event_can_be_shown(capsys):
    events = (
        Started("work", 2),
        Log("a [bold] word"),
        Metric("loss", 0.5, 3),
        Progress(1, 2, "half"),
        Log("careful", "warning"),
        Artifact("sheet", "a.png"),
        Done({"set": "s", "n": 2}),
    )
    assert run(stream(*events)) == 0
    shown = capsys.readouterr()
    assert shown.out == "set: s\nn: 2\n"
    for words in ("a [bold] word", "loss 0.5 (step 3)", "careful", "sheet: a.png"):
        assert words in shown.err


def test_warnings_on_the_way_are_told_and_do_not_reach_standard_output(capsys):
    def job(_):
        warnings.warn("the mask was resampled", LesionSynthWarning, stacklevel=1)
        yield Done({})

    assert run(job) == 0
    shown = capsys.readouterr()
    assert "the mask was resampled" in shown.err
    assert shown.out == ""
    run(job, as_json=True)
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == {"event": "log", "text": "the mask was resampled", "level": "warning"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_job_at_its_next_step(number, capsys):
    steps = []

    def job(token):
        for step in range(5):
            token.check()
            steps.append(step)
            if step == 1:
                signal.raise_signal(number)
            yield Progress(step, 5)

    before = signal.getsignal(number)
    assert run(job) == 130
    assert steps == [0, 1]
    assert "goes on from there" in capsys.readouterr().err
    assert signal.getsignal(number) is before


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_second_ctrl_c_ends_the_job_at_once(capsys):
    def job(_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        yield Done({"never": "reached"})

    # A shell that runs the tests in its background has them ignore Ctrl+C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run(job) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "never" not in capsys.readouterr().out
