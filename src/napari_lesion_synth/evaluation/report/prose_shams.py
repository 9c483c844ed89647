"""The sham control in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.sham_figures import ALL_METHODS, ShamFigures
from napari_lesion_synth.evaluation.report.figure_words import (
    difference_words,
    named,
    signed_between,
)
from napari_lesion_synth.intervals import Interval

__all__ = ["sham_sentences"]


def sham_sentences(comparison: Comparison) -> str:
    """Arms that mark shams more often than untouched tissue, or less, and the others together."""
    several = {row.arm for row in comparison.shams if row.method == ALL_METHODS}
    rows = [r for r in comparison.shams if r.method == ALL_METHODS or r.arm not in several]
    more, less, same, unknown = _sorted(rows)
    parts = _apart(more, "more")
    if more:
        parts.append("Part of what is answered to there is that something was put in.")
    parts += _apart(less, "less")
    if same:
        low = min(row.answers.difference.low or 0.0 for row in same)
        high = max(row.answers.difference.high or 0.0 for row in same)
        which = "all arms" if len(same) == len(rows) > 1 else named(*(row.arm for row in same))
        reach = signed_between(Interval(0.0, low, high))
        parts.append(
            f"For {which} the interval of the difference holds zero, and reaches no farther than "
            f"{reach}."
        )
    scored = [row for row in same if _above(row.answers.score)]
    if scored:
        told = ", ".join(f"{named(r.arm)} {difference_words(r.answers.score, 3)}" for r in scored)
        parts.append(
            "Scores, which marks show in part, are higher with the sham, by an interval that "
            f"excludes zero, for {told}."
        )
    if unknown:
        names = named(*(row.arm for row in unknown))
        parts.append(f"For {names} there is no interval: shams were in one patient.")
    if len(rows) > 1:
        parts.append(
            "These intervals are not adjusted for the number of arms: where shams and untouched "
            "tissue are alike, one in twenty excludes zero by chance."
        )
    if not comparison.harvest.complete:
        parts.append("So far: the experiment goes on.")
    return f"Sham control, healthy tissue put in as a lesion would be. {' '.join(parts)}"


def _above(interval: Interval) -> bool:
    """Whether it lies above zero as a whole."""
    return interval.low is not None and interval.low > 0


def _apart(rows: Sequence[ShamFigures], word: str) -> list[str]:
    return [
        f"{named(row.arm)} marks shams {word} often than the same sites untouched, by "
        f"{difference_words(row.answers.difference)} of the sites."
        for row in rows
    ]


def _sorted(rows: Sequence[ShamFigures]) -> tuple[list[ShamFigures], ...]:
    """Rows whose interval lies above zero, below it, around it, and that have none."""
    more, less, same, unknown = [], [], [], []
    for row in rows:
        low, high = row.answers.difference.low, row.answers.difference.high
        if low is None or high is None:
            unknown.append(row)
        elif low > 0:
            more.append(row)
        elif high < 0:
            less.append(row)
        else:
            same.append(row)
    return more, less, same, unknown
