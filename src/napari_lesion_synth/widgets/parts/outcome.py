"""How a child process ended, as a fact and in words."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from napari_lesion_synth.events import Failed

__all__ = ["End", "Outcome", "outcome_text"]


class End(StrEnum):
    """Ways for a job to end."""

    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child process ended.

    Parameters
    ----------
    end : End
        ``FAILED``: the job said what was wrong; ``CRASHED``: it ended without a word.
    result : dict
        What a job that is done has to report.
    failed : Failed, optional
        The job's own words.
    exit_code : int, optional
        None where a signal ended the process, or it never started.
    signal_number : int, optional
        The signal that ended it.
    errors : str
        The last that the process wrote to standard error.
    """

    end: End
    result: dict[str, Any] = field(default_factory=dict)
    failed: Failed | None = None
    exit_code: int | None = None
    signal_number: int | None = None
    errors: str = ""


def outcome_text(outcome: Outcome) -> str:
    """The outcome in a sentence or two: what happened, where, and what to do."""
    match outcome.end:
        case End.DONE:
            return "Done."
        case End.CANCELED:
            return "Stopped."
        case End.FAILED if outcome.failed is not None:
            return _failed_text(outcome.failed)
        case _:
            return _crash_text(outcome)


def _failed_text(failed: Failed) -> str:
    place = f" ({failed.where})" if failed.where else ""
    advice = f" {failed.remedy}." if failed.remedy else ""
    return f"{failed.what[:1].upper()}{failed.what[1:]}{place}.{advice}"


def _crash_text(outcome: Outcome) -> str:
    lines = [line.strip() for line in outcome.errors.splitlines() if line.strip()]
    said = f" The last it said: {lines[-1]}" if lines else ""
    if outcome.signal_number is not None:
        advice = (
            " If nobody ended it, memory was short: use fewer workers."
            if outcome.signal_number == getattr(signal, "SIGKILL", None)
            else ""
        )
        return (
            "The process was ended from outside or crashed "
            f"({_signal_name(outcome.signal_number)}).{advice}{said}"
        )
    if outcome.exit_code is None:
        return f"The process could not be started.{said}"
    return f"The process ended unexpectedly with exit code {outcome.exit_code}.{said}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"code {number}"
