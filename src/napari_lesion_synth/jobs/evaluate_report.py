"""What an evaluation leaves behind: tables, a curve and a page; and its figures as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from napari_lesion_synth.evaluation.assessment import Measured
from napari_lesion_synth.evaluation.assessment_rows import (
    FALSE_COLUMNS,
    LESION_COLUMNS,
    difference_rows,
    figure_rows,
    figures_of,
    found_rows,
    stratum_rows,
    threshold_words,
)
from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.rows import curve_rows, false_alarm_rows, to_csv
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.evaluate_page import (
    Evaluated,
    by_lesion_words,
    curve_of,
    page_of,
)

__all__ = ["CURVE", "REPORT", "result_of", "tables_of", "write_all"]

REPORT, CURVE = "report.html", "froc.svg"


def result_of(evaluated: Evaluated) -> dict[str, Any]:
    """Every figure as JSON types."""
    curve = evaluated.first.curve
    return {
        "cts": curve.cts,
        "patients": curve.patients,
        "lesions": curve.lesions,
        "rule": curve.rule,
        "leak_check": {
            name: {"verdict": found.verdict, "words": list(found.words)}
            for name, found in evaluated.inspections.items()
        },
        "measured": {
            whole.name: {
                "threshold": threshold_words(whole.point),
                "figures": {name: _plain(measured) for name, measured in figures_of(whole)},
            }
            for whole in evaluated.assessments
        },
        "strata": {
            whole.name: [
                {
                    "by": each.by,
                    "stratum": each.name,
                    "lesions": each.lesions,
                    "patients": each.patients,
                    "found": _plain(each.found),
                    "rates": {
                        rate_name(r): _plain(m) for r, m in zip(RATES, each.rates, strict=True)
                    },
                }
                for each in whole.strata
            ]
            for whole in evaluated.assessments
        },
        "differences": [
            {
                "detector": pair.one,
                "less": pair.other,
                "figures": {
                    each.figure: {**asdict(each.interval), "interval": each.basis.value}
                    for each in pair.differences
                },
                "by_lesion": "" if pair.by_lesion is None else by_lesion_words(pair),
            }
            for pair in evaluated.pairs
        ],
        "notes": list(evaluated.notes),
    }


def write_all(
    out: Path, evaluated: Evaluated, pictures: Sequence[tuple[bytes, str]] = ()
) -> Iterator[tuple[str, Path]]:
    """Write the tables, the curve and the report.

    Parameters
    ----------
    out : Path
        Exists; files of these names are replaced.
    evaluated : Evaluated
        What is told.
    pictures : sequence of (bytes, str)
        PNG files of CTs, each with its caption.

    Yields
    ------
    str, Path
        What a file is, and where; the report last.

    Raises
    ------
    StorageError
        If one cannot be written.
    """
    for name, text in tables_of(evaluated).items():
        write_atomic(out / name, text.encode())
        yield "table", out / name
    write_atomic(out / CURVE, svg.free_standing(curve_of(evaluated)))
    yield "curve", out / CURVE
    write_atomic(out / REPORT, page_of(evaluated, pictures).encode())
    yield "report", out / REPORT


def tables_of(evaluated: Evaluated) -> dict[str, str]:
    """Every table as CSV, by file name."""
    wholes = evaluated.assessments
    tables = {
        "figures": to_csv(figure_rows(wholes)),
        "lesions": to_csv([row for w in wholes for row in found_rows(w)], LESION_COLUMNS),
        "false_alarms": to_csv(
            [row for w in wholes for row in false_alarm_rows(w.results, detector=w.name)],
            FALSE_COLUMNS,
        ),
        "froc": to_csv([row for w in wholes for row in curve_rows(w.curve, detector=w.name)]),
        "strata": to_csv(stratum_rows(wholes)),
        **({"differences": to_csv(difference_rows(evaluated.pairs))} if evaluated.pairs else {}),
    }
    return {f"{name}.csv": text for name, text in tables.items()}


def _plain(measured: Measured) -> dict[str, Any]:
    interval = measured.interval
    value = None if interval.value != interval.value else interval.value  # NaN is no JSON
    counts = {"part": measured.part, "whole": measured.whole} if measured.whole else {}
    return {
        "value": value,
        "low": interval.low,
        "high": interval.high,
        "interval": measured.basis.value,
        **counts,
    }
