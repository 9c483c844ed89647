"""What the lines of a participant's ledger say: their kinds, and what belongs to each."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ANSWERED",
    "BEGUN",
    "CALIBRATED",
    "CONSENTED",
    "COVARIATES",
    "DECLINED",
    "FINISHED",
    "NOTED",
    "OPENED",
    "PAUSED",
    "RESTED",
    "RESUMED",
    "TRIAL",
    "WITHDRAWN",
]

BEGUN: Final = "begun"
"""First line: ``code``, ``number``, ``language``, ``design``, ``design_sha256``,
``stimuli_sha256``, ``frozen_sha256``, ``program``, ``simulated``."""

OPENED: Final = "opened"
"""A sitting begins, after a break of any length or a crash: ``program``."""

CONSENTED: Final = "consented"
"""The participant agreed: ``language``, ``version`` and ``sha256`` of the text."""

DECLINED: Final = "declined"
"""The participant did not agree; nothing follows."""

COVARIATES: Final = "covariates"
"""What was asked beforehand: ``values``."""

TRIAL: Final = "trial"
"""A question is about to be shown: ``trial``, and ``generator``, from which chance came."""

ANSWERED: Final = "answered"
"""Its answer: ``answer``."""

RESTED: Final = "rested"
"""A break is over: ``before`` (number of the trial that follows)."""

PAUSED: Final = "paused"
"""The participant paused: ``trial`` (number of the one that is open, or None)."""

RESUMED: Final = "resumed"
"""And went on."""

CALIBRATED: Final = "calibrated"
"""Gaze was calibrated or validated: ``facts``."""

NOTED: Final = "noted"
"""Something else that a reader of the data should know: ``text``, ``facts``."""

FINISHED: Final = "finished"
"""No trial follows: ``reason``."""

WITHDRAWN: Final = "withdrawn"
"""The participant stopped for good; the data stay unless they are deleted."""
