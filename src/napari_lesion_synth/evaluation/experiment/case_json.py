"""Judged CTs and shams as JSON: numbers with 6 digits, NaN as null."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.matching import CaseResult, LesionResult, Mark, Outcome
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.shams.response import ShamPair

__all__ = [
    "case_from_json",
    "case_to_json",
    "number",
    "plain",
    "sham_from_json",
    "sham_to_json",
]


def case_to_json(case: CaseResult) -> dict[str, Any]:
    """One CT as JSON types, without its rule; numbers with 6 digits."""
    content: dict[str, Any] = plain(
        {
            "patient": case.patient,
            "case": case.case,
            "detector": case.detector,
            "healthy": case.healthy,
            "lesions": [
                {
                    "number": lesion.number,
                    "center": list(lesion.center),
                    "diameter_mm": lesion.diameter_mm,
                    "depth_mm": lesion.depth_mm,
                    "contrast_hu": lesion.contrast_hu,
                    "zone": _word(lesion.zone),
                    "score": lesion.score,
                    "finding": lesion.finding,
                }
                for lesion in case.lesions
            ],
            "marks": [
                {
                    "finding": mark.finding,
                    "outcome": mark.outcome.value,
                    "lesion": mark.lesion,
                    "score": mark.score,
                    "center": list(mark.center),
                    "diameter_mm": mark.diameter_mm,
                    "zone": _word(mark.zone),
                }
                for mark in case.marks
            ],
        }
    )
    return content


def case_from_json(data: Mapping[str, Any], rule: HitRule | None) -> CaseResult:
    """Inverse of `case_to_json`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing or is no number.
    """
    if rule is None:
        raise ValueError("the rule of a hit is missing")
    return CaseResult(
        str(data["patient"]),
        str(data["case"]),
        str(data["detector"]),
        rule,
        tuple(
            LesionResult(
                int(each["number"]),
                _three(each["center"], int),
                number(each["diameter_mm"]),
                number(each["depth_mm"]),
                number(each["contrast_hu"]),
                _zone(each["zone"]),
                None if each["score"] is None else float(each["score"]),
                None if each["finding"] is None else int(each["finding"]),
            )
            for each in data["lesions"]
        ),
        tuple(
            Mark(
                int(each["finding"]),
                Outcome(each["outcome"]),
                None if each["lesion"] is None else int(each["lesion"]),
                float(each["score"]),
                _three(each["center"], number),
                number(each["diameter_mm"]),
                _zone(each["zone"]),
            )
            for each in data["marks"]
        ),
        bool(data["healthy"]),
    )


def sham_to_json(pair: ShamPair) -> dict[str, Any]:
    """One sham as JSON types; numbers with 6 digits."""
    content: dict[str, Any] = plain(
        {
            "patient": pair.patient,
            "case": pair.case,
            "method": pair.method,
            "zone": pair.zone,
            "diameter_mm": pair.diameter_mm,
            "sham": pair.sham,
            "untouched": pair.untouched,
        }
    )
    return content


def sham_from_json(data: Mapping[str, Any]) -> ShamPair:
    """Inverse of `sham_to_json`; raises as `case_from_json`."""
    return ShamPair(
        str(data["patient"]),
        str(data["case"]),
        str(data["method"]),
        str(data["zone"]),
        number(data["diameter_mm"]),
        float(data["sham"]),
        float(data["untouched"]),
    )


def plain(value: Any) -> Any:
    """Numbers with 6 digits; what JSON has no word for as null or as text."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    return float(f"{value:.6g}") if math.isfinite(value) else str(value)


def number(value: Any) -> float:
    """Null was NaN; ``"inf"`` was infinite."""
    return math.nan if value is None else float(value)


def _three(values: Any, kind: Callable[[Any], Any]) -> Any:
    a, b, c = (kind(value) for value in values)
    return a, b, c


def _word(zone: Zone | None) -> str | None:
    return None if zone is None else zone.value


def _zone(word: str | None) -> Zone | None:
    return None if word is None else Zone(word)
