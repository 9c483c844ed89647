"""Results as rows of tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from napari_lesion_synth.evaluation.froc import Froc
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome

__all__ = ["Row", "curve_rows", "false_alarm_rows", "lesion_rows", "point_rows", "to_csv"]

Row = dict[str, str | int | float | bool]

_DIGITS = 6


def curve_rows(curve: Froc, **labels: str | int | float) -> list[Row]:
    """One row a point of a curve, from the strictest threshold; `labels` go before.

    To be drawn as steps: the sensitivity of a row holds until the next row's rate.
    """
    columns = {
        "threshold": curve.thresholds,
        "false_per_ct": curve.per_ct,
        "false_per_patient": curve.per_patient,
        "false_per_lesion": curve.per_lesion,
        "sensitivity": curve.sensitivity,
        "ct_sensitivity": curve.ct_sensitivity,
        "patient_sensitivity": curve.patient_sensitivity,
    }
    return [
        {**labels, **{name: _short(values[k]) for name, values in columns.items()}}
        for k in range(len(curve.thresholds))
    ]


def point_rows(curve: Froc, **labels: str | int | float) -> list[Row]:
    """One row a rate of `froc.RATES`."""
    return [
        {
            **labels,
            "rate_per_ct": point.rate,
            "sensitivity": _short(point.sensitivity),
            "threshold": _short(point.threshold),
            "false_per_ct": _short(point.false),
            "reached": point.reached,
            "lesions": curve.lesions,
            "cts": curve.cts,
            "patients": curve.patients,
        }
        for point in curve.points()
    ]


def lesion_rows(results: Sequence[CaseResult], **labels: str | int | float) -> list[Row]:
    """One row a lesion; the score is empty where nothing hit it."""
    return [
        {
            **labels,
            "patient": result.patient,
            "case": result.case,
            "lesion": lesion.number,
            **dict(zip("zyx", lesion.center, strict=True)),
            "diameter_mm": _short(lesion.diameter_mm),
            "depth_mm": _short(lesion.depth_mm),
            "contrast_hu": _short(lesion.contrast_hu),
            "zone": "" if lesion.zone is None else lesion.zone.value,
            "score": "" if lesion.score is None else _short(lesion.score),
        }
        for result in results
        for lesion in result.lesions
    ]


def false_alarm_rows(results: Sequence[CaseResult], **labels: str | int | float) -> list[Row]:
    """One row a false alarm."""
    return [
        {
            **labels,
            "patient": result.patient,
            "case": result.case,
            "finding": mark.finding,
            **{axis: _short(at) for axis, at in zip("zyx", mark.center, strict=True)},
            "diameter_mm": _short(mark.diameter_mm),
            "zone": "" if mark.zone is None else mark.zone.value,
            "score": _short(mark.score),
        }
        for result in results
        for mark in result.marked(Outcome.FALSE)
    ]


def to_csv(rows: Sequence[Row], columns: Sequence[str] = ()) -> str:
    """A table with a head. All rows must have the columns of the first.

    Parameters
    ----------
    rows : sequence of Row
        Without any, nothing is written but `columns`.
    columns : sequence of str
        For the head, where there may be no row to tell them.
    """
    if not rows and not columns:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _short(value: float) -> float:
    return round(float(value), _DIGITS)
