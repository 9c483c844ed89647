"""The sections of a study's report on transforms, on models, and on what it does not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from napari_lesion_synth.dataset.report import (
    Section,
    bullets,
    drawing,
    paragraph,
    table,
    warning,
)
from napari_lesion_synth.jobs.study_files import results_folder
from napari_lesion_synth.jobs.study_limits import dose_name
from napari_lesion_synth.jobs.study_regress import MAE_SVG, UCURVE_SVG
from napari_lesion_synth.jobs.study_report_parts import ReportOf, inline, of
from napari_lesion_synth.perception.regression.controls import arm_words
from napari_lesion_synth.wording import counted

__all__ = ["lacks_section", "limits_section", "regression_section"]


def limits_section(what: ReportOf) -> Section | None:
    """How strong transforms may be."""
    if what.limits is None:
        return None
    folder = results_folder(what.cohort.study.folder)
    parts = []
    for each in what.limits["transforms"]:
        path = folder / dose_name(each["transform"])
        if path.exists():
            parts.append(drawing(inline(path.read_text(encoding="utf-8")), each["transform"]))
        rows = [
            {
                "category": row["category"],
                "safe range": row["words"],
            }
            for row in each["ranges"]
        ]
        parts.append(table(rows, words=("safe range",)))
        parts.append(bullets([*(test["words"] for test in each["tests"]), *each["notes"]]))
    parts.append(
        paragraph(
            "A range is where the change of attractiveness is shown to be small (TOST at 5 %, from "
            "0 outward), for one transform at a time. The 5 % are of one limit; that any of them "
            "lies too far out is likelier. policy.json has the ranges for trainings."
        )
    )
    return Section("How strong transforms may be", tuple(parts))


def regression_section(what: ReportOf) -> Section | None:
    """Predicting attractiveness from photos."""
    found = what.regression
    if found is None:
        return None
    parts = []
    if what.stale:
        parts.append(warning("These models rest on other answers than there are now."))
    path = results_folder(what.cohort.study.folder) / MAE_SVG
    parts.append(
        paragraph(
            f"{found['photos']} photos of {found['dishes']} dishes, {found['features']} features; "
            f"{found['tested']}. Labels: {found['labels']}"
        )
    )
    if path.exists():
        drawn = inline(path.read_text(encoding="utf-8"))
        parts.append(drawing(drawn, "Mean absolute errors."))
    rows = [
        {
            "model": row["model"],
            "MAE": of(row["mae"]),
            "less than the mean's": of(row["less_than_mean"] or _NONE),
            "rank correlation": of(row["spearman"]),
            "pairs within a dish": of(row["pairwise_within"]),
            "within its 90 % interval": of(row["coverage"] or _NONE),
        }
        for row in found["models"]
    ]  # fmt: skip
    parts.append(table(rows))
    parts.append(paragraph(found["intervals"]))
    if found["noise"] is not None:
        floor = of(found["noise"]["floor"])
        parts.append(
            paragraph(f"What the labels' noise leaves: MAE {floor} ({found['noise']['text']}).")
        )
    if found["gaze"] is not None:
        parts += _gaze(found["gaze"])
    if found.get("limits") is not None:
        parts += _limits_tried(found["limits"], path.with_name(UCURVE_SVG))
    parts += [paragraph(f"{dial['dish'] or 'photos'}: {dial['words']}") for dial in found["dials"]]
    return Section("Predicting attractiveness from photos", tuple(parts))


def _gaze(gaze: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        {"columns added": arm_words(name, gaze["source"]), "MAE": of(mae)}
        for name, mae in gaze["arms"].items()
    ]
    source = gaze["source"].replace("_", " ")
    viewers = f"{gaze['viewers']:.1f} viewers each"
    yield paragraph(f"Gaze ({source}): {gaze['photos']} photos, {viewers}; {gaze['model']}.")
    yield table(rows)
    yield paragraph(gaze["verdict"])
    if gaze["notes"]:
        yield bullets(gaze["notes"])


def _limits_tried(limits: Mapping[str, Any], path: Path) -> Iterator[str]:
    trainings = f"{counted(limits['trainings'], 'training')} at each multiple"
    yield paragraph(
        f"Are the limits of {', '.join(limits['transforms'])} right? {limits['model']}, "
        f"{trainings}, changed copies of each photo: {limits['copies']}. What the limits rest on: "
        f"{'; '.join(limits['methods'])}."
    )
    if path.exists():
        drawn = inline(path.read_text(encoding="utf-8"))
        yield drawing(drawn, "Error of trainings against multiples of the limits.")
    columns = zip(limits["multiples"], limits["mae"], limits["less_limit"], strict=True)
    yield table(
        [
            {"times the limits": f"{m:g}", "MAE": of(mae), "less that at the limits": of(less)}
            for m, mae, less in columns
        ]
    )
    yield paragraph(limits["words"])


_NONE = (None, None, None)

_SCALE = (
    "Attractiveness is that of these photos to these participants, on a scale whose ends are "
    "photos of this study: values of two studies cannot be compared unless both are anchored at "
    "the same photos."
)
_INTERVALS = (
    "Intervals say how sure the value is for people like these, if the model of the answers is "
    "right; they do not know how other people would judge."
)
_EATING = "People say what looks delicious, not what they would eat, and nothing about health."
_GAIN = (
    "Pairs were chosen by expected gain: how often a photo won says little by itself, only the "
    "values do."
)
_MIXED = (
    "Pairs and ratings share one posterior: that both tell of the same liking, and that a rating "
    "rises by as much for each unit of utility, is assumed. Where their own rankings differ by "
    "more than their intervals, it does not hold."
)
_MODELS = (
    "A regression that beats the mean on these photos may not do so on others; whether gaze helps "
    "is told for this task and these viewers alone. That attention to a part of a photo causes a "
    "judgement is not shown by any of this."
)
_POINTING = "What was pointed at with the mouse is no gaze, and was not taken for it."
_SIMULATED = "Simulated participants follow the program's own model: reality will not."


def lacks_section(what: ReportOf) -> Section:
    """What the page does not show."""
    design = what.cohort.study.design
    texts = [_SCALE, _INTERVALS, _EATING]
    if design.selection.rule == "gain":
        texts.append(_GAIN)
    if design.judgement.kind == "mixed":
        texts.append(_MIXED)
    if what.regression is not None:
        texts.append(_MODELS)
    if design.viewing.gaze_source in ("mouse_aperture", "bubble_click"):
        texts.append(_POINTING)
    if what.cohort.simulated:
        texts.append(_SIMULATED)
    return Section("What this does not show", (bullets(texts),))
