"""Sections on the arms of an experiment: figures of each, and differences from the baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence

from napari_lesion_synth.dataset.report import Section, folded, paragraph, table
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.measures import AREA, CPM, rate_key
from napari_lesion_synth.evaluation.report.figure_words import (
    NONE,
    at_rate,
    between,
    difference_words,
    figure_words,
    p_cell,
    signed_between,
    threshold_words,
)
from napari_lesion_synth.wording import counted

__all__ = ["arms_section", "differences_section"]

Row = dict[str, object]


def arms_section(comparison: Comparison) -> Section:
    """Sensitivities of every arm, areas, and what the operating threshold did."""
    if not comparison.arms:
        return Section("Arms", (paragraph("No training counts yet."),))
    per, rates = comparison.harvest.per, comparison.measures.rates
    found: list[Row] = [
        {
            "arm": arm.name,
            **{
                at_rate(rate, per): figure_words(arm.estimates[rate_key(rate)].patients)
                for rate in rates
            },
        }
        for arm in comparison.arms
    ]
    healthy = "without lesions " if comparison.measures.healthy_only else ""
    areas: list[Row] = [
        {
            "arm": arm.name,
            "CPM": figure_words(arm.estimates[CPM].patients),
            "AFROC area": figure_words(arm.estimates[AREA].patients),
            f"curve ends, false alarms per {per}": f"{arm.end:.2f}",
            "SD over trainings": _number(arm.at(comparison.plan.rate).spread, 3),
        }
        for arm in comparison.arms
    ]
    parts = [
        paragraph(
            f"Share of the {counted(comparison.lesions, 'lesion')} found, with 95 % intervals for "
            "other patients and these trained detectors; means over an arm's trainings."
        ),
        table(found),
        paragraph(
            f"CPM: mean of the sensitivities at 1/8 to 8 false alarms per {per}; beyond a curve's "
            "end, its last value. AFROC area: how often a lesion scores above the worst false "
            f"alarm of a {per} {healthy}(a lesion that was not found scores lowest). SD: of the "
            f"sensitivity {at_rate(comparison.plan.rate, per)}."
        ),
        table(areas),
        *_operating(comparison.arms, per),
    ]
    return Section("Arms", tuple(parts))


def _operating(arms: Sequence[ArmFigures], per: str) -> list[str]:
    rows: list[Row] = [
        {
            "arm": arm.name,
            "lesions found": figure_words(at.sensitivity.patients),
            "exact": between(at.sensitivity_exact),
            f"false alarms per {per}": figure_words(at.per_ct.patients),
            "exact ": between(at.per_ct_exact),
            "per lesion": figure_words(at.per_lesion.patients),
            "exact  ": between(at.per_lesion_exact),
            "thresholds": _range(at.thresholds),
        }
        for arm in arms
        if (at := arm.operating) is not None
    ]
    if not rows:
        return [paragraph("No thresholds were chosen on validation patients.")]
    return [
        paragraph(
            "At the operating threshold, which each training chose on its validation patients for "
            "the plan's rate, and which the test did not change. Exact intervals "
            "(Clopper-Pearson, Garwood) take lesions and false alarms as independent, of one "
            "training; those in brackets draw patients."
        ),
        table(rows, words=("thresholds",)),
    ]


def differences_section(comparison: Comparison) -> Section:
    """Every arm less the baseline, with all tests."""
    plan, per = comparison.plan, comparison.harvest.per
    if not comparison.differences:
        return Section("Differences", (paragraph("There is nothing to compare yet."),))
    rows: list[Row] = [
        {
            "arm": each.arm,
            "difference (patients)": difference_words(each.main.patients),
            "with other trainings": signed_between(each.main.whole),
            "p, patients": p_cell(each.p),
            "adjusted": p_cell(comparison.family[each.arm].adjusted),
            "p, trainings": NONE if each.trainings is None else p_cell(each.trainings.p),
            "at least": NONE if each.trainings is None else p_cell(each.trainings.smallest_p),
        }
        for each in comparison.differences
    ]
    lesions: list[Row] = [
        {
            "arm": each.arm,
            "arm alone": str(each.lesions.only_one),
            f"{plan.baseline} alone": str(each.lesions.only_other),
            "both": str(each.lesions.both),
            "neither": str(each.lesions.neither),
            "difference (Tango)": difference_words(each.lesions.difference),
            "p, exact": p_cell(each.lesions.p),
            "mid-p": p_cell(each.lesions.mid_p),
            "p, patients": p_cell(each.lesions.p_patients),
        }
        for each in comparison.differences
        if each.lesions is not None
    ]
    beforehand = all(arm.operating is not None for arm in comparison.arms)
    where = "at the operating thresholds" if beforehand else at_rate(plan.rate, per)
    parts = [
        paragraph(
            f"Sensitivity {at_rate(plan.rate, per)} less that of {plan.baseline}. In brackets: "
            "paired bootstrap, patients drawn again. With other trainings: the spread of the "
            "trainings is added. p, patients: results of whole patients swapped between the two "
            "arms, seed by seed; adjusted by Holm's method. p, trainings: trainings swapped, on "
            "these same patients; at least: the smallest p that so few can give."
        ),
        table(rows),
        *([paragraph(comparison.family.words())] if comparison.harvest.complete else []),
    ]
    if lesions:
        parts += [
            paragraph(
                f"Lesion by lesion (McNemar), {where}; found means by more than half of an arm's "
                "trainings. p, exact and mid-p take lesions as independent; p, patients lets those "
                "of a patient go together. Not adjusted; and arms may differ in false alarms at "
                "their thresholds."
            ),
            table(lesions),
        ]
    parts.append(
        folded("Differences at other rates, of CPM and of AFROC area", _others(comparison))
    )
    return Section("Differences from the baseline", tuple(parts))


def _others(comparison: Comparison) -> str:
    """Differences that the tests above are not about."""
    measures, per = comparison.measures, comparison.harvest.per
    heads = {rate_key(rate): at_rate(rate, per) for rate in measures.rates}
    heads |= {CPM: "CPM", AREA: "AFROC area"}
    return table(
        [
            {
                "arm": each.arm,
                **{
                    head: difference_words(each.estimates[name].patients)
                    for name, head in heads.items()
                },
            }
            for each in comparison.differences
        ]
    )


def _range(values: Sequence[float]) -> str:
    low, high = threshold_words(min(values)), threshold_words(max(values))
    return low if low == high else f"{low} to {high}"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else NONE
