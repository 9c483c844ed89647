"""An experiment in sentences that claim no more than its figures do.

A gain is claimed where the interval of the difference excludes zero and the p-value, adjusted for
the number of arms, is within the level; of an experiment that is not finished, nothing is. What
is not shown is not called absent.
"""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.evaluation.experiment.arm_differences import Difference, Shown
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.report.figure_words import (
    at_rate,
    difference_words,
    missing_words,
    named,
    signed_between,
)
from napari_lesion_synth.evaluation.report.prose_goals import goal_sentence
from napari_lesion_synth.evaluation.report.prose_shams import sham_sentences
from napari_lesion_synth.evaluation.statistics.p_value import p_words
from napari_lesion_synth.wording import counted

__all__ = ["prose", "unfinished"]

_FEWEST = 2
_LOOKED_AT = (
    "Figures of an experiment that goes on are looked at more than once, which makes chance "
    "differences more likely."
)


def prose(comparison: Comparison) -> list[str]:
    """What an experiment shows, in paragraphs; `prose_limits.limits` says what it does not."""
    if not comparison.arms:
        return ["No training has been tested yet: there is nothing to tell."]
    if not comparison.lesions:
        return [f"{_what(comparison)} There is no test lesion: no sensitivity can be told."]
    paragraphs = [_what(comparison), *_differences(comparison)]
    paragraphs += [goal_sentence(goal, comparison) for goal in comparison.goals]
    if comparison.shams:
        paragraphs.append(sham_sentences(comparison))
    return paragraphs


def unfinished(comparison: Comparison) -> str:
    """What is missing, in one paragraph; empty where the experiment is finished."""
    harvest = comparison.harvest
    if harvest.complete:
        return ""
    told = (
        f"This experiment is not finished: {len(harvest.finished)} of "
        f"{counted(harvest.planned, 'run')} are there. Missing: "
        f"{missing_words(harvest.missing_of)}."
    )
    if harvest.aside:
        told += f" Not used yet, since their training lacks a fold: {', '.join(harvest.aside)}."
    return f"{told} What follows describes the runs so far; nothing is concluded from it."


def _what(comparison: Comparison) -> str:
    counts = sorted({arm.seeds for arm in comparison.arms})
    each = f"{counts[0]} to {counts[-1]} trainings"
    if len(counts) == 1:
        each = counted(counts[0], "training")
    harvest = comparison.harvest
    healthy = sum(case.healthy for case in harvest.cases)
    without = f", {healthy} of which show none" if healthy else ""
    return (
        f"{counted(len(comparison.arms), 'arm')} with {each} each looked for "
        f"{counted(comparison.lesions, 'lesion')} in {counted(len(harvest.cases), harvest.per)} "
        f"of {counted(comparison.patients, 'patient')}{without}. Intervals are of 95 %."
    )


def _differences(comparison: Comparison) -> list[str]:
    """Gains and losses first, each by itself; then what is not shown."""
    plan = comparison.plan
    if not comparison.differences:
        missing = plan.baseline not in comparison.by_name
        why = "has not been tested yet" if missing else "stands alone"
        return [f"There is nothing to compare: {named(plan.baseline)}, the baseline, {why}."]
    rate = at_rate(plan.rate, comparison.harvest.per)
    if not comparison.harvest.complete:
        told = f"Differences from {named(plan.baseline)} {rate}, so far: "
        return [f"{told}{_listed(comparison.differences)}. {_LOOKED_AT}"]
    by_kind: dict[Shown, list[Difference]] = {kind: [] for kind in Shown}
    for each in comparison.differences:
        by_kind[each.shows(comparison.family)].append(each)
    sentences = [
        *(_claim(e, comparison, rate) for e in [*by_kind[Shown.GAIN], *by_kind[Shown.HARM]]),
        *(
            _by_itself(e, comparison, rate)
            for e in [*by_kind[Shown.GAIN_ALONE], *by_kind[Shown.HARM_ALONE]]
        ),
    ]
    nothing, unknown = by_kind[Shown.NOTHING], by_kind[Shown.UNKNOWN]
    if nothing:
        hold = "their intervals hold" if len(nothing) > 1 else "the interval holds"
        sentences.append(
            f"No gain over {named(plan.baseline)} and no loss is shown for {_listed(nothing)}, "
            f"{rate}: {hold} zero. That there is no difference is not shown either; whatever lies "
            "between the ends agrees with what was measured."
        )
    if unknown:
        sentences.append(
            f"Nothing is shown for {_listed(unknown)}: with so few patients there is no interval."
        )
    return sentences


def _listed(differences: Sequence[Difference]) -> str:
    return ", ".join(f"{named(e.arm)} {difference_words(e.main.patients)}" for e in differences)


def _claim(each: Difference, comparison: Comparison, rate: str) -> str:
    """A gain or a loss, and whether it would outlast other trainings."""
    plan, arms = comparison.plan, comparison.by_name
    mine, theirs = (arms[name].at(plan.rate).value for name in (each.arm, each.against))
    word = "gain" if each.main.value > 0 else "loss"
    told = (
        f"{named(each.arm)} found {mine:.2f} of the lesions {rate}, and {named(each.against)} "
        f"{theirs:.2f}: a {word} of {difference_words(each.main.patients)}, "
        f"{_adjusted(each, comparison)}."
    )
    whole = each.main.whole
    if whole.low is None:
        once = [name for name in (each.arm, each.against) if arms[name].seeds < _FEWEST]
        return (
            f"{told} Trained once: {named(*once)}; whether another training would show it "
            "cannot be said."
        )
    if each.beyond_trainings():
        return f"{told} With other trainings allowed for, it is {signed_between(whole)}."
    return (
        f"{told} That is so for these trained detectors. With other trainings allowed for, the "
        f"interval is {signed_between(whole)} and holds zero: that the next training would have "
        f"the {word} is not shown."
    )


def _by_itself(each: Difference, comparison: Comparison, rate: str) -> str:
    """The interval excludes zero, and the test does not bear it out."""
    word = "gain" if each.main.value > 0 else "loss"
    told = (
        f"{named(each.arm)} differs from {named(each.against)} by "
        f"{difference_words(each.main.patients)} {rate}. By itself this interval excludes zero, but"
    )
    if each.patients is None:
        return f"{told} no test over patients could be made: no {word} is shown."
    if comparison.family.size > 1:
        return (
            f"{told} among {counted(comparison.family.size, 'comparison')} such a difference may "
            f"be chance ({_adjusted(each, comparison)}): no {word} is shown."
        )
    why = f"the test over patients does not bear it out ({p_words(each.p)})"
    return f"{told} {why}: no {word} is shown."


def _adjusted(each: Difference, comparison: Comparison) -> str:
    adjusted = p_words(comparison.family[each.arm].adjusted)
    if comparison.family.size == 1:
        return adjusted
    return f"{adjusted} when adjusted for {comparison.family.size} comparisons"
