"""Sections of figures and of what is worth a look: curves, strata, shams, misses, false alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from napari_lesion_synth.dataset.report import Section, drawing, figure, folded, paragraph, table
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.gallery import FalseAlarm, Miss, false_alarms, misses
from napari_lesion_synth.evaluation.experiment.stratum_figures import StratumFigures
from napari_lesion_synth.evaluation.report.choice import looked_at
from napari_lesion_synth.evaluation.report.figure_words import NONE, difference_words, figure_words
from napari_lesion_synth.wording import counted

__all__ = [
    "Gallery",
    "drawn_section",
    "galleries",
    "gallery_section",
    "sham_section",
    "strata_section",
]

GROUPINGS = ("zone", "diameter", "contrast", "conspicuity")
_ROWS = 12
_MARKS = "Yellow and solid: true lesions; blue and dashed: where a false alarm is."

Row = dict[str, object]


@dataclass(frozen=True, eq=False)
class Gallery:
    """What one arm missed, and what it gave false alarms for; worst first.

    Parameters
    ----------
    arm : ArmFigures
        Which.
    misses : list of Miss
        Lesions that no training found.
    false_alarms : list of FalseAlarm
        Places of false alarms.
    """

    arm: ArmFigures
    misses: list[Miss]
    false_alarms: list[FalseAlarm]


def galleries(comparison: Comparison) -> list[Gallery]:
    """Of the arms that are looked at closely."""
    rate = comparison.plan.rate
    arms = [comparison.by_name[name] for name in looked_at(comparison)]
    return [Gallery(arm, misses(arm, rate), false_alarms(arm, rate)) for arm in arms]


def drawn_section(
    title: str, figures: Mapping[str, str], captions: Mapping[str, str]
) -> Section | None:
    """Drawings by name with their captions; None where none of them exists."""
    parts = [
        drawing(figures[name], caption) for name, caption in captions.items() if figures.get(name)
    ]
    return Section(title, tuple(parts)) if parts else None


def strata_section(comparison: Comparison, figures: Mapping[str, str]) -> Section:
    """A drawing and a table for each grouping."""
    parts = []
    for by in GROUPINGS:
        groups = [group for group in comparison.strata if group.by == by]
        if not groups:
            continue
        planned = "" if groups[0].planned else " (not in the plan: for orientation)"
        parts.append(drawing(figures[f"strata_{by}"], f"Sensitivity by {by}{planned}."))
        title = f"Lesions by {by}, sensitivity and difference from {comparison.plan.baseline}"
        parts.append(folded(title, table(_strata_rows(comparison, groups))))
    if not parts:
        parts.append(paragraph("There is no lesion to group."))
    return Section("Groups of lesions", tuple(parts))


def _strata_rows(comparison: Comparison, groups: list[StratumFigures]) -> list[Row]:
    rows: list[Row] = []
    for arm in comparison.arms:
        row: Row = {"arm": arm.name}
        for group in groups:
            head = f"{group.name}, {counted(group.lesions, 'lesion')}"
            row[head] = figure_words(group.arms[arm.name].patients)
            less = group.differences.get(arm.name)
            row[f"{group.name}, difference"] = (
                NONE if less is None else difference_words(less.patients)
            )
        rows.append(row)
    return rows


def sham_section(comparison: Comparison, figures: Mapping[str, str]) -> Section:
    """The control: how often shams are marked, beside the same sites as they were."""
    if not comparison.shams:
        return Section("Sham control", (paragraph("No shams were put into test CTs."),))
    rows: list[Row] = [
        {
            "arm": each.arm,
            "method": each.method,
            "sites": str(each.sites),
            "patients": str(each.patients),
            "trainings": str(each.trainings),
            "marked with the sham": figure_words(each.answers.sham),
            "marked untouched": figure_words(each.answers.untouched),
            "difference": difference_words(each.answers.difference),
            "difference of the scores": difference_words(each.answers.score, 3),
        }
        for each in comparison.shams
    ]
    at = (
        "the operating threshold"
        if all(each.chosen for each in comparison.shams)
        else "the operating threshold, or where none was chosen that of the plan's rate"
    )
    parts = (
        paragraph(
            "Healthy tissue was put into test CTs as a lesion would be, by each method. If a "
            "detector has learnt the seam of what was put in, and not lesions, it marks these "
            f"sites more often than before. Marked: a finding reaches {at}; shares are means over "
            "the trainings."
        ),
        drawing(figures["shams"], "Shares of the sites marked, with the sham and before."),
        table(rows, words=("method",)),
    )
    return Section("Sham control", parts)


def gallery_section(found: list[Gallery], pictures: Mapping[str, bytes]) -> Section:
    """Misses and false alarms of the arms that are looked at closely.

    Parameters
    ----------
    found : list of Gallery
        What to show.
    pictures : mapping of str to bytes
        PNG files named ``misses_ARM`` and ``false_alarms_ARM``, where CTs are at hand.
    """
    parts = [
        paragraph(
            "At the operating threshold of each training; where none was chosen, at the one that "
            "gives the plan's rate. Misses: lesions that no training found, the most conspicuous "
            "first. False alarms: those that most trainings gave, within 8 voxels in the plane "
            "and 2 slices, and of these the highest scores first."
        )
    ]
    for gallery in found:
        name, n = gallery.arm.name, gallery.arm.seeds
        alarms = sorted({len(alarm.trainings) for alarm in gallery.false_alarms}, reverse=True)
        by = "its one training" if n == 1 else f"all {n} trainings"
        told = (
            f"{name}: {counted(len(gallery.misses), 'lesion')} missed by {by}; false alarms in "
            f"{counted(len(gallery.false_alarms), 'place')}"
        )
        often = sum(len(alarm.trainings) == n for alarm in gallery.false_alarms)
        several = alarms and n > 1
        parts.append(
            paragraph(f"{told}, {often} of them in all trainings." if several else f"{told}.")
        )
        for kind, words, rows in (
            ("misses", "missed by every training", _miss_rows(gallery)),
            ("false_alarms", "false alarms", _alarm_rows(gallery)),
        ):
            picture = pictures.get(f"{kind}_{name}")
            if picture is not None:
                parts.append(figure(picture, f"{name}: {words}. {_MARKS}"))
            if rows:
                parts.append(folded(f"{name}: {words}, as a table", table(rows)))
    return Section("Misses and false alarms", tuple(parts))


def _miss_rows(gallery: Gallery) -> list[Row]:
    return [
        {
            "case": miss.case,
            "patient": miss.patient,
            "lesion": str(miss.lesion.number),
            "diameter, mm": miss.lesion.diameter_mm,
            "contrast, HU": f"{miss.lesion.contrast_hu:+.0f}",
            "zone": "" if miss.lesion.zone is None else miss.lesion.zone.value,
            "highest score": NONE if miss.nearest != miss.nearest else f"{miss.nearest:.2f}",
        }
        for miss in gallery.misses[:_ROWS]
    ]


def _alarm_rows(gallery: Gallery) -> list[Row]:
    return [
        {
            "case": alarm.case,
            "patient": alarm.patient,
            "voxel z, y, x": ", ".join(f"{i:.0f}" for i in alarm.center),
            "diameter, mm": alarm.diameter_mm,
            "zone": "" if alarm.zone is None else alarm.zone.value,
            "trainings": f"{len(alarm.trainings)} of {gallery.arm.seeds}",
            "highest score": f"{alarm.score:.2f}",
        }
        for alarm in gallery.false_alarms[:_ROWS]
    ]
