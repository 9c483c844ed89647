"""The sections of a study's report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from napari_lesion_synth.dataset.report import (
    Section,
    bullets,
    drawing,
    figure,
    folded,
    paragraph,
    table,
    warning,
)
from napari_lesion_synth.jobs.study_files import results_folder
from napari_lesion_synth.jobs.study_next import next_rows
from napari_lesion_synth.jobs.study_observers import true_attractiveness
from napari_lesion_synth.jobs.study_pictures import strip
from napari_lesion_synth.jobs.study_report_models import (
    lacks_section,
    limits_section,
    regression_section,
)
from napari_lesion_synth.jobs.study_report_parts import ReportOf, inline
from napari_lesion_synth.jobs.study_scale import ranking_name
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.export.methods_text import costs_text, methods_paragraph
from napari_lesion_synth.perception.export.reporting import reporting_items
from napari_lesion_synth.perception.regression.scores import spearman

__all__ = ["report_sections"]

_SHOWN = 6
_MOST_ROWS = 400

Group = Mapping[str, Any]


def report_sections(what: ReportOf) -> list[Section]:
    """All sections that there is something to say in."""
    makers: tuple[Callable[[ReportOf], Section | None], ...] = (
        _design,
        _people,
        _ranking,
        _agreement,
        _raters,
        _truth,
        limits_section,
        regression_section,
        _methods,
        lacks_section,
    )
    return [section for make in makers if (section := make(what)) is not None]


def _design(what: ReportOf) -> Section:
    design, study = what.cohort.study.design, what.cohort.study
    mixed = design.judgement.kind == "mixed"
    parts = [
        table(
            [
                {"setting": "photos", "value": f"{len(study.stimuli)} in "
                 f"{len(study.stimuli.categories)} categories"},
                {"setting": "judgement", "value":
                 ("pairs and ratings (vas), mixed" if mixed else design.judgement.kind)
                 + (", with ties" if design.judgement.ties else "")},
                {"setting": "viewing", "value": design.viewing.mode
                 + (f", {design.viewing.seconds:g} s" if design.viewing.mode == "fixed" else "")},
                {"setting": "gaze", "value": design.viewing.gaze_source.replace("_", " ")},
                {"setting": "choice of photos", "value": design.selection.rule
                 + (", with a prior from features" if design.selection.feature_prior else "")},
                {"setting": "trials a participant", "value": f"{design.counts.trials}, and "
                 f"{design.counts.practice} for practice"},
                {"setting": "stop", "value": design.selection.stop_at},
                *([{"setting": "costs", "value": costs_text(design)}] if mixed else []),
            ],
            words=("value",),
        )
    ]  # fmt: skip
    if not what.facts.frozen_sha256:
        parts.append(warning("The design was not frozen: nothing was fixed in advance."))
    else:
        parts.append(
            paragraph(
                f"Frozen {what.facts.frozen_utc}, SHA-256 {what.facts.frozen_sha256}. "
                f"Amendments: {'; '.join(what.facts.amendments) or 'none'}."
            )
        )
    texts = design.texts
    for title, text in (("Hypotheses", texts.hypotheses), ("Analysis", texts.analysis)):
        if text:
            parts.append(folded(title, paragraph(text)))
    return Section("Design", tuple(parts))


def _people(what: ReportOf) -> Section:
    quality, cohort = what.facts.quality, what.cohort
    rows = [
        {
            "participant": person.state.number + 1,
            "answers": len(person.state.answers),
            "judgements": len(person.state.judged),
            "catch trials": f"{person.catch.passed} of {person.catch.total}",
            "sittings": person.state.sittings,
            "state": person.state.ended or "not finished",
            "left out": cohort.why_left_out(person),
        }
        for person in cohort.people
    ]
    parts = [
        paragraph(
            f"{quality.participants} took part, the answers of {quality.used} count: "
            f"{quality.judgements} judgements, {quality.repeats} of them hidden repeats."
        ),
        table(rows, words=("state", "left out")),
    ]
    if quality.catch is not None:
        parts.append(paragraph(f"Catch trials passed: {_percent(quality.catch)}."))
    gaze = [
        {
            "source": each.source.replace("_", " "),
            "judgements": each.trials,
            "accuracy": _degrees(each.accuracy_deg),
            "precision (RMS)": _degrees(each.rms_s2s_deg),
            "data loss": "" if each.data_loss is None else f"{each.data_loss:.1%}",
            "validations": each.validations,
        }
        for each in quality.gaze
    ]
    if gaze:
        parts.append(table(gaze))
    return Section("Participants and data quality", tuple(parts))


def _ranking(what: ReportOf) -> Section | None:
    if what.scaled is None:
        return None
    parts: list[str] = []
    for place, group in enumerate(what.scaled["groups"]):
        parts += _of_group(what, place, group)
    return Section("Attractiveness", tuple(parts))


def _of_group(what: ReportOf, place: int, group: Group) -> Iterator[str]:
    photos, stimuli = group["photos"], what.cohort.study.stimuli
    yield paragraph(
        f"{group['text']}: {group['answers']} answers of {group['raters']} raters. "
        f"{group['anchors']} Median width of the 95 % intervals: {group['median_width']:.2f}."
    )
    ends = (("highest", photos[:_SHOWN]), ("lowest", photos[-_SHOWN:]))
    for name, rows in ends:
        values = ", ".join(f"{row['value']:.2f}" for row in rows)
        picture = strip([stimuli.by_id(row["photo"]) for row in rows])
        yield figure(picture, f"The {name} {len(rows)}: {values}.")
    best = group["best"]
    yield paragraph(
        f"{len(best)} of {len(photos)} photos may be the best one (95 %): "
        f"{', '.join(best[:8])}{' and others' if len(best) > 8 else ''}."
    )
    drawn = results_folder(what.cohort.study.folder) / ranking_name(place)
    if drawn.exists():
        yield folded("All photos", drawing(inline(drawn.read_text(encoding="utf-8")), "Ranking."))
    rows = [
        {
            "photo": row["photo"],
            "value": f"{row['value']:.3f}",
            "95 % interval": f"{row['low']:.3f} to {row['high']:.3f}",
            "answers": row["answers"],
        }
        for row in photos[:_MOST_ROWS]
    ]
    yield folded("As a table", table(rows))
    if group["notes"]:
        yield bullets(group["notes"])
    if group.get("next"):
        yield folded("What would teach most next", table(next_rows(group["next"])))


def _agreement(what: ReportOf) -> Section | None:
    if what.scaled is None:
        return None
    parts = []
    for group in what.scaled["groups"]:
        rows = []
        for content in group["figures"]:
            each = Figure.from_json(content)
            rows.append(
                {
                    "figure": each.name,
                    "value": each.text,
                    "n": "" if each.n is None else each.n,
                    "what to know": each.words,
                }
            )
        if rows:
            parts += [paragraph(group["text"]), table(rows, words=("what to know",))]
    if not parts:
        return None
    return Section("Agreement and reliability", tuple(parts))


def _raters(what: ReportOf) -> Section | None:
    if what.scaled is None:
        return None
    numbers = {person.code: person.state.number + 1 for person in what.cohort.people}
    parts = []
    for group in what.scaled["groups"]:
        rows = [
            {
                "participant": numbers.get(row["rater"], "deleted"),
                "answers": row["answers"],
                "outlier score": "" if row["score"] is None else f"{row['score']:.1f}",
                "look at": "yes" if row["inspect"] else "",
                **{
                    name: f"{row[name][0]:.2f} ({row[name][1]:.2f} to {row[name][2]:.2f})"
                    for name in ("sharpness", "left side")
                    if name in row
                },
            }
            for row in group["rater_rows"]
        ]
        if rows:
            parts += [paragraph(group["text"]), table(rows)]
    if not parts:
        return None
    parts.append(
        paragraph(
            "Outlier score: interquartile ranges by which a participant's answers are less likely "
            "than those of the lower quarter, under a model of all others; above 1.5 somebody "
            "should look at them. Sharpness: 1 is the typical rater, near 0 one who does not look. "
            "The screen removes nobody."
        )
    )
    return Section("Each rater beside the others", tuple(parts))


def _truth(what: ReportOf) -> Section | None:
    """What was put into a simulation, against what came out."""
    truth = true_attractiveness(what.cohort.study)
    if truth is None or what.scaled is None or not what.cohort.simulated:
        return None
    rows = []
    for group in what.scaled["groups"]:
        own = [row for row in group["photos"] if row["photo"] in truth and row["answers"]]
        if len(own) < 2:
            continue
        known = np.array([truth[row["photo"]] for row in own])
        spread = float(np.ptp(known)) or 1.0
        known = (known - known.min()) / spread
        found = np.array([row["value"] for row in own])
        inside = np.array(
            [row["low"] <= t <= row["high"] for row, t in zip(own, known, strict=True)]
        )
        rows.append(
            {
                "answers": group["text"],
                "mean absolute error": f"{np.abs(found - known).mean():.3f}",
                "rank correlation": f"{spearman(found, known):.3f}",
                "truth in the interval": f"{np.mean(inside):.0%}",
            }
        )
    if not rows:
        return None
    words = (
        "The plates have a known attractiveness, which the simulated participants follow, each "
        "with some taste of their own. Both are stretched to 0 to 1 here."
    )
    return Section("Against what was put in", (paragraph(words), table(rows)))


def _methods(what: ReportOf) -> Section:
    items = [
        f"{item.name}: {item.text or 'NOT RECORDED, to be added by the authors'}"
        for item in reporting_items(what.facts)
    ]
    return Section(
        "For the paper",
        (
            paragraph(methods_paragraph(what.facts)),
            folded("What a report should have", bullets(items)),
        ),
    )


def _percent(interval: Any) -> str:
    return f"{interval.value:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _degrees(value: float | None) -> str:
    return "not validated" if value is None else f"{value:.2f}°"
