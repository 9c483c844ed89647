"""What detectors did as rows of tables, and as plain JSON types."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from napari_lesion_synth.evaluation.assessment import Assessment, AtPoint, Choice, Measured
from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.rows import Row, lesion_rows
from napari_lesion_synth.evaluation.two_detectors import TwoDetectors
from napari_lesion_synth.intervals import Interval

__all__ = [
    "FALSE_COLUMNS",
    "LESION_COLUMNS",
    "difference_rows",
    "figure_rows",
    "figures_of",
    "found_rows",
    "number",
    "stratum_rows",
    "threshold_words",
]

LESION_COLUMNS = (
    *("detector", "patient", "case", "lesion", "z", "y", "x", "diameter_mm", "depth_mm"),
    *("contrast_hu", "zone", "score", "found"),
)
FALSE_COLUMNS = (
    *("detector", "patient", "case", "finding", "z", "y", "x", "diameter_mm", "zone", "score"),
)
_DIGITS = 6


def figures_of(whole: Assessment) -> Iterator[tuple[str, Measured]]:
    """Every figure of a detector with its name."""
    for rate, measured in zip(RATES, whole.rates, strict=True):
        yield f"lesions found at {rate_name(rate)} false alarms per CT", measured
    yield "CPM (mean of the seven)", whole.cpm
    kind = "AFROC" if whole.healthy else "AFROC1"
    yield f"area under the {kind}", whole.area
    point = whole.point
    yield "lesions found at the threshold", point.lesions
    yield "CTs with a lesion found at the threshold", point.cts
    yield "patients with a lesion found at the threshold", point.patients
    yield "false alarms per CT at the threshold", point.false_per_ct
    yield "false alarms per lesion at the threshold", point.false_per_lesion


def figure_rows(wholes: Sequence[Assessment]) -> list[Row]:
    """One row a detector and figure."""
    return [
        {
            "detector": whole.name,
            "figure": name,
            **_measured(measured),
            "threshold": _cell(whole.point.threshold) if "threshold" in name else "",
        }
        for whole in wholes
        for name, measured in figures_of(whole)
    ]


def found_rows(whole: Assessment) -> list[Row]:
    """One row a lesion, and whether it was found at the threshold."""
    found = [
        lesion.found(whole.point.threshold) for result in whole.results for lesion in result.lesions
    ]
    rows = lesion_rows(whole.results, detector=whole.name)
    return [{**row, "found": int(each)} for row, each in zip(rows, found, strict=True)]


def stratum_rows(wholes: Sequence[Assessment]) -> list[Row]:
    """One row a detector, stratum and rate of false alarms, or the threshold."""
    rows: list[Row] = []
    for whole in wholes:
        for stratum in whole.strata:
            at = [
                (f"{rate:g}", measured) for rate, measured in zip(RATES, stratum.rates, strict=True)
            ]
            for name, measured in [("threshold", stratum.found), *at]:
                rows.append(
                    {
                        "detector": whole.name,
                        "by": stratum.by,
                        "stratum": stratum.name,
                        "lesions": stratum.lesions,
                        "patients": stratum.patients,
                        "false_per_ct": name,
                        **_measured(measured),
                    }
                )
    return rows


def difference_rows(pairs: Sequence[TwoDetectors]) -> list[Row]:
    """One row a pair of detectors and figure."""
    return [
        {
            "detector": pair.one,
            "less": pair.other,
            "figure": each.figure,
            **_ends(each.interval),
            "interval": each.basis.value,
        }
        for pair in pairs
        for each in pair.differences
    ]


def threshold_words(point: AtPoint) -> str:
    """Which findings count at the threshold, and who chose it."""
    if point.threshold == -math.inf:
        which = "all findings"
    elif point.threshold == math.inf:
        which = "no finding"
    else:
        which = f"findings of score {number(point.threshold)} or more"
    return f"{which} ({_choice(point.choice)})"


def number(value: float) -> str:
    """As people read it: two digits after the point, or more where it is small."""
    if not math.isfinite(value):
        return "none"
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def _choice(choice: Choice) -> str:
    if choice.rate is not None:
        return f"{choice.rate:g} false alarms per CT at most, chosen on these same CTs"
    return choice.why


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        **_ends(measured.interval),
        "interval": measured.basis.value,
        "part": measured.part if measured.whole else "",
        "whole": measured.whole or "",
    }


def _ends(interval: Interval) -> dict[str, float | str]:
    return {
        "value": _cell(interval.value),
        "low": _cell(interval.low),
        "high": _cell(interval.high),
    }


def _cell(value: float | None) -> float | str:
    return "" if value is None or not math.isfinite(value) else round(float(value), _DIGITS)
