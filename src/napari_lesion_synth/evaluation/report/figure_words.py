"""Figures in words, the same on a page and in drawings: intervals, rates, p-values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.statistics.p_value import p_words
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.wording import counted

__all__ = [
    "NONE",
    "at_rate",
    "between",
    "difference_words",
    "figure_words",
    "missing_words",
    "named",
    "p_cell",
    "signed_between",
    "threshold_words",
    "what_of",
]

NONE = "\N{EN DASH}"
"""Where there is no figure."""

_MINUS = "\N{MINUS SIGN}"
_MOST_DIGITS = 6


def named(*arms: str) -> str:
    """Names of arms in a sentence, where they may be words of it."""
    return ", ".join(f'"{arm}"' for arm in arms)


def missing_words(missing: Mapping[str, tuple[int, int]]) -> str:
    """Runs that are not there, as in '2 of 3 of "poisson", 1 of 5 of "all"'."""
    return ", ".join(f"{n} of {planned} of {named(arm)}" for arm, (n, planned) in missing.items())


def figure_words(interval: Interval, digits: int = 2) -> str:
    """A share or a rate, as in "0.71 (0.60 to 0.79)"; without an interval, "0.71 (no interval)"."""
    if not math.isfinite(interval.value):
        return NONE
    if interval.low is None or interval.high is None:
        return f"{interval.value:.{digits}f} (no interval)"
    return f"{interval.value:.{digits}f} ({between(interval, digits)})"


def difference_words(interval: Interval, digits: int = 2) -> str:
    """The same with signs, as in "+0.14 (+0.06 to +0.23)"."""
    if not math.isfinite(interval.value):
        return NONE
    if interval.low is None or interval.high is None:
        return f"{_signed(interval.value, digits)} (no interval)"
    low, high = _signed(interval.low, digits), _signed(interval.high, digits)
    return f"{_signed(interval.value, digits)} ({low} to {high})"


def between(interval: Interval, digits: int = 2) -> str:
    """The ends of an interval, as in "0.60 to 0.79"; "no interval" where there is none."""
    if interval.low is None or interval.high is None:
        return "no interval"
    return f"{interval.low:.{digits}f} to {interval.high:.{digits}f}"


def signed_between(interval: Interval, digits: int = 2) -> str:
    """The ends of a difference's interval, as in "+0.06 to +0.23"."""
    if interval.low is None or interval.high is None:
        return "no interval"
    return f"{_signed(interval.low, digits)} to {_signed(interval.high, digits)}"


def p_cell(p: float) -> str:
    """A p-value in a table."""
    return NONE if math.isnan(p) else p_words(p, "").strip().removeprefix("=").strip()


def threshold_words(threshold: float) -> str:
    """A threshold, or what it does where it has no end."""
    if math.isinf(threshold):
        return "keeps nothing" if threshold > 0 else "keeps all"
    return f"{threshold:.3f}"


def at_rate(rate: float, per: str) -> str:
    """As in "at 1/2 false alarms per CT"."""
    one = "false alarm" if rate == 1 else "false alarms"
    return f"at {rate_name(rate)} {one} per {per}"


def what_of(comparison: Comparison) -> str:
    """What figures are of: CTs, patients, lesions, and what a hit was."""
    cases = comparison.harvest.cases
    return (
        f"{counted(len(cases), comparison.harvest.per)} of "
        f"{counted(comparison.patients, 'patient')}, {counted(comparison.lesions, 'lesion')}. "
        f"{comparison.rule}"
    )


def _signed(value: float, digits: int) -> str:
    """With its sign; what is not 0 gets as many digits as it takes to see that."""
    while value != 0 and float(f"{value:.{digits}f}") == 0 and digits < _MOST_DIGITS:
        digits += 1
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        return text[1:]
    return text.replace("-", _MINUS)
