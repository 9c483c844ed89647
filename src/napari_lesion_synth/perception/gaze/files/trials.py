"""Recordings cut into trials by their messages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.gaze.files.recording import GazeRecording, Message
from napari_lesion_synth.perception.gaze.samples import Samples, Scanpath

__all__ = ["TrialGaze", "cut_trials"]

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class TrialGaze:
    """What was recorded in one trial.

    Parameters
    ----------
    name : str
        What the message called it.
    start_s, end_s : float
        When, on the clock of the recording.
    samples : Samples
        From its start on and before its end.
    messages : tuple of Message
        Likewise.
    fixations : tuple of Fixation
        The tracker's own that begin in it.
    open : bool
        Whether its end was told by no message.
    """

    name: str
    start_s: float
    end_s: float
    samples: Samples
    messages: tuple[Message, ...]
    fixations: Scanpath
    open: bool


def cut_trials(
    recording: GazeRecording, start: str = r"^TRIALID (.+)", end: str | None = r"^TRIAL_RESULT"
) -> tuple[TrialGaze, ...]:
    """Cut a recording where messages say so.

    A trial without an end of its own ends where the next one begins, or with the recording.

    Parameters
    ----------
    recording : GazeRecording
        From any file.
    start, end : str
        Regular expressions of the messages. The first group of `start`, where it has one, names
        the trial. ``STIMULUS (.+)`` and ``STIMULUS_END`` cut the exports of Tobii and Gazepoint.
        Without `end`, trials follow each other.

    Raises
    ------
    InputError
        If no message begins a trial.
    ParameterError
        If an expression is none.
    """
    begins, ends = _compiled(start), _compiled(end) if end else None
    trials: list[tuple[str, float, float | None]] = []
    for message in recording.messages:
        if found := begins.search(message.text):
            name = str(found[1]) if begins.groups else message.text
            trials.append((name.strip(), message.t, None))
        elif ends is not None and trials and ends.search(message.text) and trials[-1][2] is None:
            trials[-1] = (*trials[-1][:2], message.t)
    if not trials:
        raise _none(recording, start)
    last = float(recording.samples.t[-1]) + 1 / recording.samples.rate_hz
    following = [begun for _, begun, _ in trials[1:]] + [max(last, trials[-1][1])]
    return tuple(
        _trial(recording, name, (begun, after if ended is None else ended), ended is None)
        for (name, begun, ended), after in zip(trials, following, strict=True)
    )


def _trial(
    recording: GazeRecording, name: str, span: tuple[float, float], is_open: bool
) -> TrialGaze:
    begin, end = span
    return TrialGaze(
        name=name,
        start_s=begin,
        end_s=end,
        samples=recording.samples.between(begin, end),
        messages=tuple(m for m in recording.messages if begin <= m.t < end),
        fixations=tuple(f for f in recording.fixations if begin <= f.start_s < end),
        open=is_open,
    )


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as cause:
        raise ParameterError(
            f"{expression!r} is no regular expression", remedy="Write the words of the message"
        ) from cause


def _none(recording: GazeRecording, start: str) -> InputError:
    some = "; ".join(message.text for message in recording.messages[:_SHOWN]) or "none at all"
    return InputError(
        f"no message begins a trial as in {start!r}", remedy=f"The first messages are: {some}"
    )
